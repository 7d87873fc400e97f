// SPDX-License-Identifier: GPL-2.0
/* Objects to the attributes of answers. */

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "attribute.h"
#include "counters.h"

static size_t address_len(u8 family)
{
	return family == AF_INET ? sizeof(struct in_addr) :
				   sizeof(struct in6_addr);
}

static size_t prefix_size(const struct wgward_prefix *prefix)
{
	return nla_total_size(nla_total_size(address_len(prefix->family)) +
			      nla_total_size(sizeof(u8)));
}

static size_t prefixes_size(const struct wgward_prefix *list, u32 count)
{
	size_t size = 0;
	u32 i;

	for (i = 0; i < count; i++)
		size += prefix_size(&list[i]);
	return size;
}

static size_t text_size(const char *text)
{
	return text ? nla_total_size(strlen(text) + 1) : 0;
}

static size_t groups_size(const struct wgward_policy *policy, const u32 *list,
			  u32 count)
{
	size_t size = 0;
	u32 i;

	for (i = 0; i < count; i++)
		size += text_size(policy->groups[list[i]].name);
	return size;
}

static size_t selector_size(const struct wgward_policy *policy,
			    const struct wgward_selector *selector)
{
	return nla_total_size(0) + nla_total_size(0) /* any */ +
	       groups_size(policy, selector->groups, selector->group_count) +
	       groups_size(policy, selector->except_groups,
			   selector->except_group_count) +
	       prefixes_size(selector->prefixes, selector->prefix_count) +
	       prefixes_size(selector->except_prefixes,
			     selector->except_prefix_count);
}

static size_t counter_size(void)
{
	return nla_total_size(nla_total_size(sizeof(u32)) +
			      3 * nla_total_size_64bit(sizeof(u64)));
}

size_t wgward_attribute_node_size(const struct wgward_policy *policy,
				  const struct wgward_node *node)
{
	size_t size;
	u32 i;

	size = nla_total_size(0) + text_size(node->name) +
	       nla_total_size(WGWARD_KEY_LEN) +
	       nla_total_size(sizeof(u32)) /* flags */ +
	       nla_total_size(sizeof(u32)) /* id */ +
	       nla_total_size_64bit(sizeof(u64)) /* until */ +
	       nla_total_size(sizeof(u16)) /* listen port */ +
	       nla_total_size(sizeof(u32)) /* flows */ +
	       4 * nla_total_size_64bit(sizeof(u64)) /* packets, bytes */ +
	       (WGWARD_REASON_MAX + 1) * counter_size() +
	       prefixes_size(node->routes, node->route_count) +
	       groups_size(policy, node->groups, node->group_count) +
	       text_size(node->relay) + text_size(node->endpoint);
	for (i = 0; i < node->address_count; i++)
		size += nla_total_size(address_len(node->addresses[i].family));
	return size;
}

size_t wgward_attribute_group_size(const struct wgward_group *group)
{
	return nla_total_size(0) + text_size(group->name) +
	       nla_total_size(sizeof(u32));
}

size_t wgward_attribute_rule_size(const struct wgward_policy *policy,
				  const struct wgward_rule *rule)
{
	return nla_total_size(0) + text_size(rule->name) +
	       nla_total_size(sizeof(u32)) /* action */ +
	       nla_total_size(sizeof(u32)) /* id */ +
	       nla_total_size(sizeof(u32)) /* flags */ +
	       nla_total_size_64bit(sizeof(u64)) /* until */ +
	       7 * nla_total_size_64bit(sizeof(u64)) /* counters */ +
	       selector_size(policy, &rule->from) +
	       selector_size(policy, &rule->to) +
	       rule->service_count *
		       nla_total_size(2 * nla_total_size(sizeof(u32)));
}

int wgward_attribute_put_address(struct sk_buff *skb, int type, u8 family,
				 const struct in6_addr *address)
{
	return nla_put(skb, type, address_len(family), address);
}

