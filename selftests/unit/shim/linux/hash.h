/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_HASH_H
#define _SHIM_LINUX_HASH_H

#include <linux/types.h>

static inline u32 hash_ptr(const void *pointer, unsigned int bits)
{
	return (unsigned long)pointer / 64 % (1UL << bits);
}

#endif /* _SHIM_LINUX_HASH_H */
