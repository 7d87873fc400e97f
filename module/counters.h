/* SPDX-License-Identifier: GPL-2.0 */
/* Counters that outlive a policy, and the ids they are found by. */
#ifndef _WGWARD_COUNTERS_H
#define _WGWARD_COUNTERS_H

#include <linux/types.h>
#include <linux/xarray.h>
#include <linux/rhashtable.h>
#include <linux/wgward.h>

struct wgward_policy;
struct wgward_ward;

/* Per CPU, written with interrupts of the data path's kind off only. */
struct wgward_reason_counters {
	u64 passed[WGWARD_REASON_MAX + 1];
	u64 dropped[WGWARD_REASON_MAX + 1];
};

/* A rule, or a node; found by id from the data path, under RCU. */
struct wgward_counters {
	struct wgward_reason_counters __percpu *reasons;
	struct rhashtable nodes;	/* by public key */
	struct rhashtable rules;	/* by name */
	struct xarray node_ids;
	struct xarray rule_ids;
};

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

/* Flows passed or packets dropped by a rule. */
u64 wgward_counters_rule_hits(const struct wgward_ward *ward, u32 id);
/* Under RCU: the name for an id, or NULL. */
const char *wgward_counters_rule_name(const struct wgward_ward *ward, u32 id);
const char *wgward_counters_node_name(const struct wgward_ward *ward, u32 id);

#endif /* _WGWARD_COUNTERS_H */
