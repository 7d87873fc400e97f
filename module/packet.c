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
 *
 * ICMP in IPv6 and ICMPv6 in IPv4 mean nothing to a receiver and would match
 * the rules meant for the other: malformed.
 *
 * ICMP of code 0 that asks or answers (echo; in IPv4 timestamp, too) can be
 * followed as a flow. Errors are what RFC 792 and RFC 4443 say quote a packet.
 * A redirect quotes one too, but is an order to change routes and no news
 * about a flow: it needs a rule like the rest, which are stateless.
 */
#include "packet.h"

#include <asm/byteorder.h>
#include <linux/compiler.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/wgward.h>

#include "policy.h"

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET 0x1fff
#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_OFFSET 0xfff8

#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_LOOSE_ROUTE 131
#define OPTION_STRICT_ROUTE 137

#define OPTION6_PAD1 0
#define OPTION6_JUMBO 194
#define OPTION6_HOME_ADDRESS 201

#define PROTOCOL_MOBILITY 135
#define PROTOCOL_HIP 139
#define PROTOCOL_SHIM6 140
#define PROTOCOL_TEST1 253
#define PROTOCOL_TEST2 254

/* RFC 8504 lets a host refuse more; legitimate packets have one or two. */
#define MAX_EXTENSION_HEADERS 8

#define DROP(reason) (-(WGWARD_REASON_##reason + 1))

/* No kernel header has these. */
struct extension_header {
	u8 next;
	u8 length;
};

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

struct ports {
	__be16 source, destination;
};

struct sctp_start {
	struct ports ports;
	__be32 tag;
	__le32 checksum;
	u8 chunk;
	u8 flags;
	__be16 length;
};

#define SCTP_INIT 1
#define SCTP_ABORT 6
#define SCTP_SHUTDOWN 7
#define SCTP_SHUTDOWN_ACK 8
#define SCTP_SHUTDOWN_COMPLETE 14

struct dccp_start {
	struct ports ports;
	u8 offset;
	u8 coverage;
	__be16 checksum;
	u8 type; /* in bits 1 to 4 */
	u8 rest[3];
};

#define DCCP_REQUEST 0
#define DCCP_CLOSE_REQUEST 5
#define DCCP_CLOSE 6
#define DCCP_RESET 7

struct icmp_start {
	u8 type;
	u8 code;
	__be16 checksum;
	__be16 id;
	__be16 sequence;
};

/**
 * struct reader - a place in a packet that is being read
 * @skb: the packet
 * @offset: of what comes next, from the start of the skb
 * @end: of what the IP header says belongs to the packet
 * @quoted: only the first bytes are there, of a packet that was larger
 */
struct reader {
	const struct sk_buff *skb;
	u32 offset;
	u32 end;
	bool quoted;
};

static u32 reader_left(const struct reader *reader)
{
	return reader->end - reader->offset;
}

/* The next @size bytes, where they are or in @buffer; NULL beyond the end. */
static const void *reader_peek(const struct reader *reader, u32 size,
			       void *buffer)
{
	if (size > reader_left(reader))
		return NULL;
	return skb_header_pointer(reader->skb, reader->offset, size, buffer);
}

static bool reader_skip(struct reader *reader, u32 size)
{
	if (size > reader_left(reader))
		return false;
	reader->offset += size;
	return true;
}

/*
 * The transport header is cut short: in a first fragment on purpose, so that
 * filters do not see it (RFC 1858), else by mistake.
 */
static int too_short(const struct wgward_packet *packet)
{
	return packet->flags & WGWARD_PACKET_FIRST ? DROP(FRAGMENT_OVERLAP) :
						     DROP(MALFORMED);
}

static void set_ports(struct wgward_packet *packet, const struct ports *ports)
{
	packet->source_port = ports->source;
	packet->destination_port = ports->destination;
	packet->service |= be16_to_cpu(ports->destination);
}

/* All that an ICMP error is sure to quote of a transport header. */
static int parse_quoted_ports(const struct reader *reader,
			      struct wgward_packet *packet)
{
	const struct ports *ports;
	struct ports buffer;

	ports = reader_peek(reader, sizeof(buffer), &buffer);
	if (!ports)
		return DROP(ICMP_ERROR);
	set_ports(packet, ports);
	return 0;
}

