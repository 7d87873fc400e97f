// SPDX-License-Identifier: GPL-2.0
/* Tracked conversations. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "filter.h"
#include "flow_find.h"
#include "flow_fold.h"
#include "ward.h"

/* Of all wards that share a total, unless a privileged one has more. */
#define MAX_FLOWS_TOTAL (WGWARD_MAX_FLOWS * 4)
/* Of those that a ward has room for, self's excepted. */
#define NODE_SHARE 8

/* What a ward may have in any case, and what all others cannot use up. */
#define WARD_SHARE 4096

#define COLLECT_INTERVAL (5 * HZ)
/* Flows looked at in one go, and between two chances for others to run. */
#define COLLECT_FLOWS 16384U
#define COLLECT_STEP 256U
/* The collector rests this many times as long as it worked. */
#define COLLECT_REST 9

/* At most, until one finds nothing. */
#define FLUSH_PASSES 8

/* How far to look for a flow to evict, and of how many to choose. */
#define EVICT_FLOWS 32
#define EVICT_CHOICE 8
#define EVICT_BUCKETS 64U

static struct kmem_cache *cache;
/*
 * Of the wards in namespaces of the initial user namespace, and of the others:
 * who made a namespace of their own cannot use up what the machine's wards
 * live on.
 */
static struct {
	atomic_t count;
	u32 limit;
	u64 granted;
} totals[2] = {
	{ .limit = MAX_FLOWS_TOTAL },
	{ .limit = MAX_FLOWS_TOTAL },
};

/* Protects @limit and @granted of totals; @limit is read without. */
static DEFINE_SPINLOCK(totals_lock);

static __always_inline u32 hash_tuple(const void *data, u32 length, u32 seed)
{
	const struct wgward_tuple *tuple = data;
	struct wgward_tuple_ipv4 words;

	if (likely(tuple->family == AF_INET)) {
		words = wgward_tuple_ipv4(tuple);
		return wgward_flow_hash_ipv4(&words, seed);
	}
	return jhash2(data, length / sizeof(u32), seed);
}

/* As rhashtable has it: 0 if they are the same. */
static __always_inline int compare_tuple(struct rhashtable_compare_arg *arg,
					 const void *object)
{
	const struct wgward_flow *flow = object;

	return !wgward_tuple_equal(&flow->tuple, arg->key);
}

static const struct rhashtable_params table_params = {
	.hashfn = hash_tuple,
	.obj_cmpfn = compare_tuple,
	.key_len = sizeof(struct wgward_tuple),
	.key_offset = offsetof(struct wgward_flow, tuple),
	.head_offset = offsetof(struct wgward_flow, hash),
	.automatic_shrinking = true,
};

static void flow_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct wgward_flow, rcu));
}

/*
 * The end whose first packet made @flow: it is that one's doing that there is
 * such a flow, though the other end may have started the conversation.
 */
static unsigned int maker(const struct wgward_flow *flow)
{
	return flow->starter ^ flow->adopted;
}

/*
 * The number of flows that the maker of @flow has, or NULL if nobody counts:
 * self is exempt, and a node may have left the policy since.
 */
static atomic_t *maker_count(struct wgward_ward *ward,
			     const struct wgward_flow *flow)
{
	if (flow->self & BIT(maker(flow)))
		return NULL;
	return wgward_counters_flows(&ward->counters, flow->node[maker(flow)]);
}

static void uncount(struct wgward_ward *ward, const struct wgward_flow *flow)
{
	atomic_t *of_maker = maker_count(ward, flow);

	if (of_maker)
		atomic_dec(of_maker);
	atomic_dec(&ward->flows.count);
	atomic_dec(&totals[ward->trusted].count);
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
	wgward_flow_fold_end(ward, flow);
	uncount(ward, flow);
	call_rcu(&flow->rcu, flow_free_rcu);
	return true;
}

/**
 * struct choice - of a flow to evict
 * @flows: what it is one of
 * @maker: node that has to have made it, or NULL for any
 * @best: so far, or NULL
 * @looked: flows looked at, in one table
 * @found: of them, those that might go
 */
struct choice {
	const struct wgward_flows *flows;
	const u32 *maker;
	struct wgward_flow *best;
	unsigned int looked;
	unsigned int found;
};

