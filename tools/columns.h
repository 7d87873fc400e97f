/* SPDX-License-Identifier: GPL-2.0 */
/* Rows of text in columns as wide as they have to be. */
#ifndef _COLUMNS_H
#define _COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define COLUMNS_MAX 12

/*
 * Set @count, the number of columns, and zero the rest to begin with. The first
 * row is the heading. @brief: columns that have nothing below it are left out.
 */
struct columns {
	size_t count;
	bool brief;
	char **cells;
	size_t cell_count;
};

/* As many texts as there are columns; NULL is "-". Copied. */
void columns_add(struct columns *columns, ...);
/* Prints all, each row after @indent, and forgets them. */
void columns_print(struct columns *columns, const char *indent);
void columns_free(struct columns *columns);

/* In a few characters. All return @text, of COLUMNS_TEXT_LEN bytes. */
#define COLUMNS_TEXT_LEN 24
char *columns_bytes(char *text, u64 bytes);
char *columns_seconds(char *text, u64 seconds);
char *columns_number(char *text, u64 number);

#endif /* _COLUMNS_H */
