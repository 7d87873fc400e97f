/* SPDX-License-Identifier: GPL-2.0 */
/* Tracked conversations. */
#ifndef _WGWARD_FLOW_H
#define _WGWARD_FLOW_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/rhashtable.h>
#include <linux/wgward.h>
#include <linux/workqueue.h>

#include "tuple.h"

struct wgward_filter;
struct wgward_policy;
struct wgward_ward;

/*
 * Of enum wgward_flow_state, for the module alone, which tells it as NEW: taken
 * up on behalf of the end that may start it, which has not sent anything yet.
 */
#define WGWARD_FLOW_ADOPTED (WGWARD_FLOW_CLOSING + 1)
/* Behind enum wgward_timeout: the timeout of such a flow. */
#define WGWARD_FLOW_ADOPTED_TIMEOUT (WGWARD_TIMEOUT_MAX + 1)

/**
 * struct wgward_flow - a conversation
 * @hash: in &wgward_flows.table
 * @tuple: both ends
 * @epoch: of the view that passed it last, 0 when no view may trust it
 * @rule: stable id of the rule that passed it, or WGWARD_NONE
 * @node: stable ids of the nodes at both ends, or WGWARD_NONE
 * @service: service number of what the starter asked for
 * @starter: the end that started, 0 or 1
 * @self: ends that are self, a bit each
 * @adopted: its first packet was of the other end, see adoption.c
 * @ended: it is in no table any more, and all of it is folded
 * @started: jiffies, low 32 bits
 * @seen: jiffies of the last packet, low 32 bits
 * @state: enum wgward_flow_state, or WGWARD_FLOW_ADOPTED
 * @finished: ends that have sent a FIN, a bit each
 * @folded_high: bits 32 to 39 of the bytes that were folded
 * @packets: from either end; plain, as a lost count is better than a lock
 * @bytes: likewise
 * @folded_packets: how much of @packets rule and nodes have been told, low bits
 * @folded_bytes: likewise of @bytes
 * @rcu: freed after a grace period; nothing is folded any more then
 *
 * What an established flow's packet reads only comes first, what it writes is
 * in the second cache line. @tuple, @node, @service, @starter, @self and
 * @adopted are constant: a flow that starts anew is replaced. @rule, @ended and what was
 * folded change under a lock, see flow_fold.c.
 */
struct wgward_flow {
	struct rhash_head hash;
	struct wgward_tuple tuple;
	u32 epoch;
	u32 rule;
	u32 node[2];
	u32 service : 24;
	u32 starter : 1;
	u32 self : 2;
	u32 adopted : 1;
	u32 ended : 1;
	u32 started;
	u32 seen;
	u8 state;
	u8 finished;
	u8 folded_high[2];
	u64 packets[2];
	u64 bytes[2];
	union {
		struct {
			u32 folded_packets[2];
			u32 folded_bytes[2];
		};
		struct rcu_head rcu;
	};
};

/* With its share of the table, 160 bytes are what a flow may take. */
static_assert(sizeof(struct wgward_flow) <= 128);

/**
 * struct wgward_flows - the flows of a ward
 * @timeouts: jiffies, by enum wgward_timeout and beyond; of the policy in
 *	force; on lines that only configuring writes
 * @limit: number of flows that there is room for, by the same policy
 * @granted: what of it all wards' total was raised by; under the ward's lock
 * @table: by tuple
 * @count: number of flows in @table, or about to be
 * @collect: ends idle flows; queued while there are flows
 * @walk: where @collect is in @table; its own
 */
struct wgward_flows {
	u32 timeouts[WGWARD_FLOW_ADOPTED_TIMEOUT +
		     1] ____cacheline_aligned_in_smp;
	u32 limit;
	u32 granted;
	struct rhashtable table;
	atomic_t count ____cacheline_aligned_in_smp;
	struct delayed_work collect;
	struct rhashtable_iter walk;
};

/* Which timeout holds for @flow now. */
static inline unsigned int wgward_flow_timeout(const struct wgward_flow *flow)
{
	u8 state = READ_ONCE(flow->state);

	if (unlikely(state == WGWARD_FLOW_ADOPTED))
		return WGWARD_FLOW_ADOPTED_TIMEOUT;
	switch (flow->tuple.protocol) {
	case IPPROTO_TCP:
		return WGWARD_TIMEOUT_TCP_NEW + state;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return WGWARD_TIMEOUT_UDP_NEW + (state != WGWARD_FLOW_NEW);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return WGWARD_TIMEOUT_ICMP;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return WGWARD_TIMEOUT_SCTP_NEW + state;
	default:
		return WGWARD_TIMEOUT_OTHER;
	}
}

/* Jiffies left, not positive when @flow is over, though not collected yet. */
static inline s32 wgward_flow_left(const struct wgward_flows *flows,
				   const struct wgward_flow *flow)
{
	u32 idle = (u32)jiffies - READ_ONCE(flow->seen);

	return READ_ONCE(flows->timeouts[wgward_flow_timeout(flow)]) - idle;
}

static inline bool wgward_flow_expired(const struct wgward_flows *flows,
				       const struct wgward_flow *flow)
{
	return wgward_flow_left(flows, flow) <= 0;
}

/*
 * Counts a packet of @length bytes from the end @sender, which is no sign of
 * life. CPUs may race here, and a count may get lost.
 */
static inline void wgward_flow_add(struct wgward_flow *flow,
				   unsigned int sender, u32 length)
{
	WRITE_ONCE(flow->packets[sender], flow->packets[sender] + 1);
	WRITE_ONCE(flow->bytes[sender], flow->bytes[sender] + length);
}

/*
 * The same of one that is, but not @again on its way through a relay. Behind NAT
 * on the relay, a flow may see one of its directions on the way out only, so
 * that counts as life, too.
 */
static inline void wgward_flow_count(struct wgward_flow *flow,
				     unsigned int sender, u32 length,
				     bool again)
{
	u32 now = jiffies;

	if (READ_ONCE(flow->seen) != now)
		WRITE_ONCE(flow->seen, now);
	if (!again)
		wgward_flow_add(flow, sender, length);
}

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

/* Under RCU: @flow is passed by @rule from now on. Any context. */
void wgward_flow_set_rule(struct wgward_ward *ward, struct wgward_flow *flow,
			  u32 rule);

/*
 * Ends those of @ward's flows that @filter matches, or all if it is NULL, and
 * returns how many; packets may start others meanwhile. Sleeps.
 */
u32 wgward_flows_flush(struct wgward_ward *ward,
		       const struct wgward_filter *filter);

/* Tells rules and nodes all that @ward's flows have counted. Sleeps. */
void wgward_flows_fold(struct wgward_ward *ward);

/* The policy in force, or NULL, says how many and for how long. */
void wgward_flows_configure(struct wgward_ward *ward,
			    const struct wgward_policy *policy);

int wgward_flows_create(struct wgward_ward *ward);
/* After a grace period in which nothing could find @ward. Sleeps. */
void wgward_flows_destroy(struct wgward_ward *ward);

int wgward_flow_init(void);
void wgward_flow_exit(void);

#endif /* _WGWARD_FLOW_H */
