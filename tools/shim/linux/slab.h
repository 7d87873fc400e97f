/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Userspace version of the kernel's header: the heap.
 *
 * A program that defines shim_allocation_fails() decides which allocations
 * fail, which is how the tests reach every path of an error.
 */
#ifndef _SHIM_LINUX_SLAB_H
#define _SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#define GFP_KERNEL 0
#define GFP_KERNEL_ACCOUNT 0

bool shim_allocation_fails(void) __attribute__((weak));

static inline void *kvmalloc(size_t size, gfp_t flags)
{
	(void)flags;
	if (shim_allocation_fails && shim_allocation_fails())
		return NULL;
	return malloc(size);
}

static inline void *kvzalloc(size_t size, gfp_t flags)
{
	(void)flags;
	if (shim_allocation_fails && shim_allocation_fails())
		return NULL;
	return calloc(1, size);
}

static inline void *kvmalloc_array(size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kvmalloc(bytes, flags);
}

static inline void *kvcalloc(size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kvzalloc(bytes, flags);
}

static inline void kvfree(const void *pointer)
{
	free((void *)pointer);
}

#define kmalloc kvmalloc
#define kzalloc kvzalloc
#define kcalloc kvcalloc
#define kmalloc_array kvmalloc_array
#define kfree kvfree

static inline char *kstrdup(const char *string, gfp_t flags)
{
	size_t bytes = strlen(string) + 1;
	char *copy = kvmalloc(bytes, flags);

	return copy ? memcpy(copy, string, bytes) : NULL;
}

#endif /* _SHIM_LINUX_SLAB_H */
