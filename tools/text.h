/* SPDX-License-Identifier: GPL-2.0 */
/* What a person wrote, read strictly and shown safely. */
#ifndef _TEXT_H
#define _TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

/*
 * @text for a message: bytes that a terminal might act on are escaped, and
 * what is long is cut. Valid until the eighth call from here.
 */
const char *text_show(const char *text);

/* Whether nothing in @text has to be escaped. */
bool text_printable(const char *text);

/* Decimal digits only, no sign, no leading zero, at most @max. */
bool text_number(const char *text, u64 max, u64 *number);

/* Strips white space at both ends, in place. */
char *text_trim(char *text);

/**
 * struct text_nearest - which of many candidates was probably meant
 * @word: as written
 * @best: the nearest so far that is near enough, or NULL
 * @distance: of @best
 */
struct text_nearest {
	const char *word;
	const char *best;
	unsigned int distance;
};

void text_nearest_try(struct text_nearest *nearest, const char *candidate);

#endif /* _TEXT_H */
