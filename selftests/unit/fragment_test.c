// SPDX-License-Identifier: GPL-2.0
/* Later fragments follow their first as in a twin that marks every byte. */
#include <linux/jiffies.h>
#include <string.h>

#include "fragment.h"
#include "fragment_twin.h"
#include "packet.h"
#include "policy.h"
#include "tap.h"

#define DATAGRAMS 20000
#define LIMIT 4096
#define SHARE 512

unsigned long jiffies;
u64 real_seconds;

static struct wgward_packet packet_of(u32 id, u32 start, u32 end, bool last)
{
	struct wgward_packet packet = {
		.family = 2,
		.protocol = 17,
		.fragment_protocol = 17,
		.fragment_id = id,
		.fragment_start = start * 8,
		.fragment_end = end * 8,
		.flags = start ? WGWARD_PACKET_LATER : WGWARD_PACKET_FIRST,
	};

	if (last)
		packet.flags |= WGWARD_PACKET_LAST;
	return packet;
}

struct seen {
	u32 passed, orphans, overlaps, limits, whole;
};

static bool step_later(struct wgward_fragments *fragments,
		       struct fragment_twin *twin, u32 id, u32 epoch,
		       struct seen *seen)
{
	u32 start = 1 + random_below(FRAGMENT_TWIN_UNITS - 1);
	u32 end = start + 1 + random_below(3);
	struct wgward_packet packet;
	bool last, was = twin->known;
	int expected, drop;

	if (end > FRAGMENT_TWIN_UNITS)
		end = FRAGMENT_TWIN_UNITS;
	last = random_once_in(10) || end == FRAGMENT_TWIN_UNITS;
	packet = packet_of(id, start, end, last);
	drop = wgward_fragment_later(fragments, &packet, 0, epoch);
	expected = fragment_twin_later(twin, start, end, last, epoch);
	seen->passed += !drop;
	seen->whole += was && !drop && !twin->known;
	seen->orphans += drop == -(WGWARD_REASON_FRAGMENT_ORPHAN + 1);
	seen->overlaps += drop == -(WGWARD_REASON_FRAGMENT_OVERLAP + 1);
	seen->limits += drop == -(WGWARD_REASON_FRAGMENT_LIMIT + 1);
	if (drop == expected)
		return true;
	tap_note("%u to %u: %d, expected %d", start, end, drop, expected);
	return false;
}

/* One fragment behind the other, as the network sends them. */
static bool step_in_order(struct wgward_fragments *fragments,
			  struct fragment_twin *twin, u32 id, u32 epoch)
{
	struct wgward_packet packet;
	u32 start = fragment_twin_end(twin);
	u32 end;

	while (twin->known) {
		end = start + 1 + random_below(4);
		if (end > FRAGMENT_TWIN_UNITS)
			end = FRAGMENT_TWIN_UNITS;
		packet = packet_of(id, start, end, end == FRAGMENT_TWIN_UNITS);
		if (wgward_fragment_later(fragments, &packet, 0, epoch) ||
		    fragment_twin_later(twin, start, end,
					end == FRAGMENT_TWIN_UNITS, epoch))
			return false;
		start = end;
	}
	return true;
}

static bool play(struct wgward_fragments *fragments, u32 id, struct seen *seen)
{
	struct wgward_packet packet;
	struct fragment_twin twin = { 0 };
	u32 epoch = 1 + id / 100;
	bool ok = true, pass;
	u32 i, end;

	for (i = 0; ok && i < 12; i++) {
		if (random_once_in(30))
			jiffies += random_below(2 * FRAGMENT_TWIN_SECONDS * HZ);
		if (!i || random_once_in(20)) {
			end = 1 + random_below(3);
			pass = !random_once_in(10);
			packet = packet_of(id, 0, end, false);
			ok = !wgward_fragment_first(fragments, &packet, 0,
						    epoch, pass);
			fragment_twin_first(&twin, end, epoch, pass);
			if (ok && pass && random_once_in(3))
				ok = step_in_order(fragments, &twin, id, epoch);
		} else {
			ok = step_later(fragments, &twin, id,
					epoch + random_once_in(50), seen);
		}
	}
	/* Gives the next ones room. */
	packet = packet_of(id, 0, 1, false);
	wgward_fragment_first(fragments, &packet, 0, epoch, false);
	return ok;
}

