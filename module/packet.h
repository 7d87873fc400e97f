/* SPDX-License-Identifier: GPL-2.0 */
/* What wgward reads of a packet. */
#ifndef _WGWARD_PACKET_H
#define _WGWARD_PACKET_H

#include <linux/in6.h>
#include <linux/types.h>

struct sk_buff;

/* Flags of struct wgward_packet. */
#define WGWARD_PACKET_START (1 << 0) /* SYN alone, SCTP INIT, ICMP query */
#define WGWARD_PACKET_FIN (1 << 1) /* TCP FIN, SCTP SHUTDOWN-ish */
#define WGWARD_PACKET_RST (1 << 2) /* TCP RST, SCTP ABORT */
#define WGWARD_PACKET_REPLY (1 << 3) /* ICMP query's answer */
#define WGWARD_PACKET_ERROR (1 << 4) /* ICMP error that quotes a packet */
#define WGWARD_PACKET_FIRST (1 << 5) /* first fragment of several */
#define WGWARD_PACKET_LATER (1 << 6) /* a later fragment: no ports */
#define WGWARD_PACKET_STATELESS (1 << 7) /* ICMP that is neither: no flow */
#define WGWARD_PACKET_LAST (1 << 8) /* with LATER: no more follow */

/**
 * struct wgward_packet - addresses, service and what flows need
 * @source: IPv4 in s6_addr32[0], the rest zero
 * @destination: likewise
 * @family: AF_INET or AF_INET6
 * @protocol: of the transport header, extension headers skipped
 * @flags: WGWARD_PACKET_*
 * @source_port: TCP, UDP, SCTP, UDP-Lite, DCCP: network order; ICMP queries: id
 * @destination_port: likewise; ICMP queries: 0
 * @service: service number, WGWARD_NONE for later fragments
 * @length: of the whole packet from the IP header on, bytes
 * @quote: offset of the quoted IP header from the start of this one, for
 *	WGWARD_PACKET_ERROR
 * @fragment_protocol: what all fragments of a datagram say their protocol is,
 *	for FIRST and LATER; 0 for IPv6, where they need not agree
 * @fragment_id: network order, for WGWARD_PACKET_FIRST and LATER
 * @fragment_start: offset of this fragment's payload, bytes
 * @fragment_end: end of it, bytes, not included
 */
struct wgward_packet {
	struct in6_addr source;
	struct in6_addr destination;
	u8 family;
	u8 protocol;
	u8 fragment_protocol;
	u16 flags;
	__be16 source_port;
	__be16 destination_port;
	u32 service;
	u32 length;
	u32 quote;
	__be32 fragment_id;
	u32 fragment_start;
	u32 fragment_end;
};

/*
 * Reads @skb's IP header, which starts at the network header, and what
 * follows it. Changes nothing. Returns 0, or -(enum wgward_reason + 1) of a
 * drop: MALFORMED, SOURCE_ROUTE, EXTENSION_HEADER, FRAGMENT_OVERLAP (first
 * fragment too short for its ports, or offset 1 of TCP). Any context.
 */
int wgward_packet_parse(const struct sk_buff *skb,
			struct wgward_packet *packet);

/*
 * Reads the packet that the ICMP error @packet of @skb quotes: its first
 * bytes only, so lengths of what was cut off are not checked. Returns 0, or
 * -(WGWARD_REASON_ICMP_ERROR + 1). Any context.
 */
int wgward_packet_parse_quote(const struct sk_buff *skb,
			      const struct wgward_packet *packet,
			      struct wgward_packet *quoted);

#endif /* _WGWARD_PACKET_H */
