// SPDX-License-Identifier: GPL-2.0
/* What flows have counted, told to their rules and nodes. */

#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/spinlock.h>

#include "counters.h"
#include "flow.h"
#include "flow_fold.h"
#include "ward.h"

/**
 * DOC: Folding
 *
 * Packets of an established flow are counted in the flow alone. What it has
 * counted is folded into its rule and its nodes when another rule passes it,
 * when it ends, and when somebody asks. A flow remembers the low bits of what
 * was folded, which is enough to tell what came since: 32 bits of packets and
 * 40 of bytes. The collector comes by often enough that less than half of that
 * is open, which leaves the other half to numbers that went back: CPUs that
 * count at the same time may lose counts, after another has folded them.
 */

#define BYTES_BITS 40
/* The collector does not leave more to be folded. */
#define MUCH_PACKETS BIT(28)
#define MUCH_BYTES BIT_ULL(BYTES_BITS - 4)

/*
 * They protect, each for some of the flows, the rule, the mark of the end, and
 * what was folded. Taken with bottom halves off, innermost.
 */
#define LOCK_BITS 6
static struct {
	spinlock_t lock;
} ____cacheline_aligned_in_smp locks[1 << LOCK_BITS];

static spinlock_t *lock_of(const struct wgward_flow *flow)
{
	return &locks[hash_ptr(flow, LOCK_BITS)].lock;
}

static u64 folded_bytes(const struct wgward_flow *flow, unsigned int end)
{
	return flow->folded_bytes[end] | (u64)flow->folded_high[end] << 32;
}

/* What came from @end since the last time. */
static struct wgward_traffic unfolded(const struct wgward_flow *flow,
				      unsigned int end)
{
	u64 packets = READ_ONCE(flow->packets[end]);
	u64 bytes = READ_ONCE(flow->bytes[end]);
	struct wgward_traffic traffic = {
		.packets = (u32)packets - flow->folded_packets[end],
		.bytes = (bytes - folded_bytes(flow, end)) &
			 GENMASK_ULL(BYTES_BITS - 1, 0),
	};

	/* Went back: is told when it has caught up. */
	if (traffic.packets > S32_MAX)
		traffic.packets = 0;
	if (traffic.bytes >= BIT_ULL(BYTES_BITS - 1))
		traffic.bytes = 0;
	return traffic;
}

static void set_folded(struct wgward_flow *flow, unsigned int end,
		       const struct wgward_traffic *traffic)
{
	u64 bytes = folded_bytes(flow, end) + traffic->bytes;

	flow->folded_packets[end] += traffic->packets;
	flow->folded_bytes[end] = bytes;
	flow->folded_high[end] = bytes >> 32;
}

static void fold(struct wgward_ward *ward, struct wgward_flow *flow)
{
	unsigned int starter = flow->starter, i;
	u32 node[2] = { flow->node[starter], flow->node[!starter] };
	struct wgward_traffic traffic[2];

	lockdep_assert_held(lock_of(flow));

	for (i = 0; i < 2; i++) {
		traffic[i] = unfolded(flow, i ? !starter : starter);
		set_folded(flow, i ? !starter : starter, &traffic[i]);
	}
	wgward_counters_traffic(&ward->counters, flow->rule, node, traffic);
}

void wgward_flow_fold(struct wgward_ward *ward, struct wgward_flow *flow)
{
	spinlock_t *lock = lock_of(flow);

	spin_lock_bh(lock);
	if (!flow->ended)
		fold(ward, flow);
	spin_unlock_bh(lock);
}

void wgward_flow_fold_end(struct wgward_ward *ward, struct wgward_flow *flow)
{
	spinlock_t *lock = lock_of(flow);

	spin_lock_bh(lock);
	fold(ward, flow);
	/* Who reads what shares the word reads the same before and after. */
	flow->ended = 1;
	spin_unlock_bh(lock);
}

void wgward_flow_fold_much(struct wgward_ward *ward, struct wgward_flow *flow)
{
	struct wgward_traffic traffic;
	unsigned int end;

	/* Without the lock this may be off, and is then done in vain. */
	for (end = 0; end < 2; end++) {
		/* Who is folding it at the same time does no harm. */
		traffic = data_race(unfolded(flow, end));
		if (traffic.packets >= MUCH_PACKETS ||
		    traffic.bytes >= MUCH_BYTES) {
			wgward_flow_fold(ward, flow);
			return;
		}
	}
}

/**
 * wgward_flow_set_rule() - has a flow passed by a rule from now on
 * @ward: whose it is
 * @flow: under RCU
 * @rule: stable id, or WGWARD_NONE
 *
 * What passed so far is the former rule's.
 */
void wgward_flow_set_rule(struct wgward_ward *ward, struct wgward_flow *flow,
			  u32 rule)
{
	spinlock_t *lock = lock_of(flow);

	if (READ_ONCE(flow->rule) == rule)
		return;
	spin_lock_bh(lock);
	if (!flow->ended)
		fold(ward, flow);
	WRITE_ONCE(flow->rule, rule);
	spin_unlock_bh(lock);
}

void __init wgward_flow_fold_init(void)
{
	unsigned int i;

	for (i = 0; i < 1 << LOCK_BITS; i++)
		spin_lock_init(&locks[i].lock);
}
