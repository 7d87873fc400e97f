/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_RHASHTABLE_H
#define _SHIM_LINUX_RHASHTABLE_H

/*
 * One list: slow, and simple enough to be right. What is freed after a grace
 * period is freed at once, or when rcu_quiescent() is called if it was in use.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct rhash_head {
	struct rhash_head *next;
};

struct bucket_table {
	u32 size;
	u32 nest;
	u32 hash_rnd;
	struct rhash_head *buckets[1];
	struct bucket_table *future_tbl;
};

struct rhashtable {
	struct bucket_table *tbl;
	struct bucket_table only;
};

struct rhashtable_compare_arg {
	const struct rhashtable *ht;
	const void *key;
};

struct rhashtable_params {
	size_t key_len, key_offset, head_offset;
	u32 (*hashfn)(const void *data, u32 length, u32 seed);
	int (*obj_cmpfn)(struct rhashtable_compare_arg *arg,
			 const void *object);
	bool automatic_shrinking;
};

struct rhashtable_iter {
	struct rhash_head *at;
	const struct rhashtable *table;
	bool begun;
};

#define rht_dereference_rcu(pointer, table) (pointer)

#define rht_ptr_rcu(bucket) (*(bucket))
#define rht_bucket_index(table, hash) ((void)(table), (hash)*0)

#define rht_for_each_entry_rcu_from(tpos, pos, head, table, bucket, member) \
	for ((void)(table), (void)(bucket), pos = (head);                   \
	     pos && (tpos = container_of(pos, typeof(*tpos), member));      \
	     pos = pos->next)

#define rht_for_each_entry_rcu(tpos, pos, table, bucket, member)           \
	rht_for_each_entry_rcu_from(tpos, pos, (table)->buckets[0], table, \
				    bucket, member)

static inline int rhashtable_init(struct rhashtable *table,
				  const struct rhashtable_params *params)
{
	(void)params;
	table->only.size = 1;
	table->only.nest = 0;
	table->only.hash_rnd = 1;
	table->only.buckets[0] = NULL;
	table->tbl = &table->only;
	return 0;
}

/* What is found has to have been where it was looked for. */
static inline void *rhashtable_lookup(const struct rhashtable *table,
				      const void *key,
				      const struct rhashtable_params params)
{
	struct rhashtable_compare_arg arg = { table, key };
	struct rhash_head *head;
	char *object;

	for (head = table->only.buckets[0]; head; head = head->next) {
		object = (char *)head - params.head_offset;
		if (params.obj_cmpfn(&arg, object))
			continue;
		if (params.hashfn(key, params.key_len, 1) !=
		    params.hashfn(object + params.key_offset, params.key_len,
				  1))
			abort();
		return object;
	}
	return NULL;
}

static inline void *
rhashtable_lookup_get_insert_fast(struct rhashtable *table,
				  struct rhash_head *head,
				  const struct rhashtable_params params)
{
	char *object = (char *)head - params.head_offset;
	void *other;

	other = rhashtable_lookup(table, object + params.key_offset, params);
	if (other)
		return other;
	head->next = table->only.buckets[0];
	table->only.buckets[0] = head;
	return NULL;
}

static inline int rhashtable_remove_fast(struct rhashtable *table,
					 struct rhash_head *head,
					 const struct rhashtable_params params)
{
	struct rhash_head **link;

	(void)params;
	for (link = &table->only.buckets[0]; *link; link = &(*link)->next) {
		if (*link != head)
			continue;
		*link = head->next;
		return 0;
	}
	return -ENOENT;
}

static inline void rhashtable_walk_enter(struct rhashtable *table,
					 struct rhashtable_iter *iter)
{
	iter->table = table;
	iter->at = NULL;
	iter->begun = false;
}

/* Where it stands; at first, at the first one. */
static inline void *rhashtable_walk_peek(struct rhashtable_iter *iter)
{
	if (!iter->begun)
		iter->at = iter->table->only.buckets[0];
	iter->begun = true;
	return iter->at;
}

/* All tables here are of flows, whose link comes first. */
static inline void *rhashtable_walk_next(struct rhashtable_iter *iter)
{
	if (!iter->begun)
		return rhashtable_walk_peek(iter);
	if (iter->at)
		iter->at = iter->at->next;
	return iter->at;
}

/* What a walk stopped at may be gone: begins again, as after a resize. */
static inline void rhashtable_walk_start(struct rhashtable_iter *iter)
{
	struct rhash_head *head = iter->table->only.buckets[0];

	if (!iter->at)
		return;
	while (head && head != iter->at)
		head = head->next;
	iter->at = head ?: iter->table->only.buckets[0];
}

#define rhashtable_walk_stop(iter) ((void)(iter))
#define rhashtable_walk_exit(iter) ((void)(iter))

static inline void rhashtable_free_and_destroy(struct rhashtable *table,
					       void (*free_one)(void *, void *),
					       void *argument)
{
	struct rhash_head *head;

	while ((head = table->only.buckets[0])) {
		table->only.buckets[0] = head->next;
		free_one(head, argument);
	}
}

#endif /* _SHIM_LINUX_RHASHTABLE_H */
