// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps of what a policy consists of, and what all dumps of a ward share.
 *
 * A dump comes in parts, and the ward is free in between: it is held by a
 * reference, and the policy is looked up anew for each part. The next object
 * is remembered by its number. When another policy came in between, numbers
 * mean other objects: the generation in cb->seq makes netlink flag that, and
 * the client starts over.
 */

#include <net/genetlink.h>
#include <net/sock.h>

#include "attribute.h"
#include "dump.h"
#include "netlink.h"
#include "transaction.h"
#include "ward.h"

/**
 * struct kind - a kind of object
 * @cmd: the command that dumps it
 * @count: how many a policy has
 * @size: bytes of attributes of one
 * @put: puts one into a message
 */
struct kind {
	u8 cmd;
	u32 (*count)(const struct wgward_policy *policy);
	size_t (*size)(const struct wgward_policy *policy, u32 index);
	int (*put)(struct sk_buff *skb, const struct wgward_ward *ward,
		   const struct wgward_policy *policy, u32 index);
};

static u32 node_count(const struct wgward_policy *policy)
{
	return policy->node_count;
}

static size_t node_size(const struct wgward_policy *policy, u32 index)
{
	return wgward_attribute_node_size(policy, &policy->nodes[index]);
}

static int put_node(struct sk_buff *skb, const struct wgward_ward *ward,
		    const struct wgward_policy *policy, u32 index)
{
	const struct wgward_node *node = &policy->nodes[index];
	struct wgward_node_numbers numbers;

	wgward_counters_read_node(&ward->counters, node->id, &numbers);
	return wgward_attribute_put_node(skb, policy, node, &numbers);
}

static u32 group_count(const struct wgward_policy *policy)
{
	return policy->group_count;
}

static size_t group_size(const struct wgward_policy *policy, u32 index)
{
	return wgward_attribute_group_size(&policy->groups[index]);
}

static int put_group(struct sk_buff *skb, const struct wgward_ward *ward,
		     const struct wgward_policy *policy, u32 index)
{
	return wgward_attribute_put_group(skb, &policy->groups[index]);
}

static u32 rule_count(const struct wgward_policy *policy)
{
	return policy->rule_count;
}

static size_t rule_size(const struct wgward_policy *policy, u32 index)
{
	return wgward_attribute_rule_size(policy, &policy->rules[index]);
}

static int put_rule(struct sk_buff *skb, const struct wgward_ward *ward,
		    const struct wgward_policy *policy, u32 index)
{
	const struct wgward_rule *rule = &policy->rules[index];
	struct wgward_rule_numbers numbers;

	wgward_counters_read_rule(&ward->counters, rule->id, &numbers);
	return wgward_attribute_put_rule(skb, policy, rule, &numbers);
}

static const struct kind nodes = {
	.cmd = WGWARD_CMD_NODE_GET,
	.count = node_count,
	.size = node_size,
	.put = put_node,
};

static const struct kind groups = {
	.cmd = WGWARD_CMD_GROUP_GET,
	.count = group_count,
	.size = group_size,
	.put = put_group,
};

static const struct kind rules = {
	.cmd = WGWARD_CMD_RULE_GET,
	.count = rule_count,
	.size = rule_size,
	.put = put_rule,
};

int wgward_dump_open(struct netlink_callback *cb)
{
	struct wgward_dump *dump = wgward_dump(cb);
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	const char *name;
	int error;

	if (dump->ward)
		return 0;
	error = wgward_attribute_check(cb->nlh, cb->extack);
	if (error)
		return error;
	name = wgward_netlink_name(attrs, cb->extack);
	if (!name)
		return -EINVAL;
	dump->ward = wgward_ward_get(sock_net(cb->skb->sk), name);
	if (dump->ward)
		return 0;
	NL_SET_ERR_MSG_ATTR(cb->extack, attrs[WGWARD_A_WARD],
			    "There is no ward of this name");
	return -ENOENT;
}

void *wgward_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, &wgward_genl_family,
			     NLM_F_MULTI, cmd);
	if (header)
		genl_dump_check_consistent(cb, header);
	return header;
}

int wgward_dump_done(struct netlink_callback *cb)
{
	struct wgward_dump *dump = wgward_dump(cb);

	wgward_dump_flows_done(dump);
	if (dump->ward)
		wgward_ward_put(dump->ward);
	return 0;
}

/* The policy that is told of, if there is one. */
static const struct wgward_policy *policy_of(const struct wgward_dump *dump)
{
	const struct wgward_ward *ward = dump->ward;
	const struct wgward_view *view;

	if (dump->pending)
		return wgward_transaction_pending(ward);
	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	return view->policy;
}

