// SPDX-License-Identifier: GPL-2.0
/*
 * What requests may consist of: the attributes of each kind of nest, which of
 * them are needed, and which may be repeated.
 */

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "attribute.h"

/* clang-format off */
#define TEXT(length) { .type = NLA_NUL_STRING, .len = (length) }
#define ADDRESS NLA_POLICY_RANGE(NLA_BINARY, 4, 16)
/* clang-format on */

const struct netlink_range_validation wgward_service_range = {
	.max = WGWARD_SERVICE_MAX,
};

static const struct netlink_range_validation until_range = {
	.min = 1,
	.max = U64_MAX,
};

static const struct netlink_range_validation seconds_range = {
	.min = 1,
	.max = WGWARD_MAX_TIMEOUT,
};

const struct nla_policy wgward_prefix_policy[WGWARD_PREFIX_A_MAX + 1] = {
	[WGWARD_PREFIX_A_ADDRESS] = ADDRESS,
	[WGWARD_PREFIX_A_LENGTH] = NLA_POLICY_MAX(NLA_U8, 128),
};

const struct nla_policy wgward_node_policy[WGWARD_NODE_A_MAX + 1] = {
	[WGWARD_NODE_A_NAME] = TEXT(WGWARD_NAME_LEN),
	[WGWARD_NODE_A_KEY] = NLA_POLICY_EXACT_LEN(WGWARD_KEY_LEN),
	[WGWARD_NODE_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, WGWARD_NODE_FLAGS),
	[WGWARD_NODE_A_ADDRESS] = ADDRESS,
	[WGWARD_NODE_A_ROUTE] = NLA_POLICY_NESTED(wgward_prefix_policy),
	[WGWARD_NODE_A_GROUP] = TEXT(WGWARD_GROUP_NAME_LEN),
	[WGWARD_NODE_A_RELAY] = TEXT(WGWARD_NAME_LEN),
	[WGWARD_NODE_A_ENDPOINT] = TEXT(WGWARD_ENDPOINT_LEN),
	[WGWARD_NODE_A_UNTIL] = NLA_POLICY_FULL_RANGE(NLA_U64, &until_range),
	[WGWARD_NODE_A_LISTEN_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
};

const struct nla_policy wgward_group_policy[WGWARD_GROUP_A_MAX + 1] = {
	[WGWARD_GROUP_A_NAME] = TEXT(WGWARD_GROUP_NAME_LEN),
};

static const struct nla_policy selector_policy[WGWARD_SELECTOR_A_MAX + 1] = {
	[WGWARD_SELECTOR_A_ANY] = { .type = NLA_FLAG },
	[WGWARD_SELECTOR_A_GROUP] = TEXT(WGWARD_GROUP_NAME_LEN),
	[WGWARD_SELECTOR_A_PREFIX] = NLA_POLICY_NESTED(wgward_prefix_policy),
	[WGWARD_SELECTOR_A_EXCEPT_GROUP] = TEXT(WGWARD_GROUP_NAME_LEN),
	[WGWARD_SELECTOR_A_EXCEPT_PREFIX] =
		NLA_POLICY_NESTED(wgward_prefix_policy),
};

const struct nla_policy wgward_service_policy[WGWARD_SERVICE_A_MAX + 1] = {
	[WGWARD_SERVICE_A_FIRST] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &wgward_service_range),
	[WGWARD_SERVICE_A_LAST] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &wgward_service_range),
};

const struct nla_policy wgward_rule_policy[WGWARD_RULE_A_MAX + 1] = {
	[WGWARD_RULE_A_NAME] = TEXT(WGWARD_NAME_LEN),
	[WGWARD_RULE_A_ACTION] = NLA_POLICY_MAX(NLA_U32, WGWARD_ACTION_MAX),
	[WGWARD_RULE_A_FROM] = NLA_POLICY_NESTED(selector_policy),
	[WGWARD_RULE_A_TO] = NLA_POLICY_NESTED(selector_policy),
	[WGWARD_RULE_A_SERVICE] = NLA_POLICY_NESTED(wgward_service_policy),
	[WGWARD_RULE_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, WGWARD_RULE_FLAGS),
	[WGWARD_RULE_A_UNTIL] = NLA_POLICY_FULL_RANGE(NLA_U64, &until_range),
};

