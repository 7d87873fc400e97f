// SPDX-License-Identifier: GPL-2.0
/* Headers between that of IP and the transport's. */
#include "extension.h"

#include <asm/byteorder.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/limits.h>

#include "packet.h"
#include "reader.h"
#include "transport.h"

#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_OFFSET 0xfff8

#define OPTION_PAD1 0
#define OPTION_JUMBO 194
#define OPTION_HOME_ADDRESS 201

#define PROTOCOL_MOBILITY 135
#define PROTOCOL_HIP 139
#define PROTOCOL_SHIM6 140
#define PROTOCOL_TEST1 253
#define PROTOCOL_TEST2 254

struct fragment_header {
	u8 next;
	u8 reserved;
	__be16 offset;
	__be32 id;
};

struct routing_header {
	u8 next;
	u8 length;
	u8 type;
	u8 segments_left;
};

/**
 * wgward_extension_skip_ah() - steps over AH
 * @reader: there
 * @packet: whose protocol becomes that of the next header
 *
 * Its length counts words of four bytes, less two.
 *
 * Return: 0, or -(enum wgward_reason + 1) of a drop.
 */
int wgward_extension_skip_ah(struct wgward_reader *reader,
			     struct wgward_packet *packet)
{
	const struct wgward_extension *header;
	struct wgward_extension buffer;
	u32 length;

	header = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!header)
		return wgward_reader_too_short(packet);
	length = (header->length + 2) * 4;
	/* Next, length, reserved, SPI, sequence. */
	if (length < 12)
		return WGWARD_DROP(MALFORMED);
	packet->protocol = header->next;
	return wgward_reader_skip(reader, length) ?
		       0 :
		       wgward_reader_too_short(packet);
}

/**
 * wgward_extension_note_fragment() - notes where a fragment belongs
 * @reader: at its payload, which is all that is left
 * @packet: to be told
 * @front: bytes before the payload that the length field of the whole datagram
 *	counts
 * @start: of the payload in the datagram, bytes
 * @more: more of the datagram follows
 *
 * Return: 0, or -(enum wgward_reason + 1) of a drop.
 */
int wgward_extension_note_fragment(const struct wgward_reader *reader,
				   struct wgward_packet *packet, u32 front,
				   u32 start, bool more)
{
	u32 length = wgward_reader_left(reader);

	if (reader->quoted) {
		packet->flags |= start ? WGWARD_PACKET_LATER :
					 WGWARD_PACKET_FIRST;
		return 0;
	}
	if (!length || front + start + length > U16_MAX || (more && length % 8))
		return WGWARD_DROP(MALFORMED);
	/* Would overwrite the flags of a first that was let through. */
	if (start == 8 && packet->protocol == IPPROTO_TCP)
		return WGWARD_DROP(FRAGMENT_OVERLAP);
	packet->flags |= start ? WGWARD_PACKET_LATER : WGWARD_PACKET_FIRST;
	if (start && !more)
		packet->flags |= WGWARD_PACKET_LAST;
	packet->fragment_start = start;
	packet->fragment_end = start + length;
	return 0;
}

/*
 * Looks through the options of a hop-by-hop or destination options header,
 * which end at @end. Stores the length that a jumbo option gives. The home
 * address of Mobile IPv6 replaces the source that was judged: refused.
 */
static int parse_options6(struct wgward_reader reader, u32 end, u32 *jumbo)
{
	const struct wgward_extension *option; /* type and length */
	struct wgward_extension buffer;
	u8 payload_buffer[4];
	const u8 *payload;
	const u8 *type;

	while (reader.offset < end) {
		type = wgward_reader_peek(&reader, 1, &buffer);
		if (!type)
			return WGWARD_DROP(MALFORMED);
		if (*type == OPTION_PAD1) {
			reader.offset++;
			continue;
		}
		option = wgward_reader_peek(&reader, sizeof(buffer), &buffer);
		if (!option || end - reader.offset < sizeof(buffer))
			return WGWARD_DROP(MALFORMED);
		reader.offset += sizeof(buffer);
		if (option->length > end - reader.offset)
			return WGWARD_DROP(MALFORMED);
		if (option->next == OPTION_HOME_ADDRESS)
			return WGWARD_DROP(SOURCE_ROUTE);
		if (option->next == OPTION_JUMBO) {
			payload =
				wgward_reader_peek(&reader, 4, payload_buffer);
			if (!payload || option->length != 4)
				return WGWARD_DROP(MALFORMED);
			*jumbo = (u32)payload[0] << 24 | payload[1] << 16 |
				 payload[2] << 8 | payload[3];
			/* RFC 2675: what fits the header must be there. */
			if (*jumbo <= U16_MAX)
				return WGWARD_DROP(MALFORMED);
		}
		reader.offset += option->length;
	}
	return 0;
}

