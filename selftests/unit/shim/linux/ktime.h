/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header: nothing of it is run. */
#ifndef _SHIM_LINUX_KTIME_H
#define _SHIM_LINUX_KTIME_H

#include <linux/types.h>

typedef s64 ktime_t;

#endif /* _SHIM_LINUX_KTIME_H */
