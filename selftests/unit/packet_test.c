// SPDX-License-Identifier: GPL-2.0
/* What is read of packets: made ones, cut ones, changed ones and huge ones. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/skbuff.h>
#include <linux/wgward.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "frame.h"
#include "packet.h"
#include "packet_cases.h"
#include "policy.h"
#include "tap.h"

#define FRONT 8
#define MUTATIONS 400000

static struct frame case_frame(const struct packet_case *one)
{
	return frame_read(one->text, one->v6 ? 40 : 0);
}

static __be16 case_protocol(bool v6)
{
	return htons(v6 ? ETH_P_IPV6 : ETH_P_IP);
}

/* Parses @frame, the first @near bytes of which are in one piece. */
static int parse(const struct frame *frame, bool v6, bool gso, u32 front,
		 u32 near, struct wgward_packet *packet)
{
	struct sk_buff skb = frame_skb(frame, case_protocol(v6), front, near);
	int result;

	skb.gso = gso;
	memset(packet, 0xa5, sizeof(*packet));
	result = wgward_packet_parse(&skb, packet);
	frame_free(&skb);
	return result;
}

static bool addresses_match(const struct packet_case *one,
			    const struct wgward_packet *packet)
{
	static const u8 v4[] = { 10, 0, 0 };
	static const u8 zero[15];
	static const u8 v6 = 0xfd;
	const u8 *source = packet->source.s6_addr;
	const u8 *destination = packet->destination.s6_addr;

	if (one->v6)
		return packet->family == AF_INET6 && source[0] == v6 &&
		       !memcmp(source + 1, zero, 14) && source[15] == 1 &&
		       destination[0] == v6 &&
		       !memcmp(destination + 1, zero, 14) &&
		       destination[15] == 2;
	return packet->family == AF_INET && !memcmp(source, v4, 3) &&
	       source[3] == 1 && !memcmp(source + 4, zero, 12) &&
	       !memcmp(destination, v4, 3) && destination[3] == 2 &&
	       !memcmp(destination + 4, zero, 12);
}

static bool packet_matches(const struct packet_case *one, u32 length,
			   const struct wgward_packet *packet)
{
	return addresses_match(one, packet) &&
	       packet->protocol == one->protocol &&
	       packet->flags == one->flags && packet->service == one->service &&
	       ntohs(packet->source_port) == one->source_port &&
	       ntohs(packet->destination_port) == one->destination_port &&
	       packet->length == length && packet->quote == one->quote &&
	       packet->fragment_protocol == one->fragment_protocol &&
	       ntohl(packet->fragment_id) == one->fragment_id &&
	       packet->fragment_start == one->fragment_start &&
	       packet->fragment_end == one->fragment_end;
}

static void note_packet(int result, const struct wgward_packet *packet)
{
	tap_note(
		"result %d protocol %u flags %#x service %#x ports %u %u length %u quote %u fragment %u %#x %u %u",
		result, packet->protocol, packet->flags, packet->service,
		ntohs(packet->source_port), ntohs(packet->destination_port),
		packet->length, packet->quote, packet->fragment_protocol,
		ntohl(packet->fragment_id), packet->fragment_start,
		packet->fragment_end);
}

/* Likewise, the rest of which is a list of pieces of @size bytes. */
static int parse_list(const struct frame *frame, bool v6, bool gso, u32 near,
		      u32 size, struct wgward_packet *packet)
{
	struct sk_buff skb = frame_skb(frame, case_protocol(v6), 0, near);
	int result;

	skb.gso = gso;
	frame_scatter(&skb, size);
	memset(packet, 0xa5, sizeof(*packet));
	result = wgward_packet_parse(&skb, packet);
	frame_free(&skb);
	return result;
}

