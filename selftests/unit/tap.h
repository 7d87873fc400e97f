/* SPDX-License-Identifier: GPL-2.0 */
/* Results in the Test Anything Protocol, and the random numbers behind them. */
#ifndef _WGWARD_TAP_H
#define _WGWARD_TAP_H

#include <linux/types.h>

#define tap_printf(format, first) \
	__attribute__((__format__(__printf__, format, first)))

/* One result. Says what was tested; the caller adds details with tap_note. */
bool tap_result(bool ok, const char *format, ...) tap_printf(2, 3);
void tap_note(const char *format, ...) tap_printf(1, 2);
/* The plan; what main() returns. */
int tap_end(void);

/* Seeds from the environment's SEED, else anew, and says which it is. */
void random_begin(void);
u64 random_next(void);
/* Less than @limit, which is not 0. */
u32 random_below(u32 limit);
/* True once in @times. */
bool random_once_in(u32 times);

#endif /* _WGWARD_TAP_H */
