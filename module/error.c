// SPDX-License-Identifier: GPL-2.0
/* ICMP errors, which follow the flow that they are about. */

#include <net/ipv6.h>

#include "judge.h"
#include "ward.h"

/*
 * Whether @policy knows the sender of @judgement's error as a router on the
 * way to @destination, which is the node that the quoted packet went to.
 */
static bool is_on_the_way(const struct wgward_judgement *judgement,
			  const struct wgward_policy *policy, u32 destination)
{
	const struct wgward_packet *packet = &judgement->packet;
	u32 index;

	index = wgward_policy_owner(policy, packet->family, &packet->source);
	if (index == WGWARD_NONE ||
	    wgward_policy_node_ended(policy, index,
				     wgward_view_now(judgement->view)))
		return false;
	/* Self: it sends this, as what it received in its own name is gone. */
	return index == policy->self || policy->nodes[index].relays ||
	       policy->nodes[index].id == destination;
}

static bool sender_is_known(const struct wgward_judgement *judgement,
			    const struct wgward_packet *quoted, u32 destination)
{
	const struct wgward_view *view = judgement->view;

	/* Whoever was asked may answer so, a node or not. */
	if (ipv6_addr_equal(&judgement->packet.source, &quoted->destination))
		return true;
	return (!view->policy ||
		is_on_the_way(judgement, view->policy, destination)) &&
	       (!view->pending ||
		is_on_the_way(judgement, view->pending, destination));
}

static bool is_received_from_self(const struct wgward_judgement *judgement,
				  const struct wgward_policy *policy)
{
	const struct wgward_packet *packet = &judgement->packet;

	return policy && judgement->hook == WGWARD_HOOK_INGRESS &&
	       wgward_policy_owner(policy, packet->family, &packet->source) ==
		       policy->self;
}

/*
 * Whether today's view passes @flow. It is stamped, and what there is to tell
 * of it is told, when a packet of its own comes.
 */
static bool flow_is_current(const struct wgward_judgement *judgement,
			    const struct wgward_flow *flow)
{
	struct wgward_opinion opinion;

	if (READ_ONCE(flow->epoch) == judgement->view->epoch)
		return true;
	return wgward_judge_flow(judgement, flow, -1, &opinion) &&
	       opinion.result > 0;
}

/**
 * wgward_judge_error() - the verdict on an ICMP error
 * @judgement: of the error
 *
 * It passes if it quotes a packet of a live flow, goes to who sent that, and
 * comes from where that went to or from a router on the way. It never
 * refreshes the flow, which counts it with what the other end sends.
 *
 * Return: WGWARD_PASS or WGWARD_DROP.
 */
int wgward_judge_error(struct wgward_judgement *judgement)
{
	const struct wgward_view *view = judgement->view;
	struct wgward_packet quoted;
	struct wgward_tuple tuple;
	struct wgward_flow *flow;
	unsigned int sender;
	int drop;

	if (is_received_from_self(judgement, view->policy) ||
	    is_received_from_self(judgement, view->pending))
		return WGWARD_DROP(WGWARD_REASON_SPOOFED);
	drop = wgward_packet_parse_quote(judgement->skb, &judgement->packet,
					 &quoted);
	if (drop)
		return drop;
	if (quoted.flags & (WGWARD_PACKET_ERROR | WGWARD_PACKET_STATELESS |
			    WGWARD_PACKET_LATER) ||
	    !ipv6_addr_equal(&judgement->packet.destination, &quoted.source))
		return WGWARD_DROP(WGWARD_REASON_ICMP_ERROR);

	sender = wgward_tuple_from_packet(&tuple, &quoted);
	flow = wgward_flow_find(judgement->ward, &tuple);
	if (!flow || wgward_flow_expired(&judgement->ward->flows, flow) ||
	    !flow_is_current(judgement, flow) ||
	    !sender_is_known(judgement, &quoted, flow->node[!sender]))
		return WGWARD_DROP(WGWARD_REASON_ICMP_ERROR);
	judgement->flow = flow;
	judgement->sender = !sender;
	if (!judgement->again)
		wgward_flow_add(flow, !sender, judgement->packet.length);
	return WGWARD_PASS(WGWARD_REASON_FLOW);
}
