// SPDX-License-Identifier: GPL-2.0
/* A ward and its naive twin: the packets that both judge. */
#include "scene.h"
#include "surroundings.h"

#include <linux/in.h>
#include <string.h>

#include "judged.h"
#include "tap.h"

#define PORTS 4

static void random_transport(const struct scene *scene,
			     struct datagram *datagram)
{
	static const u8 flags[] = {
		DATAGRAM_SYN, DATAGRAM_SYN | DATAGRAM_ACK, DATAGRAM_ACK,
		DATAGRAM_ACK, DATAGRAM_FIN | DATAGRAM_ACK, DATAGRAM_RST
	};
	static const u8 types4[] = { 8, 8, 0, 13, 14 };
	static const u8 types6[] = { 128, 129 };

	datagram->protocol = scene->world.protocols[random_below(4)];
	if (datagram->protocol == IPPROTO_ICMP && datagram->family == AF_INET6)
		datagram->protocol = IPPROTO_ICMPV6;
	if (datagram->protocol == IPPROTO_ICMPV6 && datagram->family == AF_INET)
		datagram->protocol = IPPROTO_ICMP;
	if (datagram->protocol == IPPROTO_TCP)
		datagram->flags = flags[random_below(6)];
	if (datagram->protocol == IPPROTO_ICMP)
		datagram->type = types4[random_below(5)];
	if (datagram->protocol == IPPROTO_ICMPV6)
		datagram->type = types6[random_below(2)];
	if (datagram->protocol == 47)
		return;
	datagram->source_port = random_below(PORTS);
	if (datagram->protocol == IPPROTO_TCP ||
	    datagram->protocol == IPPROTO_UDP)
		datagram->destination_port = random_below(PORTS);
}

static struct datagram random_datagram(const struct scene *scene)
{
	u32 family = random_below(2);
	struct datagram datagram = {
		.family = scene_family(family),
		.source = scene->pool[family][random_below(POOL)],
		.destination = scene->pool[family][random_below(POOL)],
	};

	random_transport(scene, &datagram);
	return datagram;
}

/* Another packet of @first's conversation, either way. */
static struct datagram next_datagram(const struct datagram *first)
{
	static const u8 flags[] = { DATAGRAM_ACK,
				    DATAGRAM_ACK,
				    DATAGRAM_ACK,
				    DATAGRAM_SYN,
				    DATAGRAM_SYN | DATAGRAM_ACK,
				    DATAGRAM_FIN | DATAGRAM_ACK,
				    DATAGRAM_RST };
	struct datagram datagram = *first;

	if (datagram.protocol == IPPROTO_TCP)
		datagram.flags = flags[random_below(7)];
	if (random_once_in(2))
		return datagram;
	datagram.source = first->destination;
	datagram.destination = first->source;
	if (datagram.protocol == IPPROTO_ICMP ||
	    datagram.protocol == IPPROTO_ICMPV6) {
		/* The answer, or a question the other way with the same id. */
		if (random_once_in(4))
			return datagram;
		if (datagram.type == 8)
			datagram.type = 0;
		else if (datagram.type == 13)
			datagram.type = 14;
		else if (datagram.type == 128)
			datagram.type = 129;
		return datagram;
	}
	datagram.source_port = first->destination_port;
	datagram.destination_port = first->source_port;
	return datagram;
}

/* An error about @quote, mostly from where it should come. */
static struct datagram error_datagram(const struct scene *scene,
				      const struct datagram *quote)
{
	u32 family = quote->family == AF_INET6;
	struct datagram datagram = {
		.family = quote->family,
		.protocol = family ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
		.type = family ? 1 : 3,
		.source = quote->destination,
		.destination = quote->source,
		.quote = quote,
	};

	if (random_once_in(2))
		datagram.source = scene->pool[family][random_below(POOL)];
	if (random_once_in(6))
		datagram.destination = scene->pool[family][random_below(POOL)];
	return datagram;
}

/*
 * Which counter moved: true for a pass. *@reason is FLOW when none did, as
 * established flows are counted in themselves.
 */
static bool reason_of(const struct wgward_reason_counters *before,
		      const struct wgward_reason_counters *after,
		      enum wgward_reason *reason)
{
	u32 i;

