/* SPDX-License-Identifier: GPL-2.0 */
/* What outlives a policy of its nodes and rules, and the ids for it. */
#ifndef _WGWARD_REGISTRY_H
#define _WGWARD_REGISTRY_H

#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/wgward.h>

struct wgward_counters;
struct wgward_node;
struct wgward_policy;
struct wgward_ward;

/**
 * struct wgward_entry - what the counters of nodes and of rules have in common
 * @hash: of its key, as &wgward_registry.table has it
 * @id: in &wgward_registry.ids
 * @uses: number of bound policies that have it; under &wgward_counters.lock
 * @rcu: freed after a grace period
 */
struct wgward_entry {
	u32 hash;
	u32 id;
	u32 uses;
	struct rcu_head rcu;
};

/* Packets and bytes either way. */
struct wgward_traffic_counter {
	atomic64_t packets[2];
	atomic64_t bytes[2];
};

/**
 * struct wgward_node_counter - of a node
 * @entry: by @key
 * @key: public key
 * @flows: number of flows that it has started
 * @node: as the policy in force has it, or NULL
 * @traffic: passed, from it and to it; what flows count is folded in later
 * @dropped: packets from it, when received, or to it, when sent, by reason
 */
struct wgward_node_counter {
	struct wgward_entry entry;
	u8 key[WGWARD_KEY_LEN];
	atomic_t flows;
	const struct wgward_node __rcu *node;
	struct wgward_traffic_counter traffic;
	atomic64_t dropped[WGWARD_REASON_MAX + 1];
};

/**
 * struct wgward_rule_counter - of a rule
 * @entry: by @name
 * @name: as the policies have it
 * @hits: flows passed or packets dropped by it
 * @audited: verdicts that it would have changed
 * @last_hit: seconds since 1970, or 0
 * @traffic: passed, from and to who started; as a node's
 */
struct wgward_rule_counter {
	struct wgward_entry entry;
	char name[WGWARD_NAME_LEN + 1];
	atomic64_t hits;
	atomic64_t audited;
	u64 last_hit;
	struct wgward_traffic_counter traffic;
};

/*
 * Under RCU: the counters for an id that a policy was given, or NULL when all
 * policies that had it are gone. WGWARD_NONE is nobody's.
 */
struct wgward_node_counter *
wgward_registry_node(const struct wgward_counters *counters, u32 id);
struct wgward_rule_counter *
wgward_registry_rule(const struct wgward_counters *counters, u32 id);

void wgward_registry_create(struct wgward_counters *counters);
/* After all policies were unbound. Sleeps. */
void wgward_registry_destroy(struct wgward_counters *counters);

int wgward_registry_init(void);
void wgward_registry_exit(void);

#endif /* _WGWARD_REGISTRY_H */
