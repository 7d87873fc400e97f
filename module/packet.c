// SPDX-License-Identifier: GPL-2.0
/*
 * What wgward reads of a packet.
 *
 * DOC: what is read, and what is refused
 *
 * Every length is bounded by the IP header's, which is bounded by the skb's.
 * Headers are read through skb_header_pointer(), so it does not matter in how
 * many pieces the packet is.
 *
 * A header that says what the real protocol is (AH in both families; in IPv6
 * hop-by-hop options, destination options, and a routing header that has
 * nothing left to do) is stepped over, so that a rule for a port sees the port.
 * ESP and "no next header" are protocols like others. What IPv6 may yet define
 * as an extension header, and the ones that are there for mobility, HIP, shim6
 * and experiments, are refused: ports behind them would be guesses.
 */
#include "packet.h"

#include <asm/byteorder.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "extension.h"
#include "policy.h"
#include "reader.h"
#include "transport.h"

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET 0x1fff

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_LOOSE_ROUTE 131
#define OPTION_STRICT_ROUTE 137

/* Looks for source routes among IPv4's options. */
static int parse_options(struct wgward_reader *reader, u32 length)
{
	u32 end = reader->offset + length;
	const struct wgward_extension *option; /* type and length */
	struct wgward_extension buffer;
	const u8 *type;

	while (reader->offset < end) {
		type = wgward_reader_peek(reader, 1, &buffer);
		if (!type)
			return WGWARD_DROP(MALFORMED);
		if (*type == OPTION_END)
			break;
		if (*type == OPTION_NOP) {
			reader->offset++;
			continue;
		}
		if (*type == OPTION_LOOSE_ROUTE || *type == OPTION_STRICT_ROUTE)
			return WGWARD_DROP(SOURCE_ROUTE);
		option = wgward_reader_peek(reader, sizeof(buffer), &buffer);
		if (!option || option->length < 2 ||
		    option->length > end - reader->offset)
			return WGWARD_DROP(MALFORMED);
		reader->offset += option->length;
	}
	reader->offset = end;
	return 0;
}

/* Bounds the packet by what its header says. */
static int bound_ipv4(struct wgward_reader *reader,
		      struct wgward_packet *packet, const struct iphdr *ip)
{
	u32 length = be16_to_cpu(ip->tot_len);
	u32 left = wgward_reader_left(reader);

	packet->length = length;
	if (reader->quoted) {
		/* A host may have changed it before it quoted. */
		if (length > ip->ihl * 4U)
			reader->end = reader->offset + min(length, left);
		return ip->ihl * 4U <= left ? 0 : WGWARD_DROP(MALFORMED);
	}
	/* BIG TCP: more than fits the field. */
	if (!length && skb_is_gso(reader->skb) && left > U16_MAX)
		length = left;
	if (length < ip->ihl * 4U || length > left)
		return WGWARD_DROP(MALFORMED);
	packet->length = length;
	reader->end = reader->offset + length;
	return 0;
}

static int parse_ipv4(struct wgward_reader *reader,
		      struct wgward_packet *packet)
{
	const struct iphdr *ip;
	struct iphdr buffer;
	u32 start, fragment;
	u32 count = 0;
	int error;

	ip = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!ip || ip->version != 4 || ip->ihl < 5)
		return WGWARD_DROP(MALFORMED);
	error = bound_ipv4(reader, packet, ip);
	if (error)
		return error;
	packet->source.s6_addr32[0] = ip->saddr;
	packet->destination.s6_addr32[0] = ip->daddr;
	packet->protocol = ip->protocol;
	fragment = be16_to_cpu(ip->frag_off);
	start = (fragment & IPV4_OFFSET) * 8;

	reader->offset += sizeof(buffer);
	error = parse_options(reader, ip->ihl * 4 - sizeof(buffer));
	if (error)
		return error;
	if (fragment & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET)) {
		packet->fragment_protocol = ip->protocol;
		packet->fragment_id = cpu_to_be32(be16_to_cpu(ip->id));
		error = wgward_extension_note_fragment(
			reader, packet, ip->ihl * 4, start,
			fragment & IPV4_MORE_FRAGMENTS);
		if (error || start)
			return error;
	}
	while (packet->protocol == IPPROTO_AH) {
		if (count++ == WGWARD_MAX_EXTENSIONS)
			return WGWARD_DROP(EXTENSION_HEADER);
		error = wgward_extension_skip_ah(reader, packet);
		if (error)
			return error;
	}
	return wgward_transport_parse(reader, packet);
}

