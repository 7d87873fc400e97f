/* SPDX-License-Identifier: GPL-2.0 */
/* Points in time as RFC 3339 writes them: 2030-01-31T18:00:00+01:00. */
#ifndef _TIMESTAMP_H
#define _TIMESTAMP_H

#include <linux/types.h>

/*
 * Reads a date with time and zone, after 1970-01-01T00:00:00Z. Parts of a
 * second are left out; a leap second counts as the second after it. Returns
 * NULL with the @seconds since 1970, or what is wrong and what would be right,
 * which is valid until the next call.
 */
const char *timestamp_parse(const char *text, u64 *seconds);

/* In UTC. Returns @text, which has room for TIMESTAMP_TEXT_LEN bytes. */
#define TIMESTAMP_TEXT_LEN 32
char *timestamp_format(char *text, u64 seconds);

#endif /* _TIMESTAMP_H */
