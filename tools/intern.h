/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of words, each kept once, under a number. */
#ifndef _INTERN_H
#define _INTERN_H

#include <stddef.h>
#include <linux/types.h>

#include "../module/table.h"

/**
 * struct intern - lists of words
 * @words: of all lists, one behind the other
 * @space: words that there is room for
 * @start: by list, where it begins in @words; and where the last one ends
 * @count: number of lists
 * @table: lists by hash
 * @kept: words in memory are counted there, or NULL; may be shared by many
 *
 * Equal lists have equal numbers. Zero it to begin with, but for @kept.
 */
struct intern {
	u32 *words;
	size_t space;
	size_t *start;
	u32 count;
	struct wgward_table table;
	u64 *kept;
};

/* The number of the list of @count @words, which is made if it is new. */
u32 intern_number(struct intern *intern, const u32 *words, size_t count);
/* A list by its number; valid until the next one is made. */
const u32 *intern_list(const struct intern *intern, u32 number, size_t *count);
void intern_free(struct intern *intern);

#endif /* _INTERN_H */
