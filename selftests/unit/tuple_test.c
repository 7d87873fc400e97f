// SPDX-License-Identifier: GPL-2.0
/* Both directions of a flow have one key, and two flows have two. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "packet.h"
#include "tap.h"
#include "tuple.h"

#define PACKETS 200000

/* Of few values, so that addresses and ports are often equal. */
static struct in6_addr random_address(u8 family)
{
	struct in6_addr address = { 0 };
	u32 last = family == AF_INET ? 3 : 15;

	address.s6_addr[random_once_in(2) ? 0 : last] = random_below(4) * 80;
	return address;
}

static struct wgward_packet random_packet(void)
{
	static const u8 protocols[] = { 6, 17, 47, 132 };
	struct wgward_packet packet = { 0 };

	packet.family = random_once_in(2) ? AF_INET : AF_INET6;
	packet.protocol = protocols[random_below(4)];
	packet.source = random_address(packet.family);
	packet.destination = random_address(packet.family);
	/* More than one byte, so that the order of bytes matters. */
	packet.source_port = htons(random_below(4) * 255);
	packet.destination_port = htons(random_below(4) * 255);
	packet.flags = random_next();
	packet.service = packet.protocol << 16 | packet.destination_port;
	return packet;
}

static struct wgward_packet opposite(const struct wgward_packet *packet)
{
	struct wgward_packet reply = *packet;

	reply.source = packet->destination;
	reply.destination = packet->source;
	reply.source_port = packet->destination_port;
	reply.destination_port = packet->source_port;
	reply.service = reply.protocol << 16 | reply.destination_port;
	return reply;
}

static struct wgward_packet query(u8 type, u16 id, const char *source,
				  const char *destination)
{
	bool v4 = !strchr(source, ':');
	struct wgward_packet packet = {
		.family = v4 ? AF_INET : AF_INET6,
		.protocol = v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
		.flags = WGWARD_PACKET_START,
		.source_port = htons(id),
	};

	packet.service = packet.protocol << 16 | type << 8;
	inet_pton(packet.family, source, &packet.source);
	inet_pton(packet.family, destination, &packet.destination);
	return packet;
}

static struct wgward_packet answer(const struct wgward_packet *query)
{
	struct wgward_packet packet = *query;
	u8 type = query->service >> 8;

	packet.source = query->destination;
	packet.destination = query->source;
	packet.flags = WGWARD_PACKET_REPLY;
	type = type == 8 ? 0 : type + 1;
	packet.service = packet.protocol << 16 | type << 8;
	return packet;
}

static bool same_tuple(const struct wgward_packet *a,
		       const struct wgward_packet *b)
{
	struct wgward_tuple tuples[2];

	/* What is not set would differ. */
	memset(&tuples[0], 0x11, sizeof(tuples[0]));
	memset(&tuples[1], 0xee, sizeof(tuples[1]));
	wgward_tuple_from_packet(&tuples[0], a);
	wgward_tuple_from_packet(&tuples[1], b);
	return !memcmp(&tuples[0], &tuples[1], sizeof(tuples[0]));
}

static bool same_packet_ends(const struct wgward_packet *packet)
{
	return packet->source_port == packet->destination_port &&
	       !memcmp(&packet->source, &packet->destination,
		       sizeof(packet->source));
}

static bool tuple_holds(const struct wgward_packet *packet)
{
	struct wgward_packet reply = opposite(packet);
	struct wgward_tuple tuple;
	unsigned int end;

	end = wgward_tuple_from_packet(&tuple, packet);
	if (end > 1 || !same_tuple(packet, &reply))
		return false;
	if (memcmp(&tuple.address[end], &packet->source, 16) ||
	    memcmp(&tuple.address[!end], &packet->destination, 16) ||
	    tuple.port[end] != packet->source_port ||
	    tuple.port[!end] != packet->destination_port ||
	    tuple.family != packet->family ||
	    tuple.protocol != packet->protocol || tuple.asker || tuple.query)
		return false;
	return same_packet_ends(packet) ||
	       wgward_tuple_from_packet(&tuple, &reply) != end;
}