/* A number that is another one when policy_of() is another policy. */
static u32 generation_of(const struct wgward_dump *dump)
{
	const struct wgward_ward *ward = dump->ward;

	const struct wgward_view *view;

	if (!dump->pending)
		return ward->generation + 1;
	/*
	 * A guard has an epoch of its own, and a commit on trial a generation.
	 * Both only grow, so their sum is another one when either is.
	 */
	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	return ward->generation + view->epoch;
}

static int put_object(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct kind *kind,
		      const struct wgward_policy *policy)
{
	struct wgward_dump *dump = wgward_dump(cb);
	void *header;

	header = wgward_dump_put(skb, cb, kind->cmd);
	if (!header)
		return -EMSGSIZE;
	if (kind->put(skb, dump->ward, policy, dump->next)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/*
 * Has the next part begin with a buffer that its first object fits into: most
 * fit into any, but one can have 64 KiB.
 */
static void reserve(struct netlink_callback *cb, const struct kind *kind,
		    const struct wgward_policy *policy)
{
	u32 next = wgward_dump(cb)->next;

	if (policy && next < kind->count(policy))
		cb->min_dump_alloc = nlmsg_total_size(GENL_HDRLEN +
						      kind->size(policy, next));
}

static int put_objects(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct kind *kind)
{
	struct wgward_dump *dump = wgward_dump(cb);
	const struct wgward_policy *policy = policy_of(dump);
	u32 count = policy ? kind->count(policy) : 0;

	if (dump->pending && !policy) {
		NL_SET_ERR_MSG(cb->extack, "No policy is to come");
		return -ENOENT;
	}
	cb->seq = generation_of(dump);
	for (; dump->next < count; dump->next++)
		if (put_object(skb, cb, kind, policy))
			break;
	reserve(cb, kind, policy);
	if (dump->next >= count || skb->len)
		return skb->len;
	/* Another policy came after the buffer was made for the last one. */
	NL_SET_ERR_MSG(cb->extack, "The policy was replaced: dump again");
	return -EAGAIN;
}

/* Other dumps do not even have room for what these take. */
static int open_objects(struct netlink_callback *cb)
{
	struct wgward_dump *dump = wgward_dump(cb);

	if (!dump->ward)
		dump->pending = nla_get_flag(
			genl_info_dump(cb)->attrs[WGWARD_A_PENDING]);
	return wgward_dump_open(cb);
}

static int dump_objects(struct sk_buff *skb, struct netlink_callback *cb,
			const struct kind *kind)
{
	struct wgward_ward *ward;
	int error;

	error = open_objects(cb);
	if (error)
		return error;
	ward = wgward_dump(cb)->ward;
	mutex_lock(&ward->lock);
	error = wgward_netlink_check(ward, cb->extack);
	if (!error)
		error = put_objects(skb, cb, kind);
	mutex_unlock(&ward->lock);
	return error;
}

/*
 * 6.1 has no message for what fails here, so that is left to the dump. What is
 * told of nodes and rules has to include what flows have counted.
 */
static int start_objects(struct netlink_callback *cb, const struct kind *kind)
{
	struct wgward_ward *ward;

	if (open_objects(cb))
		return 0;
	ward = wgward_dump(cb)->ward;
	wgward_flows_fold(ward);
	mutex_lock(&ward->lock);
	reserve(cb, kind, policy_of(wgward_dump(cb)));
	mutex_unlock(&ward->lock);
	return 0;
}

/**
 * wgward_dump_nodes_start() - prepares a dump of nodes
 * @cb: the dump
 *
 * Return: 0; what there is to refuse, the dump refuses.
 */
int wgward_dump_nodes_start(struct netlink_callback *cb)
{
	return start_objects(cb, &nodes);
}

/**
 * wgward_dump_nodes() - tells the nodes of a ward's policy
 * @skb: for the next part
 * @cb: the dump
 *
 * Return: bytes in @skb, 0 at the end, or a negative error, with a message.
 */
int wgward_dump_nodes(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_objects(skb, cb, &nodes);
}

/**
 * wgward_dump_groups() - tells the groups of a ward's policy
 * @skb: for the next part; any buffer holds a group
 * @cb: the dump
 *
 * Return: bytes in @skb, 0 at the end, or a negative error, with a message.
 */
int wgward_dump_groups(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_objects(skb, cb, &groups);
}

/**
 * wgward_dump_rules_start() - prepares a dump of rules
 * @cb: the dump
 *
 * Return: 0; what there is to refuse, the dump refuses.
 */
int wgward_dump_rules_start(struct netlink_callback *cb)
{
	return start_objects(cb, &rules);
}

/**
 * wgward_dump_rules() - tells the rules of a ward's policy
 * @skb: for the next part
 * @cb: the dump
 *
 * Return: bytes in @skb, 0 at the end, or a negative error, with a message.
 */
int wgward_dump_rules(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_objects(skb, cb, &rules);
}
