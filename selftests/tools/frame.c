// SPDX-License-Identifier: GPL-2.0
#include "frame.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

/* Known to nobody: reserved for experiments by RFC 3692. */
#define UNKNOWN_EXTENSION 253

static uint32_t sum(uint32_t sum, const void *data, size_t length)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < length; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint16_t checksum(const struct frame *frame, uint8_t protocol,
			 const uint8_t *data, size_t length)
{
	size_t size = frame->family == AF_INET ? 4 : 16;
	uint32_t result = 0;

	if (protocol != IPPROTO_ICMP) {
		result = sum(0, &frame->source, size);
		result = sum(result, &frame->destination, size);
		result += protocol + length;
	}
	if (frame->partial)
		return htons(sum(result, NULL, 0));
	return htons(~sum(result, data, length));
}

static size_t tcp_make(const struct frame *frame, uint8_t *buffer)
{
	struct tcphdr *tcp = (void *)buffer;
	size_t length = sizeof(*tcp) + frame->payload;

	tcp->source = htons(frame->source_port);
	tcp->dest = htons(frame->destination_port);
	tcp->seq = htonl(frame->sequence);
	tcp->doff = frame->fault == FRAME_OFFSET ? 15 : 5;
	tcp->th_flags = frame->flags;
	tcp->window = htons(1000);
	tcp->check = checksum(frame, IPPROTO_TCP, buffer, length);
	return length;
}

static size_t udp_make(const struct frame *frame, uint8_t *buffer)
{
	struct udphdr *udp = (void *)buffer;
	size_t length = sizeof(*udp) + frame->payload;

	udp->source = htons(frame->source_port);
	udp->dest = htons(frame->destination_port);
	udp->len = htons(length);
	udp->check = checksum(frame, IPPROTO_UDP, buffer, length);
	return length;
}

static size_t icmp_make(const struct frame *frame, uint8_t protocol,
			uint8_t *buffer)
{
	struct icmphdr *icmp = (void *)buffer;
	size_t length = sizeof(*icmp) + frame->payload;

	icmp->type = frame->source_port >> 8;
	icmp->code = frame->source_port & 0xff;
	if (protocol == IPPROTO_ICMPV6 && icmp->type == ICMP6_PACKET_TOO_BIG) {
		icmp->un.gateway = htonl(frame->sequence);
	} else {
		icmp->un.echo.id = htons(frame->destination_port);
		icmp->un.echo.sequence = htons(frame->sequence);
	}
	icmp->checksum = checksum(frame, protocol, buffer, length);
	return length;
}

static size_t ports_make(const struct frame *frame, uint8_t *buffer)
{
	uint16_t ports[2] = { htons(frame->source_port),
			      htons(frame->destination_port) };

	memcpy(buffer, ports, sizeof(ports));
	return sizeof(ports) + frame->payload;
}

/* A header with one chunk, which the payload continues. */
static size_t sctp_make(const struct frame *frame, uint8_t *buffer)
{
	ports_make(frame, buffer);
	buffer[12] = frame->chunk;
	buffer[15] = 4 + frame->payload;
	return 16 + frame->payload;
}

static uint8_t protocol_of(const struct frame *frame)
{
	bool v4 = frame->family == AF_INET;

	if (frame->protocol != IPPROTO_ICMP &&
	    frame->protocol != IPPROTO_ICMPV6)
		return frame->protocol;
	return v4 != (frame->fault == FRAME_PROTOCOL) ? IPPROTO_ICMP :
							IPPROTO_ICMPV6;
}

static size_t transport_header_size(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_SCTP:
		return 16;
	case IPPROTO_UDP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 8;
	case IPPROTO_NONE:
		return 0;
	default:
		return 4;
	}
}

/* All of the datagram's. */
static size_t transport_make(const struct frame *frame, const uint8_t *inner,
			     uint8_t *buffer)
{
	uint8_t protocol = protocol_of(frame);
	size_t header = transport_header_size(protocol);

	memset(buffer, 0, header);
	if (frame->fault == FRAME_SHORT) {
		ports_make(frame, buffer);
		return 4;
	}
	if (inner)
		memcpy(buffer + header, inner, frame->payload);
	else
		memset(buffer + header, 'x', frame->payload);
	switch (protocol) {
	case IPPROTO_TCP:
		return tcp_make(frame, buffer);
	case IPPROTO_UDP:
		return udp_make(frame, buffer);
	case IPPROTO_SCTP:
		return sctp_make(frame, buffer);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return icmp_make(frame, protocol, buffer);
	case IPPROTO_NONE:
		return frame->payload;
	default:
		return ports_make(frame, buffer);
	}
}

/* What the packet has of it. */
static size_t piece_make(const struct frame *frame, const uint8_t *inner,
			 uint8_t *buffer)
{
	static uint8_t whole[2 * FRAME_MAX];

	if (!frame->fragmented)
		return transport_make(frame, inner, buffer);
	memset(whole, 0, sizeof(whole));
	transport_make(frame, inner, whole);
	memcpy(buffer, whole + frame->from, frame->to - frame->from);
	return frame->to - frame->from;
}

/* A strict source route over one address, and an end of options. */
static size_t source_route4_make(const struct frame *frame, uint8_t *buffer)
{
	buffer[0] = IPOPT_SSRR;
	buffer[1] = 7;
	buffer[2] = 4;
	memcpy(buffer + 3, &frame->source, 4);
	buffer[7] = IPOPT_EOL;
	return 8;
}

