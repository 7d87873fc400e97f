// SPDX-License-Identifier: GPL-2.0
/* Checking objects and taking them into a policy. */
#include <asm/byteorder.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "names.h"
#include "policy.h"
#include "vector.h"

#define NODE_FLAGS (WGWARD_NODE_F_SELF | WGWARD_NODE_F_ROUTE_GROUPS)

static int refuse(const char **why, const char *text, int error)
{
	*why = text;
	return error;
}

static int no_memory(const char **why)
{
	return refuse(why, "Out of memory", -ENOMEM);
}

/* What a compiled policy was compiled from must not change. */
static int check_open(const struct wgward_policy *policy, const char **why)
{
	if (!policy->compiled)
		return 0;
	return refuse(why, "The policy is compiled already", -EINVAL);
}

static u8 family_bits(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

static bool host_bits_zero(const struct wgward_prefix *prefix)
{
	u32 left = prefix->length;
	u32 i, bits, word;

	for (i = 0; i < 4; i++) {
		word = be32_to_cpu(prefix->address.s6_addr32[i]);
		bits = min(left, 32U);
		if (bits < 32 && word & U32_MAX >> bits)
			return false;
		left -= bits;
	}
	return true;
}

static int check_prefix(const struct wgward_prefix *prefix, const char **why)
{
	if (prefix->family != AF_INET && prefix->family != AF_INET6)
		return refuse(why, "A prefix must be IPv4 or IPv6", -EINVAL);
	if (prefix->length > family_bits(prefix->family))
		return refuse(why, "A prefix is longer than an address",
			      -EINVAL);
	if (!host_bits_zero(prefix))
		return refuse(why, "A prefix has bits set beyond its length",
			      -EINVAL);
	return 0;
}

static int check_prefixes(const struct wgward_prefix *prefixes, u32 count,
			  const char **why)
{
	int error;
	u32 i;

	for (i = 0; i < count; i++) {
		error = check_prefix(&prefixes[i], why);
		if (error)
			return error;
	}
	return 0;
}

static bool prefix_equal(const struct wgward_prefix *a,
			 const struct wgward_prefix *b)
{
	return a->family == b->family && a->length == b->length &&
	       !memcmp(&a->address, &b->address, sizeof(a->address));
}

/* Adds to the sums over all objects; the caller stores them on success. */
static int check_sums(const struct wgward_policy *policy, u64 prefixes,
		      u64 terms, const char **why)
{
	if (policy->prefix_count + prefixes > WGWARD_MAX_PREFIXES)
		return refuse(why, "More than 1048576 prefixes", -E2BIG);
	if (policy->term_count + terms > WGWARD_MAX_TERMS)
		return refuse(why,
			      "More than 4194304 groups and services "
			      "named by nodes and rules",
			      -E2BIG);
	return 0;
}

/**
 * wgward_policy_add_network() - takes in a network of the mesh
 * @policy: not compiled
 * @network: copied
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_add_network(struct wgward_policy *policy,
			      const struct wgward_prefix *network,
			      const char **why)
{
	struct wgward_prefix *networks;
	int error;
	u32 i;

	error = check_open(policy, why);
	if (!error)
		error = check_prefix(network, why);
	if (!error)
		error = check_sums(policy, 1, 0, why);
	if (error)
		return error;
	if (policy->network_count == WGWARD_MAX_NETWORKS)
		return refuse(why, "More than 64 networks", -E2BIG);
	for (i = 0; i < policy->network_count; i++) {
		if (prefix_equal(&policy->networks[i], network))
			return refuse(why, "The network is given twice",
				      -EEXIST);
	}
	networks = kvmalloc_array(i + 1, sizeof(*networks), GFP_KERNEL_ACCOUNT);
	if (!networks)
		return no_memory(why);
	if (i)
		memcpy(networks, policy->networks, i * sizeof(*networks));
	networks[i] = *network;
	kvfree(policy->networks);
	policy->networks = networks;
	policy->network_count++;
	policy->prefix_count++;
	return 0;
}

/**
 * wgward_policy_add_group() - takes in a group, without nodes as yet
 * @policy: not compiled
 * @name: copied
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_add_group(struct wgward_policy *policy, const char *name,
			    const char **why)
{
	struct wgward_names *names = policy->names;
	void *groups = policy->groups;
	char *copy;
	u32 hash;
	int error;

	error = check_open(policy, why);
	if (error)
		return error;
	if (!wgward_group_name_valid(name))
		return refuse(why,
			      "A group's name must be 1 to 255 of a-z, "
			      "0-9, - and +, and not any",
			      -EINVAL);
	hash = wgward_names_hash(names, name);
	if (wgward_names_find_group(policy, name, hash) != WGWARD_NONE)
		return refuse(why, "The group's name is taken", -EEXIST);
	if (policy->group_count == WGWARD_MAX_GROUPS)
		return refuse(why, "More than 4096 groups", -E2BIG);

	error = wgward_array_grow(&groups, policy->group_count,
				  &policy->group_space,
				  sizeof(*policy->groups));
	policy->groups = groups;
	if (error || wgward_table_reserve(&names->groups, 1))
		return no_memory(why);
	copy = kstrdup(name, GFP_KERNEL_ACCOUNT);
	if (!copy)
		return no_memory(why);
	wgward_table_insert(&names->groups, hash, policy->group_count);
	policy->groups[policy->group_count++] =
		(struct wgward_group){ .name = copy };
	return 0;
}

/* A block of memory that is given out in pieces. */
static void *block_take(u8 **block, const void *source, size_t size)
{
	void *piece = *block;

	if (!size)
		return NULL;
	memcpy(piece, source, size);
	*block += size;
	return piece;
}

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/*
 * One block for all: a node costs one allocation, and one to fail. It begins
 * with the addresses, of which there is one at least.
 */
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
	copy->addresses = block_take(&block, node->addresses, addresses);
	copy->routes = block_take(&block, node->routes, routes);
	copy->groups = block_take(&block, node->groups, groups);
	copy->relay = block_take(&block, node->relay, relay);
	copy->endpoint = block_take(&block, node->endpoint, endpoint);
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
		return refuse(why, "A node needs an address", -EINVAL);
	error = check_prefixes(node->addresses, node->address_count, why);
	if (error)
		return error;
	for (i = 0; i < node->address_count; i++) {
		if (node->addresses[i].length !=
		    family_bits(node->addresses[i].family))
			return refuse(why, "A node's address has no length",
				      -EINVAL);
	}
	return check_prefixes(node->routes, node->route_count, why);
}

