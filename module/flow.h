/* SPDX-License-Identifier: GPL-2.0 */
/* Tracked conversations. */
#ifndef _WGWARD_FLOW_H
#define _WGWARD_FLOW_H

#include <linux/rhashtable.h>
#include <linux/workqueue.h>

#include "tuple.h"

struct wgward_ward;

/**
 * struct wgward_flow - a conversation
 * @hash: in &wgward_flows.table
 * @tuple: both ends
 * @epoch: of the view that passed it last, 0 when no view may trust it
 * @rule: stable id of the rule that passed it, or WGWARD_NONE
 * @node: stable ids of the nodes at both ends, or WGWARD_NONE
 * @starter: the end that started, 0 or 1
 * @state: enum wgward_flow_state
 * @self: ends that are self, a bit each
 * @started: jiffies, low 32 bits
 * @seen: jiffies of the last packet, low 32 bits
 * @packets: from either end; plain, as a lost count is better than a lock
 * @bytes: likewise
 * @rcu: freed after a grace period
 *
 * At most 160 bytes with its share of the table.
 */
struct wgward_flow {
	struct rhash_head hash;
	struct wgward_tuple tuple;
	u32 epoch;
	u32 rule;
	u32 node[2];
	u8 starter;
	u8 state;
	u8 self;
	u32 started;
	u32 seen;
	u64 packets[2];
	u64 bytes[2];
	struct rcu_head rcu;
};

struct wgward_flows {
	struct rhashtable table;
	atomic_t count;
	struct delayed_work collect;
	struct rhashtable_iter walk;	/* of @collect, between its steps */
};

/* Milliseconds until an idle @flow ends, 0 when it has. Any context. */
u64 wgward_flow_expires_ms(const struct wgward_flow *flow);

#endif /* _WGWARD_FLOW_H */
