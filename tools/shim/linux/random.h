/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header. */
#ifndef _SHIM_LINUX_RANDOM_H
#define _SHIM_LINUX_RANDOM_H

#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

static inline void get_random_bytes(void *buffer, size_t size)
{
	/* Up to 256 bytes come whole once the pool is ready. */
	if (size > 256 || getrandom(buffer, size, 0) != (ssize_t)size)
		abort();
}

#endif /* _SHIM_LINUX_RANDOM_H */
