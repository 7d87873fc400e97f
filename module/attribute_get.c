// SPDX-License-Identifier: GPL-2.0
/* Requests' attributes to objects. */

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "attribute.h"

/* clang-format off */
#define TEXT(length) { .type = NLA_NUL_STRING, .len = (length) }
#define ADDRESS NLA_POLICY_RANGE(NLA_BINARY, 4, 16)
/* clang-format on */

#define NODE_FLAGS (WGWARD_NODE_F_SELF | WGWARD_NODE_F_ROUTE_GROUPS)

const struct netlink_range_validation wgward_service_range = {
	.max = WGWARD_SERVICE_MAX,
};

const struct nla_policy wgward_prefix_policy[] = {
	[WGWARD_PREFIX_A_ADDRESS] = ADDRESS,
	[WGWARD_PREFIX_A_LENGTH] = NLA_POLICY_MAX(NLA_U8, 128),
};

const struct nla_policy wgward_node_policy[] = {
	[WGWARD_NODE_A_NAME] = TEXT(WGWARD_NAME_LEN),
	[WGWARD_NODE_A_KEY] = NLA_POLICY_EXACT_LEN(WGWARD_KEY_LEN),
	[WGWARD_NODE_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, NODE_FLAGS),
	[WGWARD_NODE_A_ADDRESS] = ADDRESS,
	[WGWARD_NODE_A_ROUTE] = NLA_POLICY_NESTED(wgward_prefix_policy),
	[WGWARD_NODE_A_GROUP] = TEXT(WGWARD_GROUP_NAME_LEN),
	[WGWARD_NODE_A_RELAY] = TEXT(WGWARD_NAME_LEN),
	[WGWARD_NODE_A_ENDPOINT] = TEXT(WGWARD_ENDPOINT_LEN),
};

const struct nla_policy wgward_group_policy[] = {
	[WGWARD_GROUP_A_NAME] = TEXT(WGWARD_GROUP_NAME_LEN),
};

static const struct nla_policy selector_policy[] = {
	[WGWARD_SELECTOR_A_ANY] = { .type = NLA_FLAG },
	[WGWARD_SELECTOR_A_GROUP] = TEXT(WGWARD_GROUP_NAME_LEN),
	[WGWARD_SELECTOR_A_PREFIX] = NLA_POLICY_NESTED(wgward_prefix_policy),
	[WGWARD_SELECTOR_A_EXCEPT_GROUP] = TEXT(WGWARD_GROUP_NAME_LEN),
	[WGWARD_SELECTOR_A_EXCEPT_PREFIX] =
		NLA_POLICY_NESTED(wgward_prefix_policy),
};

static const struct nla_policy service_policy[] = {
	[WGWARD_SERVICE_A_FIRST] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &wgward_service_range),
	[WGWARD_SERVICE_A_LAST] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &wgward_service_range),
};

const struct nla_policy wgward_rule_policy[] = {
	[WGWARD_RULE_A_NAME] = TEXT(WGWARD_NAME_LEN),
	[WGWARD_RULE_A_ACTION] = NLA_POLICY_MAX(NLA_U32, WGWARD_ACTION_DENY),
	[WGWARD_RULE_A_FROM] = NLA_POLICY_NESTED(selector_policy),
	[WGWARD_RULE_A_TO] = NLA_POLICY_NESTED(selector_policy),
	[WGWARD_RULE_A_SERVICE] = NLA_POLICY_NESTED(service_policy),
};

/* An attribute that a nest cannot be without, and what to say if it is. */
struct need {
	int type;
	const char *why;
};

static const struct need prefix_needs[] = {
	{ WGWARD_PREFIX_A_ADDRESS, "A prefix needs an address" },
	{ WGWARD_PREFIX_A_LENGTH, "A prefix needs a length" },
	{},
};

static const struct need node_needs[] = {
	{ WGWARD_NODE_A_NAME, "A node needs a name" },
	{ WGWARD_NODE_A_KEY, "A node needs a public key" },
	{},
};

static const struct need group_needs[] = {
	{ WGWARD_GROUP_A_NAME, "A group needs a name" },
	{},
};

static const struct need service_needs[] = {
	{ WGWARD_SERVICE_A_FIRST, "A service needs its first number" },
	{ WGWARD_SERVICE_A_LAST, "A service needs its last number" },
	{},
};