/* Whether it reads as it should when it is a list of fragments. */
static bool list_holds(const struct packet_case *one)
{
	struct frame frame = case_frame(one);
	struct wgward_packet packet;
	u32 near, size;
	int result;

	for (near = 0; near <= frame.length; near += 5) {
		for (size = 1; size <= 9; size += 4) {
			result = parse_list(&frame, one->v6, one->gso, near,
					    size, &packet);
			if (result == -one->drop &&
			    (result ||
			     packet_matches(one, frame.length, &packet)))
				continue;
			tap_note("%s: pieces of %u behind %u", one->name, size,
				 near);
			note_packet(result, &packet);
			return false;
		}
	}
	return true;
}

/* Whether it reads as it should, wherever it is divided into two pieces. */
static bool case_holds(const struct packet_case *one)
{
	struct frame frame = case_frame(one);
	struct wgward_packet packet;
	bool ok = true;
	u32 front, near;
	int result;

	for (front = 0; ok && front <= FRONT; front += FRONT) {
		for (near = 0; ok && near <= front + frame.length; near++) {
			result = parse(&frame, one->v6, one->gso, front, near,
				       &packet);
			ok = result == -one->drop &&
			     (result ||
			      packet_matches(one, frame.length, &packet));
			if (!ok)
				note_packet(result, &packet);
		}
	}
	return ok;
}

/* A packet of which the end is missing is not one. */
static bool cuts_hold(const struct packet_case *one)
{
	struct frame frame = case_frame(one);
	struct wgward_packet packet;

	while (frame.length--) {
		if (!parse(&frame, one->v6, one->gso, 0, frame.length,
			   &packet)) {
			tap_note("%s: passes with %u bytes", one->name,
				 frame.length);
			return false;
		}
	}
	return true;
}

/* What follows the packet is not part of it. */
static bool trailer_holds(const struct packet_case *one)
{
	struct frame frame = case_frame(one);
	struct wgward_packet packet;
	u32 length = frame.length;
	int result;

	memset(frame.bytes + length, 0x2b, 32);
	frame.length += 32;
	result = parse(&frame, one->v6, one->gso, 0, frame.length, &packet);
	if (!result && packet_matches(one, length, &packet))
		return true;
	tap_note("%s", one->name);
	note_packet(result, &packet);
	return false;
}

static bool family_holds(const struct packet_case *one)
{
	struct frame frame = case_frame(one);
	struct wgward_packet packet;

	return parse(&frame, !one->v6, one->gso, 0, frame.length, &packet) ==
	       -(WGWARD_REASON_MALFORMED + 1);
}

static void test_cases(void)
{
	bool cuts = true, trailers = true, families = true, lists = true;
	u32 i;

	for (i = 0; i < packet_case_count; i++)
		tap_result(case_holds(&packet_cases[i]), "%s",
			   packet_cases[i].name);
	for (i = 0; i < packet_case_count; i++) {
		families = family_holds(&packet_cases[i]) && families;
		lists = list_holds(&packet_cases[i]) && lists;
		if (packet_cases[i].drop)
			continue;
		cuts = cuts_hold(&packet_cases[i]) && cuts;
		trailers = trailer_holds(&packet_cases[i]) && trailers;
	}
	tap_result(cuts, "packets cut short are dropped");
	tap_result(lists, "packets that are lists of fragments");
	tap_result(trailers, "what follows a packet is not read");
	tap_result(families, "the family must be the one that the skb says");
}

/* An ICMP error, with all that surrounds the quoted packet. */
static struct frame quoting_frame(const struct quote_case *one)
{
	static const char v4[] =
		"45 00 LL LL 00 00 00 00 40 01 00 00 0a 00 00 09 0a 00 00 02 "
		"0b 00 00 00 00 00 00 00";
	static const char v6[] =
		"60 00 00 00 LL LL 3a 40 fd 00*14 09 fd 00*14 02 "
		"03 00 00 00 00 00 00 00";
	char text[1024];

	strcpy(text, one->v6 ? v6 : v4);
	strcat(text, " ");
	strcat(text, one->text);
	return frame_read(text, one->v6 ? 40 : 0);
}