static bool ends_equal(const struct wgward_packet *a,
		       const struct wgward_packet *b)
{
	return !memcmp(&a->source, &b->source, 16) &&
	       !memcmp(&a->destination, &b->destination, 16) &&
	       a->source_port == b->source_port &&
	       a->destination_port == b->destination_port;
}

/* Two packets have one key only if they are of one flow. */
static bool pair_holds(const struct wgward_packet *a,
		       const struct wgward_packet *b)
{
	struct wgward_packet reply = opposite(b);
	bool same = a->family == b->family && a->protocol == b->protocol &&
		    (ends_equal(a, b) || ends_equal(a, &reply));

	return same_tuple(a, b) == same;
}

/* Of IPv4, a few words of a key say as much as all of it. */
static bool words_hold(const struct wgward_packet *a,
		       const struct wgward_packet *b)
{
	struct wgward_tuple tuple, other;
	struct wgward_tuple_ipv4 words;

	wgward_tuple_from_packet(&tuple, a);
	wgward_tuple_from_packet(&other, b);
	words = wgward_tuple_ipv4(&other);
	return b->family != AF_INET ||
	       wgward_tuple_equal_ipv4(&tuple, &words) == same_tuple(a, b);
}

static void test_random(void)
{
	struct wgward_packet packet, other;
	bool symmetric = true, distinct = true, few = true;
	u32 i, met = 0;

	for (i = 0; i < PACKETS && symmetric && distinct && few; i++) {
		packet = random_packet();
		other = random_packet();
		symmetric = tuple_holds(&packet);
		distinct = pair_holds(&packet, &other);
		few = words_hold(&packet, &other);
		met += same_tuple(&packet, &other);
	}
	tap_result(symmetric, "both directions have one key, opposite ends");
	tap_result(distinct && met, "different flows have different keys");
	tap_result(few && met, "of IPv4, few words tell them apart");
}

static void test_query(u8 type, const char *low, const char *high)
{
	struct wgward_packet ask = query(type, 7, low, high);
	struct wgward_packet back = query(type, 7, high, low);
	struct wgward_packet other = query(type, 8, low, high);
	struct wgward_packet reply = answer(&ask);
	struct wgward_packet back_reply = answer(&back);
	struct wgward_tuple tuple, back_tuple;
	unsigned int end, back_end;

	tap_result(same_tuple(&ask, &reply) && same_tuple(&back, &back_reply),
		   "type %u: a query and its answer have one key", type);
	tap_result(!same_tuple(&ask, &back) && !same_tuple(&ask, &back_reply),
		   "type %u: queries of both sides have two", type);
	tap_result(!same_tuple(&ask, &other), "type %u: two ids have two",
		   type);
	end = wgward_tuple_from_packet(&tuple, &ask);
	back_end = wgward_tuple_from_packet(&back_tuple, &back);
	tap_result(tuple.asker == end && back_tuple.asker == back_end &&
			   end != back_end &&
			   wgward_tuple_from_packet(&tuple, &reply) != end,
		   "type %u: the asker is the end that asks", type);
	tap_result(tuple.port[0] == htons(7) && tuple.port[1] == htons(7) &&
			   tuple.query == type,
		   "type %u: id and type are in the key", type);
}

int main(void)
{
	struct wgward_packet echo = query(8, 7, "10.0.0.1", "10.0.0.2");
	struct wgward_packet stamp = query(13, 7, "10.0.0.1", "10.0.0.2");

	random_begin();
	test_random();
	test_query(8, "10.0.0.1", "10.0.0.2");
	test_query(13, "10.0.0.1", "10.0.0.2");
	test_query(128, "fd00::1", "fd00::2");
	tap_result(!same_tuple(&echo, &stamp),
		   "an echo and a timestamp have two keys");
	return tap_end();
}
