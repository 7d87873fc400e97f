// SPDX-License-Identifier: GPL-2.0
/* Nodes, groups and rules from what requests say of them. */

#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "attribute.h"

static bool host_bits_set(const struct wgward_prefix *prefix)
{
	unsigned int bit;

	for (bit = prefix->length; bit < 128; bit++)
		if (prefix->address.s6_addr[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

static int get_prefix(struct wgward_prefix *prefix, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGWARD_PREFIX_A_MAX + 1];
	struct nlattr *length;
	int error;

	error = wgward_attribute_parse(attrs, nest, WGWARD_NEST_PREFIX, extack);
	if (error)
		return error;
	error = wgward_attribute_address(prefix, attrs[WGWARD_PREFIX_A_ADDRESS],
					 extack);
	if (error)
		return error;
	length = attrs[WGWARD_PREFIX_A_LENGTH];
	if (nla_get_u8(length) > prefix->length) {
		wgward_attribute_refuse(extack, length,
					"A prefix is longer than its address");
		return -EINVAL;
	}
	prefix->length = nla_get_u8(length);
	if (host_bits_set(prefix)) {
		wgward_attribute_refuse(extack, attrs[WGWARD_PREFIX_A_ADDRESS],
					"Bits beyond the length are set");
		return -EINVAL;
	}
	return 0;
}

static u32 count_type(const struct nlattr *nest, int type)
{
	const struct nlattr *attr;
	u32 count = 0;
	int rest;

	nla_for_each_nested(attr, nest, rest)
		count += nla_type(attr) == type;
	return count;
}

/* The caller frees @list, which is NULL at first, on failure too. */
static int get_prefixes(struct wgward_prefix **list, u32 *count,
			const struct nlattr *nest, int type,
			int (*get)(struct wgward_prefix *prefix,
				   const struct nlattr *attr,
				   struct netlink_ext_ack *extack),
			struct netlink_ext_ack *extack)
{
	u32 space = count_type(nest, type);
	const struct nlattr *attr;
	int rest, error;

	if (!space)
		return 0;
	*list = kvcalloc(space, sizeof(**list), GFP_KERNEL);
	if (!*list)
		return -ENOMEM;
	nla_for_each_nested(attr, nest, rest) {
		if (nla_type(attr) != type)
			continue;
		error = get(&(*list)[*count], attr, extack);
		if (error)
			return error;
		(*count)++;
	}
	return 0;
}

/* Likewise; as indices of @policy's groups. */
static int get_groups(u32 **list, u32 *count,
		      const struct wgward_policy *policy,
		      const struct nlattr *nest, int type,
		      struct netlink_ext_ack *extack)
{
	u32 space = count_type(nest, type), group;
	const struct nlattr *attr;
	const char *name;
	int rest;

	if (!space)
		return 0;
	*list = kvcalloc(space, sizeof(**list), GFP_KERNEL);
	if (!*list)
		return -ENOMEM;
	nla_for_each_nested(attr, nest, rest) {
		if (nla_type(attr) != type)
			continue;
		name = wgward_attribute_text(attr, extack);
		if (!name)
			return -EINVAL;
		group = wgward_policy_find_group(policy, name);
		if (group == WGWARD_NONE) {
			wgward_attribute_refuse(
				extack, attr, "No such group was added before");
			return -ENOENT;
		}
		(*list)[(*count)++] = group;
	}
	return 0;
}

static int compare_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static int parse_object(struct nlattr **attrs, const struct nlattr *attr,
			enum wgward_nest kind, struct netlink_ext_ack *extack)
{
	if (nla_len(attr) <= WGWARD_OBJECT_LEN)
		return wgward_attribute_parse(attrs, attr, kind, extack);
	wgward_attribute_refuse(extack, attr, "More than 64,000 bytes in it");
	return -E2BIG;
}

/* Says why @policy did not take what @attr describes. */
static int explain(int error, const char *why, const struct nlattr *attr,
		   struct netlink_ext_ack *extack)
{
	if (error)
		wgward_attribute_refuse(extack, attr, why ?: "Out of memory");
	return error;
}

int wgward_attribute_add_network(struct wgward_policy *policy,
				 const struct nlattr *attr,
				 struct netlink_ext_ack *extack)
{
	struct wgward_prefix prefix;
	const char *why = NULL;
	int error;

	error = get_prefix(&prefix, attr, extack);
	if (error)
		return error;
	error = wgward_policy_add_network(policy, &prefix, &why);
	return explain(error, why, attr, extack);
}

/* The lists of @node; the caller frees them, on failure too. */
static int get_node_lists(struct wgward_node *node,
			  const struct wgward_policy *policy,
			  const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	int error;
	u32 i;

	error = get_prefixes(&node->addresses, &node->address_count, attr,
			     WGWARD_NODE_A_ADDRESS, wgward_attribute_address,
			     extack);
	if (!error)
		error = get_prefixes(&node->routes, &node->route_count, attr,
				     WGWARD_NODE_A_ROUTE, get_prefix, extack);
	if (!error)
		error = get_groups(&node->groups, &node->group_count, policy,
				   attr, WGWARD_NODE_A_GROUP, extack);
	if (error)
		return error;
	sort(node->groups, node->group_count, sizeof(*node->groups),
	     compare_u32, NULL);
	for (i = 1; i < node->group_count; i++) {
		if (node->groups[i] != node->groups[i - 1])
			continue;
		wgward_attribute_refuse(extack, attr,
					"A node is in a group twice");
		return -EEXIST;
	}
	return 0;
}

static int get_node_texts(struct wgward_node *node, struct nlattr **attrs,
			  struct netlink_ext_ack *extack)
{
	const char *name;

	name = wgward_attribute_text(attrs[WGWARD_NODE_A_NAME], extack);
	if (!name)
		return -EINVAL;
	strscpy(node->name, name, sizeof(node->name));
	/* Copied by wgward_policy_add_node(), never written to. */
	if (attrs[WGWARD_NODE_A_RELAY]) {
		name = wgward_attribute_text(attrs[WGWARD_NODE_A_RELAY],
					     extack);
		if (!name)
			return -EINVAL;
		node->relay = (char *)name;
	}
	if (attrs[WGWARD_NODE_A_ENDPOINT]) {
		name = wgward_attribute_text(attrs[WGWARD_NODE_A_ENDPOINT],
					     extack);
		if (!name)
			return -EINVAL;
		node->endpoint = (char *)name;
	}
	return 0;
}

int wgward_attribute_add_node(struct wgward_policy *policy,
			      const struct nlattr *attr,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGWARD_NODE_A_MAX + 1];
	struct wgward_node node = { .id = WGWARD_NONE };
	const char *why = NULL;
	int error;

	error = parse_object(attrs, attr, WGWARD_NEST_NODE, extack);
	if (!error)
		error = get_node_texts(&node, attrs, extack);
	if (error)
		return error;
	memcpy(node.key, nla_data(attrs[WGWARD_NODE_A_KEY]), sizeof(node.key));
	if (attrs[WGWARD_NODE_A_FLAGS])
		node.flags = nla_get_u32(attrs[WGWARD_NODE_A_FLAGS]);
	if (attrs[WGWARD_NODE_A_LISTEN_PORT])
		node.listen_port =
			nla_get_u16(attrs[WGWARD_NODE_A_LISTEN_PORT]);
	if (attrs[WGWARD_NODE_A_UNTIL])
		node.until = nla_get_u64(attrs[WGWARD_NODE_A_UNTIL]);

	error = get_node_lists(&node, policy, attr, extack);
	if (error == -ENOMEM)
		error = explain(error, NULL, attr, extack);
	if (!error) {
		error = wgward_policy_add_node(policy, &node, &why);
		error = explain(error, why, attr, extack);
	}
	kvfree(node.groups);
	kvfree(node.routes);
	kvfree(node.addresses);
	return error;
}

int wgward_attribute_add_group(struct wgward_policy *policy,
			       const struct nlattr *attr,
			       struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGWARD_GROUP_A_MAX + 1];
	const char *name, *why = NULL;
	int error;

	error = parse_object(attrs, attr, WGWARD_NEST_GROUP, extack);
	if (error)
		return error;
	name = wgward_attribute_text(attrs[WGWARD_GROUP_A_NAME], extack);
	if (!name)
		return -EINVAL;
	error = wgward_policy_add_group(policy, name, &why);
	return explain(error, why, attr, extack);
}

