/* SPDX-License-Identifier: GPL-2.0 */
/* Packets as bytes, as the module gets to see them. */
#ifndef _WGWARD_DATAGRAM_H
#define _WGWARD_DATAGRAM_H

#include <linux/in6.h>
#include <linux/skbuff.h>
#include <linux/types.h>

#define DATAGRAM_SYN 0x02
#define DATAGRAM_FIN 0x01
#define DATAGRAM_RST 0x04
#define DATAGRAM_ACK 0x10

/**
 * struct datagram - a packet
 * @family: AF_INET or AF_INET6
 * @protocol: TCP, UDP, ICMP (an echo or its answer) of either family, others
 * @source: IPv4 in s6_addr32[0]
 * @destination: likewise
 * @source_port: host order; ICMP: the id
 * @destination_port: host order
 * @flags: TCP's
 * @type: ICMP's
 * @code: ICMP's
 * @quote: for an ICMP error: what it quotes
 */
struct datagram {
	u8 family;
	u8 protocol;
	struct in6_addr source;
	struct in6_addr destination;
	u16 source_port;
	u16 destination_port;
	u8 flags;
	u8 type;
	u8 code;
	const struct datagram *quote;
};

#define DATAGRAM_SIZE 256

/* Fills @skb, whose data will be in @bytes. */
void datagram_build(const struct datagram *datagram, u8 bytes[DATAGRAM_SIZE],
		    struct sk_buff *skb);

/*
 * Makes a fragment of @skb, which datagram_build() filled, with @units of eight
 * bytes from unit @start on; there has to be room for them.
 */
void datagram_cut(struct sk_buff *skb, u8 id, u32 start, u32 units, bool more);

#endif /* _WGWARD_DATAGRAM_H */