const struct nla_policy wgward_timeout_policy[WGWARD_TIMEOUT_A_MAX + 1] = {
	[WGWARD_TIMEOUT_A_KIND] = NLA_POLICY_MAX(NLA_U32, WGWARD_TIMEOUT_MAX),
	[WGWARD_TIMEOUT_A_SECONDS] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &seconds_range),
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

static const struct need timeout_needs[] = {
	{ WGWARD_TIMEOUT_A_KIND, "A timeout needs a kind" },
	{ WGWARD_TIMEOUT_A_SECONDS, "A timeout needs its seconds" },
	{},
};

/**
 * struct format - a kind of nest
 * @max: the largest of its attributes
 * @needs: those that it cannot be without, or NULL
 * @several: those that may be given more than once, a bit each
 */
struct format {
	int max;
	const struct need *needs;
	u64 several;
};

static const struct format formats[] = {
	[WGWARD_NEST_PREFIX] = {
		.max = WGWARD_PREFIX_A_MAX,
		.needs = prefix_needs,
	},
	[WGWARD_NEST_NODE] = {
		.max = WGWARD_NODE_A_MAX,
		.needs = node_needs,
		.several = BIT_ULL(WGWARD_NODE_A_ADDRESS) |
			   BIT_ULL(WGWARD_NODE_A_ROUTE) |
			   BIT_ULL(WGWARD_NODE_A_GROUP),
	},
	[WGWARD_NEST_GROUP] = {
		.max = WGWARD_GROUP_A_MAX,
		.needs = group_needs,
	},
	/* What a selector needs depends on what else it has. */
	[WGWARD_NEST_SELECTOR] = {
		.max = WGWARD_SELECTOR_A_MAX,
		.several = BIT_ULL(WGWARD_SELECTOR_A_GROUP) |
			   BIT_ULL(WGWARD_SELECTOR_A_PREFIX) |
			   BIT_ULL(WGWARD_SELECTOR_A_EXCEPT_GROUP) |
			   BIT_ULL(WGWARD_SELECTOR_A_EXCEPT_PREFIX),
	},
	[WGWARD_NEST_SERVICE] = {
		.max = WGWARD_SERVICE_A_MAX,
		.needs = service_needs,
	},
	[WGWARD_NEST_RULE] = {
		.max = WGWARD_RULE_A_MAX,
		.needs = rule_needs,
		.several = BIT_ULL(WGWARD_RULE_A_SERVICE),
	},
	[WGWARD_NEST_TIMEOUT] = {
		.max = WGWARD_TIMEOUT_A_MAX,
		.needs = timeout_needs,
	},
};

/* At the top; commands that take none of them have no policy for them. */
static const u64 top_several =
	BIT_ULL(WGWARD_A_NETWORK) | BIT_ULL(WGWARD_A_NODE) |
	BIT_ULL(WGWARD_A_GROUP) | BIT_ULL(WGWARD_A_RULE) |
	BIT_ULL(WGWARD_A_TIMEOUT) | BIT_ULL(WGWARD_A_SERVICE_RANGE) |
	BIT_ULL(WGWARD_A_REMOVED_NODE) | BIT_ULL(WGWARD_A_REMOVED_RULE);

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

int wgward_attribute_parse(struct nlattr **attrs, const struct nlattr *nest,
			   enum wgward_nest kind,
			   struct netlink_ext_ack *extack)
{
	const struct format *format = &formats[kind];
	const struct need *need;
	int error;

	error = check_once(nla_data(nest), nla_len(nest), format->several,
			   extack);
	if (error)
		return error;
	/* The policies of the commands have looked into their nests before. */
	error = nla_parse_nested(attrs, format->max, nest, NULL, extack);
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
