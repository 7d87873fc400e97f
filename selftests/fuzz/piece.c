// SPDX-License-Identifier: GPL-2.0
/*
 * Fragments, and their naive twins.
 *
 * The twin of flows says whether the first may pass, that of fragments
 * whether the others may follow.
 */
#include "piece.h"

#include <linux/in.h>
#include <string.h>

#include "tap.h"

#define IDS 2
#define SPACE (DATAGRAM_SIZE + FRAGMENT_TWIN_UNITS * 8)
#define IPV4_HEADER 20
#define IPV6_HEADER 40

/* How much a datagram has behind its IP header, made up to whole units. */
static u32 units_of(const struct datagram *datagram, const struct sk_buff *skb)
{
	u32 header = datagram->family == AF_INET ? IPV4_HEADER : IPV6_HEADER;

	return (skb->len - header + 7) / 8;
}

/* IPv6 fragments need not agree on what the protocol is. */
static bool same_key(const struct whole *a, const struct whole *b)
{
	return a->id == b->id && a->ingress == b->ingress &&
	       a->datagram.family == b->datagram.family &&
	       (a->datagram.family == AF_INET6 ||
		a->datagram.protocol == b->datagram.protocol) &&
	       !memcmp(&a->datagram.source, &b->datagram.source,
		       sizeof(a->datagram.source)) &&
	       !memcmp(&a->datagram.destination, &b->datagram.destination,
		       sizeof(a->datagram.destination));
}

/* Where what is known of @whole stands; NULL if there is no room. */
static struct whole *find(struct pieces *pieces, const struct whole *whole)
{
	u32 i;

	for (i = 0; i < pieces->count; i++) {
		if (same_key(&pieces->wholes[i], whole))
			return &pieces->wholes[i];
	}
	if (pieces->count == PIECES_MOST)
		return NULL;
	pieces->wholes[pieces->count] = *whole;
	memset(&pieces->wholes[pieces->count].twin, 0,
	       sizeof(pieces->wholes[pieces->count].twin));
	return &pieces->wholes[pieces->count++];
}

/* Drops, or passes, before fragments are looked at. */
static bool is_early(const struct twin_verdict *verdict)
{
	return verdict->reason == WGWARD_REASON_PASSIVE ||
	       verdict->reason == WGWARD_REASON_SAME_ADDRESS ||
	       verdict->reason == WGWARD_REASON_NO_POLICY;
}

bool pieces_judge_first(struct pieces *pieces, struct scene *scene,
			struct seen *seen)
{
	struct whole whole = { .datagram = scene_datagram(scene) };
	struct twin_verdict expected;
	u8 bytes[SPACE] = { 0 };
	struct whole *known;
	struct sk_buff skb;
	u32 units;

	whole.id = random_below(IDS);
	whole.ingress = random_once_in(2);
	known = find(pieces, &whole);
	if (!known)
		return true;
	known->datagram = whole.datagram;
	datagram_build(&whole.datagram, bytes, &skb);
	units = units_of(&whole.datagram, &skb);
	datagram_cut(&skb, whole.id, 0, units, true);
	expected = twin_judge(&scene->twin, &whole.datagram, whole.ingress);
	if (!is_early(&expected))
		fragment_twin_first(&known->twin, units, scene->view.epoch,
				    expected.pass);
	if (scene_judge(scene, &skb, whole.ingress, &expected, seen))
		return true;
	tap_note("first fragment, id %u, %u units", whole.id, units);
	return false;
}

/* What is said of a later fragment before it is known to be one. */
static struct twin_verdict ask_early(const struct scene *scene,
				     const struct datagram *datagram)
{
	const struct twin *twin = &scene->twin;
	struct twin_verdict verdict = { .pass = true,
					.reason = WGWARD_REASON_FLOW };

	if (twin->passive && !twin->pending)
		verdict.reason = WGWARD_REASON_PASSIVE;
	else if (!memcmp(&datagram->source, &datagram->destination,
			 sizeof(datagram->source)))
		verdict = (struct twin_verdict){
			.reason = WGWARD_REASON_SAME_ADDRESS
		};
	else if (!twin->policy && !twin->passive)
		verdict = (struct twin_verdict){
			.reason = WGWARD_REASON_NO_POLICY
		};
	return verdict;
}

bool pieces_judge_later(struct pieces *pieces, struct scene *scene,
			struct seen *seen)
{
	u32 start = 1 + random_below(FRAGMENT_TWIN_UNITS - 1);
	u32 units = 1 + random_below(4);
	struct twin_verdict expected;
	u8 bytes[SPACE] = { 0 };
	struct whole *known;
	struct sk_buff skb;
	bool last;
	int drop;

	if (!pieces->count)
		return true;
	known = &pieces->wholes[random_below(pieces->count)];
	switch (random_below(4)) {
	case 0: /* what comes next */
		start = fragment_twin_end(&known->twin) ?: 1;
		break;
	case 1: /* a little behind or before */
		start = fragment_twin_end(&known->twin) + start % 8;
		start = start > 5 ? start - 4 : 1;
		break;
	}
	if (start >= FRAGMENT_TWIN_UNITS)
		start = FRAGMENT_TWIN_UNITS - 1;
	if (units > FRAGMENT_TWIN_UNITS - start)
		units = FRAGMENT_TWIN_UNITS - start;
	/* The module would rather know it for what it is. */
	if (start == 1 && known->datagram.protocol == IPPROTO_TCP)
		return true;
	last = random_once_in(4);
	datagram_build(&known->datagram, bytes, &skb);
	datagram_cut(&skb, known->id, start, units, !last);
	expected = ask_early(scene, &known->datagram);
	if (expected.reason == WGWARD_REASON_FLOW) {
		drop = fragment_twin_later(&known->twin, start, start + units,
					   last, scene->view.epoch);
		if (drop)
			expected = (struct twin_verdict){ .reason = -drop - 1 };
		scene->twin.heard = !drop;
	}
	expected = twin_conclude(&scene->twin, expected);
	if (scene_judge(scene, &skb, known->ingress, &expected, seen))
		return true;
	tap_note("later fragment, id %u, units %u to %u, last %d", known->id,
		 start, start + units, last);
	return false;
}
