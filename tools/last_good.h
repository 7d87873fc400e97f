/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mesh file that the next boot begins with: the last one in force, but
 * none that was still to be confirmed.
 */
#ifndef _LAST_GOOD_H
#define _LAST_GOOD_H

#include <stdbool.h>
#include <linux/types.h>

/* Its name, in static storage, or NULL if there is none. */
const char *last_good_find(const char *interface);

/* Whether @text, which it is, is also what the file @path has. */
bool last_good_is(const char *text, const char *path);

/*
 * The others do nothing outside of the first network namespace, and return
 * 0, or -1 after an error was printed.
 */

/* @text is it from now on. */
int last_good_keep(const char *interface, const char *text);

/*
 * @text becomes it once it is confirmed; it is in force with @generation.
 * Confirming what is none any more, or was confirmed already, does nothing.
 */
int last_good_propose(const char *interface, u64 generation, const char *text);
int last_good_confirm(const char *interface, u64 generation);

#endif /* _LAST_GOOD_H */
