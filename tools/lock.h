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
 * From the first on until its descriptor is closed, which is returned, the
 * second knows that the interface has a helper, see helper.h. The second waits
 * for its end, for some time, and returns whether there was one.
 */
int lock_take_helper(u32 ifindex);
bool lock_wait_helper(u32 ifindex, unsigned int seconds);

#endif /* _LOCK_H */
