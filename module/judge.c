// SPDX-License-Identifier: GPL-2.0
/* The judgement of a packet. */

#include <linux/err.h>
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

#include "account.h"
#include "adoption.h"
#include "judge.h"
#include "reject.h"
#include "sample.h"
#include "ward.h"

/**
 * struct question - a conversation that a policy is asked about
 * @source: who starts it
 * @destination: with whom
 * @now: seconds since 1970
 * @service: what is asked for
 * @family: AF_INET or AF_INET6
 * @protocol: of the transport header
 * @received: for a packet from the tunnel: 0 if @source sent it, 1 if
 *	@destination did; else -1
 */
struct question {
	const struct in6_addr *source;
	const struct in6_addr *destination;
	u64 now;
	u32 service;
	u8 family;
	u8 protocol;
	int received;
};

static void node_note(struct wgward_opinion *opinion,
		      const struct wgward_policy *policy, unsigned int side,
		      u32 index)
{
	if (index == WGWARD_NONE) {
		opinion->node[side] = WGWARD_NONE;
		return;
	}
	opinion->node[side] = policy->nodes[index].id;
	if (index == policy->self)
		opinion->self |= BIT(side);
}

static const struct wgward_decision nothing = {
	.rule = WGWARD_NONE,
	.audited = WGWARD_NONE,
};

static int result_of(const struct wgward_verdict *verdict)
{
	switch (verdict->code) {
	case WGWARD_VERDICT_PASS:
		return WGWARD_PASS(verdict->reason);
	case WGWARD_VERDICT_REJECT:
		return WGWARD_REJECT(verdict->reason);
	default:
		return WGWARD_DROP(verdict->reason);
	}
}

static void rules_note(struct wgward_decision *decision,
		       const struct wgward_policy *policy,
		       const struct wgward_verdict *verdict)
{
	const struct wgward_rule *rule;

	if (verdict->rule != WGWARD_NONE) {
		rule = &policy->rules[verdict->rule];
		decision->rule = rule->id;
		decision->log = rule->flags & WGWARD_RULE_F_LOG;
	}
	if (verdict->audited != WGWARD_NONE) {
		rule = &policy->rules[verdict->audited];
		decision->audited = rule->id;
		decision->audited_code = verdict->audited_code;
		decision->audited_log = rule->flags & WGWARD_RULE_F_LOG;
	}
}

static void ask_policy(const struct wgward_policy *policy,
		       const struct question *question,
		       struct wgward_opinion *opinion)
{
	struct wgward_verdict verdict;

	wgward_policy_judge(policy, question->family, question->source,
			    question->destination, question->protocol,
			    question->service, question->now, &verdict);
	opinion->result = result_of(&verdict);
	opinion->decision = nothing;
	rules_note(&opinion->decision, policy, &verdict);
	opinion->self = 0;
	opinion->settled = true;
	node_note(opinion, policy, 0, verdict.source);
	node_note(opinion, policy, 1, verdict.destination);

	/* Nobody else may send in self's name. */
	if (question->received >= 0 &&
	    opinion->self & BIT(question->received)) {
		opinion->result = WGWARD_DROP(WGWARD_REASON_SPOOFED);
		opinion->decision = nothing;
	}
	if (opinion->result < 0 && policy->audit) {
		opinion->decision.refused = opinion->result;
		opinion->result = WGWARD_PASS(WGWARD_REASON_AUDIT);
	}
}

/* Whether what comes of either is the same, and told the same. */
static bool agree(const struct wgward_opinion *one,
		  const struct wgward_opinion *other)
{
	return one->decision.rule == other->decision.rule &&
	       one->decision.audited == other->decision.audited &&
	       one->decision.refused == other->decision.refused &&
	       one->node[0] == other->node[0] &&
	       one->node[1] == other->node[1] && one->self == other->self;
}

/* Under a guard each policy's own audit decides what becomes of its refusal. */
static void ask_view(const struct wgward_view *view,
		     const struct question *question,
		     struct wgward_opinion *opinion)
{
	struct wgward_opinion pending;

	if (likely(!view->pending)) {
		ask_policy(view->policy, question, opinion);
		return;
	}

	ask_policy(view->pending, question, &pending);
	/* Passive until now: there is only the policy to come. */
	if (!view->policy) {
		*opinion = pending;
		if (pending.result < 0)
			opinion->result = WGWARD_DROP(WGWARD_REASON_GUARD);
		return;
	}

