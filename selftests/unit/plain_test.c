// SPDX-License-Identifier: GPL-2.0
/*
 * Plain packets: what the short way reads of a packet has to be what the long
 * one does, and only packets that are nothing special are plain.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/skbuff.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "packet.h"
#include "plain_read.h"
#include "tap.h"
#include "tuple.h"

#define ROUNDS 300000

static const char *const texts[] = {
	/* TCP, and with an option; UDP: with an answer's port first, too. */
	"45 00 LL LL 12 34 40 00 40 06 00 00 0a 00 00 01 0a 00 00 02"
	" 30 39 00 50 00 00 00 01 00 00 00 02 50 10 ff ff 00 00 00 00 61 62",
	"45 00 LL LL 12 34 40 00 40 06 00 00 0a 00 00 02 0a 00 00 01"
	" 00 50 30 39 00 00 00 01 00 00 00 02 80 18 ff ff 00 00 00 00"
	" 01 01 08 0a 00 00 00 01 00 00 00 02 61",
	"45 00 LL LL 00 00 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02"
	" 30 39 00 35 00 0a 00 00 61 62",
	"45 00 LL LL 00 00 00 00 40 11 00 00 c0 00 02 09 0a 00 00 02"
	" 00 35 30 39 00 08 00 00",
	"60 00 00 00 LL LL 06 40 fd*15 01 fd*15 02"
	" 30 39 00 50 00 00 00 01 00 00 00 02 50 11 ff ff 00 00 00 00",
	"60 00 00 00 LL LL 06 40 fd*15 03 fd*15 02"
	" 30 39 00 50 00 00 00 01 00 00 00 02 50 10 ff ff 00 00 00 00 61",
	"60 00 00 00 LL LL 11 40 fd*15 01 fd*15 02"
	" 30 39 00 35 00 0a 00 00 61 62",
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static bool is_v6(unsigned int text)
{
	return texts[text][0] == '6';
}

/* Mostly headers: some bits, or a byte that means something there. */
static void change(struct frame *frame)
{
	static const u8 values[] = { 0, 1, 0x3f, 0x40, 0x45, 0x46, 0x60, 0xff };
	u32 at = random_below(frame->length);

	if (random_once_in(2))
		frame->bytes[at] ^= 1 << random_below(8);
	else
		frame->bytes[at] = values[random_below(sizeof(values))];
}

/* Whether both ways agree; @plain counts those that are. */
static bool agree(const struct sk_buff *skb, unsigned int *plain)
{
	struct wgward_packet packet;
	struct wgward_plain short_way;
	struct wgward_tuple tuple;
	unsigned int sender;

	if (!plain_read(skb, &short_way))
		return true;
	++*plain;
	if (wgward_packet_parse(skb, &packet) || packet.flags ||
	    !memcmp(&packet.source, &packet.destination, 16))
		return false;
	sender = wgward_tuple_from_packet(&tuple, &packet);
	return sender == short_way.sender &&
	       packet.length == short_way.length &&
	       wgward_tuple_equal(&tuple, &short_way.tuple) &&
	       !memcmp(&tuple, &short_way.tuple, sizeof(tuple));
}

static bool try_one(unsigned int text, unsigned int changes, u32 near,
		    unsigned int *plain)
{
	struct frame frame = frame_read(texts[text], is_v6(text) ? 40 : 0);
	struct sk_buff skb;
	bool good;

	while (changes--)
		change(&frame);
	if (near > frame.length)
		near = frame.length;
	skb = frame_skb(&frame, htons(is_v6(text) ? ETH_P_IPV6 : ETH_P_IP), 0,
			near);
	skb.gso = random_once_in(8);
	good = agree(&skb, plain);
	frame_free(&skb);
	return good;
}

static void check_unchanged(void)
{
	unsigned int i, plain;

	for (i = 0; i < TEXTS; i++) {
		plain = 0;
		tap_result(try_one(i, 0, FRAME_MOST, &plain),
			   "text %u is read as the long way reads it", i);
		/* The one with a FIN is not. */
		tap_result(plain == (i != 4), "text %u is %s", i,
			   i == 4 ? "not plain" : "plain");
	}
}

static void check_cut(void)
{
	unsigned int i, plain, wrong = 0;
	u32 near;

	for (i = 0; i < TEXTS; i++) {
		for (near = 0; near < FRAME_MOST && near < 80; near++) {
			plain = 0;
			wrong += !try_one(i, 0, near, &plain);
			/* Addresses, ports and UDP's length. */
			wrong += plain && near < 28;
		}
	}
	tap_result(!wrong, "headers in pieces are left to the long way");
}

static void check_changed(void)
{
	unsigned int round, wrong = 0, plain = 0;

	for (round = 0; round < ROUNDS; round++)
		wrong += !try_one(random_below(TEXTS), 1 + random_below(4),
				  random_once_in(4) ? random_below(90) :
						      FRAME_MOST,
				  &plain);
	tap_result(!wrong, "%u changed packets are read alike", ROUNDS);
	tap_result(plain > ROUNDS / 10 && plain < ROUNDS * 9 / 10,
		   "%u of them are plain", plain);
}

int main(void)
{
	random_begin();
	check_unchanged();
	check_cut();
	check_changed();
	return tap_end();
}