static int put_prefix(struct sk_buff *skb, int type,
		      const struct wgward_prefix *prefix)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest)
		return -EMSGSIZE;
	if (wgward_attribute_put_address(skb, WGWARD_PREFIX_A_ADDRESS,
					 prefix->family, &prefix->address) ||
	    nla_put_u8(skb, WGWARD_PREFIX_A_LENGTH, prefix->length)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_prefixes(struct sk_buff *skb, int type,
			const struct wgward_prefix *list, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (put_prefix(skb, type, &list[i]))
			return -EMSGSIZE;
	return 0;
}

static int put_groups(struct sk_buff *skb, int type,
		      const struct wgward_policy *policy, const u32 *list,
		      u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (nla_put_string(skb, type, policy->groups[list[i]].name))
			return -EMSGSIZE;
	return 0;
}

/*
 * A nest's length has 16 bits. What was added fits, see WGWARD_OBJECT_LEN;
 * better no object than one that is cut if that should ever be wrong.
 */
static int end_object(struct sk_buff *skb, struct nlattr *nest, int error)
{
	if (!error && skb_tail_pointer(skb) - (u8 *)nest > U16_MAX)
		error = -EMSGSIZE;
	if (error)
		nla_nest_cancel(skb, nest);
	else
		nla_nest_end(skb, nest);
	return error;
}

static int put_timeout(struct sk_buff *skb, u32 kind, u32 seconds)
{
	struct nlattr *nest = nla_nest_start(skb, WGWARD_A_TIMEOUT);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, WGWARD_TIMEOUT_A_KIND, kind) ||
	    nla_put_u32(skb, WGWARD_TIMEOUT_A_SECONDS, seconds))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What is kept for the client. */
static int put_kept(struct sk_buff *skb, const struct wgward_policy *policy)
{
	u32 i;

	if (policy->listen_port &&
	    nla_put_u16(skb, WGWARD_A_LISTEN_PORT, policy->listen_port))
		return -EMSGSIZE;
	if (policy->mtu && nla_put_u32(skb, WGWARD_A_MTU, policy->mtu))
		return -EMSGSIZE;
	for (i = 0; i < policy->removed_count; i++)
		if (nla_put_string(skb,
				   policy->removed[i].is_rule ?
					   WGWARD_A_REMOVED_RULE :
					   WGWARD_A_REMOVED_NODE,
				   policy->removed[i].name))
			return -EMSGSIZE;
	return 0;
}

int wgward_attribute_put_head(struct sk_buff *skb,
			      const struct wgward_policy *policy)
{
	u32 i;

	if (nla_put_u32(skb, WGWARD_A_DEFAULT, policy->fallback))
		return -EMSGSIZE;
	if (policy->mesh[0] && nla_put_string(skb, WGWARD_A_MESH, policy->mesh))
		return -EMSGSIZE;
	if (policy->has_revision &&
	    nla_put_u64_64bit(skb, WGWARD_A_REVISION, policy->revision,
			      WGWARD_A_PAD))
		return -EMSGSIZE;
	if (policy->audit && nla_put_flag(skb, WGWARD_A_AUDIT))
		return -EMSGSIZE;
	if (policy->max_flows &&
	    nla_put_u32(skb, WGWARD_A_MAX_FLOWS, policy->max_flows))
		return -EMSGSIZE;
	for (i = 0; i <= WGWARD_TIMEOUT_MAX; i++)
		if (policy->timeouts[i] &&
		    put_timeout(skb, i, policy->timeouts[i]))
			return -EMSGSIZE;
	if (put_kept(skb, policy))
		return -EMSGSIZE;
	return put_prefixes(skb, WGWARD_A_NETWORK, policy->networks,
			    policy->network_count);
}