	ask_policy(view->policy, question, opinion);
	opinion->settled = agree(opinion, &pending);
	/* No answer: who asks again may ask when it is decided. */
	if (opinion->result > 0 && pending.result < 0) {
		opinion->result = WGWARD_DROP(WGWARD_REASON_GUARD);
		opinion->decision = pending.decision;
	}
}

static void ask_about_packet(const struct wgward_judgement *judgement,
			     struct wgward_opinion *opinion)
{
	const struct wgward_packet *packet = &judgement->packet;
	struct question question = {
		.source = &packet->source,
		.destination = &packet->destination,
		.now = wgward_view_now(judgement->view),
		.service = packet->service,
		.family = packet->family,
		.protocol = packet->protocol,
		.received = judgement->hook == WGWARD_HOOK_INGRESS ? 0 : -1,
	};

	ask_view(judgement->view, &question, opinion);
}

bool wgward_judge_flow(const struct wgward_judgement *judgement,
		       const struct wgward_flow *flow, int sender,
		       struct wgward_opinion *opinion)
{
	int starter = flow->starter;
	struct question question = {
		.source = &flow->tuple.address[starter],
		.destination = &flow->tuple.address[!starter],
		.now = wgward_view_now(judgement->view),
		.service = flow->service,
		.family = flow->tuple.family,
		.protocol = flow->tuple.protocol,
		.received = -1,
	};
	bool was_self[2] = {
		flow->self & BIT(starter),
		flow->self & BIT(!starter),
	};

	if (judgement->hook == WGWARD_HOOK_INGRESS && sender >= 0)
		question.received = sender != starter;
	ask_view(judgement->view, &question, opinion);
	return opinion->node[0] == flow->node[starter] &&
	       opinion->node[1] == flow->node[!starter] &&
	       (bool)(opinion->self & BIT(0)) == was_self[0] &&
	       (bool)(opinion->self & BIT(1)) == was_self[1];
}

/* Counts a packet that passes and that no flow counts. */
static void count_alone(struct wgward_judgement *judgement,
			const struct wgward_opinion *opinion)
{
	struct wgward_account account;

	judgement->flow = NULL;
	judgement->node[0] = opinion->node[0];
	judgement->node[1] = opinion->node[1];
	if (judgement->again)
		return;
	wgward_account_note(judgement, &account);
	wgward_account_add(&account, judgement->ward, judgement->packet.length);
}

/* A packet that belongs to no flow, nor starts one. */
static int judge_alone(struct wgward_judgement *judgement)
{
	struct wgward_opinion opinion;

	ask_about_packet(judgement, &opinion);
	judgement->decision = opinion.decision;
	if (opinion.result > 0)
		count_alone(judgement, &opinion);
	return opinion.result;
}

/* Whether @packet of @sender does not belong to @flow but begins another. */
static bool starts_anew(const struct wgward_flow *flow,
			const struct wgward_packet *packet, unsigned int sender)
{
	return packet->flags & WGWARD_PACKET_START && sender != flow->starter;
}

static void flow_advance(struct wgward_flow *flow,
			 const struct wgward_packet *packet,
			 unsigned int sender)
{
	u8 state = READ_ONCE(flow->state);

	if (state == WGWARD_FLOW_NEW && sender != flow->starter)
		state = WGWARD_FLOW_ESTABLISHED;
	if (state == WGWARD_FLOW_ADOPTED) {
		/* This is not for who was refused to end or to keep alive. */
		if (sender != flow->starter) {
			WRITE_ONCE(flow->seen, flow->started);
			return;
		}
		state = packet->flags & WGWARD_PACKET_START ?
				WGWARD_FLOW_NEW :
				WGWARD_FLOW_ESTABLISHED;
	}
	if (state == WGWARD_FLOW_CLOSING &&
	    packet->flags & WGWARD_PACKET_START) {
		state = WGWARD_FLOW_NEW;
		WRITE_ONCE(flow->finished, 0);
	}
	if (packet->flags & WGWARD_PACKET_FIN)
		WRITE_ONCE(flow->finished, flow->finished | BIT(sender));
	/* One end may go on sending for long after the other finished. */
	if (packet->flags & WGWARD_PACKET_RST ||
	    READ_ONCE(flow->finished) == (BIT(0) | BIT(1)))
		state = WGWARD_FLOW_CLOSING;
	WRITE_ONCE(flow->state, state);
}

/*
 * Counts @judgement's packet in @flow. CPUs may race here: the state is that of
 * one of two packets that came together.
 */
static void flow_note(struct wgward_flow *flow,
		      struct wgward_judgement *judgement, unsigned int sender)
{
	const struct wgward_packet *packet = &judgement->packet;

