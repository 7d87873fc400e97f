/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header: hashes alike, if not as well. */
#ifndef _SHIM_LINUX_JHASH_H
#define _SHIM_LINUX_JHASH_H

#include <linux/types.h>

static inline u32 jhash2(const u32 *key, u32 length, u32 seed)
{
	while (length--)
		seed = (seed ^ *key++) * 0x01000193;
	return seed;
}

static inline u32 jhash_3words(u32 a, u32 b, u32 c, u32 seed)
{
	const u32 key[] = { a, b, c };

	return jhash2(key, 3, seed);
}

#endif /* _SHIM_LINUX_JHASH_H */