static bool quote_holds(const struct quote_case *one)
{
	struct frame frame = quoting_frame(one);
	struct wgward_packet packet, quoted;
	struct sk_buff skb;
	u32 near;
	int result;

	for (near = 0; near <= frame.length; near++) {
		skb = frame_skb(&frame, case_protocol(one->v6), 0, near);
		if (wgward_packet_parse(&skb, &packet))
			return false;
		memset(&quoted, 0xa5, sizeof(quoted));
		result = wgward_packet_parse_quote(&skb, &packet, &quoted);
		frame_free(&skb);
		if (one->drop ?
			    result != -(WGWARD_REASON_ICMP_ERROR + 1) :
			    result || quoted.protocol != one->protocol ||
				    quoted.service != one->service ||
				    ntohs(quoted.source_port) !=
					    one->source_port ||
				    ntohs(quoted.destination_port) !=
					    one->destination_port ||
				    memcmp(&quoted.source, &packet.destination,
					   sizeof(quoted.source))) {
			note_packet(result, &quoted);
			return false;
		}
	}
	return true;
}

static void test_quotes(void)
{
	u32 i;

	for (i = 0; i < quote_case_count; i++)
		tap_result(quote_holds(&quote_cases[i]), "quoted: %s",
			   quote_cases[i].name);
}

/* What holds for every packet that is not dropped. */
static bool sane(const struct frame *frame, const struct wgward_packet *packet)
{
	const u16 fragment = WGWARD_PACKET_FIRST | WGWARD_PACKET_LATER;

	if (packet->length > frame->length || packet->length < 20)
		return false;
	if ((packet->flags & fragment) == fragment)
		return false;
	if (packet->flags & WGWARD_PACKET_LATER)
		return packet->service == WGWARD_NONE &&
		       packet->fragment_start && !packet->source_port &&
		       packet->fragment_start < packet->fragment_end &&
		       packet->fragment_end <= 65535;
	if (packet->flags & WGWARD_PACKET_FIRST &&
	    (packet->fragment_start || !packet->fragment_end))
		return false;
	if (packet->flags & WGWARD_PACKET_ERROR &&
	    (packet->quote < 28 || packet->quote > packet->length))
		return false;
	return !(packet->flags & WGWARD_PACKET_LAST) &&
	       packet->service >> 16 == packet->protocol;
}

static struct frame mutated_frame(const struct packet_case *one)
{
	struct frame frame = case_frame(one);
	u32 times = 1 + random_below(4);

	while (times--) {
		if (random_once_in(2))
			frame.bytes[random_below(frame.length)] = random_next();
		else
			frame.bytes[random_below(frame.length)] ^=
				1 << random_below(8);
	}
	if (random_once_in(4))
		frame.length = 1 + random_below(frame.length);
	return frame;
}

/* In one piece or two it is the same packet. */
static bool mutation_holds(const struct frame *frame, bool v6, u32 *passed)
{
	struct wgward_packet whole, divided, quoted;
	bool gso = random_once_in(8);
	struct sk_buff skb;
	int result, again;

	result = parse(frame, v6, gso, 0, frame->length, &whole);
	again = parse(frame, v6, gso, FRONT,
		      random_below(FRONT + frame->length + 1), &divided);
	if (result != again)
		return false;
	if (result)
		return result >= -(int)__WGWARD_REASON_MAX;
	*passed += 1;
	if (memcmp(&whole, &divided, sizeof(whole)) || !sane(frame, &whole))
		return false;
	if (whole.flags & WGWARD_PACKET_ERROR) {
		skb = frame_skb(frame, case_protocol(v6), 0, frame->length);
		wgward_packet_parse_quote(&skb, &whole, &quoted);
		frame_free(&skb);
	}
	return true;
}

static void note_frame(const struct frame *frame)
{
	char text[3 * FRAME_MOST + 1] = "";
	u32 i;

	for (i = 0; i < frame->length; i++)
		sprintf(text + 3 * i, "%02x ", frame->bytes[i]);
	tap_note("%s", text);
}

