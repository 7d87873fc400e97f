// SPDX-License-Identifier: GPL-2.0
/* Checking nodes and taking them into a policy. */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "names.h"
#include "object.h"
#include "policy.h"
#include "vector.h"

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* The block begins with the addresses, of which there is one at least. */
static int node_copy(struct wgward_node *copy, const struct wgward_node *node)
{
	size_t addresses = node->address_count * sizeof(*node->addresses);
	size_t routes = node->route_count * sizeof(*node->routes);
	size_t groups = node->group_count * sizeof(*node->groups);
	size_t endpoint = text_size(node->endpoint);
	size_t relay = text_size(node->relay);
	u8 *block;

	block = kvmalloc(addresses + routes + groups + relay + endpoint,
			 GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;
	*copy = *node;
	copy->id = WGWARD_NONE;
	copy->relays = false;
	copy->addresses =
		wgward_object_take(&block, node->addresses, addresses);
	copy->routes = wgward_object_take(&block, node->routes, routes);
	copy->groups = wgward_object_take(&block, node->groups, groups);
	copy->relay = wgward_object_take(&block, node->relay, relay);
	copy->endpoint = wgward_object_take(&block, node->endpoint, endpoint);
	return 0;
}

static bool endpoint_valid(const char *endpoint)
{
	u32 i;

	for (i = 0; endpoint[i]; i++) {
		if (i == WGWARD_ENDPOINT_LEN || endpoint[i] <= ' ' ||
		    endpoint[i] > '~')
			return false;
	}
	return i;
}

static int check_addresses(const struct wgward_node *node, const char **why)
{
	int error;
	u32 i;

	if (!node->address_count)
		return wgward_object_refuse(why, "A node needs an address",
					    -EINVAL);
	error = wgward_object_check_prefixes(node->addresses,
					     node->address_count, why);
	if (error)
		return error;
	for (i = 0; i < node->address_count; i++) {
		if (node->addresses[i].length !=
		    wgward_object_family_bits(node->addresses[i].family))
			return wgward_object_refuse(
				why, "A node's address has no length", -EINVAL);
	}
	return wgward_object_check_prefixes(node->routes, node->route_count,
					    why);
}

static int check_groups_of_node(const struct wgward_policy *policy,
				const struct wgward_node *node,
				const char **why)
{
	u32 i;

	for (i = 0; i < node->group_count; i++) {
		if (node->groups[i] >= policy->group_count)
			return wgward_object_refuse(
				why, "A node is in an unknown group", -ENOENT);
		if (i && node->groups[i] <= node->groups[i - 1])
			return wgward_object_refuse(
				why,
				"A node's groups must ascend, each "
				"once",
				-EINVAL);
	}
	return 0;
}

static int check_node(const struct wgward_policy *policy,
		      const struct wgward_node *node, const char **why)
{
	int error;

	if (!memchr(node->name, 0, sizeof(node->name)) ||
	    !wgward_name_valid(node->name))
		return wgward_object_refuse(
			why,
			"A node's name must be 1 to 63 of a-z, 0-9 "
			"and -, and not any",
			-EINVAL);
	if (node->flags & ~WGWARD_NODE_FLAGS)
		return wgward_object_refuse(why, "A node has unknown flags",
					    -EINVAL);
	if (!memchr_inv(node->key, 0, sizeof(node->key)))
		return wgward_object_refuse(why, "A node's key is all zero",
					    -EINVAL);
	if (node->relay && !wgward_name_valid(node->relay))
		return wgward_object_refuse(
			why,
			"A relay's name must be 1 to 63 of a-z, "
			"0-9 and -, and not any",
			-EINVAL);
	if (node->endpoint && !endpoint_valid(node->endpoint))
		return wgward_object_refuse(
			why,
			"An endpoint must be 1 to 270 printable "
			"characters",
			-EINVAL);
	error = wgward_object_check_until(node->until, why);
	if (!error)
		error = check_addresses(node, why);
	if (!error)
		error = check_groups_of_node(policy, node, why);
	return error;
}

/* The addresses and, behind them, the routes of a node by number. */
static const struct wgward_prefix *node_prefix(const struct wgward_node *node,
					       u32 i)
{
	return i < node->address_count ? &node->addresses[i] :
					 &node->routes[i - node->address_count];
}

static bool node_has_prefix(const struct wgward_node *node, u32 count,
			    const struct wgward_prefix *prefix)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (wgward_object_prefix_equal(node_prefix(node, i), prefix))
			return true;
	}
	return false;
}

