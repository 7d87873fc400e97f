// SPDX-License-Identifier: GPL-2.0
/*
 * The data path judges as its naive twins do, whatever packets come and
 * whatever becomes of the policy meanwhile.
 *
 * An input is two bytes, by which the world is made, one that says how many
 * steps follow the input's own, and these. What scene.c takes for random is the
 * input's; policies are made by two bytes of it each, as they would take up
 * most of it. The steps that follow come from nowhere: many things happen only
 * after many others, and a short input that leads there is soon varied.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "input.h"
#include "piece.h"
#include "reference.h"
#include "scene.h"
#include "tap.h"

#define MOST_STEPS 120

/* Whether the next allocation fails, and whether one did. */
static bool starve, starved;

bool shim_allocation_fails(void)
{
	if (!starve)
		return false;
	starve = false;
	starved = true;
	return true;
}

/* As when somebody asks for it, or the namespace ends. */
static bool step_flush(struct scene *scene)
{
	bool ok = scene_counts_hold(scene);

	twin_forget(&scene->twin);
	return ok;
}

/* What cannot be read is dropped for the reason that the reference gives. */
static bool step_damaged(struct scene *scene, struct seen *seen)
{
	struct datagram datagram = scene_datagram(scene);
	struct twin_verdict expected = { 0 };
	struct reference reference = { 0 };
	struct wgward_packet packet;
	bool ingress = random_once_in(2);
	u8 bytes[DATAGRAM_SIZE];
	struct sk_buff skb;
	int drop;

	datagram_build(&datagram, bytes, &skb);
	bytes[random_below(skb.len)] = input_byte();
	skb.len -= random_below(4);
	reference.bytes = bytes;
	reference.length = skb.len;
	reference.v6 = datagram.family == AF_INET6;
	drop = reference_read(&reference, &packet);
	if (!drop)
		return true;
	expected.reason = -drop - 1;
	if (scene->twin.passive && !scene->twin.pending)
		expected = (struct twin_verdict){
			.pass = true, .reason = WGWARD_REASON_PASSIVE
		};
	expected = twin_conclude(&scene->twin, expected);
	return scene_judge(scene, &skb, ingress, &expected, seen);
}

static bool goes_from(const struct talk *talk, const struct in6_addr *source,
		      u16 source_port, const struct in6_addr *destination,
		      u16 destination_port)
{
	const struct datagram *first = &talk->first;

	return first->source_port == source_port &&
	       first->destination_port == destination_port &&
	       !memcmp(&first->source, source, sizeof(*source)) &&
	       !memcmp(&first->destination, destination, sizeof(*destination));
}

/* The talk that @datagram has started: in the other's name if adopted. */
static struct talk *find_started(struct twin *twin,
				 const struct datagram *datagram)
{
	struct talk *talk;
	u32 i;

	for (i = 0; i < TWIN_TALKS; i++) {
		talk = &twin->talks[i];
		if (!talk->used || talk->first.family != datagram->family ||
		    talk->first.protocol != datagram->protocol ||
		    talk->first.type != datagram->type)
			continue;
		if (goes_from(talk, &datagram->source, datagram->source_port,
			      &datagram->destination,
			      datagram->destination_port) ||
		    (talk->adopted &&
		     goes_from(talk, &datagram->destination,
			       datagram->destination_port, &datagram->source,
			       datagram->source_port)))
			return talk;
	}
	return NULL;
}

/* A flow that could not be had is none: the packet is dropped. */
static bool step_starved(struct scene *scene, struct seen *seen)
{
	struct datagram datagram = scene_datagram(scene);
	bool ingress = random_once_in(2);
	struct twin_verdict expected;
	u8 bytes[DATAGRAM_SIZE];
	struct talk *started = NULL;
	struct sk_buff skb;

	datagram_build(&datagram, bytes, &skb);
	expected = twin_judge(&scene->twin, &datagram, ingress);
	if (scene->twin.started)
		started = find_started(&scene->twin, &datagram);
	if (started) {
		started->used = false;
		scene->twin.heard = false;
		scene->twin.started = false;
		expected = twin_conclude(
			&scene->twin, (struct twin_verdict){
					      .reason = WGWARD_REASON_NO_MEMORY,
				      });
	}
	starved = false;
	starve = true;
	if (!scene_judge(scene, &skb, ingress, &expected, seen))
		return false;
	starve = false;
	if (starved == !!started)
		return true;
	tap_note("allocated %d, expected %d", starved, !!started);
	return false;
}

static bool step(struct scene *scene, struct pieces *pieces, struct seen *seen)
{
	u8 what = input_byte() % 64;

	if (what < 4) {
		input_seed(input_word());
		scene_change_policy(scene, seen);
		input_resume();
		return true;
	}
	if (what < 8) {
		scene_pass_time(scene, seen);
		return true;
	}
	if (what < 10)
		return step_damaged(scene, seen);
	if (what < 12)
		return step_starved(scene, seen);
	if (what < 16)
		return pieces_judge_first(pieces, scene, seen);
	if (what < 24)
		return pieces_judge_later(pieces, scene, seen);
	if (what == 24)
		return step_flush(scene);
	return scene_judge_packet(scene, seen);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct pieces pieces;
	static struct scene scene;
	struct seen seen = { 0 };
	bool ok = true;
	u32 i, more;

	if (wgward_flow_init())
		abort();
	/* As the kernel's, whose lower half soon begins anew. */
	jiffies = (u32)(-300 * HZ);
	real_seconds = 0;
	pieces.count = 0;
	input_begin(data, size);
	input_seed(input_word());
	scene_begin(&scene);
	scene.audits = random_once_in(2);
	input_resume();
	more = input_byte();
	for (i = 0; ok && i < MOST_STEPS && (input_left() || more--); i++)
		ok = step(&scene, &pieces, &seen);
	if (!ok)
		input_fail("step %u: the twin judges otherwise", i);
	if (!scene_counts_hold(&scene))
		input_fail("flows are counted that are not there");
	scene_end(&scene);
	wgward_flow_exit();
	return 0;
}