static void free_selector(struct wgward_selector *selector)
{
	kvfree(selector->groups);
	kvfree(selector->prefixes);
	kvfree(selector->except_groups);
	kvfree(selector->except_prefixes);
}

/* The caller frees it, on failure too. */
static int get_selector(struct wgward_selector *selector,
			const struct wgward_policy *policy,
			const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGWARD_SELECTOR_A_MAX + 1];
	int error;

	error = wgward_attribute_parse(attrs, nest, WGWARD_NEST_SELECTOR,
				       extack);
	if (error)
		return error;
	selector->any = nla_get_flag(attrs[WGWARD_SELECTOR_A_ANY]);
	error = get_groups(&selector->groups, &selector->group_count, policy,
			   nest, WGWARD_SELECTOR_A_GROUP, extack);
	if (!error)
		error = get_prefixes(&selector->prefixes,
				     &selector->prefix_count, nest,
				     WGWARD_SELECTOR_A_PREFIX, get_prefix,
				     extack);
	if (!error)
		error = get_groups(&selector->except_groups,
				   &selector->except_group_count, policy, nest,
				   WGWARD_SELECTOR_A_EXCEPT_GROUP, extack);
	if (!error)
		error = get_prefixes(&selector->except_prefixes,
				     &selector->except_prefix_count, nest,
				     WGWARD_SELECTOR_A_EXCEPT_PREFIX,
				     get_prefix, extack);
	return error;
}