/* Whether a node before the last, or the last in its first @mine, has it. */
static bool prefix_taken(const struct wgward_policy *policy, u32 hash,
			 const struct wgward_prefix *prefix, u32 mine)
{
	const struct wgward_node *node;
	u32 cursor, i, count;

	wgward_table_for_each(&policy->names->prefixes, hash, cursor, i) {
		node = &policy->nodes[i];
		count = i == policy->node_count ?
				mine :
				node->address_count + node->route_count;
		if (node_has_prefix(node, count, prefix))
			return true;
	}
	return false;
}

/* Takes back the first @count prefixes of the node behind the last. */
static void release_prefixes(struct wgward_policy *policy,
			     const struct wgward_node *node, u32 count)
{
	struct wgward_names *names = policy->names;
	u32 hash;

	while (count--) {
		hash = wgward_names_hash_prefix(names,
						node_prefix(node, count));
		wgward_table_remove(&names->prefixes, hash, policy->node_count);
		cond_resched();
	}
}

/*
 * Takes the prefixes of the node behind the last, or none: all that stayed of
 * a refused node would be compared with each prefix of the next attempt.
 */
static int take_prefixes(struct wgward_policy *policy,
			 const struct wgward_node *node)
{
	struct wgward_names *names = policy->names;
	u32 count = node->address_count + node->route_count;
	u32 i, hash;

	for (i = 0; i < count; i++) {
		hash = wgward_names_hash_prefix(names, node_prefix(node, i));
		if (prefix_taken(policy, hash, node_prefix(node, i), i)) {
			release_prefixes(policy, node, i);
			return -EEXIST;
		}
		wgward_table_insert(&names->prefixes, hash, policy->node_count);
		cond_resched();
	}
	return 0;
}

static int reserve_node(struct wgward_policy *policy, u32 prefixes)
{
	struct wgward_names *names = policy->names;
	void *nodes = policy->nodes;
	int error;

	error = wgward_array_grow(&nodes, policy->node_count,
				  &policy->node_space, sizeof(*policy->nodes));
	policy->nodes = nodes;
	if (error || wgward_table_reserve(&names->nodes, 1) ||
	    wgward_table_reserve(&names->keys, 1) ||
	    wgward_table_reserve(&names->prefixes, prefixes))
		return -ENOMEM;
	return 0;
}

/* Counts a node that cannot be refused any more. */
static void enter_node(struct wgward_policy *policy,
		       const struct wgward_node *node, u32 name_hash,
		       u32 key_hash)
{
	struct wgward_names *names = policy->names;
	u32 i;

	wgward_table_insert(&names->nodes, name_hash, policy->node_count);
	wgward_table_insert(&names->keys, key_hash, policy->node_count);
	for (i = 0; i < node->group_count; i++)
		policy->groups[node->groups[i]].node_count++;
	policy->prefix_count += node->address_count + node->route_count;
	policy->term_count += node->group_count;
	policy->node_count++;
}

/**
 * wgward_policy_add_node() - takes in a node
 * @policy: not compiled
 * @node: copied, with what it points to; @node->id is ignored
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_add_node(struct wgward_policy *policy,
			   const struct wgward_node *node, const char **why)
{
	u64 prefixes = (u64)node->address_count + node->route_count;
	u32 name_hash, key_hash;
	struct wgward_node *copy;
	int error;

	error = wgward_object_check_open(policy, why);
	if (!error)
		error = wgward_object_check_sums(policy, prefixes,
						 node->group_count, why);
	if (!error)
		error = check_node(policy, node, why);
	if (error)
		return error;
	if (policy->node_count == WGWARD_MAX_NODES)
		return wgward_object_refuse(why, "More than 65535 nodes",
					    -E2BIG);
	name_hash = wgward_names_hash(policy->names, node->name);
	key_hash = wgward_names_hash_key(policy->names, node->key);
	if (wgward_names_find_node(policy, node->name, name_hash) !=
	    WGWARD_NONE)
		return wgward_object_refuse(why, "The node's name is taken",
					    -EEXIST);
	if (wgward_names_find_key(policy, node->key, key_hash) != WGWARD_NONE)
		return wgward_object_refuse(why, "The node's key is taken",
					    -EEXIST);

	if (reserve_node(policy, prefixes))
		return wgward_object_no_memory(why);
	copy = &policy->nodes[policy->node_count];
	if (node_copy(copy, node))
		return wgward_object_no_memory(why);
	if (take_prefixes(policy, copy)) {
		kvfree(copy->addresses);
		return wgward_object_refuse(why, "An address or route is taken",
					    -EEXIST);
	}
	enter_node(policy, copy, name_hash, key_hash);
	return 0;
}