static const struct need rule_needs[] = {
	{ WGWARD_RULE_A_NAME, "A rule needs a name" },
	{ WGWARD_RULE_A_ACTION, "A rule needs an action" },
	{ WGWARD_RULE_A_FROM, "A rule needs to say from whom" },
	{ WGWARD_RULE_A_TO, "A rule needs to say to whom" },
	{ WGWARD_RULE_A_SERVICE, "A rule needs a service" },
	{},
};

/**
 * struct format - a kind of nest
 * @policy: of its attributes
 * @max: the largest of them
 * @needs: those that it cannot be without, or NULL
 * @several: those that may be given more than once, a bit each
 */
struct format {
	const struct nla_policy *policy;
	int max;
	const struct need *needs;
	u64 several;
};

static const struct format prefix_format = {
	.policy = wgward_prefix_policy,
	.max = ARRAY_SIZE(wgward_prefix_policy) - 1,
	.needs = prefix_needs,
};

static const struct format node_format = {
	.policy = wgward_node_policy,
	.max = ARRAY_SIZE(wgward_node_policy) - 1,
	.needs = node_needs,
	.several = BIT_ULL(WGWARD_NODE_A_ADDRESS) |
		   BIT_ULL(WGWARD_NODE_A_ROUTE) | BIT_ULL(WGWARD_NODE_A_GROUP),
};

static const struct format group_format = {
	.policy = wgward_group_policy,
	.max = ARRAY_SIZE(wgward_group_policy) - 1,
	.needs = group_needs,
};

static const struct format selector_format = {
	.policy = selector_policy,
	.max = ARRAY_SIZE(selector_policy) - 1,
	.several = BIT_ULL(WGWARD_SELECTOR_A_GROUP) |
		   BIT_ULL(WGWARD_SELECTOR_A_PREFIX) |
		   BIT_ULL(WGWARD_SELECTOR_A_EXCEPT_GROUP) |
		   BIT_ULL(WGWARD_SELECTOR_A_EXCEPT_PREFIX),
};

static const struct format service_format = {
	.policy = service_policy,
	.max = ARRAY_SIZE(service_policy) - 1,
	.needs = service_needs,
};

static const struct format rule_format = {
	.policy = wgward_rule_policy,
	.max = ARRAY_SIZE(wgward_rule_policy) - 1,
	.needs = rule_needs,
	.several = BIT_ULL(WGWARD_RULE_A_SERVICE),
};

/* At the top; commands that take none of them have no policy for them. */
static const u64 top_several = BIT_ULL(WGWARD_A_NETWORK) |
			       BIT_ULL(WGWARD_A_NODE) |
			       BIT_ULL(WGWARD_A_GROUP) | BIT_ULL(WGWARD_A_RULE);

void wgward_attribute_refuse(struct netlink_ext_ack *extack,
			     const struct nlattr *attr, const char *why)
{
	if (!extack)
		return;
	do_trace_netlink_extack(why);
	/* NL_SET_ERR_MSG() takes literals only, its _FMT cuts at 80 bytes. */
	extack->_msg = why;
	extack->bad_attr = attr;
	extack->policy = NULL;
}

static int check_once(const struct nlattr *head, int length, u64 several,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rest;

	BUILD_BUG_ON(WGWARD_A_MAX > 63);
	nla_for_each_attr(attr, head, length, rest) {
		/* What no policy knows, the core refuses. */
		if (nla_type(attr) > 63)
			continue;
		if (seen & ~several & BIT_ULL(nla_type(attr))) {
			wgward_attribute_refuse(extack, attr,
						"May be given only once");
			return -EINVAL;
		}
		seen |= BIT_ULL(nla_type(attr));
	}
	return 0;
}

int wgward_attribute_check(const struct nlmsghdr *header,
			   struct netlink_ext_ack *extack)
{
	return check_once(nlmsg_attrdata(header, GENL_HDRLEN),
			  nlmsg_attrlen(header, GENL_HDRLEN), top_several,
			  extack);
}

static int require(struct nlattr **attrs, const struct nlattr *nest, int type,
		   const char *why, struct netlink_ext_ack *extack)
{
	if (!NL_REQ_ATTR_CHECK(extack, nest, attrs, type))
		return 0;
	wgward_attribute_refuse(extack, nest, why);
	return -EINVAL;
}

