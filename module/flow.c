// SPDX-License-Identifier: GPL-2.0
/* Tracked conversations. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "filter.h"
#include "ward.h"

/* Of each starting node, self excepted. */
#define MAX_FLOWS_OF_NODE (WGWARD_MAX_FLOWS / 8)
/* Of all wards that share a total. */
#define MAX_FLOWS_TOTAL (WGWARD_MAX_FLOWS * 4)

#define COLLECT_INTERVAL (5 * HZ)
/* Flows looked at between two chances for others to run. */
#define COLLECT_STEP 256

/* How far to look for a flow to evict. */
#define EVICT_FLOWS 8
#define EVICT_BUCKETS 32U

static struct kmem_cache *cache;
/*
 * Of the wards in namespaces of the initial user namespace, and of the others:
 * who made a namespace of their own cannot use up what the machine's wards
 * live on.
 */
static atomic_t totals[2];

static const struct rhashtable_params table_params = {
	.key_len = sizeof(struct wgward_tuple),
	.key_offset = offsetof(struct wgward_flow, tuple),
	.head_offset = offsetof(struct wgward_flow, hash),
	.automatic_shrinking = true,
};

/* Seconds that a flow may be idle. */
static u32 timeout_seconds(const struct wgward_flow *flow)
{
	u8 state = READ_ONCE(flow->state);

	switch (flow->tuple.protocol) {
	case IPPROTO_TCP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		/* RFC 5382 wants at least 2 h 4 min. */
		if (state == WGWARD_FLOW_ESTABLISHED)
			return 7440;
		return state == WGWARD_FLOW_NEW ? 30 : 10;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return state == WGWARD_FLOW_NEW ? 30 : 180;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 30;
	default:
		return 600;
	}
}

/* Jiffies left, not positive when @flow has expired. */
static s32 jiffies_left(const struct wgward_flow *flow)
{
	u32 idle = (u32)jiffies - READ_ONCE(flow->seen);

	return timeout_seconds(flow) * HZ - idle;
}

bool wgward_flow_expired(const struct wgward_flow *flow)
{
	return jiffies_left(flow) <= 0;
}

u64 wgward_flow_expires_ms(const struct wgward_flow *flow)
{
	s32 left = jiffies_left(flow);

	return left > 0 ? jiffies_to_msecs(left) : 0;
}

static void flow_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct wgward_flow, rcu));
}

/*
 * The number of flows that the starter of @flow has, or NULL if nobody
 * counts: self is exempt, and a node may have left the policy since.
 */
static atomic_t *starter_count(struct wgward_ward *ward,
			       const struct wgward_flow *flow)
{
	if (flow->self & BIT(flow->starter))
		return NULL;
	return wgward_counters_flows(&ward->counters,
				     flow->node[flow->starter]);
}

static void uncount(struct wgward_ward *ward, const struct wgward_flow *flow)
{
	atomic_t *of_starter = starter_count(ward, flow);

	if (of_starter)
		atomic_dec(of_starter);
	atomic_dec(&ward->flows.count);
	atomic_dec(&totals[ward->trusted]);
}

struct wgward_flow *wgward_flow_find(struct wgward_ward *ward,
				     const struct wgward_tuple *tuple)
{
	return rhashtable_lookup(&ward->flows.table, tuple, table_params);
}

bool wgward_flow_end(struct wgward_ward *ward, struct wgward_flow *flow)
{
	/* Only one CPU takes it out, and that one undoes the counting. */
	if (rhashtable_remove_fast(&ward->flows.table, &flow->hash,
				   table_params))
		return false;
	uncount(ward, flow);
	call_rcu(&flow->rcu, flow_free_rcu);
	return true;
}

static bool is_evictable(const struct wgward_flow *flow, const u32 *starter)
{
	if (starter && flow->node[flow->starter] != *starter)
		return false;
	return READ_ONCE(flow->state) == WGWARD_FLOW_NEW ||
	       wgward_flow_expired(flow);
}

/*
 * Ends one flow that expired or was never answered, of the node *@starter if
 * given, among the few first found from a random place on.
 */
static bool evict(struct wgward_ward *ward, const u32 *starter)
{
	struct rhashtable *table = &ward->flows.table;
	struct bucket_table *buckets;
	unsigned int looked = 0;
	struct rhash_head *pos;
	struct wgward_flow *flow;
	u32 bucket, count, i;

	buckets = rht_dereference_rcu(table->tbl, table);
	bucket = get_random_u32();
	count = min(buckets->size, EVICT_BUCKETS);
	for (i = 0; i < count; i++) {
		bucket = (bucket + 1) & (buckets->size - 1);
		rht_for_each_entry_rcu(flow, pos, buckets, bucket, hash) {
			if (is_evictable(flow, starter)) {
				wgward_flow_end(ward, flow);
				return true;
			}
			if (++looked == EVICT_FLOWS)
				return false;
		}
	}
	return false;
}

