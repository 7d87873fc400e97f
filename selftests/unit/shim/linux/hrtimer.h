/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header: nothing of it is run. */
#ifndef _SHIM_LINUX_HRTIMER_H
#define _SHIM_LINUX_HRTIMER_H

struct hrtimer {
	int unused;
};

#endif /* _SHIM_LINUX_HRTIMER_H */