/*
 * The payload's length, which is in a jumbo option or nowhere when it is too
 * much for 16 bits, as in the super-packets of BIG TCP.
 */
static int bound_ipv6(struct wgward_reader *reader,
		      struct wgward_packet *packet, u32 start, u32 payload,
		      u32 jumbo)
{
	u32 left = reader->skb->len - start - sizeof(struct ipv6hdr);

	if (reader->quoted) {
		packet->length = sizeof(struct ipv6hdr) + payload;
		return 0;
	}
	if (jumbo && (payload || !skb_is_gso(reader->skb)))
		return WGWARD_DROP(MALFORMED);
	if (jumbo)
		payload = jumbo;
	else if (!payload && skb_is_gso(reader->skb) && left > U16_MAX)
		payload = left;
	if (payload > left)
		return WGWARD_DROP(MALFORMED);
	packet->length = sizeof(struct ipv6hdr) + payload;
	reader->end = start + packet->length;
	return reader->offset <= reader->end ? 0 : WGWARD_DROP(MALFORMED);
}

static int parse_ipv6(struct wgward_reader *reader,
		      struct wgward_packet *packet)
{
	u32 start = reader->offset;
	const struct ipv6hdr *ip;
	struct ipv6hdr buffer;
	u32 payload, jumbo = 0;
	int error = 0;

	ip = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!ip || ip->version != 6)
		return WGWARD_DROP(MALFORMED);
	packet->source = ip->saddr;
	packet->destination = ip->daddr;
	packet->protocol = ip->nexthdr;
	payload = be16_to_cpu(ip->payload_len);
	reader->offset += sizeof(buffer);
	/* Nowhere else may it be, so it is not in wgward_extension_parse(). */
	if (packet->protocol == IPPROTO_HOPOPTS)
		error = wgward_extension_skip_options(reader, packet, &jumbo);
	if (!error)
		error = bound_ipv6(reader, packet, start, payload, jumbo);
	return error ? error : wgward_extension_parse(reader, packet);
}

/**
 * wgward_packet_parse() - reads what rules and flows need of a packet
 * @skb: not changed; its IP header starts at the network header
 * @packet: to be filled
 *
 * Context: any.
 * Return: 0, or -(enum wgward_reason + 1) of a drop.
 */
int wgward_packet_parse(const struct sk_buff *skb, struct wgward_packet *packet)
{
	struct wgward_reader reader = {
		.skb = skb,
		.offset = skb_network_offset(skb),
		.end = skb->len,
	};

	memset(packet, 0, sizeof(*packet));
	packet->service = WGWARD_NONE;
	/* In front of the data it would be negative, which is too much, too. */
	if (reader.offset > reader.end)
		return WGWARD_DROP(MALFORMED);
	switch (skb->protocol) {
	case cpu_to_be16(ETH_P_IP):
		packet->family = AF_INET;
		return parse_ipv4(&reader, packet);
	case cpu_to_be16(ETH_P_IPV6):
		packet->family = AF_INET6;
		return parse_ipv6(&reader, packet);
	default:
		return WGWARD_DROP(MALFORMED);
	}
}

/**
 * wgward_packet_parse_quote() - reads the packet that an ICMP error quotes
 * @skb: not changed
 * @packet: the error, as wgward_packet_parse() read it from @skb
 * @quoted: to be filled; what cannot have been a flow's is refused
 *
 * Context: any.
 * Return: 0 or -(WGWARD_REASON_ICMP_ERROR + 1).
 */
int wgward_packet_parse_quote(const struct sk_buff *skb,
			      const struct wgward_packet *packet,
			      struct wgward_packet *quoted)
{
	u32 start = skb_network_offset(skb);
	struct wgward_reader reader = {
		.skb = skb,
		.offset = start + packet->quote,
		.end = start + packet->length,
		.quoted = true,
	};
	int error;

	memset(quoted, 0, sizeof(*quoted));
	quoted->service = WGWARD_NONE;
	quoted->family = packet->family;
	error = packet->family == AF_INET ? parse_ipv4(&reader, quoted) :
					    parse_ipv6(&reader, quoted);
	if (error ||
	    quoted->flags & (WGWARD_PACKET_LATER | WGWARD_PACKET_ERROR |
			     WGWARD_PACKET_STATELESS))
		return WGWARD_DROP(ICMP_ERROR);
	return 0;
}
