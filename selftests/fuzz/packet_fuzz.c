// SPDX-License-Identifier: GPL-2.0
/*
 * What the module reads of a packet is what a second, naive reader does,
 * however the packet is divided, and both directions have one tuple.
 *
 * An input is two bytes that say what kind of skb it is, see struct shape, and
 * the packet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/skbuff.h>
#include <linux/wgward.h>

#include "input.h"
#include "packet.h"
#include "plain_read.h"
#include "policy.h"
#include "reference.h"
#include "tuple.h"

#define HEADER 2
#define MOST_FRONT 32
#define TAIL 66000
/* Packets up to this size are divided in every place there is. */
#define SMALL 100

/* Bits of the input's first byte. */
#define INPUT_V6 0x01
#define INPUT_GSO 0x02
#define INPUT_OTHER 0x04 /* neither IPv4 nor IPv6, says the skb */
#define INPUT_TAIL 0x08 /* more zeros follow than a length field can say */
#define INPUT_FRONT(byte) ((byte) >> 4 & 7) /* words before the IP header */
#define INPUT_BEFORE 0x80 /* the IP header is before the data */

/**
 * struct shape - what an input says
 * @bytes: of the packet and what follows it
 * @length: number of @bytes
 * @flags: INPUT_*
 * @cut: where the first piece ends
 */
struct shape {
	u8 *bytes;
	u32 length;
	u8 flags;
	u8 cut;
};

static bool is_v6(const struct shape *shape)
{
	return shape->flags & INPUT_V6;
}

static u32 front_of(const struct shape *shape)
{
	return INPUT_FRONT(shape->flags) * 4;
}

/* Each piece is in a block of its size, so that ASan sees what is beyond. */
static struct sk_buff make_skb(const struct shape *shape, u32 near)
{
	u32 front = front_of(shape);
	u32 length = front + shape->length;
	struct sk_buff skb = {
		.len = length,
		.data_len = length - near,
		.network_header = front,
		.protocol = htons(is_v6(shape) ? ETH_P_IPV6 : ETH_P_IP),
		.gso = shape->flags & INPUT_GSO,
	};
	u32 split = near > front ? near - front : 0;

	skb.data = malloc(near);
	skb.rest = malloc(length - near);
	if (!skb.data || !skb.rest)
		abort();
	if (near <= front) {
		memset(skb.data, 0x45, near);
		memset(skb.rest, 0x45, front - near);
		memcpy(skb.rest + front - near, shape->bytes, shape->length);
	} else {
		memset(skb.data, 0x45, front);
		memcpy(skb.data + front, shape->bytes, split);
		memcpy(skb.rest, shape->bytes + split, shape->length - split);
	}
	if (shape->flags & INPUT_OTHER)
		skb.protocol = htons(ETH_P_ARP);
	if (shape->flags & INPUT_BEFORE)
		skb.network_header = -4;
	return skb;
}

static void free_skb(struct sk_buff *skb)
{
	free(skb->data);
	free(skb->rest);
}

#define CHECK(field)                                                      \
	do {                                                              \
		if (memcmp(&module->field, &reference->field,             \
			   sizeof(module->field)))                        \
			input_fail("%s: %s is %#llx, and %#llx to the "   \
				   "reference",                           \
				   what, #field,                          \
				   (unsigned long long)module->field,     \
				   (unsigned long long)reference->field); \
	} while (0)

static void check_equal(const char *what, const struct wgward_packet *module,
			const struct wgward_packet *reference)
{
	if (memcmp(&module->source, &reference->source,
		   sizeof(module->source)) ||
	    memcmp(&module->destination, &reference->destination,
		   sizeof(module->destination)))
		input_fail("%s: other addresses", what);
	CHECK(family);
	CHECK(protocol);
	CHECK(fragment_protocol);
	CHECK(flags);
	CHECK(source_port);
	CHECK(destination_port);
	CHECK(service);
	CHECK(length);
	CHECK(quote);
	CHECK(fragment_id);
	CHECK(fragment_start);
	CHECK(fragment_end);
}

static void check_result(const char *what, int module, int reference)
{
	if (module != reference)
		input_fail("%s: result %d, and %d to the reference", what,
			   module, reference);
}

static void check_quote(const struct shape *shape, const struct sk_buff *skb,
			const struct wgward_packet *packet)
{
	const struct reference reference = {
		.bytes = shape->bytes,
		.length = shape->length,
		.v6 = is_v6(shape),
		.gso = skb->gso,
	};
	struct wgward_packet quoted, expected;
	int result;

	memset(&quoted, 0xa5, sizeof(quoted));
	result = wgward_packet_parse_quote(skb, packet, &quoted);
	check_result("quote", result,
		     reference_read_quote(&reference, packet, &expected));
	if (!result)
		check_equal("quote", &quoted, &expected);
}