int wgward_attribute_put_counter(struct sk_buff *skb, int type, u32 reason,
				 u64 passed, u64 dropped, u64 audited)
{
	struct nlattr *nest;

	if (!passed && !dropped && !audited)
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, WGWARD_COUNTER_A_REASON, reason) ||
	    nla_put_u64_64bit(skb, WGWARD_COUNTER_A_PASSED, passed,
			      WGWARD_COUNTER_A_PAD) ||
	    nla_put_u64_64bit(skb, WGWARD_COUNTER_A_DROPPED, dropped,
			      WGWARD_COUNTER_A_PAD) ||
	    nla_put_u64_64bit(skb, WGWARD_COUNTER_A_AUDITED, audited,
			      WGWARD_COUNTER_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_node(struct sk_buff *skb, const struct wgward_policy *policy,
		    const struct wgward_node *node)
{
	u32 i;

	if (nla_put_string(skb, WGWARD_NODE_A_NAME, node->name) ||
	    nla_put(skb, WGWARD_NODE_A_KEY, sizeof(node->key), node->key) ||
	    nla_put_u32(skb, WGWARD_NODE_A_FLAGS, node->flags) ||
	    nla_put_u32(skb, WGWARD_NODE_A_ID, node->id))
		return -EMSGSIZE;
	for (i = 0; i < node->address_count; i++)
		if (wgward_attribute_put_address(skb, WGWARD_NODE_A_ADDRESS,
						 node->addresses[i].family,
						 &node->addresses[i].address))
			return -EMSGSIZE;
	if (put_prefixes(skb, WGWARD_NODE_A_ROUTE, node->routes,
			 node->route_count) ||
	    put_groups(skb, WGWARD_NODE_A_GROUP, policy, node->groups,
		       node->group_count))
		return -EMSGSIZE;
	if (node->relay &&
	    nla_put_string(skb, WGWARD_NODE_A_RELAY, node->relay))
		return -EMSGSIZE;
	if (node->endpoint &&
	    nla_put_string(skb, WGWARD_NODE_A_ENDPOINT, node->endpoint))
		return -EMSGSIZE;
	if (node->listen_port &&
	    nla_put_u16(skb, WGWARD_NODE_A_LISTEN_PORT, node->listen_port))
		return -EMSGSIZE;
	return node->until ? nla_put_u64_64bit(skb, WGWARD_NODE_A_UNTIL,
					       node->until, WGWARD_NODE_A_PAD) :
			     0;
}

static int put_node_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, WGWARD_NODE_A_PAD);
}

static int put_node_numbers(struct sk_buff *skb,
			    const struct wgward_node_numbers *numbers)
{
	const struct wgward_traffic *from = &numbers->traffic[0];
	const struct wgward_traffic *to = &numbers->traffic[1];
	u32 reason;

	if (nla_put_u32(skb, WGWARD_NODE_A_FLOWS, numbers->flows) ||
	    put_node_u64(skb, WGWARD_NODE_A_FROM_PACKETS, from->packets) ||
	    put_node_u64(skb, WGWARD_NODE_A_FROM_BYTES, from->bytes) ||
	    put_node_u64(skb, WGWARD_NODE_A_TO_PACKETS, to->packets) ||
	    put_node_u64(skb, WGWARD_NODE_A_TO_BYTES, to->bytes))
		return -EMSGSIZE;
	for (reason = 0; reason <= WGWARD_REASON_MAX; reason++)
		if (wgward_attribute_put_counter(skb, WGWARD_NODE_A_COUNTER,
						 reason, 0,
						 numbers->dropped[reason], 0))
			return -EMSGSIZE;
	return 0;
}

int wgward_attribute_put_node(struct sk_buff *skb,
			      const struct wgward_policy *policy,
			      const struct wgward_node *node,
			      const struct wgward_node_numbers *numbers)
{
	struct nlattr *nest = nla_nest_start(skb, WGWARD_A_NODE);
	int error;

	if (!nest)
		return -EMSGSIZE;
	error = put_node(skb, policy, node);
	if (!error)
		error = put_node_numbers(skb, numbers);
	return end_object(skb, nest, error);
}

int wgward_attribute_put_group(struct sk_buff *skb,
			       const struct wgward_group *group)
{
	struct nlattr *nest = nla_nest_start(skb, WGWARD_A_GROUP);
	int error = 0;

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, WGWARD_GROUP_A_NAME, group->name) ||
	    nla_put_u32(skb, WGWARD_GROUP_A_NODES, group->node_count))
		error = -EMSGSIZE;
	return end_object(skb, nest, error);
}