static void compare(struct wgward_fragments *fragments)
{
	struct seen seen = { 0 };
	bool ok = true;
	u32 i;

	for (i = 0; ok && i < DATAGRAMS; i++)
		ok = play(fragments, i, &seen);
	tap_result(ok, "%u datagrams: fragments follow as in the twin", i);
	tap_note(
		"%u passed, %u orphans, %u overlaps, %u beyond the limit, %u whole",
		seen.passed, seen.orphans, seen.overlaps, seen.limits,
		seen.whole);
	tap_result(seen.passed && seen.orphans && seen.overlaps &&
			   seen.limits && seen.whole,
		   "all kinds of verdicts were met");
	tap_result(!fragments->count, "nothing is remembered in the end");
}

/* Those of another hook, address or protocol are others' datagrams. */
static void keys_differ(struct wgward_fragments *fragments)
{
	struct wgward_packet first = packet_of(1, 0, 1, false);
	struct wgward_packet later = packet_of(1, 1, 2, true);
	struct wgward_packet other = later;
	int orphan = -(WGWARD_REASON_FRAGMENT_ORPHAN + 1);
	bool ok;

	wgward_fragment_first(fragments, &first, 0, 1, true);
	ok = wgward_fragment_later(fragments, &later, 1, 1) == orphan;
	other.fragment_protocol = 6;
	ok = ok && wgward_fragment_later(fragments, &other, 0, 1) == orphan;
	other = later;
	other.source.s6_addr[0] = 1;
	ok = ok && wgward_fragment_later(fragments, &other, 0, 1) == orphan;
	other = later;
	other.destination.s6_addr[0] = 1;
	ok = ok && wgward_fragment_later(fragments, &other, 0, 1) == orphan;
	other = later;
	other.family = 10;
	ok = ok && wgward_fragment_later(fragments, &other, 0, 1) == orphan;
	tap_result(ok && !wgward_fragment_later(fragments, &later, 0, 1),
		   "a fragment follows the first of its own datagram only");
}

/* Whether what is left of datagram @id of the node @source may follow. */
static bool is_remembered(struct wgward_fragments *fragments, u32 id, u8 source)
{
	struct wgward_packet packet = packet_of(id, 1, 2, true);

	packet.source.s6_addr[1] = source;
	return !wgward_fragment_later(fragments, &packet, 0, 1);
}

static bool send_first(struct wgward_fragments *fragments, u32 id, u8 source)
{
	struct wgward_packet packet = packet_of(id, 0, 1, false);

	packet.source.s6_addr[1] = source;
	return !wgward_fragment_first(fragments, &packet, 0, 1, true);
}

/* A sender that never ends what it begins takes the room of its own only. */
static void shares_hold(struct wgward_fragments *fragments)
{
	bool ok = send_first(fragments, 1, 1);
	u32 i;

	for (i = 0; i < 2 * SHARE; i++)
		ok = ok && send_first(fragments, i, 2);
	tap_result(ok && fragments->count == SHARE + 1,
		   "a sender has at most %u datagrams under way", SHARE);
	tap_result(!is_remembered(fragments, SHARE - 1, 2) &&
			   is_remembered(fragments, SHARE, 2) &&
			   is_remembered(fragments, 2 * SHARE - 1, 2),
		   "its oldest make room");
	tap_result(is_remembered(fragments, 1, 1), "and nobody else's");
}

/* The limit is on what is under way, and time makes room. */
static void limit_holds(struct wgward_fragments *fragments)
{
	bool ok = true;
	u32 i;

	for (i = 0; i < 2 * LIMIT; i++)
		ok = ok && send_first(fragments, i, i % 64);
	tap_result(ok && fragments->count == LIMIT,
		   "at most %u datagrams are under way", LIMIT);
	jiffies += FRAGMENT_TWIN_SECONDS * HZ;
	ok = !is_remembered(fragments, 2 * LIMIT - 1, (2 * LIMIT - 1) % 64);
	for (i = 0; i < LIMIT; i++)
		ok = ok && send_first(fragments, i, 1);
	tap_result(ok && fragments->count == SHARE,
		   "and they are remembered for 30 seconds");
}

int main(void)
{
	struct wgward_fragments fragments;

	random_begin();
	wgward_fragments_create(&fragments);
	compare(&fragments);
	keys_differ(&fragments);
	wgward_fragments_destroy(&fragments);
	wgward_fragments_create(&fragments);
	shares_hold(&fragments);
	wgward_fragments_destroy(&fragments);
	wgward_fragments_create(&fragments);
	limit_holds(&fragments);
	wgward_fragments_destroy(&fragments);
	return tap_end();
}