/* Whether @flow may rather go than @other: is closing, or idle for longer. */
static bool goes_before(const struct wgward_flow *flow,
			const struct wgward_flow *other)
{
	bool closing = READ_ONCE(flow->state) == WGWARD_FLOW_CLOSING;

	if (closing != (READ_ONCE(other->state) == WGWARD_FLOW_CLOSING))
		return closing;
	return (s32)(READ_ONCE(flow->seen) - READ_ONCE(other->seen)) < 0;
}

/* Returns false when there is no need to look further. */
static bool consider(struct choice *choice, struct wgward_flow *flow)
{
	choice->looked++;
	if (!choice->maker || flow->node[maker(flow)] == *choice->maker) {
		if (wgward_flow_expired(choice->flows, flow)) {
			choice->best = flow;
			return false;
		}
		if (READ_ONCE(flow->state) != WGWARD_FLOW_ESTABLISHED) {
			choice->found++;
			if (!choice->best || goes_before(flow, choice->best))
				choice->best = flow;
		}
	}
	return choice->looked < EVICT_FLOWS && choice->found < EVICT_CHOICE;
}

/* Looks at the few flows first found from a random place on. */
static void choose_in(struct choice *choice, struct bucket_table *buckets)
{
	struct rhash_head *pos;
	struct wgward_flow *flow;
	u32 bucket, count;

	choice->looked = 0;
	bucket = get_random_u32();
	for (count = min(buckets->size, EVICT_BUCKETS); count; count--) {
		bucket = (bucket + 1) & (buckets->size - 1);
		rht_for_each_entry_rcu(flow, pos, buckets, bucket, hash)
			if (!consider(choice, flow))
				return;
	}
}

/* A table that is being resized has its latest flows in the next one. */
static void choose(struct choice *choice, struct rhashtable *table)
{
	struct bucket_table *buckets;

	buckets = rht_dereference_rcu(table->tbl, table);
	for (; buckets && !choice->best;
	     buckets = rht_dereference_rcu(buckets->future_tbl, table))
		choose_in(choice, buckets);
}

/*
 * Makes room by ending a flow, of the node *@maker if given: one that has
 * expired, else one that is closing or was never answered, and of these the one
 * that has been idle for longest. Who floods ends mostly what is its own, since
 * the place is random, and never what others have established.
 */
static bool evict(struct wgward_ward *ward, const u32 *maker)
{
	struct choice choice = {
		.flows = &ward->flows,
		.maker = maker,
	};

	choose(&choice, &ward->flows.table);
	if (!choice.best)
		return false;
	if (!wgward_flow_expired(&ward->flows, choice.best))
		wgward_counters_limit_met(&ward->counters,
					  WGWARD_LIMIT_FLOWS_EVICTED);
	/* When another CPU ended it, there is room, too. */
	wgward_flow_end(ward, choice.best);
	return true;
}

static bool add_below(atomic_t *count, u32 limit)
{
	int old = atomic_read(count);

	do {
		/* A limit may have been lowered below what there is. */
		if ((u32)old >= limit)
			return false;
	} while (!atomic_try_cmpxchg(count, &old, old + 1));
	return true;
}

/* Adds one to @count, evicting a flow if that makes the room. */
static bool reserve(struct wgward_ward *ward, atomic_t *count, u32 limit,
		    const u32 *maker, enum wgward_limit kind)
{
	if (likely(add_below(count, limit)))
		return true;
	/* A limit that was lowered is no reason to end what there is. */
	if ((u32)atomic_read(count) <= limit && evict(ward, maker) &&
	    add_below(count, limit))
		return true;
	wgward_counters_limit_met(&ward->counters, kind);
	return false;
}

/*
 * Likewise of what all wards have together. A ward that has few, or no more
 * than was granted to it, is not to suffer from others.
 */
static bool reserve_of_all(struct wgward_ward *ward)
{
	atomic_t *all = &totals[ward->trusted].count;
	u32 share = READ_ONCE(ward->flows.granted) + WARD_SHARE;

	if ((u32)atomic_read(&ward->flows.count) <= share) {
		atomic_inc(all);
		return true;
	}
	return reserve(ward, all, READ_ONCE(totals[ward->trusted].limit), NULL,
		       WGWARD_LIMIT_FLOWS_MODULE);
}

