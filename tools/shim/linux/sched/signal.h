/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Userspace version of the kernel's header: what kills a program ends it.
 *
 * A program that defines shim_killed() decides when a fatal signal is pending.
 */
#ifndef _SHIM_LINUX_SCHED_SIGNAL_H
#define _SHIM_LINUX_SCHED_SIGNAL_H

#include <linux/types.h>

#define current ((void *)0)

bool shim_killed(void) __attribute__((weak));

static inline int fatal_signal_pending(const void *task)
{
	(void)task;
	return shim_killed && shim_killed();
}

#endif /* _SHIM_LINUX_SCHED_SIGNAL_H */
