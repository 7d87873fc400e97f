/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, what the data path needs more. */
#ifndef _SHIM_UNIT_RANDOM_H
#define _SHIM_UNIT_RANDOM_H

#include_next <linux/random.h>

#include <linux/types.h>

static inline u32 get_random_u32(void)
{
	u32 number;

	get_random_bytes(&number, sizeof(number));
	return number;
}

#endif /* _SHIM_UNIT_RANDOM_H */
