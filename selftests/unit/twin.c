// SPDX-License-Identifier: GPL-2.0
/* The naive twin of the data path. */
#include "twin.h"

#include <linux/timekeeping.h>
#include <string.h>

#include "model.h"
#include "tap.h"

static struct twin_verdict drop(enum wgward_reason reason)
{
	return (struct twin_verdict){ .reason = reason };
}

static struct twin_verdict pass(enum wgward_reason reason)
{
	return (struct twin_verdict){ .pass = true, .reason = reason };
}

static bool same(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool is_icmp(const struct datagram *datagram)
{
	return datagram->protocol == IPPROTO_ICMP ||
	       datagram->protocol == IPPROTO_ICMPV6;
}

static bool is_answer(const struct datagram *datagram)
{
	if (datagram->protocol == IPPROTO_ICMP)
		return datagram->type == 0 || datagram->type == 14;
	return datagram->protocol == IPPROTO_ICMPV6 && datagram->type == 129;
}

static u8 question_of(u8 answer)
{
	return answer == 0 ? 8 : answer == 14 ? 13 : 128;
}

static u32 service_of(const struct datagram *datagram)
{
	u32 service = (u32)datagram->protocol << 16;

	if (is_icmp(datagram))
		return service | datagram->type << 8 | datagram->code;
	return service | datagram->destination_port;
}

static bool begins(const struct datagram *datagram)
{
	if (datagram->protocol == IPPROTO_TCP)
		return (datagram->flags & (DATAGRAM_SYN | DATAGRAM_ACK)) ==
		       DATAGRAM_SYN;
	return is_icmp(datagram) && !is_answer(datagram);
}

/* Goes the way of @first. */
static bool same_way(const struct datagram *first,
		     const struct datagram *datagram)
{
	return first->family == datagram->family &&
	       first->protocol == datagram->protocol &&
	       same(&first->source, &datagram->source) &&
	       same(&first->destination, &datagram->destination) &&
	       first->source_port == datagram->source_port &&
	       first->destination_port == datagram->destination_port &&
	       (!is_icmp(first) || first->type == datagram->type);
}

static bool other_way(const struct datagram *first,
		      const struct datagram *datagram)
{
	struct datagram turned = *datagram;

	turned.source = datagram->destination;
	turned.destination = datagram->source;
	if (is_icmp(datagram)) {
		if (!is_answer(datagram))
			return false;
		turned.type = question_of(datagram->type);
	} else {
		turned.source_port = datagram->destination_port;
		turned.destination_port = datagram->source_port;
	}
	return same_way(first, &turned);
}

/* As the policy in force has it, or as it is when that says nothing. */
static u32 seconds(const struct twin *twin, enum wgward_timeout kind, u32 usual)
{
	const struct wgward_policy *policy = twin->policy ?: twin->pending;

	return policy && policy->timeouts[kind] ? policy->timeouts[kind] :
						  usual;
}

static u32 patience(const struct twin *twin, const struct talk *talk)
{
	bool over = talk->reset || (talk->finished[0] && talk->finished[1]);
	u32 limit;

	switch (talk->first.protocol) {
	case IPPROTO_TCP:
		if (over)
			return seconds(twin, WGWARD_TIMEOUT_TCP_CLOSING, 10);
		if (talk->answered)
			return seconds(twin, WGWARD_TIMEOUT_TCP_ESTABLISHED,
				       7440);
		limit = seconds(twin, WGWARD_TIMEOUT_TCP_NEW, 30);
		return talk->adopted && limit > 30 ? 30 : limit;
	case IPPROTO_UDP:
		if (talk->answered)
			return seconds(twin, WGWARD_TIMEOUT_UDP_ESTABLISHED,
				       180);
		return seconds(twin, WGWARD_TIMEOUT_UDP_NEW, 30);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return seconds(twin, WGWARD_TIMEOUT_ICMP, 30);
	default:
		return seconds(twin, WGWARD_TIMEOUT_OTHER, 600);
	}
}

static bool is_over(const struct twin *twin, const struct talk *talk)
{
	return twin->now - talk->seen >= patience(twin, talk);
}

static struct talk *find(struct twin *twin, const struct datagram *datagram)
{
	struct talk *talk;
	u32 i;

	for (i = 0; i < TWIN_TALKS; i++) {
		talk = &twin->talks[i];
		if (!talk->used)
			continue;
		if (is_over(twin, talk))
			talk->used = false;
		else if (same_way(&talk->first, datagram) ||
			 other_way(&talk->first, datagram))
			return talk;
	}
	return NULL;
}

/* What remains of a refusal when nobody enforces it. */
static struct twin_verdict audit(struct twin_verdict verdict)
{
	if (verdict.pass)
		return verdict;
	return (struct twin_verdict){
		.pass = true,
		.reason = WGWARD_REASON_AUDIT,
		.audited = true,
		.refused = verdict.reason,
	};
}

/* What one policy's rules say; @received: the end that sent it, or -1. */
static struct twin_verdict ask_rules(const struct wgward_policy *policy,
				     const struct datagram *first, int received)
{
	const struct in6_addr *sender = received == 1 ? &first->destination :
							&first->source;
	struct twin_verdict answer;
	struct wgward_verdict verdict;

	if (received >= 0 &&
	    model_owner(policy, first->family, sender) == policy->self)
		return drop(WGWARD_REASON_SPOOFED);
	model_judge(policy, first->family, &first->source, &first->destination,
		    first->protocol, service_of(first),
		    ktime_get_real_seconds(), &verdict);
	if (verdict.code == WGWARD_VERDICT_PASS)
		return pass(verdict.reason);
	answer = drop(verdict.reason);
	answer.reject = verdict.code == WGWARD_VERDICT_REJECT;
	return answer;
}

static struct twin_verdict ask(const struct wgward_policy *policy,
			       const struct datagram *first, int received)
{
	struct twin_verdict verdict = ask_rules(policy, first, received);

	return policy->audit ? audit(verdict) : verdict;
}

static struct twin_verdict ask_all(const struct twin *twin,
				   const struct datagram *first, int received)
{
	struct twin_verdict verdict = pass(WGWARD_REASON_DEFAULT);
	struct twin_verdict pending;

	if (twin->policy)
		verdict = ask(twin->policy, first, received);
	if (!twin->pending)
		return verdict;
	pending = ask(twin->pending, first, received);
	if (!twin->policy && pending.pass)
		return pending;
	/* Nobody is told what may yet be decided otherwise. */
	if (verdict.pass && !pending.pass)
		return drop(WGWARD_REASON_GUARD);
	return verdict;
}

static const struct wgward_node *owner(const struct wgward_policy *policy,
				       const struct datagram *first, int end)
{
	u32 index = model_owner(policy, first->family,
				end ? &first->destination : &first->source);

	return index == WGWARD_NONE ? NULL : &policy->nodes[index];
}

static void note_owners(const struct twin *twin, struct talk *talk)
{
	const struct wgward_policy *policy = twin->policy ?: twin->pending;
	const struct wgward_node *node;
	int end;

	for (end = 0; end < 2; end++) {
		node = owner(policy, &talk->first, end);
		talk->owned[end] = node;
		talk->was_self[end] = node &&
				      node == &policy->nodes[policy->self];
		if (node)
			memcpy(talk->owner[end], node->key, WGWARD_KEY_LEN);
	}
}

static bool owners_are_the_same(const struct twin *twin,
				const struct talk *talk)
{
	struct talk today = { .first = talk->first };

	note_owners(twin, &today);
	return !memcmp(today.owned, talk->owned, sizeof(today.owned)) &&
	       !memcmp(today.was_self, talk->was_self,
		       sizeof(today.was_self)) &&
	       (!today.owned[0] ||
		!memcmp(today.owner[0], talk->owner[0], WGWARD_KEY_LEN)) &&
	       (!today.owned[1] ||
		!memcmp(today.owner[1], talk->owner[1], WGWARD_KEY_LEN));
}

static void hear(struct twin *twin, struct talk *talk,
		 const struct datagram *datagram, bool reply)
{
	bool over = talk->reset || (talk->finished[0] && talk->finished[1]);

	talk->seen = twin->now;
	if (talk->adopted && reply) {
		talk->seen = talk->begun;
		return;
	}
	if (talk->adopted) {
		talk->adopted = false;
		talk->answered = !begins(datagram);
	}
	if (over && begins(datagram)) {
		talk->answered = false;
		talk->reset = false;
		talk->finished[0] = false;
		talk->finished[1] = false;
	}
	if (reply)
		talk->answered = true;
	if (datagram->protocol != IPPROTO_TCP)
		return;
	if (datagram->flags & DATAGRAM_FIN)
		talk->finished[reply] = true;
	if (datagram->flags & DATAGRAM_RST)
		talk->reset = true;
}

/* The conversation that @datagram would be an answer in. */
static struct datagram turn(const struct datagram *datagram)
{
	struct datagram turned = *datagram;

	turned.source = datagram->destination;
	turned.destination = datagram->source;
	turned.source_port = datagram->destination_port;
	turned.destination_port = datagram->source_port;
	return turned;
}

/* Whether it is older than the first policy, and the other end's. */
static bool may_adopt(const struct twin *twin, const struct datagram *datagram,
		      bool ingress)
{
	struct datagram turned = turn(datagram);

	if (!twin->adopts || twin->now >= twin->adopts ||
	    datagram->protocol != IPPROTO_TCP || begins(datagram) ||
	    datagram->flags & DATAGRAM_RST)
		return false;
	return ask_all(twin, &turned, ingress ? 1 : -1).pass;
}

static struct twin_verdict judge_start(struct twin *twin,
				       const struct datagram *datagram,
				       bool ingress, struct talk *former)
{
	struct twin_verdict verdict = ask_all(twin, datagram, ingress ? 0 : -1);
	bool adopted = false;
	struct talk *talk;
	u32 i;

	if (!verdict.pass && may_adopt(twin, datagram, ingress)) {
		struct datagram turned = turn(datagram);

		adopted = true;
		twin->adopted++;
		verdict = ask_all(twin, &turned, ingress ? 1 : -1);
	}
	if (!verdict.pass || is_answer(datagram))
		return verdict;
	for (i = 0; !former && i < TWIN_TALKS; i++) {
		if (!twin->talks[i].used)
			former = &twin->talks[i];
	}
	talk = former;
	memset(talk, 0, sizeof(*talk));
	talk->used = true;
	talk->first = adopted ? turn(datagram) : *datagram;
	talk->adopted = adopted;
	talk->begun = twin->now;
	twin->started = true;
	note_owners(twin, talk);
	hear(twin, talk, datagram, adopted);
	return verdict;
}

/* An error about @datagram->quote. */
static struct twin_verdict
judge_error(struct twin *twin, const struct datagram *datagram, bool ingress)
{
	const struct wgward_policy *policies[] = { twin->policy,
						   twin->pending };
	const struct datagram *quote = datagram->quote;
	const struct wgward_node *sender;
	struct talk *talk;
	u32 i, j, index;

	for (i = 0; i < 2; i++) {
		if (policies[i] && ingress &&
		    model_owner(policies[i], datagram->family,
				&datagram->source) == policies[i]->self)
			return drop(WGWARD_REASON_SPOOFED);
	}
	talk = find(twin, quote);
	if (!talk || !same(&datagram->destination, &quote->source) ||
	    !owners_are_the_same(twin, talk) ||
	    !ask_all(twin, &talk->first, -1).pass)
		return drop(WGWARD_REASON_ICMP_ERROR);
	if (same(&datagram->source, &quote->destination))
		return pass(WGWARD_REASON_FLOW);
	for (i = 0; i < 2; i++) {
		const struct wgward_policy *policy = policies[i];
		bool known = false;

		if (!policy)
			continue;
		index = model_owner(policy, datagram->family,
				    &datagram->source);
		if (index == WGWARD_NONE)
			return drop(WGWARD_REASON_ICMP_ERROR);
		sender = &policy->nodes[index];
		if (sender->until && sender->until <= real_seconds)
			return drop(WGWARD_REASON_ICMP_ERROR);
		/* Was who was asked then, too. */
		j = same_way(&talk->first, quote);
		if (index == policy->self)
			known = true;
		else if (talk->owned[j] &&
			 !memcmp(talk->owner[j], sender->key, WGWARD_KEY_LEN))
			known = true;
		else
			for (j = 0; j < policy->node_count; j++)
				known |= policy->nodes[j].relay &&
					 !strcmp(policy->nodes[j].relay,
						 sender->name);
		if (!known)
			return drop(WGWARD_REASON_ICMP_ERROR);
	}
	return pass(WGWARD_REASON_FLOW);
}

static struct twin_verdict judge(struct twin *twin,
				 const struct datagram *datagram, bool ingress)
{
	struct twin_verdict verdict;
	struct talk *talk;
	bool reply;

	twin->started = false;
	if (twin->passive && !twin->pending)
		return pass(WGWARD_REASON_PASSIVE);
	if (same(&datagram->source, &datagram->destination))
		return drop(WGWARD_REASON_SAME_ADDRESS);
	if (!twin->policy && !twin->passive)
		return drop(WGWARD_REASON_NO_POLICY);
	if (datagram->quote)
		return judge_error(twin, datagram, ingress);

	talk = find(twin, datagram);
	if (!talk)
		return judge_start(twin, datagram, ingress, NULL);
	reply = !same_way(&talk->first, datagram);
	/* The other end starts one with the same ports. */
	if (reply && begins(datagram))
		return judge_start(twin, datagram, ingress, talk);
	if (!owners_are_the_same(twin, talk)) {
		talk->used = false;
		return judge_start(twin, datagram, ingress, NULL);
	}
	verdict = ask_all(twin, &talk->first, ingress ? reply : -1);
	if (verdict.pass) {
		hear(twin, talk, datagram, reply);
		verdict.reason = WGWARD_REASON_FLOW;
		return verdict;
	}
	if (datagram->protocol == IPPROTO_TCP ||
	    verdict.reason == WGWARD_REASON_SPOOFED)
		return verdict;
	/* Which policy will stay is open, and so is what becomes of it. */
	if (twin->pending)
		return reply ? ask_all(twin, datagram, ingress ? 0 : -1) :
			       verdict;
	talk->used = false;
	return reply ? judge_start(twin, datagram, ingress, NULL) : verdict;
}

void twin_settle(struct twin *twin)
{
	u32 i;

	for (i = 0; i < TWIN_TALKS; i++)
		if (twin->talks[i].used && is_over(twin, &twin->talks[i]))
			twin->talks[i].used = false;
}

/* Whether all policies that there are only audit. */
static bool only_audits(const struct twin *twin)
{
	if (!twin->policy && !(twin->passive && twin->pending))
		return false;
	return (!twin->policy || twin->policy->audit) &&
	       (!twin->pending || twin->pending->audit);
}

struct twin_verdict twin_conclude(const struct twin *twin,
				  struct twin_verdict verdict)
{
	return only_audits(twin) ? audit(verdict) : verdict;
}

struct twin_verdict twin_judge(struct twin *twin,
			       const struct datagram *datagram, bool ingress)
{
	struct twin_verdict verdict = judge(twin, datagram, ingress);

	twin->heard = verdict.pass && verdict.reason != WGWARD_REASON_PASSIVE;
	return twin_conclude(twin, verdict);
}

void twin_forget(struct twin *twin)
{
	memset(twin->talks, 0, sizeof(twin->talks));
}

const struct talk *twin_any(const struct twin *twin)
{
	u32 i, start = random_below(TWIN_TALKS);
	u32 used = 0;

	for (i = 0; i < TWIN_TALKS; i++)
		used += twin->talks[i].used && !is_over(twin, &twin->talks[i]);
	if (!used)
		return NULL;
	start = random_below(used);
	for (i = 0; i < TWIN_TALKS; i++) {
		if (twin->talks[i].used && !is_over(twin, &twin->talks[i]) &&
		    !start--)
			return &twin->talks[i];
	}
	return NULL;
}
