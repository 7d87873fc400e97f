// SPDX-License-Identifier: GPL-2.0
/* The short way of IPv6. */
#include "hit.h"

/**
 * wgward_hit_ipv6() - as wgward_hit_ipv4() does
 * @ward: whose device it passes
 * @view: of @ward
 * @skb: the packet; its data begins with the IP header
 * @hook: the direction
 *
 * Return: whether it passes, and is counted in its flow.
 */
bool wgward_hit_ipv6(struct wgward_ward *ward, const struct wgward_view *view,
		     const struct sk_buff *skb, enum wgward_hook hook)
{
	struct wgward_plain plain;
	struct wgward_flow *flow;

	if (skb->protocol != cpu_to_be16(ETH_P_IPV6) ||
	    skb_network_offset(skb) || !wgward_plain_read_ipv6(skb, &plain))
		return false;
	flow = wgward_flow_find(ward, &plain.tuple);
	return wgward_hit_flow(ward, view, skb, hook, flow, plain.sender,
			       plain.length);
}
