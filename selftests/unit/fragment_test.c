// SPDX-License-Identifier: GPL-2.0
/* Later fragments follow their first as in a twin that marks every byte. */
#include <arpa/inet.h>
#include <linux/jiffies.h>
#include <string.h>

#include "account.h"
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
		.fragment_id = htonl(id),
		.fragment_start = start * 8,
		.fragment_end = end * 8,
		.flags = start ? WGWARD_PACKET_LATER : WGWARD_PACKET_FIRST,
	};

	if (last)
		packet.flags |= WGWARD_PACKET_LAST;
	return packet;
}

/* Of which datagram it is. */
static struct wgward_account account_of(u32 id)
{
	return (struct wgward_account){ .rule = id, .node = { id, ~id } };
}

static int later(struct wgward_fragments *fragments,
		 const struct wgward_packet *packet, u8 hook, u32 epoch)
{
	struct wgward_account account = { 0 };
	int drop;

	drop = wgward_fragment_later(fragments, packet, hook, epoch, &account);
	/* Counts to what its first did. */
	if (!drop && account.rule != ntohl(packet->fragment_id))
		return 1;
	return drop;
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
	drop = later(fragments, &packet, 0, epoch);
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
		if (later(fragments, &packet, 0, epoch) ||
		    fragment_twin_later(twin, start, end,
					end == FRAGMENT_TWIN_UNITS, epoch))
			return false;
		start = end;
	}
	return true;
}

static bool play(struct wgward_fragments *fragments, u32 id, struct seen *seen)
{
	struct wgward_account account;
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
			account = account_of(id);
			ok = !wgward_fragment_first(fragments, &packet, 0,
						    epoch,
						    pass ? &account : NULL);
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
	wgward_fragment_first(fragments, &packet, 0, epoch, NULL);
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
	struct wgward_packet last = packet_of(1, 1, 2, true);
	struct wgward_packet other = last;
	struct wgward_account account = account_of(1);
	int orphan = -(WGWARD_REASON_FRAGMENT_ORPHAN + 1);
	bool ok;

	wgward_fragment_first(fragments, &first, 0, 1, &account);
	ok = later(fragments, &last, 1, 1) == orphan;
	other.fragment_protocol = 6;
	ok = ok && later(fragments, &other, 0, 1) == orphan;
	other = last;
	other.source.s6_addr[0] = 1;
	ok = ok && later(fragments, &other, 0, 1) == orphan;
	other = last;
	other.destination.s6_addr[0] = 1;
	ok = ok && later(fragments, &other, 0, 1) == orphan;
	other = last;
	other.family = 10;
	ok = ok && later(fragments, &other, 0, 1) == orphan;
	tap_result(ok && !later(fragments, &last, 0, 1),
		   "a fragment follows the first of its own datagram only");
}

/* Whether what is left of datagram @id of the node @source may follow. */
static bool is_remembered(struct wgward_fragments *fragments, u32 id,
			  u32 source)
{
	struct wgward_packet packet = packet_of(id, 1, 2, true);

	packet.source.s6_addr32[1] = source;
	return !later(fragments, &packet, 0, 1);
}

static int send_first(struct wgward_fragments *fragments, u32 id, u32 source)
{
	struct wgward_packet packet = packet_of(id, 0, 1, false);
	struct wgward_account account = account_of(id);

	packet.source.s6_addr32[1] = source;
	return wgward_fragment_first(fragments, &packet, 0, 1, &account);
}

/* Where what @source sends is, as its address is hashed by a secret. */
static u32 share_of(struct wgward_fragments *fragments, u32 source)
{
	struct wgward_packet packet = packet_of(~0U, 0, 1, false);
	unsigned int before[WGWARD_FRAGMENT_SHARES];
	u32 i;

	for (i = 0; i < WGWARD_FRAGMENT_SHARES; i++)
		before[i] = fragments->shares[i].count;
	send_first(fragments, ~0U, source);
	for (i = 0; i < WGWARD_FRAGMENT_SHARES - 1; i++)
		if (fragments->shares[i].count != before[i])
			break;
	packet.source.s6_addr32[1] = source;
	wgward_fragment_first(fragments, &packet, 0, 1, NULL);
	return i;
}

/* The next source after @source that has its room with @other, or not. */
static u32 next_source(struct wgward_fragments *fragments, u32 source,
		       u32 other, bool same)
{
	u32 share = share_of(fragments, other);

	do
		source++;
	while ((share_of(fragments, source) == share) != same);
	return source;
}

/* A sender that never ends what it begins takes the room of its own only. */
static void shares_hold(struct wgward_fragments *fragments)
{
	u32 other = next_source(fragments, 1, 1, false);
	bool ok = !send_first(fragments, 1, 1);
	u32 i, evicted = 0;
	int result;

	for (i = 0; i < 2 * SHARE; i++) {
		result = send_first(fragments, i, other);
		ok = ok && result >= 0;
		evicted += result == 1;
	}
	tap_result(ok && fragments->count == SHARE + 1,
		   "a sender has at most %u datagrams under way", SHARE);
	tap_result(evicted == SHARE, "those that took another's room say so");
	tap_result(!is_remembered(fragments, SHARE - 1, other) &&
			   is_remembered(fragments, SHARE, other) &&
			   is_remembered(fragments, 2 * SHARE - 1, other),
		   "its oldest make room");
	tap_result(is_remembered(fragments, 1, 1), "and nobody else's");
}

/* Addresses that hash alike have as much as one of them. */
static void sharers_share(struct wgward_fragments *fragments)
{
	u32 other = next_source(fragments, 1, 1, true);
	bool ok = !send_first(fragments, 1, 1);
	u32 i;

	for (i = 0; i < SHARE; i++)
		ok = ok && send_first(fragments, i, other) >= 0;
	tap_result(ok && fragments->count == SHARE &&
			   !is_remembered(fragments, 1, 1) &&
			   is_remembered(fragments, 0, other),
		   "senders that hash alike share their room");
}

#define SENDERS 64

/* Senders none of which has its room with another. */
static void find_senders(struct wgward_fragments *fragments,
			 u32 senders[SENDERS])
{
	bool taken[WGWARD_FRAGMENT_SHARES] = { false };
	u32 i = 0, share, source;

	for (source = 1; i < SENDERS; source++) {
		share = share_of(fragments, source);
		if (taken[share])
			continue;
		taken[share] = true;
		senders[i++] = source;
	}
}

/* The limit is on what is under way, and time makes room. */
static void limit_holds(struct wgward_fragments *fragments)
{
	u32 senders[SENDERS];
	bool ok = true;
	u32 i;

	find_senders(fragments, senders);
	for (i = 0; i < 2 * LIMIT; i++)
		ok = ok && send_first(fragments, i, senders[i % SENDERS]) ==
				   (i >= LIMIT);
	tap_result(ok && fragments->count == LIMIT,
		   "at most %u datagrams are under way", LIMIT);
	jiffies += FRAGMENT_TWIN_SECONDS * HZ;
	ok = !is_remembered(fragments, 2 * LIMIT - 1, senders[SENDERS - 1]);
	for (i = 0; i < LIMIT; i++)
		ok = ok && send_first(fragments, i, senders[0]) >= 0;
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
	sharers_share(&fragments);
	wgward_fragments_destroy(&fragments);
	wgward_fragments_create(&fragments);
	limit_holds(&fragments);
	wgward_fragments_destroy(&fragments);
	return tap_end();
}
