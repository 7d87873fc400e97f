/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header: the test's clock. */
#ifndef _SHIM_LINUX_TIMEKEEPING_H
#define _SHIM_LINUX_TIMEKEEPING_H

#include <linux/jiffies.h>
#include <linux/types.h>

/* Seconds since 1970, as the test has it. */
extern u64 real_seconds;

static inline u64 ktime_get_real_seconds(void)
{
	return real_seconds;
}

/* Seconds since boot. */
static inline u64 ktime_get_seconds(void)
{
	return jiffies / HZ;
}

#endif /* _SHIM_LINUX_TIMEKEEPING_H */
