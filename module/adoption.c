// SPDX-License-Identifier: GPL-2.0
/* Conversations that are older than the first policy. */

#include <linux/in.h>
#include <linux/mutex.h>
#include <linux/timekeeping.h>

#include "adoption.h"
#include "judge.h"
#include "ward.h"

/**
 * DOC: Adoption
 *
 * A TCP connection that was there before the ward goes on when the end that
 * started it sends: that end may start it, and its packet does. Packets of the
 * other end are refused until then, and an end that only receives may not send
 * for long. For a time after the first policy such a packet is therefore taken
 * for part of a connection if the end that it goes to may start one. Who
 * is refused may not keep that up alone: the flow ends as one that was never
 * answered does, counted from its first packet, unless the other end sends.
 */

/* Jiffies would come around, and begin it again, where a long has 32 bits. */
static u32 seconds_now(void)
{
	return ktime_get_seconds();
}

void wgward_adoption_begin(struct wgward_ward *ward)
{
	struct wgward_adoption *adoption = &ward->adoption;

	lockdep_assert_held(&ward->lock);

	if (adoption->seconds)
		WRITE_ONCE(adoption->end, seconds_now() + adoption->seconds);
}

void wgward_adoption_settle(struct wgward_ward *ward)
{
	lockdep_assert_held(&ward->lock);

	ward->adoption.seconds = 0;
}

void wgward_adoption_stop(struct wgward_ward *ward)
{
	lockdep_assert_held(&ward->lock);

	WRITE_ONCE(ward->adoption.end, 0);
}

static bool is_on(const struct wgward_adoption *adoption)
{
	return READ_ONCE(adoption->end) > seconds_now();
}

bool wgward_adoption_ask(const struct wgward_judgement *judgement,
			 const struct wgward_tuple *tuple, unsigned int sender,
			 struct wgward_opinion *opinion)
{
	const struct wgward_packet *packet = &judgement->packet;
	struct wgward_flow flow = {
		.tuple = *tuple,
		.starter = !sender,
		.service = IPPROTO_TCP << 16 | ntohs(packet->source_port),
	};
	struct wgward_opinion others;

	if (!is_on(&judgement->ward->adoption) ||
	    packet->protocol != IPPROTO_TCP ||
	    packet->flags & (WGWARD_PACKET_START | WGWARD_PACKET_RST))
		return false;
	/* Whose the addresses are does not matter: it is said as well. */
	wgward_judge_flow(judgement, &flow, sender, &others);
	if (others.result < 0)
		return false;
	*opinion = others;
	return true;
}

u32 wgward_adoption_left(const struct wgward_ward *ward)
{
	const struct wgward_adoption *adoption = &ward->adoption;

	lockdep_assert_held(&ward->lock);

	if (!adoption->end)
		return adoption->seconds;
	if (!is_on(adoption))
		return 0;
	return adoption->end - seconds_now();
}
