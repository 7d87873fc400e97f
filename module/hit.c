// SPDX-License-Identifier: GPL-2.0
/*
 * The short way of what goes on in an established flow.
 *
 * It is judged as judge.c would, in a fraction of the instructions: most
 * packets get no further. Where anything is out of the ordinary, judge.c
 * looks at the packet from the start.
 */
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "hit.h"
#include "plain.h"
#include "ward.h"

/* Whether a plain packet of @sender leaves the state of @flow alone. */
static __always_inline bool stays_as_it_is(const struct wgward_flow *flow,
					   unsigned int sender)
{
	u8 state = READ_ONCE(flow->state);

	return likely(state == WGWARD_FLOW_ESTABLISHED) ||
	       (state == WGWARD_FLOW_NEW && sender == flow->starter);
}

/**
 * wgward_hit_judge() - passes a plain packet of an established flow
 * @ward: whose device it passes
 * @view: of @ward
 * @skb: the packet; its data begins with the IP header
 * @hook: the direction
 *
 * Return: whether it passes for that reason alone.
 */
bool wgward_hit_judge(struct wgward_ward *ward, const struct wgward_view *view,
		      const struct sk_buff *skb, enum wgward_hook hook)
{
	struct wgward_plain plain;
	struct wgward_flow *flow;

	if (!wgward_plain_read(skb, &plain))
		return false;
	flow = wgward_flow_find(ward, &plain.tuple);
	if (!flow || READ_ONCE(flow->epoch) != view->epoch || view->passive ||
	    !stays_as_it_is(flow, plain.sender) ||
	    wgward_flow_expired(&ward->flows, flow))
		return false;
	if (hook == WGWARD_HOOK_INGRESS && flow->self & BIT(plain.sender))
		return false;
	wgward_flow_count(flow, plain.sender, plain.length,
			  wgward_judge_again(skb, hook));
	return true;
}
