// SPDX-License-Identifier: GPL-2.0
/*
 * What is read of transport headers: ports, and what begins or ends a flow.
 *
 * ICMP in IPv6 and ICMPv6 in IPv4 mean nothing to a receiver and would match
 * the rules meant for the other: malformed.
 *
 * ICMP of code 0 that asks or answers (echo; in IPv4 timestamp, too) can be
 * followed as a flow. Errors are what RFC 792 and RFC 4443 say quote a packet.
 * A redirect quotes one too, but is an order to change routes and no news
 * about a flow: it needs a rule like the rest, which are stateless.
 */
#include "transport.h"

#include <asm/byteorder.h>
#include <linux/in.h>
#include <linux/limits.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "packet.h"
#include "reader.h"

/* No kernel header that all kernels have has these. */
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

static void set_ports(struct wgward_packet *packet, const struct ports *ports)
{
	packet->source_port = ports->source;
	packet->destination_port = ports->destination;
	packet->service |= be16_to_cpu(ports->destination);
}

/* All that an ICMP error is sure to quote of a transport header. */
static int parse_quoted_ports(const struct wgward_reader *reader,
			      struct wgward_packet *packet)
{
	const struct ports *ports;
	struct ports buffer;

	ports = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!ports)
		return WGWARD_DROP(ICMP_ERROR);
	set_ports(packet, ports);
	return 0;
}

static int parse_tcp(const struct wgward_reader *reader,
		     struct wgward_packet *packet)
{
	const struct tcphdr *tcp;
	struct tcphdr buffer;
	struct ports ports;

	tcp = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!tcp)
		return wgward_reader_too_short(packet);
	if (tcp->doff * 4 < sizeof(buffer))
		return WGWARD_DROP(MALFORMED);
	if (tcp->doff * 4 > wgward_reader_left(reader))
		return wgward_reader_too_short(packet);
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
static bool udp_length_valid(const struct wgward_reader *reader,
			     const struct wgward_packet *packet,
			     const struct udphdr *udp)
{
	u32 length = be16_to_cpu(udp->len);

	if (!length)
		return packet->protocol == IPPROTO_UDPLITE ||
		       wgward_reader_left(reader) > U16_MAX;
	if (length < sizeof(*udp))
		return false;
	return length <= wgward_reader_left(reader) ||
	       packet->flags & WGWARD_PACKET_FIRST;
}

static int parse_udp(const struct wgward_reader *reader,
		     struct wgward_packet *packet)
{
	const struct udphdr *udp;
	struct udphdr buffer;
	struct ports ports;

	udp = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!udp)
		return wgward_reader_too_short(packet);
	if (!udp_length_valid(reader, packet, udp))
		return WGWARD_DROP(MALFORMED);
	ports.source = udp->source;
	ports.destination = udp->dest;
	set_ports(packet, &ports);
	return 0;
}

/* INIT has a packet to itself, and what ends an association comes first. */
static int parse_sctp(const struct wgward_reader *reader,
		      struct wgward_packet *packet)
{
	const struct sctp_start *sctp;
	struct sctp_start buffer;

	sctp = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!sctp)
		return wgward_reader_too_short(packet);
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

static int parse_dccp(const struct wgward_reader *reader,
		      struct wgward_packet *packet)
{
	const struct dccp_start *dccp;
	struct dccp_start buffer;

	dccp = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!dccp)
		return wgward_reader_too_short(packet);
	if (dccp->offset * 4 < sizeof(buffer))
		return WGWARD_DROP(MALFORMED);
	if (dccp->offset * 4 > wgward_reader_left(reader))
		return wgward_reader_too_short(packet);
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

static int parse_icmp(const struct wgward_reader *reader,
		      struct wgward_packet *packet)
{
	const struct icmp_start *icmp;
	struct icmp_start buffer;
	u16 kind;

	icmp = wgward_reader_peek(reader, sizeof(buffer), &buffer);
	if (!icmp)
		return wgward_reader_too_short(packet);
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

/**
 * wgward_transport_parse() - reads what follows the IP headers
 * @reader: there
 * @packet: of which the rest is known, and which is no later fragment; its
 *	ports, service and flags are filled in
 *
 * Return: 0, or -(enum wgward_reason + 1) of a drop.
 */
int wgward_transport_parse(const struct wgward_reader *reader,
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
		return v6 ? WGWARD_DROP(MALFORMED) : parse_icmp(reader, packet);
	case IPPROTO_ICMPV6:
		return v6 ? parse_icmp(reader, packet) : WGWARD_DROP(MALFORMED);
	default:
		return 0;
	}
}
