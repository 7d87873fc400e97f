/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, what the data path needs more. */
#ifndef _SHIM_UNIT_SLAB_H
#define _SHIM_UNIT_SLAB_H

#include_next <linux/slab.h>

#include <linux/compiler.h>

#define GFP_ATOMIC 0
#define __GFP_NOWARN 0
#define SLAB_HWCACHE_ALIGN 0

struct kmem_cache {
	size_t size;
};

#define KMEM_CACHE(name, flags) \
	((void)(flags), shim_cache_create(sizeof(struct name)))

static inline struct kmem_cache *shim_cache_create(size_t size)
{
	struct kmem_cache *cache = kmalloc(sizeof(*cache), GFP_KERNEL);

	if (cache)
		cache->size = size;
	return cache;
}

static inline void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags)
{
	return kmalloc(cache->size, flags);
}

static inline void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	(void)cache;
	kfree(object);
}

static inline void kmem_cache_destroy(struct kmem_cache *cache)
{
	kfree(cache);
}

#endif /* _SHIM_UNIT_SLAB_H */
