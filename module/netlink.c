// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: its commands, what each takes, and what is the
 * same for all of them.
 *
 * Commands run in parallel: WireGuard's own netlink is called by the same
 * clients and holds generic netlink's mutex. Whatever needs order takes the
 * ward's lock.
 */

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>

#include "attribute.h"
#include "confirm.h"
#include "dump.h"
#include "explain.h"
#include "netlink.h"
#include "transaction.h"
#include "ward.h"

/* Of genl_ops.internal_flags: the command is about a ward that exists. */
#define NEEDS_WARD BIT(0)

/* clang-format off */
#define WARD { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 }
#define ADDRESS NLA_POLICY_RANGE(NLA_BINARY, 4, 16)
/* clang-format on */

static const struct nla_policy ward_policy[] = {
	[WGWARD_A_WARD] = WARD,
};

static const struct nla_policy attach_policy[] = {
	[WGWARD_A_WARD] = WARD,
	[WGWARD_A_FORCE] = { .type = NLA_FLAG },
	[WGWARD_A_PASSIVE] = { .type = NLA_FLAG },
	[WGWARD_A_ADOPTION] = NLA_POLICY_RANGE(NLA_U32, 1, WGWARD_MAX_ADOPTION),
};

static const struct netlink_range_validation max_flows_range = {
	.min = 1,
	.max = WGWARD_MAX_FLOWS_PRIVILEGED,
};

static const struct netlink_range_validation confirm_range = {
	.min = 1,
	.max = WGWARD_MAX_CONFIRM,
};

static const struct nla_policy begin_policy[] = {
	[WGWARD_A_WARD] = WARD,
	[WGWARD_A_GENERATION] = { .type = NLA_U64 },
	[WGWARD_A_PEERS_CHANGE] = { .type = NLA_FLAG },
	[WGWARD_A_MESH] = { .type = NLA_NUL_STRING, .len = WGWARD_NAME_LEN },
	[WGWARD_A_REVISION] = { .type = NLA_U64 },
	[WGWARD_A_DEFAULT] = NLA_POLICY_MAX(NLA_U32, WGWARD_ACTION_MAX),
	[WGWARD_A_NETWORK] = NLA_POLICY_NESTED(wgward_prefix_policy),
	[WGWARD_A_AUDIT] = { .type = NLA_FLAG },
	[WGWARD_A_TIMEOUT] = NLA_POLICY_NESTED(wgward_timeout_policy),
	[WGWARD_A_MAX_FLOWS] = NLA_POLICY_FULL_RANGE(NLA_U32, &max_flows_range),
	[WGWARD_A_LISTEN_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[WGWARD_A_MTU] = NLA_POLICY_MIN(NLA_U32, 1),
	[WGWARD_A_REMOVED_NODE] = { .type = NLA_NUL_STRING,
				    .len = WGWARD_NAME_LEN },
	[WGWARD_A_REMOVED_RULE] = { .type = NLA_NUL_STRING,
				    .len = WGWARD_NAME_LEN },
};

static const struct nla_policy add_policy[] = {
	[WGWARD_A_WARD] = WARD,
	[WGWARD_A_NODE] = NLA_POLICY_NESTED(wgward_node_policy),
	[WGWARD_A_GROUP] = NLA_POLICY_NESTED(wgward_group_policy),
	[WGWARD_A_RULE] = NLA_POLICY_NESTED(wgward_rule_policy),
};

/* Whoever confirms has to say what. */
static const struct nla_policy confirm_policy[] = {
	[WGWARD_A_WARD] = WARD,
	[WGWARD_A_GENERATION] = { .type = NLA_U64 },
};

static const struct nla_policy commit_policy[] = {
	[WGWARD_A_WARD] = WARD,
	[WGWARD_A_CONFIRM] = NLA_POLICY_FULL_RANGE(NLA_U32, &confirm_range),
};

/* What there is, of the policy in force or of that to come. */
static const struct nla_policy get_policy[] = {
	[WGWARD_A_WARD] = WARD,
	[WGWARD_A_PENDING] = { .type = NLA_FLAG },
};

static const struct nla_policy flow_policy[] = {
	[WGWARD_A_WARD] = WARD,
	[WGWARD_A_NODE_NAME] = { .type = NLA_NUL_STRING,
				 .len = WGWARD_NAME_LEN },
	[WGWARD_A_RULE_NAME] = { .type = NLA_NUL_STRING,
				 .len = WGWARD_NAME_LEN },
	[WGWARD_A_SERVICE_RANGE] = NLA_POLICY_NESTED(wgward_service_policy),
};

static const struct nla_policy explain_policy[] = {
	[WGWARD_A_WARD] = WARD,
	[WGWARD_A_SOURCE] = ADDRESS,
	[WGWARD_A_DESTINATION] = ADDRESS,
	[WGWARD_A_SERVICE] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &wgward_service_range),
};

