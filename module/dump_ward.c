// SPDX-License-Identifier: GPL-2.0
/* What is told of a ward itself. */

#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "adoption.h"
#include "attribute.h"
#include "counters.h"
#include "dump.h"
#include "netlink.h"
#include "transaction.h"
#include "ward.h"

/*
 * Bytes that hold all that a ward can have: networks, counters, timeouts; and
 * names of what is not there.
 */
#define WARD_SIZE \
	(8 * 1024 + WGWARD_MAX_REMOVED * nla_total_size(WGWARD_NAME_LEN + 1))

static int put_limit(struct sk_buff *skb, u32 kind, u64 met)
{
	struct nlattr *nest = nla_nest_start(skb, WGWARD_A_LIMIT);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, WGWARD_LIMIT_A_KIND, kind) ||
	    nla_put_u64_64bit(skb, WGWARD_LIMIT_A_MET, met, WGWARD_LIMIT_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_counters(struct sk_buff *skb, const struct wgward_ward *ward)
{
	struct wgward_reason_counters sum;
	u32 i;

	wgward_counters_sum(&ward->counters, &sum);
	for (i = 0; i <= WGWARD_REASON_MAX; i++)
		if (wgward_attribute_put_counter(skb, WGWARD_A_COUNTER, i,
						 sum.passed[i], sum.dropped[i],
						 sum.audited[i]))
			return -EMSGSIZE;
	for (i = 0; i <= WGWARD_LIMIT_MAX; i++)
		if (sum.limits[i] && put_limit(skb, i, sum.limits[i]))
			return -EMSGSIZE;
	return 0;
}

static int put_adoption(struct sk_buff *skb, const struct wgward_ward *ward)
{
	u32 seconds = wgward_adoption_left(ward);

	return seconds ? nla_put_u32(skb, WGWARD_A_ADOPTION, seconds) : 0;
}

/* With the policy in force, or that to come. Under @ward->lock. */
static int put_ward(struct sk_buff *skb, struct wgward_ward *ward, bool pending)
{
	const struct wgward_policy *policy;
	const struct wgward_view *view;

	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	policy = pending ? wgward_transaction_pending(ward) : view->policy;
	if (wgward_netlink_put_state(skb, ward) ||
	    nla_put_u32(skb, WGWARD_A_IFINDEX,
			ward->device ? ward->device->ifindex : 0) ||
	    nla_put_u32(skb, WGWARD_A_EPOCH, view->epoch) ||
	    nla_put_u32(skb, WGWARD_A_NODES, policy ? policy->node_count : 0) ||
	    nla_put_u32(skb, WGWARD_A_GROUPS,
			policy ? policy->group_count : 0) ||
	    nla_put_u32(skb, WGWARD_A_RULES, policy ? policy->rule_count : 0) ||
	    nla_put_u32(skb, WGWARD_A_FLOWS, atomic_read(&ward->flows.count)) ||
	    nla_put_string(skb, WGWARD_A_VERSION, WGWARD_VERSION) ||
	    put_adoption(skb, ward))
		return -EMSGSIZE;
	if (ward->transaction && ward->transaction->peers_change &&
	    nla_put_flag(skb, WGWARD_A_PEERS_CHANGE))
		return -EMSGSIZE;
	if (policy && wgward_attribute_put_head(skb, policy))
		return -EMSGSIZE;
	return put_counters(skb, ward);
}

static int answer_ward(struct sk_buff *skb, struct wgward_ward *ward,
		       bool pending, struct netlink_ext_ack *extack)
{
	int error;

	error = wgward_netlink_check(ward, extack);
	if (error)
		return error;
	if (pending && !wgward_transaction_pending(ward)) {
		NL_SET_ERR_MSG(extack, "No policy is to come");
		return -ENOENT;
	}
	error = put_ward(skb, ward, pending);
	if (error)
		NL_SET_ERR_MSG(extack, "The ward fits no message");
	return error;
}

/**
 * wgward_dump_ward_doit() - tells of one ward
 * @skb: the request
 * @info: of a ward
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_dump_ward_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct wgward_ward *ward = wgward_netlink_ward(info);
	struct sk_buff *answer;
	void *header;
	int error;

	answer = wgward_netlink_answer(info, WARD_SIZE, &header);
	if (!answer)
		return -ENOMEM;
	mutex_lock(&ward->lock);
	error = answer_ward(answer, ward,
			    nla_get_flag(info->attrs[WGWARD_A_PENDING]),
			    info->extack);
	mutex_unlock(&ward->lock);
	if (error) {
		nlmsg_free(answer);
		return error;
	}
	genlmsg_end(answer, header);
	return genlmsg_reply(answer, info);
}

static int check_request(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;

	if (attrs[WGWARD_A_WARD]) {
		NL_SET_ERR_MSG_ATTR(
			cb->extack, attrs[WGWARD_A_WARD],
			"A dump tells of all wards and takes no name");
		return -EINVAL;
	}
	if (attrs[WGWARD_A_PENDING]) {
		NL_SET_ERR_MSG_ATTR(
			cb->extack, attrs[WGWARD_A_PENDING],
			"A dump tells of the policies that are in force");
		return -EINVAL;
	}
	return 0;
}

static int put_one(struct sk_buff *skb, struct netlink_callback *cb,
		   struct wgward_ward *ward)
{
	void *header;
	int error;

	header = wgward_dump_put(skb, cb, WGWARD_CMD_WARD_GET);
	if (!header)
		return -EMSGSIZE;
	mutex_lock(&ward->lock);
	/* Of what is passed over, nothing is said. */
	error = answer_ward(skb, ward, false, NULL);
	mutex_unlock(&ward->lock);
	if (error)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return error;
}

static int put_wards(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wgward_dump *dump = wgward_dump(cb);
	struct wgward_ward *ward;
	int error = 0;

	while ((ward = wgward_ward_get_nth(sock_net(cb->skb->sk),
					   dump->next))) {
		error = put_one(skb, cb, ward);
		wgward_ward_put(ward);
		/* One that is being detached is as good as gone. */
		if (error && error != -ENOENT)
			return error;
		dump->next++;
	}
	return 0;
}

/**
 * wgward_dump_wards_start() - prepares a dump of wards
 * @cb: the dump
 *
 * Return: 0.
 */
int wgward_dump_wards_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = nlmsg_total_size(GENL_HDRLEN + WARD_SIZE);
	return 0;
}

/**
 * wgward_dump_wards() - tells of the wards of a namespace
 * @skb: for the next part
 * @cb: the dump
 *
 * Wards are found by number, so the dump is flagged when their list changed,
 * be it between two of one part.
 *
 * Return: bytes in @skb, 0 at the end, or a negative error, with a message.
 */
int wgward_dump_wards(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct wgward_net *wnet = wgward_net(sock_net(cb->skb->sk));
	int error;

	error = check_request(cb);
	if (error)
		return error;
	cb->seq = READ_ONCE(wnet->changes) + 1;
	if (!cb->prev_seq)
		cb->prev_seq = cb->seq;
	error = put_wards(skb, cb);
	cb->seq = READ_ONCE(wnet->changes) + 1;
	if (!error || skb->len)
		return skb->len;
	NL_SET_ERR_MSG(cb->extack, "The ward fits no message");
	return error;
}