int wgward_attribute_service(struct wgward_service *service,
			     const struct nlattr *nest,
			     struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGWARD_SERVICE_A_MAX + 1];
	int error;

	error = wgward_attribute_parse(attrs, nest, WGWARD_NEST_SERVICE,
				       extack);
	if (error)
		return error;
	service->first = nla_get_u32(attrs[WGWARD_SERVICE_A_FIRST]);
	service->last = nla_get_u32(attrs[WGWARD_SERVICE_A_LAST]);
	if (service->first <= service->last)
		return 0;
	wgward_attribute_refuse(extack, nest,
				"A service ends before it begins");
	return -EINVAL;
}

/* The caller frees the list, on failure too. */
static int get_services(struct wgward_rule *rule, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	u32 space = count_type(nest, WGWARD_RULE_A_SERVICE);
	const struct nlattr *attr;
	int rest, error;

	rule->services = kvcalloc(space, sizeof(*rule->services), GFP_KERNEL);
	if (!rule->services)
		return -ENOMEM;
	nla_for_each_nested(attr, nest, rest) {
		if (nla_type(attr) != WGWARD_RULE_A_SERVICE)
			continue;
		error = wgward_attribute_service(
			&rule->services[rule->service_count], attr, extack);
		if (error)
			return error;
		rule->service_count++;
	}
	return 0;
}

int wgward_attribute_add_rule(struct wgward_policy *policy,
			      const struct nlattr *attr,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGWARD_RULE_A_MAX + 1];
	struct wgward_rule rule = { .id = WGWARD_NONE };
	const char *name, *why = NULL;
	int error;

	error = parse_object(attrs, attr, WGWARD_NEST_RULE, extack);
	if (error)
		return error;
	name = wgward_attribute_text(attrs[WGWARD_RULE_A_NAME], extack);
	if (!name)
		return -EINVAL;
	strscpy(rule.name, name, sizeof(rule.name));
	rule.action = nla_get_u32(attrs[WGWARD_RULE_A_ACTION]);
	if (attrs[WGWARD_RULE_A_FLAGS])
		rule.flags = nla_get_u32(attrs[WGWARD_RULE_A_FLAGS]);
	if (attrs[WGWARD_RULE_A_UNTIL])
		rule.until = nla_get_u64(attrs[WGWARD_RULE_A_UNTIL]);

	error = get_services(&rule, attr, extack);
	if (!error)
		error = get_selector(&rule.from, policy,
				     attrs[WGWARD_RULE_A_FROM], extack);
	if (!error)
		error = get_selector(&rule.to, policy, attrs[WGWARD_RULE_A_TO],
				     extack);
	if (error == -ENOMEM)
		error = explain(error, NULL, attr, extack);
	if (!error) {
		error = wgward_policy_add_rule(policy, &rule, &why);
		error = explain(error, why, attr, extack);
	}
	free_selector(&rule.to);
	free_selector(&rule.from);
	kvfree(rule.services);
	return error;
}
