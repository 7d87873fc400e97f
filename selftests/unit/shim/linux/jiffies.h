/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_JIFFIES_H
#define _SHIM_LINUX_JIFFIES_H

#define HZ 250

/* The test's clock. */
extern unsigned long jiffies;

#define time_before(a, b) ((long)((a) - (b)) < 0)
#define time_after_eq(a, b) ((long)((a) - (b)) >= 0)

static inline unsigned int jiffies_to_msecs(unsigned long count)
{
	return count * (1000 / HZ);
}

#endif /* _SHIM_LINUX_JIFFIES_H */
