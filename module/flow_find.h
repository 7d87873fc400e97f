/* SPDX-License-Identifier: GPL-2.0 */
/* How flows of IPv4 are found: inline, for the packets that are nearly all. */
#ifndef _WGWARD_FLOW_FIND_H
#define _WGWARD_FLOW_FIND_H

#include <linux/compiler.h>
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/types.h>

#include "flow.h"
#include "tuple.h"

static __always_inline u32
wgward_flow_hash_ipv4(const struct wgward_tuple_ipv4 *tuple, u32 seed)
{
	return jhash_3words((__force u32)tuple->address[0],
			    (__force u32)tuple->address[1], tuple->ports,
			    seed ^ tuple->kind);
}

/*
 * Under RCU: the flow of @tuple, which may have expired, or NULL if it is not
 * there, or not at hand: while the table is resized, or when there was no
 * memory for it in one piece, wgward_flow_find() finds more.
 */
static __always_inline struct wgward_flow *
wgward_flow_find_ipv4(struct wgward_flows *flows,
		      const struct wgward_tuple_ipv4 *tuple)
{
	struct bucket_table *buckets;
	struct wgward_flow *flow;
	struct rhash_head *pos;
	u32 bucket;

	buckets = rht_dereference_rcu(flows->table.tbl, &flows->table);
	if (unlikely(buckets->nest))
		return NULL;
	bucket = rht_bucket_index(
		buckets, wgward_flow_hash_ipv4(tuple, buckets->hash_rnd));
	rht_for_each_entry_rcu_from(flow, pos,
				    rht_ptr_rcu(&buckets->buckets[bucket]),
				    buckets, bucket, hash)
		if (likely(wgward_tuple_equal_ipv4(&flow->tuple, tuple)))
			return flow;
	return NULL;
}

#endif /* _WGWARD_FLOW_FIND_H */
