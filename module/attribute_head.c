// SPDX-License-Identifier: GPL-2.0
/* What a request says of a policy as a whole. */

#include <linux/capability.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "attribute.h"

static int read_mesh(struct wgward_policy *policy, const struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	static const char bad_mesh[] = "A mesh's name must be 1 to 63 of a-z, "
				       "0-9 and -, and not any";
	const char *name;

	if (!attr)
		return 0;
	name = wgward_attribute_text(attr, extack);
	if (!name)
		return -EINVAL;
	if (!wgward_name_valid(name)) {
		wgward_attribute_refuse(extack, attr, bad_mesh);
		return -EINVAL;
	}
	strscpy(policy->mesh, name, sizeof(policy->mesh));
	return 0;
}

static int read_max_flows(struct wgward_policy *policy,
			  const struct nlattr *attr, const struct sk_buff *skb,
			  struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	policy->max_flows = nla_get_u32(attr);
	/* Flows are the machine's memory, and packets of others make them. */
	if (policy->max_flows <= WGWARD_MAX_FLOWS ||
	    netlink_capable(skb, CAP_NET_ADMIN))
		return 0;
	wgward_attribute_refuse(extack, attr,
				"More than 262,144 flows need CAP_NET_ADMIN "
				"in the initial user namespace");
	return -EPERM;
}

static int read_timeout(struct wgward_policy *policy, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[WGWARD_TIMEOUT_A_MAX + 1];
	u32 *timeout;
	int error;

	error = wgward_attribute_parse(attrs, nest, WGWARD_NEST_TIMEOUT,
				       extack);
	if (error)
		return error;
	timeout = &policy->timeouts[nla_get_u32(attrs[WGWARD_TIMEOUT_A_KIND])];
	if (*timeout) {
		wgward_attribute_refuse(extack, nest,
					"The timeout is given twice");
		return -EEXIST;
	}
	*timeout = nla_get_u32(attrs[WGWARD_TIMEOUT_A_SECONDS]);
	return 0;
}

static int read_removed(struct wgward_policy *policy, bool is_rule,
			const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	const char *name, *why = NULL;
	int error;

	name = wgward_attribute_text(attr, extack);
	if (!name)
		return -EINVAL;
	error = wgward_policy_add_removed(policy, is_rule, name, &why);
	if (error)
		wgward_attribute_refuse(extack, attr, why);
	return error;
}

/* What may be there several times. */
static int read_item(struct wgward_policy *policy, const struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	switch (nla_type(attr)) {
	case WGWARD_A_NETWORK:
		return wgward_attribute_add_network(policy, attr, extack);
	case WGWARD_A_TIMEOUT:
		return read_timeout(policy, attr, extack);
	case WGWARD_A_REMOVED_NODE:
		return read_removed(policy, false, attr, extack);
	case WGWARD_A_REMOVED_RULE:
		return read_removed(policy, true, attr, extack);
	default:
		return 0;
	}
}

/**
 * wgward_attribute_read_head() - what BEGIN says of the policy itself
 * @policy: empty
 * @skb: the request
 * @info: of it; has a default
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_attribute_read_head(struct wgward_policy *policy,
			       const struct sk_buff *skb,
			       const struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	const struct nlattr *attr;
	int error, rest;

	policy->fallback = nla_get_u32(attrs[WGWARD_A_DEFAULT]);
	policy->audit = nla_get_flag(attrs[WGWARD_A_AUDIT]);
	if (attrs[WGWARD_A_REVISION]) {
		policy->has_revision = true;
		policy->revision = nla_get_u64(attrs[WGWARD_A_REVISION]);
	}
	if (attrs[WGWARD_A_LISTEN_PORT])
		policy->listen_port = nla_get_u16(attrs[WGWARD_A_LISTEN_PORT]);
	if (attrs[WGWARD_A_MTU])
		policy->mtu = nla_get_u32(attrs[WGWARD_A_MTU]);
	error = read_mesh(policy, attrs[WGWARD_A_MESH], info->extack);
	if (!error)
		error = read_max_flows(policy, attrs[WGWARD_A_MAX_FLOWS], skb,
				       info->extack);
	if (error)
		return error;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		error = read_item(policy, attr, info->extack);
		if (error)
			return error;
	}
	return 0;
}