static int count(struct wgward_ward *ward, const struct wgward_flow *flow)
{
	atomic_t *of_maker = maker_count(ward, flow);
	u32 limit = READ_ONCE(ward->flows.limit);

	if (of_maker &&
	    !reserve(ward, of_maker, max(limit / NODE_SHARE, 1U),
		     &flow->node[maker(flow)], WGWARD_LIMIT_FLOWS_NODE))
		return -ENOSPC;
	if (!reserve(ward, &ward->flows.count, limit, NULL,
		     WGWARD_LIMIT_FLOWS_WARD))
		goto err_maker;
	if (!reserve_of_all(ward))
		goto err_ward;
	return 0;

err_ward:
	atomic_dec(&ward->flows.count);
err_maker:
	if (of_maker)
		atomic_dec(of_maker);
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

	if (!delayed_work_pending(&ward->flows.collect))
		queue_delayed_work(wgward_workqueue, &ward->flows.collect,
				   COLLECT_INTERVAL);
	return flow;

err_uncount:
	uncount(ward, model);
	return other;
}

/* What is done to each flow of a ward. */
typedef void visit_flow(struct wgward_ward *ward, struct wgward_flow *flow,
			void *data);

/*
 * Visits up to @most flows, a few at a time; false when that were all. A flow
 * is visited when the walk stands at the next one already: it goes on by place
 * where it stopped at a flow that has left the table, and would pass over one.
 */
static bool visit(struct wgward_ward *ward, struct rhashtable_iter *iter,
		  u32 most, visit_flow *function, void *data)
{
	struct wgward_flow *flow = NULL, *next;
	u32 steps;

	while (most) {
		rhashtable_walk_start(iter);
		flow = rhashtable_walk_peek(iter);
		for (steps = min(most, COLLECT_STEP); flow && steps; steps--) {
			next = rhashtable_walk_next(iter);
			/* Else the table was resized: begins again. */
			if (!IS_ERR(flow))
				function(ward, flow, data);
			flow = next;
			most--;
		}
		rhashtable_walk_stop(iter);
		cond_resched();
		if (!flow)
			return false;
	}
	return true;
}

static void visit_all(struct wgward_ward *ward, visit_flow *function,
		      void *data)
{
	struct rhashtable_iter iter;

	rhashtable_walk_enter(&ward->flows.table, &iter);
	while (visit(ward, &iter, COLLECT_FLOWS, function, data))
		;
	rhashtable_walk_exit(&iter);
}

/**
 * struct flush - of some flows
 * @filter: which, or NULL for all
 * @ended: how many there were
 */
struct flush {
	const struct wgward_filter *filter;
	u32 ended;
};

static void flush_flow(struct wgward_ward *ward, struct wgward_flow *flow,
		       void *data)
{
	struct flush *flush = data;

	if (!flush->filter || wgward_filter_match(flush->filter, flow))
		flush->ended += wgward_flow_end(ward, flow);
}

/*
 * A walk that pauses at a flow which was ended finds its place again by the
 * number of flows before it, and so passes over some: one pass may leave a few
 * per thousand. Packets can start flows all the time, so there has to be an
 * end to it.
 */
u32 wgward_flows_flush(struct wgward_ward *ward,
		       const struct wgward_filter *filter)
{
	struct flush flush = { .filter = filter };
	unsigned int pass;
	u32 before;

	for (pass = 0; pass < FLUSH_PASSES; pass++) {
		before = flush.ended;
		visit_all(ward, flush_flow, &flush);
		if (flush.ended == before)
			break;
	}
	return flush.ended;
}

static void fold_flow(struct wgward_ward *ward, struct wgward_flow *flow,
		      void *data)
{
	wgward_flow_fold(ward, flow);
}

void wgward_flows_fold(struct wgward_ward *ward)
{
	visit_all(ward, fold_flow, NULL);
}

static void collect_flow(struct wgward_ward *ward, struct wgward_flow *flow,
			 void *data)
{
	if (wgward_flow_expired(&ward->flows, flow))
		wgward_flow_end(ward, flow);
	else
		wgward_flow_fold_much(ward, flow);
}

