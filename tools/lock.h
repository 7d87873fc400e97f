/* SPDX-License-Identifier: GPL-2.0 */
/* One change of an interface after the other. */
#ifndef _LOCK_H
#define _LOCK_H

#include <stdbool.h>
#include <linux/types.h>

/*
 * Waits until nobody else changes @interface of this network namespace; from
 * then on others wait until this process ends, or gives it back. Returns 0, or
 * -1 after an error was printed.
 */
int lock_take(const char *interface);
void lock_give(void);

/*
 * Kills whoever has taken that lock, which does not become ours by that.
 * Returns 0 when nobody is left who had, or -1 after an error was printed.
 */
int lock_end_holder(const char *interface);

/*
 * From the first on until the second, which takes the descriptor that the first
 * returned, an interface has a helper, see helper.h. There may be several. The
 * third waits until there is none, for some time; returns false when that has
 * run out.
 */
int lock_take_helper(u32 ifindex);
void lock_give_helper(int file, u32 ifindex);
bool lock_wait_helper(u32 ifindex, unsigned int seconds);

#endif /* _LOCK_H */