const char *wgward_netlink_name(struct nlattr **attrs,
				struct netlink_ext_ack *extack)
{
	const char *name;

	if (wgward_attribute_require(attrs, WGWARD_A_WARD, extack))
		return NULL;
	name = wgward_attribute_text(attrs[WGWARD_A_WARD], extack);
	if (!name || dev_valid_name(name))
		return name;
	NL_SET_ERR_MSG_ATTR(extack, attrs[WGWARD_A_WARD],
			    "Not the name of an interface");
	return NULL;
}

int wgward_netlink_check(const struct wgward_ward *ward,
			 struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&ward->lock);
	if (!ward->ended)
		return 0;
	NL_SET_ERR_MSG(extack, "The ward was detached meanwhile");
	return -ENOENT;
}

int wgward_netlink_put_state(struct sk_buff *skb, struct wgward_ward *ward)
{
	char name[IFNAMSIZ];

	lockdep_assert_held(&ward->lock);
	wgward_ward_name(ward, name);
	if (nla_put_string(skb, WGWARD_A_WARD, name) ||
	    nla_put_u32(skb, WGWARD_A_STATE, wgward_ward_state(ward)) ||
	    nla_put_u64_64bit(skb, WGWARD_A_GENERATION, ward->generation,
			      WGWARD_A_PAD))
		return -EMSGSIZE;
	if (ward->rolled_back &&
	    nla_put_u64_64bit(skb, WGWARD_A_ROLLED_BACK, ward->rolled_back,
			      WGWARD_A_PAD))
		return -EMSGSIZE;
	if (!ward->transaction || !ward->transaction->unconfirmed)
		return 0;
	return nla_put_u32(skb, WGWARD_A_CONFIRM, wgward_confirm_left(ward));
}

struct sk_buff *wgward_netlink_answer(struct genl_info *info, size_t size,
				      void **header)
{
	struct sk_buff *skb;

	skb = genlmsg_new(size, GFP_KERNEL);
	if (skb) {
		*header = genlmsg_put_reply(skb, info, &wgward_genl_family, 0,
					    info->genlhdr->cmd);
		if (*header)
			return skb;
		nlmsg_free(skb);
	}
	NL_SET_ERR_MSG(info->extack, "Out of memory");
	return NULL;
}

/* What every command checks first. */
static int before(const struct genl_split_ops *ops, struct sk_buff *skb,
		  struct genl_info *info)
{
	struct wgward_ward *ward;
	const char *name;
	int error;

	error = wgward_attribute_check(info->nlhdr, info->extack);
	if (error)
		return error;
	name = wgward_netlink_name(info->attrs, info->extack);
	if (!name)
		return -EINVAL;
	if (!(ops->internal_flags & NEEDS_WARD))
		return 0;
	ward = wgward_ward_get(genl_info_net(info), name);
	if (!ward) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[WGWARD_A_WARD],
				    "There is no ward of this name");
		return -ENOENT;
	}
	info->user_ptr[0] = ward;
	return 0;
}

static void after(const struct genl_split_ops *ops, struct sk_buff *skb,
		  struct genl_info *info)
{
	if (ops->internal_flags & NEEDS_WARD)
		wgward_ward_put(info->user_ptr[0]);
}

/* Whatever is wrong with attaching or detaching is wrong with the interface. */
static int blame_name(int error, struct genl_info *info)
{
	if (error && !info->extack->bad_attr)
		NL_SET_BAD_ATTR(info->extack, info->attrs[WGWARD_A_WARD]);
	return error;
}

