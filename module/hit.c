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

#include "judge.h"
#include "plain.h"
#include "ward.h"

/* Whether a plain packet of @sender leaves @state of @flow alone. */
static __always_inline bool stays_as_it_is(const struct wgward_flow *flow,
					   u8 state, unsigned int sender)
{
	return likely(state == WGWARD_FLOW_ESTABLISHED) ||
	       (state == WGWARD_FLOW_NEW && sender == flow->starter);
}

/* As wgward_flow_expired() says it of TCP and UDP in such a state. */
static __always_inline bool has_expired(const struct wgward_flows *flows,
					const struct wgward_flow *flow,
					u8 state)
{
	enum wgward_timeout timeout = flow->tuple.protocol == IPPROTO_TCP ?
					      WGWARD_TIMEOUT_TCP_NEW :
					      WGWARD_TIMEOUT_UDP_NEW;
	u32 idle = (u32)jiffies - READ_ONCE(flow->seen);

	return (s32)(READ_ONCE(flows->timeouts[timeout + state]) - idle) <= 0;
}

/* Whether @skb passes because its flow is known; it is counted there if so. */
static __always_inline bool is_hit(struct wgward_ward *ward,
				   const struct wgward_view *view,
				   const struct sk_buff *skb,
				   enum wgward_hook hook)
{
	struct wgward_plain plain;
	struct wgward_flow *flow;
	u8 state;

	if (!wgward_plain_read(skb, &plain))
		return false;
	flow = wgward_flow_find(ward, &plain.tuple);
	if (!flow || READ_ONCE(flow->epoch) != view->epoch || view->passive)
		return false;
	state = READ_ONCE(flow->state);
	if (!stays_as_it_is(flow, state, plain.sender) ||
	    has_expired(&ward->flows, flow, state) ||
	    (hook == WGWARD_HOOK_INGRESS && flow->self & BIT(plain.sender)))
		return false;
	wgward_flow_count(flow, plain.sender, plain.length,
			  wgward_judge_again(skb, hook));
	return true;
}

/**
 * wgward_judge() - the verdict on a packet
 * @ward: whose device it passes
 * @skb: the packet; its data begins with the IP header
 * @hook: the direction
 *
 * Return: 0 or WGWARD_PASS if it may pass, else WGWARD_DROP or WGWARD_REJECT.
 */
int wgward_judge(struct wgward_ward *ward, const struct sk_buff *skb,
		 enum wgward_hook hook)
{
	const struct wgward_view *view = rcu_dereference(ward->view);

	if (likely(is_hit(ward, view, skb, hook)))
		return 0;
	return wgward_judge_closely(ward, view, skb, hook);
}
