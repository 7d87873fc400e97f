// SPDX-License-Identifier: GPL-2.0
/* What a policy has to refuse, worked out the slow and obvious way. */
#include "refusal.h"

#include <string.h>
#include <sys/socket.h>

#define FLAGS_OF_NODES 0x1fu
#define FLAGS_OF_RULES 0xfu

static bool bad_name(const char *name, size_t most, const char *letters)
{
	size_t length = strnlen(name, most + 1);

	return !length || length > most || strspn(name, letters) != length ||
	       !strcmp(name, "any");
}

/* No clock shows more. */
static bool bad_until(u64 until)
{
	return until >> 63;
}

static bool bad_object_name(const char *name)
{
	return bad_name(name, WGWARD_NAME_LEN,
			"abcdefghijklmnopqrstuvwxyz0123456789-");
}

static bool bad_prefix(const struct wgward_prefix *prefix)
{
	u32 bits = prefix->family == AF_INET ? 32 : 128;
	u32 i;

	if (prefix->family != AF_INET && prefix->family != AF_INET6)
		return true;
	if (prefix->length > bits)
		return true;
	for (i = prefix->length; i < 128; i++) {
		if (prefix->address.s6_addr[i / 8] & 0x80 >> i % 8)
			return true;
	}
	return false;
}

static bool any_bad_prefix(const struct wgward_prefix *prefixes, u32 count)
{
	while (count--) {
		if (bad_prefix(&prefixes[count]))
			return true;
	}
	return false;
}

static bool equal(const struct wgward_prefix *a, const struct wgward_prefix *b)
{
	return a->family == b->family && a->length == b->length &&
	       !memcmp(&a->address, &b->address, sizeof(a->address));
}

bool refusal_network(const struct wgward_policy *policy,
		     const struct wgward_prefix *network)
{
	u32 i;

	for (i = 0; i < policy->network_count; i++) {
		if (equal(&policy->networks[i], network))
			return true;
	}
	return policy->compiled || bad_prefix(network) ||
	       policy->network_count >= WGWARD_MAX_NETWORKS;
}

bool refusal_group(const struct wgward_policy *policy, const char *name)
{
	u32 i;

	for (i = 0; i < policy->group_count; i++) {
		if (!strcmp(policy->groups[i].name, name))
			return true;
	}
	return policy->compiled ||
	       bad_name(name, WGWARD_GROUP_NAME_LEN,
			"abcdefghijklmnopqrstuvwxyz0123456789-+");
}

/* A node's addresses and then its routes. */
static const struct wgward_prefix *prefix_of(const struct wgward_node *node,
					     u32 i)
{
	if (i < node->address_count)
		return &node->addresses[i];
	return &node->routes[i - node->address_count];
}

static u32 prefixes_of(const struct wgward_node *node)
{
	return node->address_count + node->route_count;
}

/* Whether both have a prefix, or one has it twice. */
static bool share_prefix(const struct wgward_node *a,
			 const struct wgward_node *b)
{
	u32 i, j;

	for (i = 0; i < prefixes_of(a); i++) {
		for (j = 0; j < prefixes_of(b); j++) {
			if ((a != b || i != j) &&
			    equal(prefix_of(a, i), prefix_of(b, j)))
				return true;
		}
	}
	return false;
}

static bool bad_node(const struct wgward_policy *policy,
		     const struct wgward_node *node)
{
	static const u8 no_key[WGWARD_KEY_LEN];
	const char *endpoint = node->endpoint;
	u32 i;

	if (bad_object_name(node->name) || node->flags & ~FLAGS_OF_NODES ||
	    bad_until(node->until) ||
	    !memcmp(node->key, no_key, sizeof(no_key)) ||
	    !node->address_count ||
	    any_bad_prefix(node->addresses, node->address_count) ||
	    any_bad_prefix(node->routes, node->route_count))
		return true;
	if (node->relay && bad_object_name(node->relay))
		return true;
	if (endpoint && (!*endpoint || strlen(endpoint) > WGWARD_ENDPOINT_LEN ||
			 strchr(endpoint, ' ')))
		return true;
	for (i = 0; i < node->address_count; i++) {
		if (node->addresses[i].length !=
		    (node->addresses[i].family == AF_INET ? 32 : 128))
			return true;
	}
	for (i = 0; i < node->group_count; i++) {
		if (node->groups[i] >= policy->group_count ||
		    (i && node->groups[i] <= node->groups[i - 1]))
			return true;
	}
	return false;
}

bool refusal_node(const struct wgward_policy *policy,
		  const struct wgward_node *node)
{
	u32 i;

	if (policy->compiled || bad_node(policy, node) ||
	    share_prefix(node, node))
		return true;
	for (i = 0; i < policy->node_count; i++) {
		const struct wgward_node *other = &policy->nodes[i];

		if (!strcmp(other->name, node->name) ||
		    !memcmp(other->key, node->key, sizeof(node->key)) ||
		    share_prefix(other, node))
			return true;
	}
	return false;
}

static bool unknown_group(const struct wgward_policy *policy, const u32 *groups,
			  u32 count)
{
	while (count--) {
		if (groups[count] >= policy->group_count)
			return true;
	}
	return false;
}

static bool bad_selector(const struct wgward_policy *policy,
			 const struct wgward_selector *selector)
{
	if (!selector->any &&
	    selector->group_count + selector->prefix_count == 0)
		return true;
	return unknown_group(policy, selector->groups, selector->group_count) ||
	       unknown_group(policy, selector->except_groups,
			     selector->except_group_count) ||
	       any_bad_prefix(selector->prefixes, selector->prefix_count) ||
	       any_bad_prefix(selector->except_prefixes,
			      selector->except_prefix_count);
}

bool refusal_rule(const struct wgward_policy *policy,
		  const struct wgward_rule *rule)
{
	u32 i;

	for (i = 0; i < policy->rule_count; i++) {
		if (!strcmp(policy->rules[i].name, rule->name))
			return true;
	}
	for (i = 0; i < rule->service_count; i++) {
		if (rule->services[i].last < rule->services[i].first ||
		    rule->services[i].last >> 24)
			return true;
	}
	return policy->compiled || bad_object_name(rule->name) ||
	       rule->action > WGWARD_ACTION_MAX || bad_until(rule->until) ||
	       rule->flags & ~FLAGS_OF_RULES || !rule->service_count ||
	       bad_selector(policy, &rule->from) ||
	       bad_selector(policy, &rule->to);
}

static const struct wgward_node *find_node(const struct wgward_policy *policy,
					   const char *name)
{
	u32 i;

	for (i = 0; i < policy->node_count; i++) {
		if (!strcmp(policy->nodes[i].name, name))
			return &policy->nodes[i];
	}
	return NULL;
}

bool refusal_compile(const struct wgward_policy *policy)
{
	const struct wgward_node *node, *relay;
	u32 i, selves = 0;

	for (i = 0; i < policy->node_count; i++) {
		node = &policy->nodes[i];
		selves += node->flags & WGWARD_NODE_F_SELF;
		if (!node->relay)
			continue;
		relay = find_node(policy, node->relay);
		if (!relay || relay == node || relay->relay)
			return true;
	}
	return policy->compiled || selves != 1 ||
	       policy->fallback > WGWARD_ACTION_MAX;
}
