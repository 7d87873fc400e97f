// SPDX-License-Identifier: GPL-2.0
/* Counters that outlive a policy, and the ids they are found by. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ward.h"

/**
 * struct entry - what the counters of nodes and of rules have in common
 * @hash: in &wgward_registry.table
 * @id: in &wgward_registry.ids
 * @uses: number of bound policies that have it; under &wgward_counters.lock
 * @rcu: freed after a grace period
 */
struct entry {
	struct rhash_head hash;
	u32 id;
	u32 uses;
	struct rcu_head rcu;
};

/**
 * struct node_counter - of a node
 * @entry: by @key
 * @key: public key
 * @flows: number of flows that it has started
 * @node: as the policy in force has it, or NULL
 */
struct node_counter {
	struct entry entry;
	u8 key[WGWARD_KEY_LEN];
	atomic_t flows;
	const struct wgward_node __rcu *node;
};

/**
 * struct rule_counter - of a rule
 * @entry: by @name
 * @name: zero up to its end, as it is hashed whole
 * @hits: flows passed or packets dropped by it
 * @audited: verdicts that it would have changed, were it not audited
 */
struct rule_counter {
	struct entry entry;
	char name[WGWARD_NAME_LEN + 1];
	atomic64_t hits;
	atomic64_t audited;
};

static const struct rhashtable_params node_params = {
	.key_len = WGWARD_KEY_LEN,
	.key_offset = offsetof(struct node_counter, key),
	.head_offset = offsetof(struct node_counter, entry.hash),
	.automatic_shrinking = true,
};

static const struct rhashtable_params rule_params = {
	.key_len = WGWARD_NAME_LEN + 1,
	.key_offset = offsetof(struct rule_counter, name),
	.head_offset = offsetof(struct rule_counter, entry.hash),
	.automatic_shrinking = true,
};