/*
 * The short way may leave a packet to the long one, but not read it as another,
 * nor take one for plain that means more than that its flow goes on.
 */
static void check_plain(const struct sk_buff *skb, int result,
			const struct wgward_packet *packet)
{
	struct wgward_plain plain;
	struct wgward_tuple tuple;
	unsigned int sender;

	if (!plain_read(skb, &plain))
		return;
	if (result || packet->flags)
		input_fail("plain, with result %d and flags %#x", result,
			   result ? 0 : packet->flags);
	if (!memcmp(&packet->source, &packet->destination,
		    sizeof(packet->source)))
		input_fail("plain, from and to the same address");
	sender = wgward_tuple_from_packet(&tuple, packet);
	if (plain.sender != sender || plain.length != packet->length ||
	    memcmp(&plain.tuple, &tuple, sizeof(tuple)) ||
	    !wgward_tuple_equal(&plain.tuple, &tuple))
		input_fail("plain, and another packet");
}

/* Returns what both say; @packet is filled when that is 0. */
static int check_parse(const struct shape *shape, u32 near,
		       struct wgward_packet *packet)
{
	const struct reference reference = {
		.bytes = shape->bytes,
		.length = shape->length,
		.v6 = is_v6(shape),
		.gso = shape->flags & INPUT_GSO,
	};
	struct sk_buff skb = make_skb(shape, near);
	struct wgward_packet expected;
	int result, reference_result;

	memset(packet, 0xa5, sizeof(*packet));
	result = wgward_packet_parse(&skb, packet);
	reference_result = reference_read(&reference, &expected);
	if (shape->flags & (INPUT_OTHER | INPUT_BEFORE))
		reference_result = -(WGWARD_REASON_MALFORMED + 1);
	check_result("packet", result, reference_result);
	if (!result) {
		check_equal("packet", packet, &expected);
		if (packet->flags & WGWARD_PACKET_ERROR)
			check_quote(shape, &skb, packet);
	}
	check_plain(&skb, result, packet);
	free_skb(&skb);
	return result;
}

/* What follows the packet is not part of it. */
static void check_trailer(const struct shape *shape,
			  const struct wgward_packet *packet)
{
	struct shape without = *shape;
	struct wgward_packet again;

	if (packet->length == shape->length)
		return;
	without.length = packet->length;
	check_result("without trailer",
		     check_parse(&without, front_of(shape) + packet->length,
				 &again),
		     0);
	check_equal("without trailer", &again, packet);
}

static bool is_query(const struct wgward_packet *packet)
{
	return packet->protocol == IPPROTO_ICMP ||
	       packet->protocol == IPPROTO_ICMPV6;
}

/* The service of the answer to a question of ICMP, and the other way round. */
static u32 counterpart(u32 service)
{
	static const u8 types4[] = { 8, 0, 13, 14 };
	u32 i;

	if (service >> 16 == IPPROTO_ICMPV6)
		return service ^ (128 ^ 129) << 8;
	for (i = 0; i < sizeof(types4); i++) {
		if ((service >> 8 & 0xff) == types4[i])
			return (service & ~0xff00U) | types4[i ^ 1] << 8;
	}
	return service;
}

/* What the other end sends. */
static struct wgward_packet turned(const struct wgward_packet *packet)
{
	const u16 query = WGWARD_PACKET_START | WGWARD_PACKET_REPLY;
	struct wgward_packet other = *packet;

	other.source = packet->destination;
	other.destination = packet->source;
	if (is_query(packet)) {
		other.flags ^= query;
		other.service = counterpart(packet->service);
		return other;
	}
	other.source_port = packet->destination_port;
	other.destination_port = packet->source_port;
	return other;
}

static bool same_tuple(const struct wgward_tuple *tuple,
		       const struct wgward_packet *packet)
{
	struct wgward_tuple other;

	bool same;

	memset(&other, 0xa5, sizeof(other));
	wgward_tuple_from_packet(&other, packet);
	same = !memcmp(tuple, &other, sizeof(other));
	if (same != wgward_tuple_equal(tuple, &other))
		input_fail("tuples are %s to one and not to the other",
			   same ? "equal" : "different");
	return same;
}