	judgement->flow = flow;
	judgement->sender = sender;
	wgward_flow_count(flow, sender, packet->length, judgement->again);
	if (unlikely(READ_ONCE(flow->state) != WGWARD_FLOW_ESTABLISHED ||
		     packet->flags & (WGWARD_PACKET_FIN | WGWARD_PACKET_RST)))
		flow_advance(flow, packet, sender);
}

/* Whether packets say which of them starts a conversation. */
static bool says_start(u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP;
}

/*
 * Where packets say which of them starts something, @flow stays: it is what
 * tells that the other end's packets are answers. Where they do not, the other
 * end may go on in its own right. Under a guard neither policy has the last
 * word, so @flow stays for the one that will.
 */
static int flow_refuse(struct wgward_judgement *judgement,
		       struct wgward_flow *flow, unsigned int sender,
		       const struct wgward_opinion *opinion)
{
	judgement->decision = opinion->decision;
	if (says_start(flow->tuple.protocol) ||
	    opinion->result == WGWARD_DROP(WGWARD_REASON_SPOOFED))
		return opinion->result;
	if (judgement->view->pending)
		return sender == flow->starter ? opinion->result :
						 judge_alone(judgement);
	wgward_flow_end(judgement->ward, flow);
	return sender == flow->starter ? opinion->result : 0;
}

/* The rule that a flow is there by; what only audit passes has none. */
static u32 rule_for_flow(const struct wgward_opinion *opinion)
{
	return opinion->decision.refused ? WGWARD_NONE : opinion->decision.rule;
}

/* Judges @flow by the view of today. 0: it has ended. */
static int flow_revalidate(struct wgward_judgement *judgement,
			   struct wgward_flow *flow, unsigned int sender)
{
	struct wgward_opinion opinion;

	if (!wgward_judge_flow(judgement, flow, sender, &opinion)) {
		wgward_flow_end(judgement->ward, flow);
		return 0;
	}
	if (opinion.result < 0)
		return flow_refuse(judgement, flow, sender, &opinion);

	/* What is judged again and again under a guard is told once. */
	if (!judgement->view->pending || READ_ONCE(flow->epoch) ||
	    READ_ONCE(flow->rule) != rule_for_flow(&opinion))
		judgement->decision = opinion.decision;
	wgward_flow_set_rule(judgement->ward, flow, rule_for_flow(&opinion));
	/* What differs between a guard's policies is judged again after it. */
	WRITE_ONCE(flow->epoch, opinion.settled ? judgement->view->epoch : 0);
	flow_note(flow, judgement, sender);
	return WGWARD_PASS(judgement->decision.refused ? WGWARD_REASON_AUDIT :
							 WGWARD_REASON_FLOW);
}

static int flow_insert(struct wgward_judgement *judgement,
		       const struct wgward_tuple *tuple, unsigned int sender,
		       bool adopted, const struct wgward_opinion *opinion)
{
	const struct wgward_packet *packet = &judgement->packet;
	unsigned int starter = adopted ? !sender : sender;
	struct wgward_flow *flow;
	struct wgward_flow model = {
		.tuple = *tuple,
		.epoch = opinion->settled ? judgement->view->epoch : 0,
		.rule = rule_for_flow(opinion),
		.service = packet->service,
		.started = jiffies,
		.seen = jiffies,
		.starter = starter,
		.self = (opinion->self & BIT(0) ? BIT(starter) : 0) |
			(opinion->self & BIT(1) ? BIT(!starter) : 0),
		.adopted = adopted,
		.state = adopted ? WGWARD_FLOW_ADOPTED : WGWARD_FLOW_NEW,
	};

	if (adopted)
		model.service = packet->protocol << 16 |
				ntohs(packet->source_port);
	model.node[starter] = opinion->node[0];
	model.node[!starter] = opinion->node[1];

	/* When another CPU was faster, the packet counts as one of its flow. */
	flow = wgward_flow_start(judgement->ward, &model);
	if (IS_ERR(flow)) {
		judgement->decision = nothing;
		return PTR_ERR(flow) == -ENOSPC ?
			       WGWARD_DROP(WGWARD_REASON_FLOW_LIMIT) :
			       WGWARD_DROP(WGWARD_REASON_NO_MEMORY);
	}
	judgement->started = true;
	flow_note(flow, judgement, sender);
	return opinion->result;
}

/* A packet that starts a conversation, in place of @former if there is one. */
static int judge_start(struct wgward_judgement *judgement,
		       const struct wgward_tuple *tuple,
		       struct wgward_flow *former, unsigned int sender)
{
	struct wgward_opinion opinion;
	bool adopted = false;