static int parse_tcp(const struct reader *reader, struct wgward_packet *packet)
{
	const struct tcphdr *tcp;
	struct tcphdr buffer;
	struct ports ports;

	tcp = reader_peek(reader, sizeof(buffer), &buffer);
	if (!tcp)
		return too_short(packet);
	if (tcp->doff * 4 < sizeof(buffer))
		return DROP(MALFORMED);
	if (tcp->doff * 4 > reader_left(reader))
		return too_short(packet);
	ports.source = tcp->source;
	ports.destination = tcp->dest;
	set_ports(packet, &ports);
	if (tcp->syn && !tcp->ack)
		packet->flags |= WGWARD_PACKET_START;
	if (tcp->fin)
		packet->flags |= WGWARD_PACKET_FIN;
	if (tcp->rst)
		packet->flags |= WGWARD_PACKET_RST;
	return 0;
}

/*
 * UDP's length, or what UDP-Lite's checksum covers. In a first fragment the
 * datagram is longer than what is there; 0 means all of it to UDP-Lite, and
 * to UDP when it is too much for 16 bits.
 */
static bool udp_length_valid(const struct reader *reader,
			     const struct wgward_packet *packet,
			     const struct udphdr *udp)
{
	u32 length = be16_to_cpu(udp->len);

	if (!length)
		return packet->protocol == IPPROTO_UDPLITE ||
		       reader_left(reader) > U16_MAX;
	if (length < sizeof(*udp))
		return false;
	return length <= reader_left(reader) ||
	       packet->flags & WGWARD_PACKET_FIRST;
}

static int parse_udp(const struct reader *reader, struct wgward_packet *packet)
{
	const struct udphdr *udp;
	struct udphdr buffer;
	struct ports ports;

	udp = reader_peek(reader, sizeof(buffer), &buffer);
	if (!udp)
		return too_short(packet);
	if (!udp_length_valid(reader, packet, udp))
		return DROP(MALFORMED);
	ports.source = udp->source;
	ports.destination = udp->dest;
	set_ports(packet, &ports);
	return 0;
}

/* INIT has a packet to itself, and what ends an association comes first. */
static int parse_sctp(const struct reader *reader, struct wgward_packet *packet)
{
	const struct sctp_start *sctp;
	struct sctp_start buffer;

	sctp = reader_peek(reader, sizeof(buffer), &buffer);
	if (!sctp)
		return too_short(packet);
	set_ports(packet, &sctp->ports);
	switch (sctp->chunk) {
	case SCTP_INIT:
		packet->flags |= WGWARD_PACKET_START;
		break;
	case SCTP_ABORT:
		packet->flags |= WGWARD_PACKET_RST;
		break;
	case SCTP_SHUTDOWN:
	case SCTP_SHUTDOWN_ACK:
	case SCTP_SHUTDOWN_COMPLETE:
		packet->flags |= WGWARD_PACKET_FIN;
		break;
	}
	return 0;
}

static int parse_dccp(const struct reader *reader, struct wgward_packet *packet)
{
	const struct dccp_start *dccp;
	struct dccp_start buffer;

	dccp = reader_peek(reader, sizeof(buffer), &buffer);
	if (!dccp)
		return too_short(packet);
	if (dccp->offset * 4 < sizeof(buffer))
		return DROP(MALFORMED);
	if (dccp->offset * 4 > reader_left(reader))
		return too_short(packet);
	set_ports(packet, &dccp->ports);
	switch (dccp->type >> 1 & 0xf) {
	case DCCP_REQUEST:
		packet->flags |= WGWARD_PACKET_START;
		break;
	case DCCP_CLOSE_REQUEST:
	case DCCP_CLOSE:
		packet->flags |= WGWARD_PACKET_FIN;
		break;
	case DCCP_RESET:
		packet->flags |= WGWARD_PACKET_RST;
		break;
	}
	return 0;
}

static u16 icmp4_kind(u8 type, u8 code)
{
	switch (type) {
	case 3: /* destination unreachable */
	case 4: /* source quench */
	case 11: /* time exceeded */
	case 12: /* parameter problem */
		return WGWARD_PACKET_ERROR;
	case 8: /* echo */
	case 13: /* timestamp */
		return code ? WGWARD_PACKET_STATELESS : WGWARD_PACKET_START;
	case 0:
	case 14:
		return code ? WGWARD_PACKET_STATELESS : WGWARD_PACKET_REPLY;
	default:
		return WGWARD_PACKET_STATELESS;
	}
}

static u16 icmp6_kind(u8 type, u8 code)
{
	/* RFC 4443, 2.1: known or not, all below 128 are errors. */
	if (type < 128)
		return WGWARD_PACKET_ERROR;
	if (type == 128 && !code)
		return WGWARD_PACKET_START;
	if (type == 129 && !code)
		return WGWARD_PACKET_REPLY;
	return WGWARD_PACKET_STATELESS;
}

