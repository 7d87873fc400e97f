/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The short way of what goes on in an established flow.
 *
 * It is judged as judge.c would, in a fraction of the instructions: most
 * packets get no further. Where anything is out of the ordinary, judge.c
 * looks at the packet from the start.
 */
#ifndef _WGWARD_HIT_H
#define _WGWARD_HIT_H

#include <linux/compiler.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>

#include "flow_find.h"
#include "judge.h"
#include "plain.h"
#include "ward.h"

/* Whether a plain packet of @sender leaves @state of @flow alone. */
static __always_inline bool wgward_hit_stays(const struct wgward_flow *flow,
					     u8 state, unsigned int sender)
{
	return likely(state == WGWARD_FLOW_ESTABLISHED) ||
	       (state == WGWARD_FLOW_NEW && sender == flow->starter);
}

/* As wgward_flow_expired() says it of TCP and UDP in @state, idle for so long. */
static __always_inline bool wgward_hit_expired(const struct wgward_flows *flows,
					       const struct wgward_flow *flow,
					       u8 state, u32 idle)
{
	enum wgward_timeout timeout = flow->tuple.protocol == IPPROTO_TCP ?
					      WGWARD_TIMEOUT_TCP_NEW :
					      WGWARD_TIMEOUT_UDP_NEW;

	return (s32)(READ_ONCE(flows->timeouts[timeout + state]) - idle) <= 0;
}

/*
 * Whether @skb, plain, of @length bytes and from the end @sender, passes
 * because of @flow, which may be NULL; it is counted there if so.
 */
static __always_inline bool
wgward_hit_flow(struct wgward_ward *ward, const struct wgward_view *view,
		const struct sk_buff *skb, enum wgward_hook hook,
		struct wgward_flow *flow, unsigned int sender, u32 length)
{
	u32 now, seen;
	u8 state;

	if (unlikely(!flow || READ_ONCE(flow->epoch) != view->epoch ||
		     view->passive))
		return false;
	state = READ_ONCE(flow->state);
	if (unlikely(!wgward_hit_stays(flow, state, sender)))
		return false;
	if (hook == WGWARD_HOOK_INGRESS && unlikely(flow->self & BIT(sender)))
		return false;
	/* No timeout is as short as a tick. */
	now = jiffies;
	seen = READ_ONCE(flow->seen);
	if (unlikely(seen != now)) {
		if (wgward_hit_expired(&ward->flows, flow, state, now - seen))
			return false;
		WRITE_ONCE(flow->seen, now);
	}
	if (!wgward_judge_again(skb, hook))
		wgward_flow_add(flow, sender, length);
	return true;
}

/**
 * wgward_hit_ipv4() - passes a plain packet of an established flow
 * @ward: whose device it passes
 * @view: of @ward
 * @skb: the packet; its data begins with the IP header
 * @hook: the direction
 *
 * Context: under RCU; any but hard interrupts.
 * Return: whether it passes, and is counted in its flow. If not, nothing is
 * known.
 */
static __always_inline bool wgward_hit_ipv4(struct wgward_ward *ward,
					    const struct wgward_view *view,
					    const struct sk_buff *skb,
					    enum wgward_hook hook)
{
	struct wgward_plain_ipv4 plain;
	struct wgward_flow *flow;

	if (unlikely(skb->protocol != cpu_to_be16(ETH_P_IP) ||
		     skb_network_offset(skb) ||
		     !wgward_plain_read_ipv4(skb, &plain)))
		return false;
	flow = wgward_flow_find_ipv4(&ward->flows, &plain.tuple);
	return wgward_hit_flow(ward, view, skb, hook, flow, plain.sender,
			       plain.length);
}

/* Likewise of IPv6, of which what is read fills no registers. */
bool wgward_hit_ipv6(struct wgward_ward *ward, const struct wgward_view *view,
		     const struct sk_buff *skb, enum wgward_hook hook);

#endif /* _WGWARD_HIT_H */
