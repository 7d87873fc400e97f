/* SPDX-License-Identifier: GPL-2.0 */
/* The judgement of a packet. */
#ifndef _WGWARD_JUDGE_H
#define _WGWARD_JUDGE_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/types.h>

#include "packet.h"
#include "policy.h"

struct wgward_flow;
struct wgward_view;
struct wgward_ward;

enum wgward_hook {
	WGWARD_HOOK_INGRESS,
	WGWARD_HOOK_EGRESS,
};

/**
 * struct wgward_judgement - a packet on its way to a verdict
 * @ward: whose device it passes
 * @view: of @ward; the only one that this packet is judged by
 * @skb: read only, as a tap may share it
 * @packet: what was read of @skb
 * @hook: where
 * @again: on its way out of the device that it came in by, so that it was
 *	judged and counted then
 * @rule: stable id of the rule that decided, or WGWARD_NONE
 */
struct wgward_judgement {
	struct wgward_ward *ward;
	const struct wgward_view *view;
	const struct sk_buff *skb;
	struct wgward_packet packet;
	enum wgward_hook hook;
	bool again;
	u32 rule;
};

/*
 * What functions return that judge: 0, a packet of a flow that is counted
 * there; positive, a pass; negative, a drop, as packet.h's functions do.
 */
#define WGWARD_PASS(reason) ((int)(reason) + 1)
#define WGWARD_DROP(reason) (-((int)(reason) + 1))

/* On its way out of the device that it came in by, it was judged and counted. */
static inline bool wgward_judge_again(const struct sk_buff *skb,
				      enum wgward_hook hook)
{
	return hook == WGWARD_HOOK_EGRESS && skb->skb_iif == skb->dev->ifindex;
}

/*
 * Whether @skb, whose data begins with its IP header, may pass; counts. Under
 * RCU; any context but hard interrupts.
 */
bool wgward_judge(struct wgward_ward *ward, const struct sk_buff *skb,
		  enum wgward_hook hook);

/* The same of an ICMP error that was read: WGWARD_PASS or _DROP. */
int wgward_judge_error(struct wgward_judgement *judgement);

/**
 * struct wgward_opinion - what a view's policies say of a conversation
 * @result: WGWARD_PASS or WGWARD_DROP
 * @rule: stable id of the rule that decided, or WGWARD_NONE
 * @node: stable ids of source and destination, or WGWARD_NONE
 * @self: whether source and destination are self, a bit each
 * @settled: both policies of a guard see the same rule and nodes
 */
struct wgward_opinion {
	int result;
	u32 rule;
	u32 node[2];
	u8 self;
	bool settled;
};

/*
 * What the view says of @flow, as its starter began it. @sender is the end
 * whose packet is being judged, which at ingress must not be self, or -1 if
 * neither's is. Returns false when the addresses belong to others than @flow
 * is between.
 */
bool wgward_judge_flow(const struct wgward_judgement *judgement,
		       const struct wgward_flow *flow, int sender,
		       struct wgward_opinion *opinion);

#endif /* _WGWARD_JUDGE_H */