/**
 * wgward_extension_skip_options() - steps over hop-by-hop or destination
 *	options
 * @reader: there
 * @packet: whose protocol becomes that of the next header
 * @jumbo: where the length goes that a jumbo option gives
 *
 * Their length counts units of eight bytes, less one.
 *
 * Return: 0, or -(enum wgward_reason + 1) of a drop.
 */
int wgward_extension_skip_options(struct wgward_reader *reader,
				  struct wgward_packet *packet, u32 *jumbo)
{
	const struct wgward_extension *header;
	struct wgward_extension buffer;
	struct wgward_reader options = *reader;
	u32 length;
	int error;

	header = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!header)
		return wgward_reader_too_short(packet);
	length = (header->length + 1) * 8;
	packet->protocol = header->next;
	if (!wgward_reader_skip(reader, length))
		return wgward_reader_too_short(packet);
	options.offset += sizeof(buffer);
	error = parse_options6(options, reader->offset, jumbo);
	return error;
}

static int skip_routing(struct wgward_reader *reader,
			struct wgward_packet *packet)
{
	const struct routing_header *header;
	struct routing_header buffer;

	header = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!header)
		return wgward_reader_too_short(packet);
	/* In a quoted packet it tells who answered, which is judged anyway. */
	if (header->segments_left && !reader->quoted)
		return WGWARD_DROP(SOURCE_ROUTE);
	packet->protocol = header->next;
	return wgward_reader_skip(reader, (header->length + 1) * 8) ?
		       0 :
		       wgward_reader_too_short(packet);
}

/*
 * Steps over a fragment header; the packet may be its own and only one. What
 * comes before that header, but for IPv6's own, is part of the whole datagram.
 */
static int skip_fragment(struct wgward_reader *reader,
			 struct wgward_packet *packet)
{
	const struct fragment_header *header;
	struct fragment_header buffer;
	u32 fragment;
	u32 front = reader->offset - skb_network_offset(reader->skb) -
		    sizeof(struct ipv6hdr);

	header = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!header)
		return WGWARD_DROP(MALFORMED);
	fragment = be16_to_cpu(header->offset);
	packet->protocol = header->next;
	reader->offset += sizeof(buffer);
	/* RFC 6946: not a fragment, whatever else has the same id. */
	if (!(fragment & (IPV6_OFFSET | IPV6_MORE_FRAGMENTS)))
		return 0;
	packet->fragment_id = header->id;
	return wgward_extension_note_fragment(reader, packet, front,
					      fragment & IPV6_OFFSET,
					      fragment & IPV6_MORE_FRAGMENTS);
}

/* Steps over one extension header of a kind that may come more than once. */
static int skip_extension(struct wgward_reader *reader,
			  struct wgward_packet *packet, bool *fragment)
{
	u32 jumbo = 0;
	int error;

	switch (packet->protocol) {
	case IPPROTO_DSTOPTS:
		error = wgward_extension_skip_options(reader, packet, &jumbo);
		/* For hop-by-hop only. */
		return !error && jumbo ? WGWARD_DROP(MALFORMED) : error;
	case IPPROTO_ROUTING:
		return skip_routing(reader, packet);
	case IPPROTO_AH:
		return wgward_extension_skip_ah(reader, packet);
	case IPPROTO_FRAGMENT:
		if (*fragment)
			return WGWARD_DROP(EXTENSION_HEADER);
		*fragment = true;
		return skip_fragment(reader, packet);
	default:
		return WGWARD_DROP(EXTENSION_HEADER);
	}
}

static bool extension_header(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_DSTOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
	case PROTOCOL_TEST1:
	case PROTOCOL_TEST2:
		return true;
	default:
		return false;
	}
}

/**
 * wgward_extension_parse() - reads what follows IPv6's header
 * @reader: there, or behind hop-by-hop options
 * @packet: whose protocol is that of the next header
 *
 * Return: 0, or -(enum wgward_reason + 1) of a drop.
 */
int wgward_extension_parse(struct wgward_reader *reader,
			   struct wgward_packet *packet)
{
	bool fragment = false;
	u32 count = 0;
	int error;

	while (extension_header(packet->protocol)) {
		if (count++ == WGWARD_MAX_EXTENSIONS)
			return WGWARD_DROP(EXTENSION_HEADER);
		error = skip_extension(reader, packet, &fragment);
		if (error || packet->flags & WGWARD_PACKET_LATER)
			return error;
	}
	return wgward_transport_parse(reader, packet);
}
