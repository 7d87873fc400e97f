/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Userspace version of the kernel's header, for what has to be the same each
 * time that an input is run. Takes the place of the other versions.
 */
#ifndef _SHIM_LINUX_RANDOM_H
#define _SHIM_LINUX_RANDOM_H
#define _SHIM_UNIT_RANDOM_H

#include <string.h>

#include <linux/types.h>

static inline void get_random_bytes(void *buffer, size_t size)
{
	memset(buffer, 0x5a, size);
}

static inline u32 get_random_u32(void)
{
	return 0x5a5a5a5a;
}

#endif /* _SHIM_LINUX_RANDOM_H */
