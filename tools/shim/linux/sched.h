/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header: libc's scheduler is enough. */
#ifndef _SHIM_LINUX_SCHED_H
#define _SHIM_LINUX_SCHED_H

#include_next <linux/sched.h>

static inline int cond_resched(void)
{
	return 0;
}

#endif /* _SHIM_LINUX_SCHED_H */
