/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header. */
#ifndef _SHIM_LINUX_STRING_H
#define _SHIM_LINUX_STRING_H

#include_next <linux/string.h>
#include <stddef.h>
#include <string.h>

/* The first byte that is not @c, or NULL. */
static inline void *memchr_inv(const void *start, int c, size_t size)
{
	const unsigned char *bytes = start;
	size_t i;

	for (i = 0; i < size; i++) {
		if (bytes[i] != (unsigned char)c)
			return (void *)&bytes[i];
	}
	return NULL;
}

#endif /* _SHIM_LINUX_STRING_H */
