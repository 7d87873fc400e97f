/* SPDX-License-Identifier: GPL-2.0 */
/* Tracked conversations. */
#ifndef _WGWARD_FLOW_H
#define _WGWARD_FLOW_H

#include <linux/atomic.h>
#include <linux/rhashtable.h>
#include <linux/workqueue.h>

#include "tuple.h"

struct wgward_filter;
struct wgward_ward;

/**
 * struct wgward_flow - a conversation
 * @hash: in &wgward_flows.table
 * @tuple: both ends
 * @epoch: of the view that passed it last, 0 when no view may trust it
 * @rule: stable id of the rule that passed it, or WGWARD_NONE
 * @node: stable ids of the nodes at both ends, or WGWARD_NONE
 * @service: service number of what the starter asked for
 * @started: jiffies, low 32 bits
 * @seen: jiffies of the last packet, low 32 bits
 * @starter: the end that started, 0 or 1
 * @self: ends that are self, a bit each
 * @state: enum wgward_flow_state
 * @finished: ends that have sent a FIN, a bit each
 * @packets: from either end; plain, as a lost count is better than a lock
 * @bytes: likewise
 * @rcu: freed after a grace period
 *
 * What an established flow's packet reads only comes first, what it writes is
 * in the second cache line. @tuple, @node, @service, @starter and @self are
 * constant: a flow that starts anew is replaced. At most 160 bytes with its
 * share of the table.
 */
struct wgward_flow {
	struct rhash_head hash;
	struct wgward_tuple tuple;
	u32 epoch;
	u32 rule;
	u32 node[2];
	u32 service;
	u32 started;
	u32 seen;
	u8 starter;
	u8 self;
	u8 state;
	u8 finished;
	u64 packets[2];
	u64 bytes[2];
	struct rcu_head rcu;
};

/**
 * struct wgward_flows - the flows of a ward
 * @table: by tuple
 * @count: number of flows in @table, or about to be
 * @collect: ends idle flows; queued while there are flows
 */
struct wgward_flows {
	struct rhashtable table;
	atomic_t count;
	struct delayed_work collect;
};

/* Milliseconds until an idle @flow ends, 0 when it has. Any context. */
u64 wgward_flow_expires_ms(const struct wgward_flow *flow);

/* Whether @flow is over, though not collected yet. Any context. */
bool wgward_flow_expired(const struct wgward_flow *flow);

/* Under RCU: the flow of @tuple, which may have expired, or NULL. */
struct wgward_flow *wgward_flow_find(struct wgward_ward *ward,
				     const struct wgward_tuple *tuple);

/*
 * Under RCU: puts a copy of @model among @ward's flows. When another CPU was
 * faster, its flow is returned instead. -ENOSPC: a limit; -ENOMEM.
 */
struct wgward_flow *wgward_flow_start(struct wgward_ward *ward,
				      const struct wgward_flow *model);

/* Under RCU: ends @flow; false: another CPU did. Any context. */
bool wgward_flow_end(struct wgward_ward *ward, struct wgward_flow *flow);

/*
 * Ends those of @ward's flows that @filter matches, or all if it is NULL, and
 * returns how many; packets may start others meanwhile. Sleeps.
 */
u32 wgward_flows_flush(struct wgward_ward *ward,
		       const struct wgward_filter *filter);

int wgward_flows_create(struct wgward_ward *ward);
/* After a grace period in which nothing could find @ward. Sleeps. */
void wgward_flows_destroy(struct wgward_ward *ward);

int wgward_flow_init(void);
void wgward_flow_exit(void);

#endif /* _WGWARD_FLOW_H */
