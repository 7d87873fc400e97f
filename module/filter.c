// SPDX-License-Identifier: GPL-2.0
/* Which flows a request means. */

#include <net/genetlink.h>

#include "attribute.h"
#include "filter.h"

static int read_node(struct wgward_filter *filter,
		     const struct wgward_policy *policy,
		     const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u32 index = WGWARD_NONE;
	const char *name;

	name = wgward_attribute_text(attr, extack);
	if (!name)
		return -EINVAL;
	if (policy)
		index = wgward_policy_find_node(policy, name);
	if (index == WGWARD_NONE) {
		wgward_attribute_refuse(extack, attr,
					"The policy has no such node");
		return -ENOENT;
	}
	filter->node = policy->nodes[index].id;
	return 0;
}

static int read_rule(struct wgward_filter *filter,
		     const struct wgward_policy *policy,
		     const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u32 index = WGWARD_NONE;
	const char *name;

	name = wgward_attribute_text(attr, extack);
	if (!name)
		return -EINVAL;
	if (policy)
		index = wgward_policy_find_rule(policy, name);
	if (index == WGWARD_NONE) {
		wgward_attribute_refuse(extack, attr,
					"The policy has no such rule");
		return -ENOENT;
	}
	filter->rule = policy->rules[index].id;
	return 0;
}

static int read_services(struct wgward_filter *filter,
			 const struct nlmsghdr *header,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int error, rest;

	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rest) {
		if (nla_type(attr) != WGWARD_A_SERVICE_RANGE)
			continue;
		if (filter->count == WGWARD_MAX_SERVICE_RANGES) {
			wgward_attribute_refuse(extack, attr,
						"More than 16 service ranges");
			return -E2BIG;
		}
		error = wgward_attribute_service(
			&filter->services[filter->count], attr, extack);
		if (error)
			return error;
		filter->count++;
	}
	return 0;
}

int wgward_filter_read(struct wgward_filter *filter,
		       const struct wgward_policy *policy,
		       struct nlattr **attrs, const struct nlmsghdr *header,
		       struct netlink_ext_ack *extack)
{
	int error = 0;

	filter->node = WGWARD_NONE;
	filter->rule = WGWARD_NONE;
	filter->count = 0;
	if (attrs[WGWARD_A_NODE_NAME])
		error = read_node(filter, policy, attrs[WGWARD_A_NODE_NAME],
				  extack);
	if (!error && attrs[WGWARD_A_RULE_NAME])
		error = read_rule(filter, policy, attrs[WGWARD_A_RULE_NAME],
				  extack);
	return error ?: read_services(filter, header, extack);
}
