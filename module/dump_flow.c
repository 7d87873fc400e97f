// SPDX-License-Identifier: GPL-2.0
/* What is told of flows. */

#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "attribute.h"
#include "counters.h"
#include "dump.h"
#include "filter.h"
#include "flow.h"
#include "netlink.h"
#include "ward.h"

/* Flows looked at between two chances for others to run. */
#define DUMP_STEP 1024

/* ICMP has an id, which the tuple has at both ends. */
static u16 destination_port(const struct wgward_flow *flow)
{
	if (flow->tuple.protocol == IPPROTO_ICMP ||
	    flow->tuple.protocol == IPPROTO_ICMPV6)
		return 0;
	return ntohs(flow->tuple.port[!flow->starter]);
}

static int put_ends(struct sk_buff *skb, const struct wgward_flow *flow)
{
	const struct wgward_tuple *tuple = &flow->tuple;
	unsigned int starter = flow->starter;

	if (wgward_attribute_put_address(skb, WGWARD_FLOW_A_SOURCE,
					 tuple->family,
					 &tuple->address[starter]) ||
	    wgward_attribute_put_address(skb, WGWARD_FLOW_A_DESTINATION,
					 tuple->family,
					 &tuple->address[!starter]) ||
	    nla_put_u8(skb, WGWARD_FLOW_A_PROTOCOL, tuple->protocol) ||
	    nla_put_u16(skb, WGWARD_FLOW_A_SOURCE_PORT,
			ntohs(tuple->port[starter])) ||
	    nla_put_u16(skb, WGWARD_FLOW_A_DESTINATION_PORT,
			destination_port(flow)) ||
	    nla_put_u32(skb, WGWARD_FLOW_A_SERVICE, flow->service))
		return -EMSGSIZE;
	return 0;
}

static int put_name(struct sk_buff *skb, int type, const char *name)
{
	return name ? nla_put_string(skb, type, name) : 0;
}

/* Under RCU, since names go with their policy. */
static int put_names(struct sk_buff *skb, const struct wgward_ward *ward,
		     const struct wgward_flow *flow)
{
	unsigned int starter = flow->starter;
	u32 rule = READ_ONCE(flow->rule);

	if (put_name(skb, WGWARD_FLOW_A_SOURCE_NODE,
		     wgward_counters_node_name(ward, flow->node[starter])) ||
	    put_name(skb, WGWARD_FLOW_A_DESTINATION_NODE,
		     wgward_counters_node_name(ward, flow->node[!starter])) ||
	    put_name(skb, WGWARD_FLOW_A_RULE,
		     wgward_counters_rule_name(ward, rule)))
		return -EMSGSIZE;
	return 0;
}

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, WGWARD_FLOW_A_PAD);
}

static int put_numbers(struct sk_buff *skb, const struct wgward_flows *flows,
		       const struct wgward_flow *flow)
{
	s32 left = wgward_flow_left(flows, flow);
	u8 state = READ_ONCE(flow->state);
	unsigned int starter = flow->starter;
	u32 age = (u32)jiffies - flow->started;

	if (state == WGWARD_FLOW_ADOPTED)
		state = WGWARD_FLOW_NEW;
	if (nla_put_u32(skb, WGWARD_FLOW_A_STATE, state) ||
	    put_u64(skb, WGWARD_FLOW_A_AGE,
		    div_u64((u64)age * MSEC_PER_SEC, HZ)) ||
	    put_u64(skb, WGWARD_FLOW_A_EXPIRES,
		    left > 0 ? jiffies_to_msecs(left) : 0) ||
	    put_u64(skb, WGWARD_FLOW_A_PACKETS,
		    READ_ONCE(flow->packets[starter])) ||
	    put_u64(skb, WGWARD_FLOW_A_BYTES,
		    READ_ONCE(flow->bytes[starter])) ||
	    put_u64(skb, WGWARD_FLOW_A_REPLY_PACKETS,
		    READ_ONCE(flow->packets[!starter])) ||
	    put_u64(skb, WGWARD_FLOW_A_REPLY_BYTES,
		    READ_ONCE(flow->bytes[!starter])))
		return -EMSGSIZE;
	return 0;
}

static int put_flow(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct wgward_flow *flow)
{
	struct nlattr *nest;
	void *header;

	header = wgward_dump_put(skb, cb, WGWARD_CMD_FLOW_GET);
	if (!header)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, WGWARD_A_FLOW);
	if (!nest || put_ends(skb, flow) ||
	    put_names(skb, wgward_dump(cb)->ward, flow) ||
	    put_numbers(skb, &wgward_dump(cb)->ward->flows, flow)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, header);
	return 0;
}

/**
 * struct wgward_dump_walk - over the flows of a ward
 * @iter: where it is
 * @filter: flows that are told
 */
