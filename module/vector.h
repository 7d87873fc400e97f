/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays that grow while a policy is built. */
#ifndef _WGWARD_VECTOR_H
#define _WGWARD_VECTOR_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

struct wgward_vector {
	u32 *data;
	u32 count;
	u32 space;
};

int wgward_vector_grow(struct wgward_vector *vector, u32 extra);
void wgward_vector_free(struct wgward_vector *vector);
u32 *wgward_vector_take(struct wgward_vector *vector);
int wgward_array_grow(void **array, u32 count, u32 *space, size_t size);

/* Makes room for @extra more, so that pushing them cannot fail; -ENOMEM. */
static inline int __must_check
wgward_vector_reserve(struct wgward_vector *vector, u32 extra)
{
	if (likely(extra <= vector->space - vector->count))
		return 0;
	return wgward_vector_grow(vector, extra);
}

/* Appends; -ENOMEM. */
static inline int __must_check wgward_vector_push(struct wgward_vector *vector,
						  u32 value)
{
	if (unlikely(vector->count == vector->space) &&
	    wgward_vector_grow(vector, 1))
		return -ENOMEM;
	vector->data[vector->count++] = value;
	return 0;
}

#endif /* _WGWARD_VECTOR_H */
