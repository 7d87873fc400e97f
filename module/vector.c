// SPDX-License-Identifier: GPL-2.0
/* Arrays that grow while a policy is built. */
#include "vector.h"

#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#define FIRST_SPACE 16U
#define MAX_SPACE (1U << 30)

static int array_resize(void **array, u32 count, u32 *space, u32 wanted,
			size_t size)
{
	void *bigger;

	bigger = kvmalloc_array(wanted, size, GFP_KERNEL_ACCOUNT);
	if (!bigger)
		return -ENOMEM;
	if (count)
		memcpy(bigger, *array, count * size);
	kvfree(*array);
	*array = bigger;
	*space = wanted;
	return 0;
}

/**
 * wgward_array_grow() - makes room for one more element
 * @array: the array, NULL while it has no room at all
 * @count: elements in it
 * @space: elements it has room for
 * @size: of an element
 *
 * kvrealloc() changed its arguments between the kernels this is built for.
 *
 * Return: 0 or -ENOMEM, which leaves all as it was.
 */
int wgward_array_grow(void **array, u32 count, u32 *space, size_t size)
{
	u32 wanted = max(*space * 2, FIRST_SPACE);

	if (count < *space)
		return 0;
	if (*space >= MAX_SPACE / 2)
		return -ENOMEM;
	return array_resize(array, count, space, wanted, size);
}

/**
 * wgward_vector_grow() - makes room where wgward_vector_reserve() finds none
 * @vector: all zero at first
 * @extra: how many more numbers
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_vector_grow(struct wgward_vector *vector, u32 extra)
{
	void *data = vector->data;
	u32 wanted;
	int error;

	if (check_add_overflow(vector->count, extra, &wanted) ||
	    wanted > MAX_SPACE)
		return -ENOMEM;
	wanted = max(wanted, min(vector->space * 2, MAX_SPACE));
	wanted = max(wanted, FIRST_SPACE);
	error = array_resize(&data, vector->count, &vector->space, wanted,
			     sizeof(*vector->data));
	vector->data = data;
	return error;
}

/**
 * wgward_vector_free() - frees what a vector holds and empties it
 * @vector: also one that never held anything
 */
void wgward_vector_free(struct wgward_vector *vector)
{
	kvfree(vector->data);
	memset(vector, 0, sizeof(*vector));
}

/**
 * wgward_vector_take() - takes the numbers out, in an array of their size
 * @vector: is empty afterwards, unless it fails
 *
 * Return: what the caller frees with kvfree(); NULL for want of memory.
 */
u32 *wgward_vector_take(struct wgward_vector *vector)
{
	u32 *data;

	data = kvmalloc_array(max(vector->count, 1U), sizeof(*data),
			      GFP_KERNEL_ACCOUNT);
	if (!data)
		return NULL;
	if (vector->count)
		memcpy(data, vector->data, vector->count * sizeof(*data));
	wgward_vector_free(vector);
	return data;
}
