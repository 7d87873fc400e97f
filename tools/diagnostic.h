/* SPDX-License-Identifier: GPL-2.0 */
/* Errors and warnings about a file: collected, then printed by line. */
#ifndef _DIAGNOSTIC_H
#define _DIAGNOSTIC_H

#include <stdbool.h>
#include <stddef.h>

#include "mesh.h"

/* So many errors, and so many warnings, are told of a file. */
#define DIAGNOSTIC_MAX 50

struct diagnostic {
	unsigned int line; /* 0: the file as a whole */
	bool warning;
	char *text; /* at fault; NULL: none */
	char *message;
};

/**
 * struct diagnostics - what was found in a file
 * @file: its name, for messages
 * @items: at most DIAGNOSTIC_MAX of each kind
 * @count: number of @items
 * @errors: how many there were
 * @warnings: how many there were
 * @places: what each line is told as, for a text that nobody sees; or NULL
 * @place_count: number of @places
 */
struct diagnostics {
	const char *file;
	struct diagnostic *items;
	size_t count;
	unsigned int errors, warnings;
	char **places;
	size_t place_count;
};

/* "line 12", or what it is told as. Valid until the second call from here. */
const char *diagnostic_line(const struct diagnostics *diagnostics,
			    unsigned int line);

/*
 * @format goes on where "FILE:LINE: error: TEXT: " ends: what is wrong with
 * the text, a semicolon, what would be right. NULL @at: the whole file. NULL
 * @diagnostics: nobody wants to know.
 */
void diagnostic_error(struct diagnostics *diagnostics,
		      const struct mesh_text *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void diagnostic_warning(struct diagnostics *diagnostics,
			const struct mesh_text *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* More errors would not be told: no use in looking for them. */
bool diagnostic_full(const struct diagnostics *diagnostics);

/* To standard error, in the order of the lines. */
void diagnostic_print(struct diagnostics *diagnostics);
void diagnostic_free(struct diagnostics *diagnostics);

#endif /* _DIAGNOSTIC_H */
