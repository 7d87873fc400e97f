// SPDX-License-Identifier: GPL-2.0
/* Which values go with a key: lists of all keys behind one another. */
#include "relation.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * wgward_relation_create() - begins a relation
 * @relation: what to set up
 * @keys: number of keys
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_relation_create(struct wgward_relation *relation, u32 keys)
{
	memset(relation, 0, sizeof(*relation));
	relation->start = kvcalloc((size_t)keys + 2, sizeof(*relation->start),
				   GFP_KERNEL_ACCOUNT);
	if (!relation->start)
		return -ENOMEM;
	relation->keys = keys;
	return 0;
}

/**
 * wgward_relation_seal() - makes room for what was counted
 * @relation: all of it counted, nothing added yet
 *
 * Return: 0 or -ENOMEM, also when there are more than 2^32 values.
 */
int wgward_relation_seal(struct wgward_relation *relation)
{
	u32 total = 0;
	u32 i;

	for (i = 2; i < relation->keys + 2; i++) {
		if (check_add_overflow(total, relation->start[i], &total))
			return -ENOMEM;
		relation->start[i] = total;
	}
	relation->values = kvmalloc_array(
		max(total, 1U), sizeof(*relation->values), GFP_KERNEL_ACCOUNT);
	return relation->values ? 0 : -ENOMEM;
}

/**
 * wgward_relation_free() - frees a relation and empties it
 * @relation: also one that was never begun, if it is all zero
 */
void wgward_relation_free(struct wgward_relation *relation)
{
	kvfree(relation->start);
	kvfree(relation->values);
	memset(relation, 0, sizeof(*relation));
}