	for (i = 0; i < __WGWARD_REASON_MAX; i++) {
		*reason = i;
		if (after->passed[i] != before->passed[i])
			return true;
		if (after->dropped[i] != before->dropped[i])
			return false;
	}
	*reason = WGWARD_REASON_FLOW;
	return true;
}

/*
 * What is counted is what was expected. A flow that only an audit lets pass is
 * told once in each epoch, of which the twin knows nothing. Of a pass that is
 * @again one, and starts nothing, nothing is counted.
 */
static bool counted_as(const struct wgward_reason_counters *before,
		       const struct wgward_reason_counters *after,
		       const struct twin_verdict *expected, bool again)
{
	enum wgward_reason reason;
	bool told;

	if (reason_of(before, after, &reason) != expected->pass)
		return false;
	told = expected->audited &&
	       after->audited[expected->refused] ==
		       before->audited[expected->refused] + 1;
	if (again && expected->pass)
		return reason == WGWARD_REASON_FLOW && !told;
	if (told)
		return reason == WGWARD_REASON_AUDIT;
	return reason == expected->reason &&
	       !memcmp(before->audited, after->audited,
		       sizeof(before->audited));
}

bool scene_judge(struct scene *scene, struct sk_buff *skb, bool ingress,
		 const struct twin_verdict *expected, struct seen *seen)
{
	struct wgward_reason_counters before = scene->reasons;
	bool started = scene->twin.started;
	bool again = !ingress && random_once_in(8), answered;
	struct net_device device = { .ifindex = 7 };
	u64 answers = surrounding_answers;
	int result;

	skb->dev = &device;
	skb->skb_iif = again ? 7 : random_below(2) * 8;
	result = judged(&scene->ward, skb,
			ingress ? WGWARD_HOOK_INGRESS : WGWARD_HOOK_EGRESS);
	shim_grace_period();
	answered = surrounding_answers != answers;

	seen->packets++;
	seen->guarded += !!scene->view.pending;
	seen->rejected += answered;
	seen->audited += expected->audited;
	if (result >= 0)
		seen->passed[expected->reason]++;
	else
		seen->dropped[expected->reason]++;
	if (result >= 0 && !again && scene->twin.heard) {
		scene->heard.packets++;
		scene->heard.bytes += skb->len;
	}
	/* Not every packet is judged by the twin of flows. */
	scene->twin.heard = false;
	scene->twin.started = false;
	scene->twin.started = false;
	if ((result >= 0) == expected->pass && answered == expected->reject &&
	    counted_as(&before, &scene->reasons, expected, again && !started))
		return true;
	tap_note(
		"result %d, answered %d, expected %d %d reject %d audited %d %d: ingress %d again %d guard %d",
		result, answered, expected->pass, expected->reason,
		expected->reject, expected->audited, expected->refused, ingress,
		again, !!scene->view.pending);
	return false;
}

static bool judge_datagram(struct scene *scene, const struct datagram *datagram,
			   struct seen *seen)
{
	bool ingress = random_once_in(2);
	struct twin_verdict expected;
	u8 bytes[DATAGRAM_SIZE];
	struct sk_buff skb;

	datagram_build(datagram, bytes, &skb);
	expected = twin_judge(&scene->twin, datagram, ingress);
	if (scene_judge(scene, &skb, ingress, &expected, seen))
		return true;
	tap_note("family %u protocol %u ports %u %u flags %x type %u quote %d",
		 datagram->family, datagram->protocol, datagram->source_port,
		 datagram->destination_port, datagram->flags, datagram->type,
		 !!datagram->quote);
	return false;
}

struct datagram scene_datagram(struct scene *scene)
{
	const struct talk *talk = NULL;
	struct datagram datagram;

	if (!random_once_in(3))
		talk = twin_any(&scene->twin);
	if (talk)
		datagram = next_datagram(&talk->first);
	else if (scene->last.family && random_once_in(4))
		datagram = next_datagram(&scene->last);
	else
		datagram = random_datagram(scene);
	scene->last = datagram;
	return datagram;
}

bool scene_judge_packet(struct scene *scene, struct seen *seen)
{
	struct datagram datagram = scene_datagram(scene), quote;

	if (random_once_in(6)) {
		quote = datagram;
		datagram = error_datagram(scene, &quote);
	}
	return judge_datagram(scene, &datagram, seen);
}