static int registry_add(struct wgward_registry *registry, struct entry *entry,
			const struct rhashtable_params params)
{
	int err;

	entry->uses = 1;
	err = xa_alloc_cyclic(&registry->ids, &entry->id, entry,
			      XA_LIMIT(0, WGWARD_NONE - 1), &registry->next,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	err = rhashtable_insert_fast(&registry->table, &entry->hash, params);
	if (err)
		xa_erase(&registry->ids, entry->id);
	return err;
}

static void registry_put(struct wgward_registry *registry, u32 id,
			 const struct rhashtable_params params)
{
	struct entry *entry = xa_load(&registry->ids, id);

	if (WARN_ON_ONCE(!entry) || --entry->uses)
		return;
	xa_erase(&registry->ids, id);
	rhashtable_remove_fast(&registry->table, &entry->hash, params);
	/* The entry is the first member of both counters. */
	kfree_rcu(entry, rcu);
}

static int bind_node(struct wgward_counters *counters, struct wgward_node *node)
{
	struct node_counter *counter;
	int err;

	counter = rhashtable_lookup_fast(&counters->nodes.table, node->key,
					 node_params);
	if (counter) {
		counter->entry.uses++;
		node->id = counter->entry.id;
		return 0;
	}

	counter = kzalloc(sizeof(*counter), GFP_KERNEL_ACCOUNT);
	if (!counter)
		return -ENOMEM;
	memcpy(counter->key, node->key, sizeof(counter->key));
	err = registry_add(&counters->nodes, &counter->entry, node_params);
	if (err) {
		kfree_rcu(counter, entry.rcu);
		return err;
	}
	node->id = counter->entry.id;
	return 0;
}

static int bind_rule(struct wgward_counters *counters, struct wgward_rule *rule)
{
	char name[WGWARD_NAME_LEN + 1] = {};
	struct rule_counter *counter;
	int err;

	strscpy(name, rule->name, sizeof(name));
	counter = rhashtable_lookup_fast(&counters->rules.table, name,
					 rule_params);
	if (counter) {
		counter->entry.uses++;
		rule->id = counter->entry.id;
		return 0;
	}

	counter = kzalloc(sizeof(*counter), GFP_KERNEL_ACCOUNT);
	if (!counter)
		return -ENOMEM;
	memcpy(counter->name, name, sizeof(counter->name));
	err = registry_add(&counters->rules, &counter->entry, rule_params);
	if (err) {
		kfree_rcu(counter, entry.rcu);
		return err;
	}
	rule->id = counter->entry.id;
	return 0;
}

/* Undoes the binding of the first @nodes nodes and @rules rules. */
static void unbind(struct wgward_counters *counters,
		   struct wgward_policy *policy, u32 nodes, u32 rules)
{
	lockdep_assert_held(&counters->lock);

	while (rules--)
		registry_put(&counters->rules, policy->rules[rules].id,
			     rule_params);
	while (nodes--)
		registry_put(&counters->nodes, policy->nodes[nodes].id,
			     node_params);
}

static int bind(struct wgward_counters *counters, struct wgward_policy *policy)
{
	u32 nodes, rules = 0;
	int err = 0;

	lockdep_assert_held(&counters->lock);

	for (nodes = 0; nodes < policy->node_count; nodes++) {
		err = bind_node(counters, &policy->nodes[nodes]);
		if (err)
			goto err_unbind;
		cond_resched();
	}
	for (; rules < policy->rule_count; rules++) {
		err = bind_rule(counters, &policy->rules[rules]);
		if (err)
			goto err_unbind;
		cond_resched();
	}
	return 0;

err_unbind:
	unbind(counters, policy, nodes, rules);
	return err;
}

int wgward_counters_bind(struct wgward_ward *ward, struct wgward_policy *policy)
{
	struct wgward_counters *counters = &ward->counters;
	int err;

	lockdep_assert_held(&ward->lock);

	mutex_lock(&counters->lock);
	err = bind(counters, policy);
	mutex_unlock(&counters->lock);
	if (!err)
		pr_debug("%s: policy %p bound\n", ward->name, policy);
	return err;
}

void wgward_counters_unbind(struct wgward_ward *ward,
			    struct wgward_policy *policy)
{
	struct wgward_counters *counters = &ward->counters;

	mutex_lock(&counters->lock);
	unbind(counters, policy, policy->node_count, policy->rule_count);
	mutex_unlock(&counters->lock);
	pr_debug("%s: policy %p unbound\n", ward->name, policy);
}

void wgward_counters_publish(struct wgward_ward *ward,
			     const struct wgward_policy *policy)
{
	struct node_counter *counter;
	u32 i;

	lockdep_assert_held(&ward->lock);

	/* Bound policies keep their counters where they are. */
	for (i = 0; i < policy->node_count; i++) {
		counter =
			xa_load(&ward->counters.nodes.ids, policy->nodes[i].id);
		rcu_assign_pointer(counter->node, &policy->nodes[i]);
	}
}

void wgward_counters_withdraw(struct wgward_ward *ward,
			      const struct wgward_policy *policy)
{
	const struct wgward_node *node;
	struct node_counter *counter;
	u32 i;

	lockdep_assert_held(&ward->lock);

	for (i = 0; i < policy->node_count; i++) {
		counter =
			xa_load(&ward->counters.nodes.ids, policy->nodes[i].id);
		node = rcu_access_pointer(counter->node);
		if (node == &policy->nodes[i])
			RCU_INIT_POINTER(counter->node, NULL);
	}
}

void wgward_counters_sum(const struct wgward_counters *counters,
			 struct wgward_reason_counters *sum)
{
	const struct wgward_reason_counters *one;
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		one = per_cpu_ptr(counters->reasons, cpu);
		for (i = 0; i <= WGWARD_REASON_MAX; i++) {
			sum->passed[i] += READ_ONCE(one->passed[i]);
			sum->dropped[i] += READ_ONCE(one->dropped[i]);
			sum->audited[i] += READ_ONCE(one->audited[i]);
		}
		for (i = 0; i <= WGWARD_LIMIT_MAX; i++)
			sum->limits[i] += READ_ONCE(one->limits[i]);
	}
}

