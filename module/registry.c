// SPDX-License-Identifier: GPL-2.0
/* Ids that nodes and rules keep from policy to policy, and what has them. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "registry.h"
#include "ward.h"

/* Nodes have a cache, since the next larger size of the kernel's is twice it. */
static struct kmem_cache *node_cache;

static const struct rhashtable_params node_params = {
	.key_len = WGWARD_KEY_LEN,
	.key_offset = offsetof(struct wgward_node_counter, key),
	.head_offset = offsetof(struct wgward_node_counter, entry.hash),
	.automatic_shrinking = true,
};

static const struct rhashtable_params rule_params = {
	.key_len = WGWARD_NAME_LEN + 1,
	.key_offset = offsetof(struct wgward_rule_counter, name),
	.head_offset = offsetof(struct wgward_rule_counter, entry.hash),
	.automatic_shrinking = true,
};

static int registry_add(struct wgward_registry *registry,
			struct wgward_entry *entry,
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

/* Returns what nobody can find any more, or NULL while it is in use. */
static struct wgward_entry *registry_put(struct wgward_registry *registry,
					 u32 id,
					 const struct rhashtable_params params)
{
	struct wgward_entry *entry = xa_load(&registry->ids, id);

	if (WARN_ON_ONCE(!entry) || --entry->uses)
		return NULL;
	xa_erase(&registry->ids, id);
	rhashtable_remove_fast(&registry->table, &entry->hash, params);
	return entry;
}

static void node_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(node_cache,
			container_of(rcu, struct wgward_node_counter,
				     entry.rcu));
}

static void rule_free_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct wgward_rule_counter, entry.rcu));
}

static void node_put(struct wgward_counters *counters, u32 id)
{
	struct wgward_entry *entry;

	entry = registry_put(&counters->nodes, id, node_params);
	if (entry)
		call_rcu(&entry->rcu, node_free_rcu);
}

static void rule_put(struct wgward_counters *counters, u32 id)
{
	struct wgward_entry *entry;

	entry = registry_put(&counters->rules, id, rule_params);
	if (entry)
		call_rcu(&entry->rcu, rule_free_rcu);
}

static int bind_node(struct wgward_counters *counters, struct wgward_node *node)
{
	struct wgward_node_counter *counter;
	int err;

	counter = rhashtable_lookup_fast(&counters->nodes.table, node->key,
					 node_params);
	if (counter) {
		counter->entry.uses++;
		node->id = counter->entry.id;
		return 0;
	}

	counter = kmem_cache_zalloc(node_cache, GFP_KERNEL_ACCOUNT);
	if (!counter)
		return -ENOMEM;
	memcpy(counter->key, node->key, sizeof(counter->key));
	err = registry_add(&counters->nodes, &counter->entry, node_params);
	if (err) {
		/* Who looked up keys may have seen it. */
		call_rcu(&counter->entry.rcu, node_free_rcu);
		return err;
	}
	node->id = counter->entry.id;
	return 0;
}

static int bind_rule(struct wgward_counters *counters, struct wgward_rule *rule)
{
	char name[WGWARD_NAME_LEN + 1] = {};
	struct wgward_rule_counter *counter;
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
		call_rcu(&counter->entry.rcu, rule_free_rcu);
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
		rule_put(counters, policy->rules[rules].id);
	while (nodes--)
		node_put(counters, policy->nodes[nodes].id);
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
	struct wgward_node_counter *counter;
	u32 i;

	lockdep_assert_held(&ward->lock);

	/* Bound policies keep their counters where they are. */
	for (i = 0; i < policy->node_count; i++) {
		counter = wgward_registry_node(&ward->counters,
					       policy->nodes[i].id);
		rcu_assign_pointer(counter->node, &policy->nodes[i]);
	}
}

void wgward_counters_withdraw(struct wgward_ward *ward,
			      const struct wgward_policy *policy)
{
	const struct wgward_node *node;
	struct wgward_node_counter *counter;
	u32 i;

	lockdep_assert_held(&ward->lock);

	for (i = 0; i < policy->node_count; i++) {
		counter = wgward_registry_node(&ward->counters,
					       policy->nodes[i].id);
		node = rcu_access_pointer(counter->node);
		if (node == &policy->nodes[i])
			RCU_INIT_POINTER(counter->node, NULL);
	}
}

struct wgward_node_counter *
wgward_registry_node(const struct wgward_counters *counters, u32 id)
{
	return xa_load((struct xarray *)&counters->nodes.ids, id);
}

struct wgward_rule_counter *
wgward_registry_rule(const struct wgward_counters *counters, u32 id)
{
	return xa_load((struct xarray *)&counters->rules.ids, id);
}

const char *wgward_counters_rule_name(const struct wgward_ward *ward, u32 id)
{
	struct wgward_rule_counter *counter;

	counter = wgward_registry_rule(&ward->counters, id);
	return counter ? counter->name : NULL;
}

const char *wgward_counters_node_name(const struct wgward_ward *ward, u32 id)
{
	struct wgward_node_counter *counter;
	const struct wgward_node *node;

	counter = wgward_registry_node(&ward->counters, id);
	if (!counter)
		return NULL;
	node = rcu_dereference(counter->node);
	return node ? node->name : NULL;
}

static int create(struct wgward_registry *registry,
		  const struct rhashtable_params *params)
{
	xa_init_flags(&registry->ids, XA_FLAGS_ALLOC);
	registry->next = 0;
	return rhashtable_init(&registry->table, params);
}

static void destroy(struct wgward_registry *registry)
{
	WARN_ON_ONCE(!xa_empty(&registry->ids));
	rhashtable_destroy(&registry->table);
	xa_destroy(&registry->ids);
}

int wgward_registry_create(struct wgward_counters *counters)
{
	int err;

	err = create(&counters->nodes, &node_params);
	if (err)
		return err;
	err = create(&counters->rules, &rule_params);
	if (err)
		destroy(&counters->nodes);
	return err;
}

void wgward_registry_destroy(struct wgward_counters *counters)
{
	destroy(&counters->rules);
	destroy(&counters->nodes);
}

int __init wgward_registry_init(void)
{
	node_cache = kmem_cache_create("wgward_node",
				       sizeof(struct wgward_node_counter), 0,
				       SLAB_ACCOUNT, NULL);
	return node_cache ? 0 : -ENOMEM;
}

void wgward_registry_exit(void)
{
	/* Nodes that left lately are still to be freed. */
	rcu_barrier();
	kmem_cache_destroy(node_cache);
}