/* Adds one to @count, evicting a flow if that makes the room. */
static bool reserve(struct wgward_ward *ward, atomic_t *count, int limit,
		    const u32 *starter)
{
	if (likely(atomic_add_unless(count, 1, limit)))
		return true;
	return evict(ward, starter) && atomic_add_unless(count, 1, limit);
}

static int count(struct wgward_ward *ward, const struct wgward_flow *flow)
{
	atomic_t *of_starter = starter_count(ward, flow);

	if (of_starter && !reserve(ward, of_starter, MAX_FLOWS_OF_NODE,
				   &flow->node[flow->starter]))
		return -ENOSPC;
	if (!reserve(ward, &ward->flows.count, WGWARD_MAX_FLOWS, NULL))
		goto err_starter;
	if (!reserve(ward, &totals[ward->trusted], MAX_FLOWS_TOTAL, NULL))
		goto err_ward;
	return 0;

err_ward:
	atomic_dec(&ward->flows.count);
err_starter:
	if (of_starter)
		atomic_dec(of_starter);
	return -ENOSPC;
}

struct wgward_flow *wgward_flow_start(struct wgward_ward *ward,
				      const struct wgward_flow *model)
{
	struct wgward_flow *flow, *other;
	int err;

	err = count(ward, model);
	if (err)
		return ERR_PTR(err);

	flow = kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!flow) {
		other = ERR_PTR(-ENOMEM);
		goto err_uncount;
	}
	*flow = *model;

	other = rhashtable_lookup_get_insert_fast(&ward->flows.table,
						  &flow->hash, table_params);
	if (other) {
		/* Nobody has seen it. */
		kmem_cache_free(cache, flow);
		goto err_uncount;
	}

	/* A test of a bit when it is queued already, as it mostly is. */
	queue_delayed_work(wgward_workqueue, &ward->flows.collect,
			   COLLECT_INTERVAL);
	return flow;

err_uncount:
	uncount(ward, model);
	return other;
}

/* Ends the flows that @is_over says so of, a few at a time; returns how many. */
static u32 sweep(struct wgward_ward *ward,
		 bool (*is_over)(const struct wgward_flow *flow,
				 const struct wgward_filter *filter),
		 const struct wgward_filter *filter)
{
	struct rhashtable_iter iter;
	struct wgward_flow *flow;
	unsigned int steps;
	u32 ended = 0;

	rhashtable_walk_enter(&ward->flows.table, &iter);
	do {
		rhashtable_walk_start(&iter);
		for (steps = 0; steps < COLLECT_STEP; steps++) {
			flow = rhashtable_walk_next(&iter);
			/* The table is being resized: begins again. */
			if (IS_ERR(flow))
				continue;
			if (!flow)
				break;
			if (is_over(flow, filter))
				ended += wgward_flow_end(ward, flow);
		}
		rhashtable_walk_stop(&iter);
		cond_resched();
	} while (steps == COLLECT_STEP);
	rhashtable_walk_exit(&iter);
	return ended;
}

static bool is_expired(const struct wgward_flow *flow,
		       const struct wgward_filter *filter)
{
	return wgward_flow_expired(flow);
}

static bool is_meant(const struct wgward_flow *flow,
		     const struct wgward_filter *filter)
{
	return !filter || wgward_filter_match(filter, flow);
}

u32 wgward_flows_flush(struct wgward_ward *ward,
		       const struct wgward_filter *filter)
{
	return sweep(ward, is_meant, filter);
}

static void collect(struct work_struct *work)
{
	struct wgward_ward *ward = container_of(
		to_delayed_work(work), struct wgward_ward, flows.collect);

	sweep(ward, is_expired, NULL);
	/*
	 * Whoever starts a flow after this was read queues the work itself:
	 * it counts the flow before, and the work is not pending while it runs.
	 */
	if (atomic_read(&ward->flows.count))
		queue_delayed_work(wgward_workqueue, &ward->flows.collect,
				   COLLECT_INTERVAL);
}

int wgward_flows_create(struct wgward_ward *ward)
{
	int err;

	err = rhashtable_init(&ward->flows.table, &table_params);
	if (err)
		return err;
	atomic_set(&ward->flows.count, 0);
	INIT_DELAYED_WORK(&ward->flows.collect, collect);
	pr_debug("%s: flow table created\n", ward->name);
	return 0;
}

static void destroy_one(void *flow, void *total)
{
	atomic_dec(total);
	kmem_cache_free(cache, flow);
}

void wgward_flows_destroy(struct wgward_ward *ward)
{
	cancel_delayed_work_sync(&ward->flows.collect);
	rhashtable_free_and_destroy(&ward->flows.table, destroy_one,
				    &totals[ward->trusted]);
	pr_debug("%s: flow table destroyed\n", ward->name);
}

int __init wgward_flow_init(void)
{
	cache = KMEM_CACHE(wgward_flow, SLAB_HWCACHE_ALIGN);
	if (!cache)
		return -ENOMEM;
	return 0;
}

void wgward_flow_exit(void)
{
	/* Flows that ended lately are still to be freed. */
	rcu_barrier();
	kmem_cache_destroy(cache);
}
