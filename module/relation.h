/* SPDX-License-Identifier: GPL-2.0 */
/* Which values go with a key: lists of all keys behind one another. */
#ifndef _WGWARD_RELATION_H
#define _WGWARD_RELATION_H

#include <linux/types.h>

/**
 * struct wgward_relation - lists of numbers by key
 * @start: where the list of a key begins in @values; it ends where the next
 *	begins
 * @values: in the order they were added
 * @keys: number of keys
 *
 * Built in two passes over the same input, the first of which counts:
 * create, count for all, seal, add for all.
 */
struct wgward_relation {
	u32 *start;
	u32 *values;
	u32 keys;
};

int wgward_relation_create(struct wgward_relation *relation, u32 keys);
int wgward_relation_seal(struct wgward_relation *relation);
void wgward_relation_free(struct wgward_relation *relation);

static inline void wgward_relation_count(struct wgward_relation *relation,
					 u32 key)
{
	relation->start[key + 2]++;
}

/* While lists fill, where key's ends stands one further on. */
static inline void wgward_relation_add(struct wgward_relation *relation,
				       u32 key, u32 value)
{
	relation->values[relation->start[key + 1]++] = value;
}

static inline const u32 *
wgward_relation_list(const struct wgward_relation *relation, u32 key,
		     u32 *count)
{
	*count = relation->start[key + 1] - relation->start[key];
	return relation->values + relation->start[key];
}

#endif /* _WGWARD_RELATION_H */