static int check_groups_of_node(const struct wgward_policy *policy,
				const struct wgward_node *node,
				const char **why)
{
	u32 i;

	for (i = 0; i < node->group_count; i++) {
		if (node->groups[i] >= policy->group_count)
			return refuse(why, "A node is in an unknown group",
				      -ENOENT);
		if (i && node->groups[i] <= node->groups[i - 1])
			return refuse(why,
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
		return refuse(why,
			      "A node's name must be 1 to 63 of a-z, 0-9 "
			      "and -, and not any",
			      -EINVAL);
	if (node->flags & ~NODE_FLAGS)
		return refuse(why, "A node has unknown flags", -EINVAL);
	if (!memchr_inv(node->key, 0, sizeof(node->key)))
		return refuse(why, "A node's key is all zero", -EINVAL);
	if (node->relay && !wgward_name_valid(node->relay))
		return refuse(why,
			      "A relay's name must be 1 to 63 of a-z, "
			      "0-9 and -, and not any",
			      -EINVAL);
	if (node->endpoint && !endpoint_valid(node->endpoint))
		return refuse(why,
			      "An endpoint must be 1 to 270 printable "
			      "characters",
			      -EINVAL);
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
		if (prefix_equal(node_prefix(node, i), prefix))
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

/*
 * Takes the prefixes of the node behind the last. If one is taken the node is
 * not added, and what was inserted for it stays: it stands for whichever node
 * is added next, whose prefixes will be compared before they are believed.
 */
static int take_prefixes(struct wgward_policy *policy,
			 const struct wgward_node *node)
{
	struct wgward_names *names = policy->names;
	u32 count = node->address_count + node->route_count;
	u32 i, hash;

	for (i = 0; i < count; i++) {
		hash = wgward_names_hash_prefix(names, node_prefix(node, i));
		if (prefix_taken(policy, hash, node_prefix(node, i), i))
			return -EEXIST;
		wgward_table_insert(&names->prefixes, hash, policy->node_count);
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

	error = check_open(policy, why);
	if (!error)
		error = check_sums(policy, prefixes, node->group_count, why);
	if (!error)
		error = check_node(policy, node, why);
	if (error)
		return error;
	if (policy->node_count == WGWARD_MAX_NODES)
		return refuse(why, "More than 65535 nodes", -E2BIG);
	name_hash = wgward_names_hash(policy->names, node->name);
	key_hash = wgward_names_hash_key(policy->names, node->key);
	if (wgward_names_find_node(policy, node->name, name_hash) !=
	    WGWARD_NONE)
		return refuse(why, "The node's name is taken", -EEXIST);
	if (wgward_names_find_key(policy, node->key, key_hash) != WGWARD_NONE)
		return refuse(why, "The node's key is taken", -EEXIST);

	if (reserve_node(policy, prefixes))
		return no_memory(why);
	copy = &policy->nodes[policy->node_count];
	if (node_copy(copy, node))
		return no_memory(why);
	if (take_prefixes(policy, copy)) {
		kvfree(copy->addresses);
		return refuse(why, "An address or route is taken", -EEXIST);
	}
	enter_node(policy, copy, name_hash, key_hash);
	return 0;
}

static int check_group_indices(const struct wgward_policy *policy,
			       const u32 *groups, u32 count, const char **why)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (groups[i] >= policy->group_count)
			return refuse(why, "A rule names an unknown group",
				      -ENOENT);
	}
	return 0;
}

static int check_selector(const struct wgward_policy *policy,
			  const struct wgward_selector *selector,
			  const char **why)
{
	int error;

	if (!selector->any && !selector->group_count && !selector->prefix_count)
		return refuse(why, "A side of a rule matches nothing", -EINVAL);
	error = check_group_indices(policy, selector->groups,
				    selector->group_count, why);
	if (!error)
		error = check_group_indices(policy, selector->except_groups,
					    selector->except_group_count, why);
	if (!error)
		error = check_prefixes(selector->prefixes,
				       selector->prefix_count, why);
	if (!error)
		error = check_prefixes(selector->except_prefixes,
				       selector->except_prefix_count, why);
	return error;
}

static int check_services(const struct wgward_rule *rule, const char **why)
{
	u32 i;

	if (!rule->service_count)
		return refuse(why, "A rule needs a service", -EINVAL);
	for (i = 0; i < rule->service_count; i++) {
		if (rule->services[i].first > rule->services[i].last ||
		    rule->services[i].last > WGWARD_SERVICE_MAX)
			return refuse(why,
				      "A rule's services must ascend and "
				      "have 24 bits",
				      -EINVAL);
	}
	return 0;
}

static int check_rule(const struct wgward_policy *policy,
		      const struct wgward_rule *rule, const char **why)
{
	int error;

	if (!memchr(rule->name, 0, sizeof(rule->name)) ||
	    !wgward_name_valid(rule->name))
		return refuse(why,
			      "A rule's name must be 1 to 63 of a-z, 0-9 "
			      "and -, and not any",
			      -EINVAL);
	if (rule->action != WGWARD_ACTION_ALLOW &&
	    rule->action != WGWARD_ACTION_DENY)
		return refuse(why, "A rule's action must be allow or deny",
			      -EINVAL);
	error = check_services(rule, why);
	if (!error)
		error = check_selector(policy, &rule->from, why);
	if (!error)
		error = check_selector(policy, &rule->to, why);
	return error;
}

static u64 selector_prefixes(const struct wgward_selector *selector)
{
	return (u64)selector->prefix_count + selector->except_prefix_count;
}

static u64 selector_groups(const struct wgward_selector *selector)
{
	return (u64)selector->group_count + selector->except_group_count;
}

static size_t selector_size(const struct wgward_selector *selector)
{
	return selector_prefixes(selector) * sizeof(*selector->prefixes) +
	       selector_groups(selector) * sizeof(*selector->groups);
}

static void selector_copy(struct wgward_selector *copy, u8 **block,
			  const struct wgward_selector *selector)
{
	copy->groups =
		block_take(block, selector->groups,
			   selector->group_count * sizeof(*selector->groups));
	copy->prefixes = block_take(block, selector->prefixes,
				    selector->prefix_count *
					    sizeof(*selector->prefixes));
	copy->except_groups =
		block_take(block, selector->except_groups,
			   selector->except_group_count *
				   sizeof(*selector->except_groups));
	copy->except_prefixes =
		block_take(block, selector->except_prefixes,
			   selector->except_prefix_count *
				   sizeof(*selector->except_prefixes));
}

/* One block, as for a node; it begins with the services. */
static int rule_copy(struct wgward_rule *copy, const struct wgward_rule *rule)
{
	size_t services = rule->service_count * sizeof(*rule->services);
	u8 *block;

	block = kvmalloc(services + selector_size(&rule->from) +
				 selector_size(&rule->to),
			 GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;
	*copy = *rule;
	copy->id = WGWARD_NONE;
	copy->services = block_take(&block, rule->services, services);
	selector_copy(&copy->from, &block, &rule->from);
	selector_copy(&copy->to, &block, &rule->to);
	return 0;
}

/**
 * wgward_policy_add_rule() - takes in a rule
 * @policy: not compiled
 * @rule: copied, with what it points to; @rule->id is ignored
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_add_rule(struct wgward_policy *policy,
			   const struct wgward_rule *rule, const char **why)
{
	u64 prefixes =
		selector_prefixes(&rule->from) + selector_prefixes(&rule->to);
	u64 terms = selector_groups(&rule->from) + selector_groups(&rule->to) +
		    rule->service_count;
	struct wgward_names *names = policy->names;
	void *rules = policy->rules;
	int error;
	u32 hash;

	error = check_open(policy, why);
	if (!error)
		error = check_sums(policy, prefixes, terms, why);
	if (!error)
		error = check_rule(policy, rule, why);
	if (error)
		return error;
	if (policy->rule_count == WGWARD_MAX_RULES)
		return refuse(why, "More than 65535 rules", -E2BIG);
	hash = wgward_names_hash(names, rule->name);
	if (wgward_names_find_rule(policy, rule->name, hash) != WGWARD_NONE)
		return refuse(why, "The rule's name is taken", -EEXIST);

	error = wgward_array_grow(&rules, policy->rule_count,
				  &policy->rule_space, sizeof(*policy->rules));
	policy->rules = rules;
	if (error || wgward_table_reserve(&names->rules, 1) ||
	    rule_copy(&policy->rules[policy->rule_count], rule))
		return no_memory(why);
	wgward_table_insert(&names->rules, hash, policy->rule_count);
	policy->prefix_count += prefixes;
	policy->term_count += terms;
	policy->rule_count++;
	return 0;
}