/* The next flows of the table, from the first again after the last. */
static void collect_some(struct wgward_ward *ward)
{
	struct wgward_flows *flows = &ward->flows;

	if (visit(ward, &flows->walk, COLLECT_FLOWS, collect_flow, NULL))
		return;
	rhashtable_walk_exit(&flows->walk);
	rhashtable_walk_enter(&flows->table, &flows->walk);
}

/*
 * Looks at a share of the flows, so that all have their turn within the
 * interval; or later, when there are so many that it would take up a CPU.
 */
static void collect(struct work_struct *work)
{
	struct wgward_ward *ward = container_of(
		to_delayed_work(work), struct wgward_ward, flows.collect);
	unsigned long begun = jiffies, delay;
	u32 count;

	collect_some(ward);
	/*
	 * Whoever starts a flow after this was read queues the work itself:
	 * it counts the flow before, and the work is not pending while it runs.
	 * That may have been done already, for later.
	 */
	count = atomic_read(&ward->flows.count);
	if (!count)
		return;
	delay = max(COLLECT_INTERVAL / (1 + count / COLLECT_FLOWS),
		    (jiffies - begun) * COLLECT_REST);
	mod_delayed_work(wgward_workqueue, &ward->flows.collect, delay);
}

/* Raises, or lowers, what all wards together have room for. */
static void grant(struct wgward_ward *ward, u32 granted)
{
	u64 all;

	spin_lock_bh(&totals_lock);
	all = totals[ward->trusted].granted + granted - ward->flows.granted;
	totals[ward->trusted].granted = all;
	WRITE_ONCE(totals[ward->trusted].limit,
		   min_t(u64, all + MAX_FLOWS_TOTAL, S32_MAX));
	spin_unlock_bh(&totals_lock);
	WRITE_ONCE(ward->flows.granted, granted);
}

/**
 * wgward_flows_configure() - takes what a policy says of flows
 * @ward: under its lock, or not found by anybody yet
 * @policy: in force, or NULL
 *
 * Flows beyond a limit that was lowered stay, and there are no new ones until
 * they are fewer.
 */
void wgward_flows_configure(struct wgward_ward *ward,
			    const struct wgward_policy *policy)
{
	struct wgward_flows *flows = &ward->flows;
	u32 limit = WGWARD_MAX_FLOWS, seconds, i;

	if (policy && policy->max_flows)
		limit = policy->max_flows;
	WRITE_ONCE(flows->limit, limit);
	grant(ward, limit > WGWARD_MAX_FLOWS ? limit - WGWARD_MAX_FLOWS : 0);
	for (i = 0; i <= WGWARD_TIMEOUT_MAX; i++) {
		seconds = wgward_timeout_defaults[i];
		if (policy && policy->timeouts[i])
			seconds = policy->timeouts[i];
		WRITE_ONCE(flows->timeouts[i], seconds * HZ);
	}
	/* Nobody's policy lets who is refused go on for long. */
	seconds = wgward_timeout_defaults[WGWARD_TIMEOUT_TCP_NEW];
	WRITE_ONCE(flows->timeouts[WGWARD_FLOW_ADOPTED_TIMEOUT],
		   min(seconds * HZ, flows->timeouts[WGWARD_TIMEOUT_TCP_NEW]));
}

int wgward_flows_create(struct wgward_ward *ward)
{
	int err;

	err = rhashtable_init(&ward->flows.table, &table_params);
	if (err)
		return err;
	atomic_set(&ward->flows.count, 0);
	wgward_flows_configure(ward, NULL);
	rhashtable_walk_enter(&ward->flows.table, &ward->flows.walk);
	INIT_DELAYED_WORK(&ward->flows.collect, collect);
	pr_debug("%s: flow table created\n", ward->name);
	return 0;
}

/* Counters end with the ward: nothing is folded any more. */
static void destroy_one(void *flow, void *total)
{
	atomic_dec(total);
	kmem_cache_free(cache, flow);
}

void wgward_flows_destroy(struct wgward_ward *ward)
{
	cancel_delayed_work_sync(&ward->flows.collect);
	rhashtable_walk_exit(&ward->flows.walk);
	grant(ward, 0);
	rhashtable_free_and_destroy(&ward->flows.table, destroy_one,
				    &totals[ward->trusted].count);
	pr_debug("%s: flow table destroyed\n", ward->name);
}

int __init wgward_flow_init(void)
{
	wgward_flow_fold_init();
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