static int parse_icmp(const struct reader *reader, struct wgward_packet *packet)
{
	const struct icmp_start *icmp;
	struct icmp_start buffer;
	u16 kind;

	icmp = reader_peek(reader, sizeof(buffer), &buffer);
	if (!icmp)
		return too_short(packet);
	packet->service |= icmp->type << 8 | icmp->code;
	if (packet->family == AF_INET)
		kind = icmp4_kind(icmp->type, icmp->code);
	else
		kind = icmp6_kind(icmp->type, icmp->code);
	packet->flags |= kind;
	if (kind == WGWARD_PACKET_ERROR)
		packet->quote = reader->offset + sizeof(buffer) -
				skb_network_offset(reader->skb);
	if (kind & (WGWARD_PACKET_START | WGWARD_PACKET_REPLY))
		packet->source_port = icmp->id;
	return 0;
}

/* Reads what follows the IP headers of a packet that is no later fragment. */
static int parse_transport(const struct reader *reader,
			   struct wgward_packet *packet)
{
	bool v6 = packet->family == AF_INET6;

	packet->service = packet->protocol << 16;
	switch (packet->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		if (reader->quoted)
			return parse_quoted_ports(reader, packet);
		break;
	}
	switch (packet->protocol) {
	case IPPROTO_TCP:
		return parse_tcp(reader, packet);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return parse_udp(reader, packet);
	case IPPROTO_SCTP:
		return parse_sctp(reader, packet);
	case IPPROTO_DCCP:
		return parse_dccp(reader, packet);
	case IPPROTO_ICMP:
		return v6 ? DROP(MALFORMED) : parse_icmp(reader, packet);
	case IPPROTO_ICMPV6:
		return v6 ? parse_icmp(reader, packet) : DROP(MALFORMED);
	default:
		return 0;
	}
}

/* Steps over AH, whose length counts words of four bytes, less two. */
static int skip_ah(struct reader *reader, struct wgward_packet *packet)
{
	const struct extension_header *header;
	struct extension_header buffer;
	u32 length;

	header = reader_peek(reader, sizeof(buffer), &buffer);
	if (!header)
		return too_short(packet);
	length = (header->length + 2) * 4;
	/* Next, length, reserved, SPI, sequence. */
	if (length < 12)
		return DROP(MALFORMED);
	packet->protocol = header->next;
	return reader_skip(reader, length) ? 0 : too_short(packet);
}

/*
 * Notes where a fragment belongs; its payload is all that is left. Returns 0
 * when there are ports to be read.
 */
static int note_fragment(const struct reader *reader,
			 struct wgward_packet *packet, u32 start, bool more)
{
	u32 length = reader_left(reader);

	if (reader->quoted) {
		packet->flags |= start ? WGWARD_PACKET_LATER :
					 WGWARD_PACKET_FIRST;
		return 0;
	}
	if (!length || start + length > U16_MAX || (more && length % 8))
		return DROP(MALFORMED);
	/* Would overwrite the flags of a first that was let through. */
	if (start == 8 && packet->protocol == IPPROTO_TCP)
		return DROP(FRAGMENT_OVERLAP);
	packet->flags |= start ? WGWARD_PACKET_LATER : WGWARD_PACKET_FIRST;
	if (start && !more)
		packet->flags |= WGWARD_PACKET_LAST;
	packet->fragment_start = start;
	packet->fragment_end = start + length;
	return 0;
}

/* Looks for source routes among IPv4's options. */
static int parse_options(struct reader *reader, u32 length)
{
	u32 end = reader->offset + length;
	const struct extension_header *option; /* type and length */
	struct extension_header buffer;
	const u8 *type;

	while (reader->offset < end) {
		type = reader_peek(reader, 1, &buffer);
		if (!type)
			return DROP(MALFORMED);
		if (*type == OPTION_END)
			break;
		if (*type == OPTION_NOP) {
			reader->offset++;
			continue;
		}
		if (*type == OPTION_LOOSE_ROUTE || *type == OPTION_STRICT_ROUTE)
			return DROP(SOURCE_ROUTE);
		option = reader_peek(reader, sizeof(buffer), &buffer);
		if (!option || option->length < 2 ||
		    option->length > end - reader->offset)
			return DROP(MALFORMED);
		reader->offset += option->length;
	}
	reader->offset = end;
	return 0;
}