static int attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct wgward_attach how = {
		.forced = nla_get_flag(info->attrs[WGWARD_A_FORCE]),
		.passive = nla_get_flag(info->attrs[WGWARD_A_PASSIVE]),
		.adoption =
			info->attrs[WGWARD_A_ADOPTION] ?
				nla_get_u32(info->attrs[WGWARD_A_ADOPTION]) :
				0,
	};
	int error;

	rtnl_lock();
	error = wgward_ward_attach(genl_info_net(info),
				   nla_data(info->attrs[WGWARD_A_WARD]), &how,
				   info->extack);
	rtnl_unlock();
	return blame_name(error, info);
}

static int detach_doit(struct sk_buff *skb, struct genl_info *info)
{
	int error;

	rtnl_lock();
	error = wgward_ward_detach(genl_info_net(info),
				   nla_data(info->attrs[WGWARD_A_WARD]),
				   info->extack);
	rtnl_unlock();
	return blame_name(error, info);
}

/* clang-format off */
#define TAKES(table) .policy = (table), .maxattr = ARRAY_SIZE(table) - 1
#define OP(number)                   \
	.cmd = WGWARD_CMD_##number, .flags = GENL_UNS_ADMIN_PERM
/* A command about a ward, and one that dumps something of a ward. */
#define DO(number, function)                                         \
	OP(number), .internal_flags = NEEDS_WARD, .doit = (function)
#define DUMP(number, first, function)                                \
	OP(number), .start = (first), .dumpit = (function),          \
		.done = wgward_dump_done
/* clang-format on */

static const struct genl_ops ops[] = {
	{ DO(WARD_GET, wgward_dump_ward_doit), TAKES(get_policy),
	  .start = wgward_dump_wards_start, .dumpit = wgward_dump_wards,
	  .done = wgward_dump_done },
	{ OP(ATTACH), TAKES(attach_policy), .doit = attach_doit },
	{ OP(DETACH), TAKES(ward_policy), .doit = detach_doit },
	{ DO(BEGIN, wgward_transaction_begin_doit), TAKES(begin_policy) },
	{ DO(ADD, wgward_transaction_add_doit), TAKES(add_policy) },
	{ DO(PREPARE, wgward_transaction_prepare_doit), TAKES(ward_policy) },
	{ DO(COMMIT, wgward_transaction_commit_doit), TAKES(commit_policy) },
	{ DO(ABORT, wgward_transaction_abort_doit), TAKES(ward_policy) },
	{ DO(TAKE_OVER, wgward_transaction_take_over_doit),
	  TAKES(ward_policy) },
	{ DUMP(NODE_GET, wgward_dump_nodes_start, wgward_dump_nodes),
	  TAKES(get_policy) },
	{ DUMP(GROUP_GET, NULL, wgward_dump_groups), TAKES(get_policy) },
	{ DUMP(RULE_GET, wgward_dump_rules_start, wgward_dump_rules),
	  TAKES(get_policy) },
	{ DUMP(FLOW_GET, NULL, wgward_dump_flows), TAKES(flow_policy) },
	{ DO(EXPLAIN, wgward_explain_doit), TAKES(explain_policy) },
	{ DO(FLOW_FLUSH, wgward_dump_flush_doit), TAKES(flow_policy) },
	{ DO(CONFIRM, wgward_confirm_doit), TAKES(confirm_policy) },
	{ DO(ROLLBACK, wgward_confirm_rollback_doit), TAKES(confirm_policy) },
};

static const struct genl_multicast_group groups[] = {
	[WGWARD_MCGRP_ID_CONFIG] = {
		.name = WGWARD_MCGRP_CONFIG,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[WGWARD_MCGRP_ID_VERDICTS] = {
		.name = WGWARD_MCGRP_VERDICTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family wgward_genl_family __ro_after_init = {
	.name = WGWARD_GENL_NAME,
	.version = WGWARD_GENL_VERSION,
	.maxattr = WGWARD_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.pre_doit = before,
	.post_doit = after,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init wgward_netlink_init(void)
{
	return genl_register_family(&wgward_genl_family);
}

void wgward_netlink_exit(void)
{
	genl_unregister_family(&wgward_genl_family);
}