atomic_t *wgward_counters_flows(struct wgward_counters *counters, u32 id)
{
	struct node_counter *counter;

	if (id == WGWARD_NONE)
		return &counters->others;
	counter = xa_load(&counters->nodes.ids, id);
	return counter ? &counter->flows : NULL;
}

void wgward_counters_rule_hit(struct wgward_counters *counters, u32 id)
{
	struct rule_counter *counter;

	if (id == WGWARD_NONE)
		return;
	counter = xa_load(&counters->rules.ids, id);
	if (counter)
		atomic64_inc(&counter->hits);
}

void wgward_counters_rule_audited(struct wgward_counters *counters, u32 id)
{
	struct rule_counter *counter;

	if (id == WGWARD_NONE)
		return;
	counter = xa_load(&counters->rules.ids, id);
	if (counter)
		atomic64_inc(&counter->audited);
}

u64 wgward_counters_rule_hits(const struct wgward_ward *ward, u32 id)
{
	struct xarray *ids = (struct xarray *)&ward->counters.rules.ids;
	struct rule_counter *counter;
	u64 hits = 0;

	rcu_read_lock();
	counter = xa_load(ids, id);
	if (counter)
		hits = atomic64_read(&counter->hits);
	rcu_read_unlock();
	return hits;
}

u64 wgward_counters_rule_audits(const struct wgward_ward *ward, u32 id)
{
	struct xarray *ids = (struct xarray *)&ward->counters.rules.ids;
	struct rule_counter *counter;
	u64 audited = 0;

	rcu_read_lock();
	counter = xa_load(ids, id);
	if (counter)
		audited = atomic64_read(&counter->audited);
	rcu_read_unlock();
	return audited;
}

const char *wgward_counters_rule_name(const struct wgward_ward *ward, u32 id)
{
	struct xarray *ids = (struct xarray *)&ward->counters.rules.ids;
	struct rule_counter *counter = xa_load(ids, id);

	return counter ? counter->name : NULL;
}

const char *wgward_counters_node_name(const struct wgward_ward *ward, u32 id)
{
	struct xarray *ids = (struct xarray *)&ward->counters.nodes.ids;
	struct node_counter *counter = xa_load(ids, id);
	const struct wgward_node *node;

	if (!counter)
		return NULL;
	node = rcu_dereference(counter->node);
	return node ? node->name : NULL;
}

static int registry_create(struct wgward_registry *registry,
			   const struct rhashtable_params *params)
{
	xa_init_flags(&registry->ids, XA_FLAGS_ALLOC);
	registry->next = 0;
	return rhashtable_init(&registry->table, params);
}

static void registry_destroy(struct wgward_registry *registry)
{
	WARN_ON_ONCE(!xa_empty(&registry->ids));
	rhashtable_destroy(&registry->table);
	xa_destroy(&registry->ids);
}

int wgward_counters_create(struct wgward_ward *ward)
{
	struct wgward_counters *counters = &ward->counters;
	int err;

	counters->reasons = alloc_percpu_gfp(struct wgward_reason_counters,
					     GFP_KERNEL_ACCOUNT);
	if (!counters->reasons)
		return -ENOMEM;
	err = registry_create(&counters->nodes, &node_params);
	if (err)
		goto err_reasons;
	err = registry_create(&counters->rules, &rule_params);
	if (err)
		goto err_nodes;
	mutex_init(&counters->lock);
	atomic_set(&counters->others, 0);
	return 0;

err_nodes:
	registry_destroy(&counters->nodes);
err_reasons:
	free_percpu(counters->reasons);
	return err;
}

void wgward_counters_destroy(struct wgward_ward *ward)
{
	struct wgward_counters *counters = &ward->counters;

	registry_destroy(&counters->rules);
	registry_destroy(&counters->nodes);
	free_percpu(counters->reasons);
	mutex_destroy(&counters->lock);
}