/* Another conversation has another tuple. */
static void check_others(const struct wgward_tuple *tuple,
			 const struct wgward_packet *packet)
{
	struct wgward_packet other;

	other = *packet;
	other.source_port ^= htons(0x100);
	if (same_tuple(tuple, &other))
		input_fail("the source port is not in the tuple");
	other = *packet;
	other.destination.s6_addr[3] ^= 1;
	if (memcmp(&other.source, &other.destination, sizeof(other.source)) &&
	    same_tuple(tuple, &other))
		input_fail("the destination is not in the tuple");
	if (is_query(packet)) {
		other = *packet;
		other.flags ^= WGWARD_PACKET_START | WGWARD_PACKET_REPLY;
		other.service = counterpart(packet->service);
		if (same_tuple(tuple, &other))
			input_fail("who asks is not in the tuple");
		return;
	}
	other = *packet;
	other.destination_port ^= htons(1);
	if (same_tuple(tuple, &other))
		input_fail("the destination port is not in the tuple");
	other = *packet;
	other.protocol ^= 0x80;
	if (!is_query(&other) && same_tuple(tuple, &other))
		input_fail("the protocol is not in the tuple");
}

static void check_tuple(const struct wgward_packet *packet)
{
	const u16 without = WGWARD_PACKET_LATER | WGWARD_PACKET_ERROR |
			    WGWARD_PACKET_STATELESS;
	struct wgward_packet other = turned(packet);
	struct wgward_tuple tuple, back;
	unsigned int sender;

	if (packet->flags & without ||
	    !memcmp(&packet->source, &packet->destination,
		    sizeof(packet->source)))
		return;
	memset(&tuple, 0xa5, sizeof(tuple));
	memset(&back, 0x5a, sizeof(back));
	sender = wgward_tuple_from_packet(&tuple, packet);
	if (sender > 1 || memcmp(&tuple.address[sender], &packet->source,
				 sizeof(packet->source)))
		input_fail("end %u of the tuple is not the sender", sender);
	if (wgward_tuple_from_packet(&back, &other) != !sender)
		input_fail("both directions have one sender");
	if (memcmp(&tuple, &back, sizeof(tuple)))
		input_fail("both directions have different tuples");
	check_others(&tuple, packet);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct wgward_packet packet, again;
	struct shape shape;
	u32 whole, near;
	int result;

	if (size < HEADER)
		return 0;
	shape.flags = data[0];
	shape.cut = data[1];
	shape.length = size - HEADER;
	if (shape.flags & INPUT_TAIL)
		shape.length += TAIL;
	shape.bytes = calloc(1, shape.length);
	if (!shape.bytes)
		abort();
	memcpy(shape.bytes, data + HEADER, size - HEADER);
	whole = front_of(&shape) + shape.length;

	result = check_parse(&shape, whole, &packet);
	if (shape.length > SMALL) {
		near = shape.cut;
		check_parse(&shape, near < whole ? near : whole, &again);
	}
	for (near = 0; shape.length <= SMALL && near < whole; near++)
		check_parse(&shape, near, &again);
	if (!result) {
		check_tuple(&packet);
		check_trailer(&shape, &packet);
	}
	free(shape.bytes);
	return 0;
}

/*
 * Puts an extension header in front of what follows the IP header: nothing
 * but Pad1, reserved fields or the like in it. What it does to a fragment or
 * to AH is for more changes to show.
 */
static size_t insert_extension(u8 *data, size_t size, size_t most,
			       unsigned int seed)
{
	static const u8 kinds[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING,
				    IPPROTO_FRAGMENT, IPPROTO_AH,
				    IPPROTO_DSTOPTS };
	u8 kind = kinds[seed % sizeof(kinds)];
	u8 units = kind == IPPROTO_FRAGMENT ? 0 : seed / 8 % 5;
	size_t length = kind == IPPROTO_AH ? units * 4 + 8 : units * 8 + 8;
	size_t next, at;

	next = HEADER + (data[0] & INPUT_V6 ? 6 : 9);
	at = HEADER + (data[0] & INPUT_V6 ? 40 : data[HEADER] % 16 * 4);
	if (at > size || size + length > most)
		return size;
	memmove(data + at + length, data + at, size - at);
	memset(data + at, 0, length);
	data[at] = data[next];
	data[at + 1] = units;
	data[next] = kind;
	return size + length;
}

/* Most changes of size would only be found to be such. */
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t most,
			       unsigned int seed)
{
	u32 header;

	size = LLVMFuzzerMutate(data, size, most);
	if (size < HEADER + 40)
		return size;
	if (seed % 8 == 7)
		size = insert_extension(data, size, most, seed / 8);
	else if (seed % 2)
		return size;
	header = data[0] & INPUT_V6 ? 40 : 0;
	data[HEADER + (header ? 4 : 2)] = (size - HEADER - header) >> 8;
	data[HEADER + (header ? 5 : 3)] = size - HEADER - header;
	return size;
}
