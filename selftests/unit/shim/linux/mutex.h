/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_MUTEX_H
#define _SHIM_LINUX_MUTEX_H

#include <linux/types.h>

/* One CPU: whoever sets up a ward holds its lock for good. */
struct mutex {
	bool held;
};

#endif /* _SHIM_LINUX_MUTEX_H */
