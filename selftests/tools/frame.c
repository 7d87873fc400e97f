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

static size_t header_size(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 8;
	default:
		return 4;
	}
}

static size_t transport_make(const struct frame *frame, uint8_t protocol,
			     const uint8_t *inner, uint8_t *buffer)
{
	if (frame->fragment) {
		memset(buffer, 'x', frame->payload);
		return frame->payload;
	}
	memset(buffer, 0, header_size(protocol));
	if (frame->fault == FRAME_SHORT) {
		ports_make(frame, buffer);
		/* All fragments but the last are multiples of eight bytes. */
		return frame->more ? 8 : 4;
	}
	if (inner)
		memcpy(buffer + header_size(protocol), inner, frame->payload);
	else
		memset(buffer + header_size(protocol), 'x', frame->payload);
	switch (protocol) {
	case IPPROTO_TCP:
		return tcp_make(frame, buffer);
	case IPPROTO_UDP:
		return udp_make(frame, buffer);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return icmp_make(frame, protocol, buffer);
	default:
		return ports_make(frame, buffer);
	}
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

static size_t ip4_make(const struct frame *frame, const uint8_t *inner,
		       uint8_t *buffer)
{
	size_t header = sizeof(struct iphdr), length;
	struct iphdr *ip = (void *)buffer;

	memset(ip, 0, sizeof(*ip));
	if (frame->fault == FRAME_SOURCE_ROUTE)
		header += source_route4_make(frame, buffer + header);
	length = header +
		 transport_make(frame, frame->protocol, inner, buffer + header);
	ip->version = frame->fault == FRAME_VERSION ? 6 : 4;
	ip->ihl = frame->fault == FRAME_HEADER ? 4 : header / 4;
	ip->tot_len = htons(length + (frame->fault == FRAME_LENGTH ? 40 : 0));
	ip->id = htons(frame->fragment_id);
	ip->frag_off = htons(frame->fragment / 8 | (frame->more ? IP_MF : 0));
	ip->ttl = 64;
	ip->protocol = frame->protocol;
	memcpy(&ip->saddr, &frame->source, 4);
	memcpy(&ip->daddr, &frame->destination, 4);
	ip->check = htons(~sum(0, buffer, header));
	return length;
}

/* Appends an extension header of @size zero bytes; *@next leads to it. */
static uint8_t *extension_make(uint8_t *buffer, size_t *length, uint8_t type,
			       size_t size, uint8_t **next)
{
	uint8_t *header = buffer + *length;

	memset(header, 0, size);
	**next = type;
	*next = header;
	*length += size;
	return header;
}

static void extensions_make(const struct frame *frame, uint8_t *buffer,
			    size_t *length, uint8_t **next)
{
	struct ip6_frag *fragment;
	uint8_t *routing;

	if (frame->fault == FRAME_SOURCE_ROUTE) {
		routing = extension_make(buffer, length, IPPROTO_ROUTING, 24,
					 next);
		routing[1] = 2; /* 24 bytes */
		routing[2] = 2; /* a type that hosts know */
		routing[3] = 1; /* segments left */
		memcpy(routing + 8, &frame->source, 16);
	}
	if (frame->fault == FRAME_EXTENSION)
		extension_make(buffer, length, UNKNOWN_EXTENSION, 8, next);
	if (!frame->fragment_id)
		return;
	fragment = (void *)extension_make(buffer, length, IPPROTO_FRAGMENT,
					  sizeof(*fragment), next);
	fragment->ip6f_offlg = htons(frame->fragment) |
			       (frame->more ? IP6F_MORE_FRAG : 0);
	fragment->ip6f_ident = htonl(frame->fragment_id);
}

static size_t ip6_make(const struct frame *frame, const uint8_t *inner,
		       uint8_t *buffer)
{
	uint8_t protocol = frame->protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 :
							     frame->protocol;
	struct ip6_hdr *ip = (void *)buffer;
	size_t length = sizeof(*ip);
	uint8_t *next = &ip->ip6_nxt;

	memset(ip, 0, sizeof(*ip));
	ip->ip6_flow =
		htonl(frame->fault == FRAME_VERSION ? 4u << 28 : 6u << 28);
	ip->ip6_hlim = 64;
	ip->ip6_src = frame->source;
	ip->ip6_dst = frame->destination;
	extensions_make(frame, buffer, &length, &next);
	*next = protocol;
	length += transport_make(frame, protocol, inner, buffer + length);
	ip->ip6_plen = htons(length - sizeof(*ip) +
			     (frame->fault == FRAME_LENGTH ? 40 : 0));
	return length;
}

size_t frame_make(const struct frame *frame, const uint8_t *inner,
		  uint8_t *buffer)
{
	return frame->family == AF_INET ? ip4_make(frame, inner, buffer) :
					  ip6_make(frame, inner, buffer);
}
