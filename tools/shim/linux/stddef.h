/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header. */
#ifndef _SHIM_LINUX_STDDEF_H
#define _SHIM_LINUX_STDDEF_H

#include_next <linux/stddef.h>
#include <stddef.h>

#define offsetofend(type, member) \
	(offsetof(type, member) + sizeof(((type *)NULL)->member))

#endif /* _SHIM_LINUX_STDDEF_H */