static int put_selector(struct sk_buff *skb, int type,
			const struct wgward_policy *policy,
			const struct wgward_selector *selector)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	/* The rule that this belongs to is cancelled whole. */
	if (!nest)
		return -EMSGSIZE;
	if (selector->any && nla_put_flag(skb, WGWARD_SELECTOR_A_ANY))
		return -EMSGSIZE;
	if (put_groups(skb, WGWARD_SELECTOR_A_GROUP, policy, selector->groups,
		       selector->group_count) ||
	    put_prefixes(skb, WGWARD_SELECTOR_A_PREFIX, selector->prefixes,
			 selector->prefix_count) ||
	    put_groups(skb, WGWARD_SELECTOR_A_EXCEPT_GROUP, policy,
		       selector->except_groups, selector->except_group_count) ||
	    put_prefixes(skb, WGWARD_SELECTOR_A_EXCEPT_PREFIX,
			 selector->except_prefixes,
			 selector->except_prefix_count))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_service(struct sk_buff *skb,
		       const struct wgward_service *service)
{
	struct nlattr *nest = nla_nest_start(skb, WGWARD_RULE_A_SERVICE);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, WGWARD_SERVICE_A_FIRST, service->first) ||
	    nla_put_u32(skb, WGWARD_SERVICE_A_LAST, service->last))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_rule(struct sk_buff *skb, const struct wgward_policy *policy,
		    const struct wgward_rule *rule)
{
	u32 i;

	if (nla_put_string(skb, WGWARD_RULE_A_NAME, rule->name) ||
	    nla_put_u32(skb, WGWARD_RULE_A_ACTION, rule->action) ||
	    nla_put_u32(skb, WGWARD_RULE_A_ID, rule->id) ||
	    nla_put_u32(skb, WGWARD_RULE_A_FLAGS, rule->flags) ||
	    put_selector(skb, WGWARD_RULE_A_FROM, policy, &rule->from) ||
	    put_selector(skb, WGWARD_RULE_A_TO, policy, &rule->to))
		return -EMSGSIZE;
	for (i = 0; i < rule->service_count; i++)
		if (put_service(skb, &rule->services[i]))
			return -EMSGSIZE;
	return rule->until ? nla_put_u64_64bit(skb, WGWARD_RULE_A_UNTIL,
					       rule->until, WGWARD_RULE_A_PAD) :
			     0;
}

static int put_rule_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, WGWARD_RULE_A_PAD);
}

static int put_rule_numbers(struct sk_buff *skb,
			    const struct wgward_rule_numbers *numbers)
{
	const struct wgward_traffic *there = &numbers->traffic[0];
	const struct wgward_traffic *back = &numbers->traffic[1];

	if (put_rule_u64(skb, WGWARD_RULE_A_HITS, numbers->hits) ||
	    put_rule_u64(skb, WGWARD_RULE_A_PACKETS, there->packets) ||
	    put_rule_u64(skb, WGWARD_RULE_A_BYTES, there->bytes) ||
	    put_rule_u64(skb, WGWARD_RULE_A_REPLY_PACKETS, back->packets) ||
	    put_rule_u64(skb, WGWARD_RULE_A_REPLY_BYTES, back->bytes) ||
	    put_rule_u64(skb, WGWARD_RULE_A_AUDITED, numbers->audited))
		return -EMSGSIZE;
	if (!numbers->last_hit)
		return 0;
	return put_rule_u64(skb, WGWARD_RULE_A_LAST_HIT, numbers->last_hit);
}

int wgward_attribute_put_rule(struct sk_buff *skb,
			      const struct wgward_policy *policy,
			      const struct wgward_rule *rule,
			      const struct wgward_rule_numbers *numbers)
{
	struct nlattr *nest = nla_nest_start(skb, WGWARD_A_RULE);
	int error;

	if (!nest)
		return -EMSGSIZE;
	error = put_rule(skb, policy, rule);
	if (!error)
		error = put_rule_numbers(skb, numbers);
	return end_object(skb, nest, error);
}