struct wgward_dump_walk {
	struct rhashtable_iter iter;
	struct wgward_filter filter;
};

static const struct wgward_policy *policy_of(const struct wgward_ward *ward)
{
	const struct wgward_view *view;

	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	return view->policy ?: view->pending;
}

static int begin_walk(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct wgward_dump *dump = wgward_dump(cb);
	struct wgward_dump_walk *walk;
	int error;

	if (dump->walk)
		return 0;
	walk = kzalloc(sizeof(*walk), GFP_KERNEL_ACCOUNT);
	if (!walk) {
		NL_SET_ERR_MSG(cb->extack, "Out of memory");
		return -ENOMEM;
	}
	error = wgward_filter_read(&walk->filter, policy_of(dump->ward), attrs,
				   cb->nlh, cb->extack);
	if (error) {
		kfree(walk);
		return error;
	}
	rhashtable_walk_enter(&dump->ward->flows.table, &walk->iter);
	dump->walk = walk;
	return 0;
}

void wgward_dump_flows_done(struct wgward_dump *dump)
{
	if (!dump->walk)
		return;
	rhashtable_walk_exit(&dump->walk->iter);
	kfree(dump->walk);
}

/* Tells flows until the message is full, or long enough was looked for some. */
static int walk_part(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wgward_dump_walk *walk = wgward_dump(cb)->walk;
	const struct wgward_flows *flows = &wgward_dump(cb)->ward->flows;
	const struct wgward_flow *flow;
	unsigned int steps = 0;
	int error;

	for (flow = rhashtable_walk_peek(&walk->iter); flow;
	     flow = rhashtable_walk_next(&walk->iter)) {
		if (++steps > DUMP_STEP)
			return -EAGAIN;
		if (IS_ERR(flow) || wgward_flow_expired(flows, flow) ||
		    !wgward_filter_match(&walk->filter, flow))
			continue;
		error = put_flow(skb, cb, flow);
		if (error)
			return error;
	}
	return 0;
}

/*
 * The walk stands at the flow that the last part had no room for. When the
 * table was resized it starts over, and flows are told twice.
 */
static int put_flows(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rhashtable_iter *iter = &wgward_dump(cb)->walk->iter;
	int error;

	do {
		rhashtable_walk_start(iter);
		error = walk_part(skb, cb);
		rhashtable_walk_stop(iter);
		cond_resched();
	} while (error == -EAGAIN);
	if (!error || skb->len)
		return skb->len;
	NL_SET_ERR_MSG(cb->extack, "The flow fits no message");
	return error;
}

static int begin_part(struct netlink_callback *cb)
{
	struct wgward_dump *dump = wgward_dump(cb);
	int error;

	error = wgward_netlink_check(dump->ward, cb->extack);
	if (!error)
		error = begin_walk(cb);
	cb->seq = (u32)dump->ward->generation + 1;
	return error;
}

/**
 * wgward_dump_flows() - tells the flows of a ward
 * @skb: for the next part
 * @cb: the dump
 *
 * Return: bytes in @skb, 0 at the end, or a negative error, with a message.
 */
int wgward_dump_flows(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wgward_ward *ward;
	int error;

	error = wgward_dump_open(cb);
	if (error)
		return error;
	ward = wgward_dump(cb)->ward;
	mutex_lock(&ward->lock);
	error = begin_part(cb);
	mutex_unlock(&ward->lock);
	/* Looking for few among many takes time, which nobody has to wait. */
	return error ?: put_flows(skb, cb);
}

static int flush(struct wgward_ward *ward, struct genl_info *info, u32 *count)
{
	struct wgward_filter filter;
	int error;

	mutex_lock(&ward->lock);
	error = wgward_netlink_check(ward, info->extack);
	if (!error)
		error = wgward_filter_read(&filter, policy_of(ward),
					   info->attrs, info->nlhdr,
					   info->extack);
	mutex_unlock(&ward->lock);
	if (!error)
		*count = wgward_flows_flush(ward, &filter);
	return error;
}

/**
 * wgward_dump_flush_doit() - ends flows
 * @skb: the request
 * @info: of a ward, with what flow-get takes
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_dump_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *answer;
	u32 count = 0;
	void *header;
	int error;

	answer = wgward_netlink_answer(info, GENLMSG_DEFAULT_SIZE, &header);
	if (!answer)
		return -ENOMEM;
	error = flush(wgward_netlink_ward(info), info, &count);
	if (error) {
		nlmsg_free(answer);
		return error;
	}
	WARN_ON_ONCE(nla_put_u32(answer, WGWARD_A_FLOWS, count));
	genlmsg_end(answer, header);
	return genlmsg_reply(answer, info);
}
