/* SPDX-License-Identifier: GPL-2.0 */
/* Results in TAP. */
#ifndef _TAP_H
#define _TAP_H

#include <stdbool.h>

/* Reports a result; what it is of is printed as by printf. Returns @good. */
bool tap_check(bool good, const char *what, ...)
	__attribute__((format(printf, 2, 3)));
/* A remark. */
void tap_note(const char *what, ...) __attribute__((format(printf, 1, 2)));
/* Ends the program: nothing further can be done. */
void tap_fatal(const char *what) __attribute__((noreturn));
/* The plan; returns the exit status. */
int tap_end(void);

#endif /* _TAP_H */