static void test_mutations(void)
{
	const struct packet_case *one;
	struct frame frame;
	u32 i, passed = 0;
	bool ok = true;

	for (i = 0; ok && i < MUTATIONS; i++) {
		one = &packet_cases[random_below(packet_case_count)];
		frame = mutated_frame(one);
		ok = mutation_holds(&frame, one->v6, &passed);
		if (!ok)
			note_frame(&frame);
	}
	tap_result(ok, "%u changed packets", MUTATIONS);
	tap_result(passed > MUTATIONS / 10 && passed < MUTATIONS / 10 * 9,
		   "of which %u passed", passed);
}

/* A super-packet that is longer than its length field can say. */
static int parse_big(const char *text, bool v6, bool gso, u32 length,
		     struct wgward_packet *packet)
{
	struct frame frame = frame_read(text, 0);
	struct sk_buff skb = {
		.protocol = case_protocol(v6),
		.len = length,
		.gso = gso,
	};
	int result;

	skb.data = calloc(1, length);
	if (!skb.data)
		abort();
	memcpy(skb.data, frame.bytes, frame.length);
	result = wgward_packet_parse(&skb, packet);
	free(skb.data);
	return result;
}

static void test_big(void)
{
	static const char v4[] =
		"45 00 00 00 00 00 00 00 40 06 00 00 0a 00 00 01 0a 00 00 02 "
		"30 39 00 50 00*8 50 10";
	static const char v6[] =
		"60 00 00 00 00 00 06 40 fd 00*14 01 fd 00*14 02 "
		"30 39 00 50 00*8 50 10";
	static const char jumbo[] =
		"60 00 00 00 00 00 00 40 fd 00*14 01 fd 00*14 02 "
		"06 00 c2 04 00 01 11 48 30 39 00 50 00*8 50 10";
	const int malformed = -(WGWARD_REASON_MALFORMED + 1);
	struct wgward_packet packet;

	tap_result(!parse_big(v4, false, true, 70000, &packet) &&
			   packet.length == 70000 &&
			   packet.service == (6 << 16 | 80),
		   "BIG TCP over IPv4");
	tap_result(parse_big(v4, false, false, 70000, &packet) == malformed,
		   "BIG TCP over IPv4 needs GSO");
	tap_result(!parse_big(v6, true, true, 70000, &packet) &&
			   packet.length == 70000 &&
			   packet.service == (6 << 16 | 80),
		   "BIG TCP over IPv6");
	tap_result(parse_big(v6, true, false, 70000, &packet) == malformed,
		   "BIG TCP over IPv6 needs GSO");
	tap_result(!parse_big(jumbo, true, true, 70000, &packet) &&
			   packet.length == 0x11148 + 40 &&
			   packet.service == (6 << 16 | 80),
		   "BIG TCP over IPv6 with a jumbo option");
	tap_result(parse_big(jumbo, true, false, 70000, &packet) == malformed,
		   "a jumbo option needs GSO");
	tap_result(parse_big(jumbo, true, true, 69999, &packet) == malformed,
		   "a jumbo option is bounded by the skb");
}

static void test_skb(void)
{
	struct frame frame = case_frame(&packet_cases[0]);
	struct sk_buff skb =
		frame_skb(&frame, htons(ETH_P_ARP), 0, frame.length);
	const int malformed = -(WGWARD_REASON_MALFORMED + 1);
	struct wgward_packet packet;

	tap_result(wgward_packet_parse(&skb, &packet) == malformed,
		   "neither IPv4 nor IPv6");
	skb.protocol = htons(ETH_P_IP);
	skb.network_header = -4;
	tap_result(wgward_packet_parse(&skb, &packet) == malformed,
		   "network header in front of the data");
	skb.network_header = frame.length + 1;
	tap_result(wgward_packet_parse(&skb, &packet) == malformed,
		   "network header behind the data");
	frame_free(&skb);
}

int main(void)
{
	random_begin();
	test_cases();
	test_quotes();
	test_skb();
	test_big();
	test_mutations();
	return tap_end();
}
