/* SPDX-License-Identifier: GPL-2.0 */
/* Counters that outlive a policy, and the ids they are found by. */
#ifndef _WGWARD_COUNTERS_H
#define _WGWARD_COUNTERS_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/siphash.h>
#include <linux/types.h>
#include <linux/wgward.h>
#include <linux/xarray.h>

#include "table.h"

struct wgward_policy;
struct wgward_ward;

/* Per CPU: verdicts by reason, and how often limits were met. */
struct wgward_reason_counters {
	u64 passed[WGWARD_REASON_MAX + 1];
	u64 dropped[WGWARD_REASON_MAX + 1];
	u64 audited[WGWARD_REASON_MAX + 1];
	u64 limits[WGWARD_LIMIT_MAX + 1];
};

struct wgward_traffic {
	u64 packets, bytes;
};

/* What there is to tell of a node; @traffic is from it and to it. */
struct wgward_node_numbers {
	u32 flows;
	struct wgward_traffic traffic[2];
	u64 dropped[WGWARD_REASON_MAX + 1];
};

/* What there is to tell of a rule; @traffic is from and to who started. */
struct wgward_rule_numbers {
	u64 hits, audited, last_hit;
	struct wgward_traffic traffic[2];
};

/**
 * struct wgward_registry - ids of nodes by public key, or of rules by name
 * @table: ids by hash of key or name; under &wgward_counters.lock
 * @seed: of the hash; secret, so that nobody can choose names that collide
 * @ids: the entries by id; read under RCU
 * @next: where to look for the next id
 *
 * Ids are handed out in turn, so that one that an old flow still holds is not
 * given to another before four billion more.
 */
struct wgward_registry {
	struct wgward_table table;
	hsiphash_key_t seed;
	struct xarray ids;
	u32 next;
};

/**
 * struct wgward_counters - what a ward counts
 * @reasons: verdicts by reason, but for packets that hit a flow
 * @lock: protects the entries of @nodes and @rules; taken after the ward's
 * @nodes: of the policies that are bound
 * @rules: likewise
 * @others: flows that were started by addresses of no node
 */
struct wgward_counters {
	struct wgward_reason_counters __percpu *reasons;
	struct mutex lock;
	struct wgward_registry nodes;
	struct wgward_registry rules;
	atomic_t others;
};

int wgward_counters_create(struct wgward_ward *ward);
/* After all policies were unbound. Sleeps. */
void wgward_counters_destroy(struct wgward_ward *ward);

static inline void wgward_counters_passed(struct wgward_counters *counters,
					  enum wgward_reason reason)
{
	this_cpu_inc(counters->reasons->passed[reason]);
}

static inline void wgward_counters_dropped(struct wgward_counters *counters,
					   enum wgward_reason reason)
{
	this_cpu_inc(counters->reasons->dropped[reason]);
}

/* A packet that passed only because of an audit; @reason would have been. */
static inline void wgward_counters_audited(struct wgward_counters *counters,
					   enum wgward_reason reason)
{
	this_cpu_inc(counters->reasons->audited[reason]);
}

static inline void wgward_counters_limit_met(struct wgward_counters *counters,
					     enum wgward_limit limit)
{
	this_cpu_inc(counters->reasons->limits[limit]);
}

/* Sums over the CPUs. */
void wgward_counters_sum(const struct wgward_counters *counters,
			 struct wgward_reason_counters *sum);

/*
 * Gives each node and rule of @policy its stable id and takes a reference on
 * its counter. On failure nothing is changed. Under @ward->lock, sleeps.
 */
int wgward_counters_bind(struct wgward_ward *ward,
			 struct wgward_policy *policy);
/* Gives the references of a bound policy back. Sleeps. */
void wgward_counters_unbind(struct wgward_ward *ward,
			    struct wgward_policy *policy);

/*
 * Makes the nodes of @policy, which is about to be published, those that ids
 * are named after; withdraws those of @policy, a grace period before it is
 * unbound. Under @ward->lock.
 */
void wgward_counters_publish(struct wgward_ward *ward,
			     const struct wgward_policy *policy);
void wgward_counters_withdraw(struct wgward_ward *ward,
			      const struct wgward_policy *policy);

/*
 * Under RCU: how many flows the node has started; or NULL when the node has
 * left the policy. WGWARD_NONE is an id here: of all that are not nodes.
 */
atomic_t *wgward_counters_flows(struct wgward_counters *counters, u32 id);

/*
 * All under RCU; ids may be WGWARD_NONE. A hit is a flow that a rule started or
 * a packet that it dropped; audited, a verdict that it would have changed. A
 * drop is counted at the far side's node: the source's of what was received,
 * the destination's of what is sent.
 */
void wgward_counters_rule_hit(struct wgward_counters *counters, u32 id);
void wgward_counters_rule_audited(struct wgward_counters *counters, u32 id);
void wgward_counters_node_dropped(struct wgward_counters *counters, u32 id,
				  enum wgward_reason reason);
/*
 * What passed by @rule between two nodes, that of who started first: from it,
 * and to it. For packets that no flow counts, and for what flows have counted.
 */
void wgward_counters_traffic(struct wgward_counters *counters, u32 rule,
			     const u32 node[2],
			     const struct wgward_traffic traffic[2]);

/* What there is to tell; zeros of an id that is gone. */
void wgward_counters_read_node(const struct wgward_counters *counters, u32 id,
			       struct wgward_node_numbers *numbers);
void wgward_counters_read_rule(const struct wgward_counters *counters, u32 id,
			       struct wgward_rule_numbers *numbers);
/* Under RCU: the name for an id, or NULL. */
const char *wgward_counters_rule_name(const struct wgward_ward *ward, u32 id);
const char *wgward_counters_node_name(const struct wgward_ward *ward, u32 id);

#endif /* _WGWARD_COUNTERS_H */
