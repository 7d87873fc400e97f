// SPDX-License-Identifier: GPL-2.0
/* A number that stands for all that was added to a policy. */
#include "fingerprint.h"

#include <string.h>

/* FNV-1a, of which nothing is asked but to be simple. */
static u64 add(u64 sum, const void *data, size_t size)
{
	const u8 *bytes = data;

	while (size--)
		sum = (sum ^ *bytes++) * 0x100000001b3ULL;
	return sum;
}

static u64 add_number(u64 sum, u64 number)
{
	return add(sum, &number, sizeof(number));
}

static u64 add_text(u64 sum, const char *text)
{
	return text ? add(sum, text, strlen(text) + 1) : add_number(sum, 0);
}

static u64 add_prefixes(u64 sum, const struct wgward_prefix *prefixes,
			u32 count)
{
	u32 i;

	sum = add_number(sum, count);
	for (i = 0; i < count; i++) {
		sum = add(sum, &prefixes[i].address,
			  sizeof(prefixes[i].address));
		sum = add_number(sum, prefixes[i].family);
		sum = add_number(sum, prefixes[i].length);
	}
	return sum;
}

static u64 add_groups(u64 sum, const u32 *groups, u32 count)
{
	sum = add_number(sum, count);
	return add(sum, groups, count * sizeof(*groups));
}

static u64 add_node(u64 sum, const struct wgward_node *node)
{
	sum = add_text(sum, node->name);
	sum = add(sum, node->key, sizeof(node->key));
	sum = add_number(sum, node->flags);
	sum = add_number(sum, node->until);
	sum = add_prefixes(sum, node->addresses, node->address_count);
	sum = add_prefixes(sum, node->routes, node->route_count);
	sum = add_groups(sum, node->groups, node->group_count);
	sum = add_text(sum, node->relay);
	sum = add_number(sum, node->listen_port);
	return add_text(sum, node->endpoint);
}

static u64 add_selector(u64 sum, const struct wgward_selector *selector)
{
	sum = add_number(sum, selector->any);
	sum = add_groups(sum, selector->groups, selector->group_count);
	sum = add_prefixes(sum, selector->prefixes, selector->prefix_count);
	sum = add_groups(sum, selector->except_groups,
			 selector->except_group_count);
	return add_prefixes(sum, selector->except_prefixes,
			    selector->except_prefix_count);
}

static u64 add_rule(u64 sum, const struct wgward_rule *rule)
{
	u32 i;

	sum = add_text(sum, rule->name);
	sum = add_number(sum, rule->action);
	sum = add_number(sum, rule->flags);
	sum = add_number(sum, rule->until);
	sum = add_number(sum, rule->service_count);
	for (i = 0; i < rule->service_count; i++) {
		sum = add_number(sum, rule->services[i].first);
		sum = add_number(sum, rule->services[i].last);
	}
	sum = add_selector(sum, &rule->from);
	return add_selector(sum, &rule->to);
}

u64 fingerprint_policy(const struct wgward_policy *policy)
{
	u64 sum = 0xcbf29ce484222325ULL;
	u64 rules = 0;
	u32 i;

	sum = add_number(sum, policy->fallback);
	sum = add_number(sum, policy->max_flows);
	sum = add(sum, policy->timeouts, sizeof(policy->timeouts));
	sum = add_number(sum, policy->listen_port);
	sum = add_number(sum, policy->mtu);
	sum = add_number(sum, policy->removed_count);
	for (i = 0; i < policy->removed_count; i++) {
		sum = add_number(sum, policy->removed[i].is_rule);
		sum = add_text(sum, policy->removed[i].name);
	}
	sum = add_number(sum, policy->prefix_count);
	sum = add_number(sum, policy->term_count);
	sum = add_number(sum, policy->group_count);
	sum = add_number(sum, policy->node_count);
	sum = add_number(sum, policy->rule_count);
	sum = add_number(sum, !!policy->compiled);
	sum = add_prefixes(sum, policy->networks, policy->network_count);
	for (i = 0; i < policy->group_count; i++) {
		sum = add_text(sum, policy->groups[i].name);
		sum = add_number(sum, policy->groups[i].node_count);
	}
	for (i = 0; i < policy->node_count; i++)
		sum = add_node(sum, &policy->nodes[i]);
	for (i = 0; i < policy->rule_count; i++)
		rules += add_rule(0, &policy->rules[i]);
	return add_number(sum, rules);
}
