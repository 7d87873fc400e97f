// SPDX-License-Identifier: GPL-2.0
/* Ids that nodes and rules keep from policy to policy, and what has them. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/build_bug.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "registry.h"
#include "ward.h"

/* Caches, since the kernel's own sizes go up in large steps. */
static struct kmem_cache *node_cache, *rule_cache;

static void node_free(struct rcu_head *rcu)
{
	kmem_cache_free(node_cache,
			container_of(rcu, struct wgward_node_counter,
				     entry.rcu));
}

static void rule_free(struct rcu_head *rcu)
{
	kmem_cache_free(rule_cache,
			container_of(rcu, struct wgward_rule_counter,
				     entry.rcu));
}

/* An entry begins what it is of, so that @key finds it from there. */
static_assert(!offsetof(struct wgward_node_counter, entry));
static_assert(!offsetof(struct wgward_rule_counter, entry));

/**
 * struct kind - what sets the entries of nodes and of rules apart
 * @cache: what they are allocated from
 * @free: frees one after a grace period
 * @key: where its key is
 */
struct kind {
	struct kmem_cache **cache;
	rcu_callback_t free;
	size_t key;
};

static const struct kind node_kind = {
	.cache = &node_cache,
	.free = node_free,
	.key = offsetof(struct wgward_node_counter, key),
};

static const struct kind rule_kind = {
	.cache = &rule_cache,
	.free = rule_free,
	.key = offsetof(struct wgward_rule_counter, name),
};

/* All zero but its key. */
static struct wgward_entry *entry_alloc(const struct kind *kind,
					const void *key, size_t length)
{
	struct wgward_entry *entry;

	entry = kmem_cache_zalloc(*kind->cache, GFP_KERNEL_ACCOUNT);
	if (entry)
		memcpy((u8 *)entry + kind->key, key, length);
	return entry;
}

static struct wgward_entry *entry_find(struct wgward_registry *registry,
				       const struct kind *kind, u32 hash,
				       const void *key, size_t length)
{
	struct wgward_entry *entry;
	u32 cursor, id;

	wgward_table_for_each(&registry->table, hash, cursor, id) {
		entry = xa_load(&registry->ids, id);
		if (!memcmp((const u8 *)entry + kind->key, key, length))
			return entry;
	}
	return NULL;
}

/* Gives an entry the next id that is free; what was freed lately is not. */
static int entry_number(struct wgward_registry *registry,
			struct wgward_entry *entry)
{
	int err;

	do {
		entry->id = registry->next++;
		if (registry->next == WGWARD_NONE)
			registry->next = 0;
		err = xa_insert(&registry->ids, entry->id, entry,
				GFP_KERNEL_ACCOUNT);
	} while (err == -EBUSY);
	return err;
}

static struct wgward_entry *entry_create(struct wgward_registry *registry,
					 const struct kind *kind, u32 hash,
					 const void *key, size_t length)
{
	struct wgward_entry *entry;

	if (wgward_table_reserve(&registry->table, 1))
		return NULL;
	entry = entry_alloc(kind, key, length);
	if (!entry)
		return NULL;
	entry->hash = hash;
	if (entry_number(registry, entry)) {
		/* Nobody has seen it. */
		kind->free(&entry->rcu);
		return NULL;
	}
	wgward_table_insert(&registry->table, hash, entry->id);
	return entry;
}

/* Takes a reference on the entry of @key, which is made if it is new. */
static int entry_get(struct wgward_registry *registry, const struct kind *kind,
		     const void *key, size_t length, u32 *id)
{
	u32 hash = hsiphash(key, length, &registry->seed);
	struct wgward_entry *entry;

	entry = entry_find(registry, kind, hash, key, length);
	if (!entry)
		entry = entry_create(registry, kind, hash, key, length);
	if (!entry)
		return -ENOMEM;
	entry->uses++;
	*id = entry->id;
	return 0;
}

static void entry_put(struct wgward_registry *registry, const struct kind *kind,
		      u32 id)
{
	struct wgward_entry *entry = xa_load(&registry->ids, id);

	if (WARN_ON_ONCE(!entry) || --entry->uses)
		return;
	wgward_table_remove(&registry->table, entry->hash, id);
	if (!registry->table.count)
		wgward_table_free(&registry->table);
	xa_erase(&registry->ids, id);
	call_rcu(&entry->rcu, kind->free);
}

/* Undoes the binding of the first @nodes nodes and @rules rules. */
static void unbind(struct wgward_counters *counters,
		   struct wgward_policy *policy, u32 nodes, u32 rules)
{
	lockdep_assert_held(&counters->lock);

	while (rules--)
		entry_put(&counters->rules, &rule_kind,
			  policy->rules[rules].id);
	while (nodes--)
		entry_put(&counters->nodes, &node_kind,
			  policy->nodes[nodes].id);
}

static int bind(struct wgward_counters *counters, struct wgward_policy *policy)
{
	struct wgward_node *node;
	struct wgward_rule *rule;
	u32 nodes, rules = 0;
	int err = 0;

	lockdep_assert_held(&counters->lock);

	for (nodes = 0; nodes < policy->node_count; nodes++) {
		node = &policy->nodes[nodes];
		err = entry_get(&counters->nodes, &node_kind, node->key,
				sizeof(node->key), &node->id);
		if (err)
			goto err_unbind;
		cond_resched();
	}
	for (; rules < policy->rule_count; rules++) {
		rule = &policy->rules[rules];
		err = entry_get(&counters->rules, &rule_kind, rule->name,
				strlen(rule->name) + 1, &rule->id);
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

static void create(struct wgward_registry *registry)
{
	memset(registry, 0, sizeof(*registry));
	xa_init(&registry->ids);
	get_random_bytes(&registry->seed, sizeof(registry->seed));
}

static void destroy(struct wgward_registry *registry)
{
	WARN_ON_ONCE(!xa_empty(&registry->ids));
	wgward_table_free(&registry->table);
	xa_destroy(&registry->ids);
}

void wgward_registry_create(struct wgward_counters *counters)
{
	create(&counters->nodes);
	create(&counters->rules);
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
	if (!node_cache)
		return -ENOMEM;
	rule_cache = kmem_cache_create("wgward_rule",
				       sizeof(struct wgward_rule_counter), 0,
				       SLAB_ACCOUNT, NULL);
	if (rule_cache)
		return 0;
	kmem_cache_destroy(node_cache);
	return -ENOMEM;
}

void wgward_registry_exit(void)
{
	/* Nodes and rules that left lately are still to be freed. */
	rcu_barrier();
	kmem_cache_destroy(rule_cache);
	kmem_cache_destroy(node_cache);
}