/* Appends a header of @size bytes; *@next leads to it. */
static uint8_t *extension_append(uint8_t *buffer, size_t *length, uint8_t type,
				 size_t size, uint8_t **next)
{
	uint8_t *header = buffer + *length;

	memset(header, 0, size);
	**next = type;
	*next = header;
	*length += size;
	return header;
}

static void extensions_append(const struct frame *frame, uint8_t *buffer,
			      size_t *length, uint8_t **next)
{
	const struct frame_extension *extension;
	unsigned int i;
	uint8_t *header;

	for (i = 0; i < frame->extension_count; i++) {
		extension = &frame->extensions[i];
		header = extension_append(buffer, length, extension->type,
					  extension->length, next);
		memcpy(header, extension->bytes, extension->length);
	}
}

static size_t ip4_headers_make(const struct frame *frame, uint8_t *buffer)
{
	size_t options = sizeof(struct iphdr), length;
	struct iphdr *ip = (void *)buffer;
	uint8_t *next = &ip->protocol;

	memset(buffer, 0, sizeof(*ip) + FRAME_OPTIONS);
	memcpy(buffer + options, frame->options, frame->option_length);
	options += (frame->option_length + 3) / 4 * 4;
	if (frame->fault == FRAME_SOURCE_ROUTE)
		options += source_route4_make(frame, buffer + options);
	ip->version = frame->fault == FRAME_VERSION ? 6 : 4;
	ip->ihl = frame->fault == FRAME_HEADER ? 4 : options / 4;
	ip->ttl = frame->hops;
	memcpy(&ip->saddr, &frame->source, 4);
	memcpy(&ip->daddr, &frame->destination, 4);
	if (frame->fragmented) {
		ip->id = htons(frame->fragment_id);
		ip->frag_off =
			htons(frame->from / 8 | (frame->more ? IP_MF : 0));
	}
	length = options;
	extensions_append(frame, buffer, &length, &next);
	*next = protocol_of(frame);
	return length;
}

/* What a length field says of so much: BIG TCP writes 0 for what does not fit. */
static uint16_t length_field(size_t length)
{
	return htons(length > UINT16_MAX ? 0 : length);
}

static size_t ip4_make(const struct frame *frame, const uint8_t *inner,
		       uint8_t *buffer)
{
	size_t length = ip4_headers_make(frame, buffer);
	struct iphdr *ip = (void *)buffer;

	length += piece_make(frame, inner, buffer + length);
	ip->tot_len =
		length_field(length + (frame->fault == FRAME_LENGTH ? 40 : 0));
	if (frame->length)
		ip->tot_len = htons(frame->length);
	ip->check = htons(~sum(0, buffer, ip->ihl * 4));
	return length;
}

static void faults6_append(const struct frame *frame, uint8_t *buffer,
			   size_t *length, uint8_t **next)
{
	uint8_t *routing;

	if (frame->fault == FRAME_SOURCE_ROUTE) {
		routing = extension_append(buffer, length, IPPROTO_ROUTING, 24,
					   next);
		routing[1] = 2; /* 24 bytes */
		routing[2] = 2; /* a type that hosts know */
		routing[3] = 1; /* segments left */
		memcpy(routing + 8, &frame->source, 16);
	}
	if (frame->fault == FRAME_EXTENSION)
		extension_append(buffer, length, UNKNOWN_EXTENSION, 8, next);
}

static size_t ip6_headers_make(const struct frame *frame, uint8_t *buffer)
{
	struct ip6_hdr *ip = (void *)buffer;
	size_t length = sizeof(*ip);
	uint8_t *next = &ip->ip6_nxt;
	struct ip6_frag *fragment;

	memset(ip, 0, sizeof(*ip));
	ip->ip6_flow =
		htonl(frame->fault == FRAME_VERSION ? 4u << 28 : 6u << 28);
	ip->ip6_hlim = frame->hops;
	ip->ip6_src = frame->source;
	ip->ip6_dst = frame->destination;
	extensions_append(frame, buffer, &length, &next);
	faults6_append(frame, buffer, &length, &next);
	if (frame->fragmented) {
		fragment = (void *)extension_append(buffer, &length,
						    IPPROTO_FRAGMENT,
						    sizeof(*fragment), &next);
		fragment->ip6f_offlg = htons(frame->from & ~7) |
				       (frame->more ? IP6F_MORE_FRAG : 0);
		fragment->ip6f_ident = htonl(frame->fragment_id);
	}
	*next = protocol_of(frame);
	return length;
}

static size_t ip6_make(const struct frame *frame, const uint8_t *inner,
		       uint8_t *buffer)
{
	size_t length = ip6_headers_make(frame, buffer);
	struct ip6_hdr *ip = (void *)buffer;

	length += piece_make(frame, inner, buffer + length);
	ip->ip6_plen = length_field(length - sizeof(*ip) +
				    (frame->fault == FRAME_LENGTH ? 40 : 0));
	if (frame->length)
		ip->ip6_plen = htons(frame->length);
	return length;
}

size_t frame_size(const struct frame *frame)
{
	if (frame->fault == FRAME_SHORT)
		return 4;
	return transport_header_size(protocol_of(frame)) + frame->payload;
}

size_t frame_header_size(const struct frame *frame)
{
	static uint8_t buffer[FRAME_MAX];

	return frame->family == AF_INET ? ip4_headers_make(frame, buffer) :
					  ip6_headers_make(frame, buffer);
}

size_t frame_make(const struct frame *frame, const uint8_t *inner,
		  uint8_t *buffer)
{
	return frame->family == AF_INET ? ip4_make(frame, inner, buffer) :
					  ip6_make(frame, inner, buffer);
}