/* Bounds the packet by what its header says. */
static int bound_ipv4(struct reader *reader, struct wgward_packet *packet,
		      const struct iphdr *ip)
{
	u32 length = be16_to_cpu(ip->tot_len);
	u32 left = reader_left(reader);

	packet->length = length;
	if (reader->quoted) {
		/* A host may have changed it before it quoted. */
		if (length > ip->ihl * 4U)
			reader->end = reader->offset + min(length, left);
		return ip->ihl * 4U <= left ? 0 : DROP(MALFORMED);
	}
	/* BIG TCP: more than fits the field. */
	if (!length && skb_is_gso(reader->skb) && left > U16_MAX)
		length = left;
	if (length < ip->ihl * 4U || length > left)
		return DROP(MALFORMED);
	packet->length = length;
	reader->end = reader->offset + length;
	return 0;
}

static int parse_ipv4(struct reader *reader, struct wgward_packet *packet)
{
	const struct iphdr *ip;
	struct iphdr buffer;
	u32 start, fragment;
	u32 count = 0;
	int error;

	ip = reader_peek(reader, sizeof(buffer), &buffer);
	if (!ip || ip->version != 4 || ip->ihl < 5)
		return DROP(MALFORMED);
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
		error = note_fragment(reader, packet, start,
				      fragment & IPV4_MORE_FRAGMENTS);
		if (error || start)
			return error;
	}
	while (packet->protocol == IPPROTO_AH) {
		if (count++ == MAX_EXTENSION_HEADERS)
			return DROP(EXTENSION_HEADER);
		error = skip_ah(reader, packet);
		if (error)
			return error;
	}
	return parse_transport(reader, packet);
}

/*
 * Looks through the options of a hop-by-hop or destination options header,
 * which end at @end. Stores the length that a jumbo option gives. The home
 * address of Mobile IPv6 replaces the source that was judged: refused.
 */
static int parse_options6(struct reader reader, u32 end, u32 *jumbo)
{
	const struct extension_header *option; /* type and length */
	struct extension_header buffer;
	u8 payload_buffer[4];
	const u8 *payload;
	const u8 *type;

	while (reader.offset < end) {
		type = reader_peek(&reader, 1, &buffer);
		if (!type)
			return DROP(MALFORMED);
		if (*type == OPTION6_PAD1) {
			reader.offset++;
			continue;
		}
		option = reader_peek(&reader, sizeof(buffer), &buffer);
		if (!option || end - reader.offset < sizeof(buffer))
			return DROP(MALFORMED);
		reader.offset += sizeof(buffer);
		if (option->length > end - reader.offset)
			return DROP(MALFORMED);
		if (option->next == OPTION6_HOME_ADDRESS)
			return DROP(SOURCE_ROUTE);
		if (option->next == OPTION6_JUMBO) {
			payload = reader_peek(&reader, 4, payload_buffer);
			if (!payload || option->length != 4)
				return DROP(MALFORMED);
			*jumbo = (u32)payload[0] << 24 | payload[1] << 16 |
				 payload[2] << 8 | payload[3];
		}
		reader.offset += option->length;
	}
	return 0;
}

/* Steps over a header whose length counts units of eight bytes, less one. */
static int skip_options6(struct reader *reader, struct wgward_packet *packet,
			 u32 *jumbo)
{
	const struct extension_header *header;
	struct extension_header buffer;
	struct reader options = *reader;
	u32 length;
	int error;

	header = reader_peek(reader, sizeof(buffer), &buffer);
	if (!header)
		return too_short(packet);
	length = (header->length + 1) * 8;
	packet->protocol = header->next;
	if (!reader_skip(reader, length))
		return too_short(packet);
	options.offset += sizeof(buffer);
	error = parse_options6(options, reader->offset, jumbo);
	return error;
}

static int skip_routing(struct reader *reader, struct wgward_packet *packet)
{
	const struct routing_header *header;
	struct routing_header buffer;

	header = reader_peek(reader, sizeof(buffer), &buffer);
	if (!header)
		return too_short(packet);
	/* In a quoted packet it tells who answered, which is judged anyway. */
	if (header->segments_left && !reader->quoted)
		return DROP(SOURCE_ROUTE);
	packet->protocol = header->next;
	return reader_skip(reader, (header->length + 1) * 8) ?
		       0 :
		       too_short(packet);
}