	ask_about_packet(judgement, &opinion);
	if (opinion.result < 0)
		adopted =
			wgward_adoption_ask(judgement, tuple, sender, &opinion);
	judgement->decision = opinion.decision;
	if (opinion.result < 0)
		return opinion.result;
	/* The answer to a question that nobody asked starts nothing. */
	if (judgement->packet.flags & WGWARD_PACKET_REPLY) {
		count_alone(judgement, &opinion);
		return opinion.result;
	}
	if (former)
		wgward_flow_end(judgement->ward, former);
	return flow_insert(judgement, tuple, sender, adopted, &opinion);
}

static int judge_anew(struct wgward_judgement *judgement,
		      const struct wgward_tuple *tuple,
		      struct wgward_flow *flow, unsigned int sender)
{
	int result;

	judgement->decision = nothing;
	/* An answer to what was rejected is no part of a conversation. */
	if (unlikely(wgward_reject_is_answer(judgement)))
		return 0;
	if (flow && wgward_flow_expired(&judgement->ward->flows, flow)) {
		wgward_flow_end(judgement->ward, flow);
		flow = NULL;
	}
	if (flow && !starts_anew(flow, &judgement->packet, sender)) {
		result = flow_revalidate(judgement, flow, sender);
		if (result)
			return result;
		flow = NULL;
	}
	return judge_start(judgement, tuple, flow, sender);
}

static int judge_conversation(struct wgward_judgement *judgement)
{
	struct wgward_tuple tuple;
	struct wgward_flow *flow;
	unsigned int sender;

	sender = wgward_tuple_from_packet(&tuple, &judgement->packet);
	flow = wgward_flow_find(judgement->ward, &tuple);
	if (unlikely(!flow ||
		     READ_ONCE(flow->epoch) != judgement->view->epoch ||
		     starts_anew(flow, &judgement->packet, sender) ||
		     wgward_flow_expired(&judgement->ward->flows, flow) ||
		     (flow->self & BIT(sender) &&
		      judgement->hook == WGWARD_HOOK_INGRESS)))
		return judge_anew(judgement, &tuple, flow, sender);
	flow_note(flow, judgement, sender);
	return 0;
}

static int judge_later_fragment(struct wgward_judgement *judgement)
{
	struct wgward_ward *ward = judgement->ward;
	struct wgward_account account;
	int drop;

	drop = wgward_fragment_later(&ward->fragments, &judgement->packet,
				     judgement->hook, judgement->view->epoch,
				     &account);
	if (drop)
		return drop;
	if (!judgement->again)
		wgward_account_add(&account, ward, judgement->packet.length);
	return WGWARD_PASS(WGWARD_REASON_FLOW);
}

/* The others of the datagram will follow the first fragment's @result. */
static int judge_first_fragment(struct wgward_judgement *judgement, int result)
{
	struct wgward_ward *ward = judgement->ward;
	struct wgward_account account;
	int drop;

	if (result >= 0)
		wgward_account_note(judgement, &account);
	drop = wgward_fragment_first(&ward->fragments, &judgement->packet,
				     judgement->hook, judgement->view->epoch,
				     result >= 0 ? &account : NULL);
	if (drop > 0)
		wgward_counters_limit_met(&ward->counters,
					  WGWARD_LIMIT_FRAGMENTS);
	if (drop >= 0)
		return result;
	judgement->decision = nothing;
	return drop;
}

/* What is neither whole nor part of a conversation. */
static int judge_special(struct wgward_judgement *judgement)
{
	u16 flags = judgement->packet.flags;
	int result;

	judgement->decision = nothing;
	if (unlikely(wgward_reject_is_answer(judgement)))
		return 0;
	if (flags & WGWARD_PACKET_LATER)
		return judge_later_fragment(judgement);
	if (flags & WGWARD_PACKET_ERROR)
		result = wgward_judge_error(judgement);
	else if (flags & WGWARD_PACKET_STATELESS)
		result = judge_alone(judgement);
	else
		result = judge_conversation(judgement);
	if (flags & WGWARD_PACKET_FIRST)
		result = judge_first_fragment(judgement, result);
	return result;
}

/* No rule has to do with that. */
static int without_rule(struct wgward_judgement *judgement, int result,
			bool unread)
{
	judgement->decision = nothing;
	judgement->decision.unread = unread;
	return result;
}

