/* SPDX-License-Identifier: GPL-2.0 */
/* One change of an interface after the other. */
#ifndef _LOCK_H
#define _LOCK_H

/*
 * Waits until nobody else changes @interface of this network namespace; from
 * then on others wait until this process ends. Returns 0, or -1 after an error
 * was printed.
 */
int lock_take(const char *interface);

#endif /* _LOCK_H */