/* Steps over a fragment header; the packet may be its own and only one. */
static int skip_fragment(struct reader *reader, struct wgward_packet *packet)
{
	const struct fragment_header *header;
	struct fragment_header buffer;
	u32 fragment;

	header = reader_peek(reader, sizeof(buffer), &buffer);
	if (!header)
		return DROP(MALFORMED);
	fragment = be16_to_cpu(header->offset);
	packet->protocol = header->next;
	reader->offset += sizeof(buffer);
	/* RFC 6946: not a fragment, whatever else has the same id. */
	if (!(fragment & (IPV6_OFFSET | IPV6_MORE_FRAGMENTS)))
		return 0;
	packet->fragment_id = header->id;
	return note_fragment(reader, packet, fragment & IPV6_OFFSET,
			     fragment & IPV6_MORE_FRAGMENTS);
}

/* Steps over one extension header of a kind that may come more than once. */
static int skip_extension(struct reader *reader, struct wgward_packet *packet,
			  bool *fragment)
{
	u32 jumbo = 0;
	int error;

	switch (packet->protocol) {
	case IPPROTO_DSTOPTS:
		error = skip_options6(reader, packet, &jumbo);
		/* For hop-by-hop only. */
		return !error && jumbo ? DROP(MALFORMED) : error;
	case IPPROTO_ROUTING:
		return skip_routing(reader, packet);
	case IPPROTO_AH:
		return skip_ah(reader, packet);
	case IPPROTO_FRAGMENT:
		if (*fragment)
			return DROP(EXTENSION_HEADER);
		*fragment = true;
		return skip_fragment(reader, packet);
	default:
		return DROP(EXTENSION_HEADER);
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

/* Everything between IPv6's header and the transport header. */
static int parse_extensions(struct reader *reader, struct wgward_packet *packet)
{
	bool fragment = false;
	u32 count = 0;
	int error;

	while (extension_header(packet->protocol)) {
		if (count++ == MAX_EXTENSION_HEADERS)
			return DROP(EXTENSION_HEADER);
		error = skip_extension(reader, packet, &fragment);
		if (error || packet->flags & WGWARD_PACKET_LATER)
			return error;
	}
	return parse_transport(reader, packet);
}

/*
 * The payload's length, which is in a jumbo option or nowhere when it is too
 * much for 16 bits, as in the super-packets of BIG TCP.
 */
static int bound_ipv6(struct reader *reader, struct wgward_packet *packet,
		      u32 start, u32 payload, u32 jumbo)
{
	u32 left = reader->skb->len - start - sizeof(struct ipv6hdr);

	if (reader->quoted) {
		packet->length = sizeof(struct ipv6hdr) + payload;
		return 0;
	}
	if (jumbo && (payload || jumbo <= U16_MAX || !skb_is_gso(reader->skb)))
		return DROP(MALFORMED);
	if (jumbo)
		payload = jumbo;
	else if (!payload && skb_is_gso(reader->skb) && left > U16_MAX)
		payload = left;
	if (payload > left)
		return DROP(MALFORMED);
	packet->length = sizeof(struct ipv6hdr) + payload;
	reader->end = start + packet->length;
	return reader->offset <= reader->end ? 0 : DROP(MALFORMED);
}

static int parse_ipv6(struct reader *reader, struct wgward_packet *packet)
{
	u32 start = reader->offset;
	const struct ipv6hdr *ip;
	struct ipv6hdr buffer;
	u32 payload, jumbo = 0;
	int error = 0;

	ip = reader_peek(reader, sizeof(buffer), &buffer);
	if (!ip || ip->version != 6)
		return DROP(MALFORMED);
	packet->source = ip->saddr;
	packet->destination = ip->daddr;
	packet->protocol = ip->nexthdr;
	payload = be16_to_cpu(ip->payload_len);
	reader->offset += sizeof(buffer);
	/* Nowhere else may it be, so it is not in parse_extensions(). */
	if (packet->protocol == IPPROTO_HOPOPTS)
		error = skip_options6(reader, packet, &jumbo);
	if (!error)
		error = bound_ipv6(reader, packet, start, payload, jumbo);
	return error ? error : parse_extensions(reader, packet);
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
	struct reader reader = {
		.skb = skb,
		.offset = skb_network_offset(skb),
		.end = skb->len,
	};

	memset(packet, 0, sizeof(*packet));
	packet->service = WGWARD_NONE;
	/* In front of the data it would be negative, which is too much, too. */
	if (reader.offset > reader.end)
		return DROP(MALFORMED);
	switch (skb->protocol) {
	case cpu_to_be16(ETH_P_IP):
		packet->family = AF_INET;
		return parse_ipv4(&reader, packet);
	case cpu_to_be16(ETH_P_IPV6):
		packet->family = AF_INET6;
		return parse_ipv6(&reader, packet);
	default:
		return DROP(MALFORMED);
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
	struct reader reader = {
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
		return DROP(ICMP_ERROR);
	return 0;
}
