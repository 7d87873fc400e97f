// SPDX-License-Identifier: GPL-2.0
/* What is told of flows. */

#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "attribute.h"
#include "counters.h"
#include "dump.h"
#include "flow.h"
#include "netlink.h"
#include "ward.h"

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

static int put_numbers(struct sk_buff *skb, const struct wgward_flow *flow)
{
	unsigned int starter = flow->starter;
	u32 age = (u32)jiffies - flow->started;

	if (nla_put_u32(skb, WGWARD_FLOW_A_STATE, READ_ONCE(flow->state)) ||
	    put_u64(skb, WGWARD_FLOW_A_AGE, jiffies_to_msecs(age)) ||
	    put_u64(skb, WGWARD_FLOW_A_EXPIRES, wgward_flow_expires_ms(flow)) ||
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
	    put_numbers(skb, flow)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, header);
	return 0;
}

static int begin_walk(struct wgward_dump *dump, struct netlink_ext_ack *extack)
{
	if (dump->walk)
		return 0;
	dump->walk = kzalloc(sizeof(*dump->walk), GFP_KERNEL_ACCOUNT);
	if (!dump->walk) {
		NL_SET_ERR_MSG(extack, "Out of memory");
		return -ENOMEM;
	}
	rhashtable_walk_enter(&dump->ward->flows.table, dump->walk);
	return 0;
}

/*
 * The walk stands at the flow that the last part had no room for. When the
 * table was resized it starts over, and flows are told twice.
 */
static int put_flows(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rhashtable_iter *walk = wgward_dump(cb)->walk;
	const struct wgward_flow *flow;
	int error = 0;

	rhashtable_walk_start(walk);
	for (flow = rhashtable_walk_peek(walk); flow;
	     flow = rhashtable_walk_next(walk)) {
		if (IS_ERR(flow) || wgward_flow_expired(flow))
			continue;
		error = put_flow(skb, cb, flow);
		if (error)
			break;
	}
	rhashtable_walk_stop(walk);
	if (!error || skb->len)
		return skb->len;
	NL_SET_ERR_MSG(cb->extack, "The flow fits no message");
	return error;
}

static int dump_part(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wgward_dump *dump = wgward_dump(cb);
	int error;

	error = wgward_netlink_check(dump->ward, cb->extack);
	if (!error)
		error = begin_walk(dump, cb->extack);
	if (error)
		return error;
	cb->seq = (u32)dump->ward->generation + 1;
	return put_flows(skb, cb);
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
	error = dump_part(skb, cb);
	mutex_unlock(&ward->lock);
	return error;
}
