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
 * struct wgward_decision - what stands behind a verdict
 * @rule: stable id of the rule that decided, or WGWARD_NONE
 * @audited: stable id of the audited rule that would have decided otherwise,
 *	or WGWARD_NONE
 * @refused: what the audit of the ward let pass: WGWARD_DROP, WGWARD_REJECT;
 *	or 0
 * @audited_code: enum wgward_verdict_code, of @audited
 * @log: @rule wants its verdicts told
 * @audited_log: likewise @audited
 * @unread: the packet could not be read
 */
struct wgward_decision {
	u32 rule;
	u32 audited;
	int refused;
	u8 audited_code;
	bool log;
	bool audited_log;
	bool unread;
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
 * @started: a flow was started for it
 * @sender: the end of @flow that it comes from
 * @flow: what has counted it; for first fragments, or NULL
 * @node: stable ids of source and destination, where @flow is NULL
 * @decision: set for all packets but those that hit a flow
 */
struct wgward_judgement {
	struct wgward_ward *ward;
	const struct wgward_view *view;
	const struct sk_buff *skb;
	struct wgward_packet packet;
	enum wgward_hook hook;
	bool again;
	bool started;
	u8 sender;
	const struct wgward_flow *flow;
	u32 node[2];
	struct wgward_decision decision;
};

/*
 * What functions return that judge: 0, a packet of a flow that is counted
 * there; positive, a pass; negative, a refusal: a drop, as packet.h's
 * functions say it, or a reject.
 */
#define WGWARD_PASS(reason) ((int)(reason) + 1)
#define WGWARD_DROP(reason) (-((int)(reason) + 1))
#define WGWARD_REJECTION 256
#define WGWARD_REJECT(reason) (WGWARD_DROP(reason) - WGWARD_REJECTION)

/* What such a result says, if it is not 0. */
static inline enum wgward_reason wgward_result_reason(int result)
{
	if (result > 0)
		return result - 1;
	return (-result & (WGWARD_REJECTION - 1)) - 1;
}

static inline enum wgward_verdict_code wgward_result_code(int result)
{
	if (result >= 0)
		return WGWARD_VERDICT_PASS;
	return result < -WGWARD_REJECTION ? WGWARD_VERDICT_REJECT :
					    WGWARD_VERDICT_DROP;
}

/* On its way out of the device that it came in by, it was judged and counted. */
static inline bool wgward_judge_again(const struct sk_buff *skb,
				      enum wgward_hook hook)
{
	return hook == WGWARD_HOOK_EGRESS && skb->skb_iif == skb->dev->ifindex;
}

/*
 * The result for @skb, whose data begins with its IP header; counts, answers
 * who is to be told, and tells who listens. It need not have been asked, but is
 * cheaper, whether @skb is a hit of @view: see hit.h. Under RCU; any context
 * but hard interrupts.
 */
int wgward_judge(struct wgward_ward *ward, const struct wgward_view *view,
		 const struct sk_buff *skb, enum wgward_hook hook);

/* The same of an ICMP error that was read: WGWARD_PASS or _DROP. */
int wgward_judge_error(struct wgward_judgement *judgement);

/**
 * struct wgward_opinion - what a view's policies say of a conversation
 * @result: WGWARD_PASS, WGWARD_DROP or WGWARD_REJECT
 * @decision: what stands behind it
 * @node: stable ids of source and destination, or WGWARD_NONE
 * @self: whether source and destination are self, a bit each
 * @settled: both policies of a guard decide alike, and see the same nodes
 */
struct wgward_opinion {
	int result;
	struct wgward_decision decision;
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