static int judge(struct wgward_judgement *judgement)
{
	const struct wgward_view *view = judgement->view;
	struct wgward_packet *packet = &judgement->packet;
	int drop;

	/* What WireGuard sends begins at the data, what is read, here. */
	if (unlikely(skb_network_offset(judgement->skb)))
		return without_rule(judgement,
				    WGWARD_DROP(WGWARD_REASON_MALFORMED), true);
	drop = wgward_packet_parse(judgement->skb, packet);
	if (unlikely(drop))
		return without_rule(judgement, drop, true);
	if (unlikely(ipv6_addr_equal(&packet->source, &packet->destination)))
		return without_rule(judgement,
				    WGWARD_DROP(WGWARD_REASON_SAME_ADDRESS),
				    false);
	if (unlikely(!view->policy && !view->passive))
		return without_rule(
			judgement, WGWARD_DROP(WGWARD_REASON_NO_POLICY), false);
	if (unlikely(packet->flags &
		     (WGWARD_PACKET_ERROR | WGWARD_PACKET_STATELESS |
		      WGWARD_PACKET_FIRST | WGWARD_PACKET_LATER)))
		return judge_special(judgement);
	return judge_conversation(judgement);
}

/* Whether nothing that is there to decide decides anything. */
static bool only_audits(const struct wgward_view *view)
{
	if (!view->policy && !(view->passive && view->pending))
		return false;
	return (!view->policy || view->policy->audit) &&
	       (!view->pending || view->pending->audit);
}

/* Counts a drop at the node at the far side, if it is known which it is. */
static void count_at_node(const struct wgward_judgement *judgement,
			  enum wgward_reason reason)
{
	const struct wgward_packet *packet = &judgement->packet;
	const struct wgward_policy *policy = judgement->view->policy;
	u32 index;

	if (!policy || judgement->decision.unread)
		return;
	index = wgward_policy_owner(policy, packet->family,
				    judgement->hook == WGWARD_HOOK_INGRESS ?
					    &packet->source :
					    &packet->destination);
	if (index != WGWARD_NONE)
		wgward_counters_node_dropped(&judgement->ward->counters,
					     policy->nodes[index].id, reason);
}

static void count(const struct wgward_judgement *judgement, int result)
{
	struct wgward_counters *counters = &judgement->ward->counters;
	const struct wgward_decision *decision = &judgement->decision;

	if (result < 0) {
		wgward_counters_dropped(counters, wgward_result_reason(result));
		count_at_node(judgement, wgward_result_reason(result));
	} else {
		wgward_counters_passed(counters, wgward_result_reason(result));
	}
	if (decision->refused) {
		wgward_counters_audited(
			counters, wgward_result_reason(decision->refused));
		wgward_counters_rule_audited(counters, decision->rule);
	} else if (result != WGWARD_PASS(WGWARD_REASON_FLOW)) {
		wgward_counters_rule_hit(counters, decision->rule);
	}
	wgward_counters_rule_audited(counters, decision->audited);
}

/* What a verdict brings with it, but for that on a packet of a known flow. */
static int conclude(struct wgward_judgement *judgement, int result)
{
	if (result < 0 && only_audits(judgement->view)) {
		judgement->decision.refused = result;
		result = WGWARD_PASS(WGWARD_REASON_AUDIT);
	}
	/* Unless NAT on the relay made it part of another conversation. */
	if (result > 0 && judgement->again && !judgement->started)
		return result;
	count(judgement, result);
	wgward_sample_tell(judgement, result);
	if (wgward_result_code(result) == WGWARD_VERDICT_REJECT)
		wgward_reject_answer(judgement);
	return result;
}

/**
 * wgward_judge() - the verdict on a packet
 * @ward: whose device it passes
 * @view: of @ward
 * @skb: the packet; its data begins with the IP header
 * @hook: the direction
 *
 * Return: 0 or WGWARD_PASS if it may pass, else WGWARD_DROP or WGWARD_REJECT.
 */
int wgward_judge(struct wgward_ward *ward, const struct wgward_view *view,
		 const struct sk_buff *skb, enum wgward_hook hook)
{
	struct wgward_judgement judgement;
	int result;

	judgement.ward = ward;
	judgement.view = view;
	judgement.skb = skb;
	judgement.hook = hook;
	judgement.again = wgward_judge_again(skb, hook);
	judgement.started = false;

	/* Passes what cannot be read, too: nothing is enforced. */
	if (unlikely(judgement.view->passive && !judgement.view->pending))
		result = without_rule(&judgement,
				      WGWARD_PASS(WGWARD_REASON_PASSIVE), true);
	else
		result = judge(&judgement);
	if (unlikely(result))
		result = conclude(&judgement, result);
	return result;
}