int wgward_attribute_require(struct nlattr **attrs, int type,
			     struct netlink_ext_ack *extack)
{
	return require(attrs, NULL, type, "A mandatory attribute is missing",
		       extack);
}

/* @attrs has room for @format->max + 1. */
static int nest_parse(struct nlattr **attrs, const struct nlattr *nest,
		      const struct format *format,
		      struct netlink_ext_ack *extack)
{
	const struct need *need;
	int error;

	error = check_once(nla_data(nest), nla_len(nest), format->several,
			   extack);
	if (error)
		return error;
	error = nla_parse_nested(attrs, format->max, nest, format->policy,
				 extack);
	for (need = format->needs; !error && need && need->why; need++)
		error = require(attrs, nest, need->type, need->why, extack);
	return error;
}

const char *wgward_attribute_text(const struct nlattr *attr,
				  struct netlink_ext_ack *extack)
{
	const char *text = nla_data(attr);

	if (strnlen(text, nla_len(attr)) + 1 == nla_len(attr))
		return text;
	wgward_attribute_refuse(extack, attr, "Text goes on after its NUL");
	return NULL;
}

int wgward_attribute_address(struct wgward_prefix *prefix,
			     const struct nlattr *attr,
			     struct netlink_ext_ack *extack)
{
	memset(prefix, 0, sizeof(*prefix));
	if (nla_len(attr) == sizeof(struct in_addr)) {
		prefix->family = AF_INET;
		prefix->length = 32;
	} else if (nla_len(attr) == sizeof(struct in6_addr)) {
		prefix->family = AF_INET6;
		prefix->length = 128;
	} else {
		wgward_attribute_refuse(extack, attr,
					"An address has 4 or 16 bytes");
		return -EINVAL;
	}
	memcpy(&prefix->address, nla_data(attr), nla_len(attr));
	return 0;
}

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
	struct nlattr *attrs[ARRAY_SIZE(wgward_prefix_policy)];
	struct nlattr *length;
	int error;

	error = nest_parse(attrs, nest, &prefix_format, extack);
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

/* The caller frees @list, on failure too. */
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
			const struct format *format,
			struct netlink_ext_ack *extack)
{
	if (nla_len(attr) <= WGWARD_OBJECT_LEN)
		return nest_parse(attrs, attr, format, extack);
	wgward_attribute_refuse(extack, attr, "More than 65,000 bytes in it");
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
	struct nlattr *attrs[ARRAY_SIZE(wgward_node_policy)];
	struct wgward_node node = { .id = WGWARD_NONE };
	const char *why = NULL;
	int error;

	error = parse_object(attrs, attr, &node_format, extack);
	if (!error)
		error = get_node_texts(&node, attrs, extack);
	if (error)
		return error;
	memcpy(node.key, nla_data(attrs[WGWARD_NODE_A_KEY]), sizeof(node.key));
	if (attrs[WGWARD_NODE_A_FLAGS])
		node.flags = nla_get_u32(attrs[WGWARD_NODE_A_FLAGS]);

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
	struct nlattr *attrs[ARRAY_SIZE(wgward_group_policy)];
	const char *name, *why = NULL;
	int error;

	error = parse_object(attrs, attr, &group_format, extack);
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
	struct nlattr *attrs[ARRAY_SIZE(selector_policy)];
	int error;

	error = nest_parse(attrs, nest, &selector_format, extack);
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

static int get_service(struct wgward_service *service,
		       const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[ARRAY_SIZE(service_policy)];
	int error;

	error = nest_parse(attrs, nest, &service_format, extack);
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
		error = get_service(&rule->services[rule->service_count], attr,
				    extack);
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
	struct nlattr *attrs[ARRAY_SIZE(wgward_rule_policy)];
	struct wgward_rule rule = { .id = WGWARD_NONE };
	const char *name, *why = NULL;
	int error;

	error = parse_object(attrs, attr, &rule_format, extack);
	if (error)
		return error;
	name = wgward_attribute_text(attrs[WGWARD_RULE_A_NAME], extack);
	if (!name)
		return -EINVAL;
	strscpy(rule.name, name, sizeof(rule.name));
	rule.action = nla_get_u32(attrs[WGWARD_RULE_A_ACTION]);

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
