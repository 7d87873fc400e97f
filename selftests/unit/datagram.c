// SPDX-License-Identifier: GPL-2.0
/* Packets as bytes, as the module gets to see them. */
#include "datagram.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <string.h>

#define PAYLOAD 8
#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define FRAGMENT_HEADER 8

static u32 put16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
	return 2;
}

static u32 put_datagram(const struct datagram *datagram, u8 *at);

static u32 put_icmp(const struct datagram *datagram, u8 *at)
{
	u32 length = 8;

	at[0] = datagram->type;
	at[1] = datagram->code;
	put16(at + 4, datagram->source_port);
	if (datagram->quote) {
		put16(at + 4, 0);
		return length + put_datagram(datagram->quote, at + length);
	}
	/* Timestamps have 12 bytes. */
	return length + 12;
}

static u32 put_transport(const struct datagram *datagram, u8 *at)
{
	switch (datagram->protocol) {
	case IPPROTO_TCP:
		put16(at, datagram->source_port);
		put16(at + 2, datagram->destination_port);
		at[12] = 5 << 4;
		at[13] = datagram->flags;
		return 20 + PAYLOAD;
	case IPPROTO_UDP:
		put16(at, datagram->source_port);
		put16(at + 2, datagram->destination_port);
		put16(at + 4, 8 + PAYLOAD);
		return 8 + PAYLOAD;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return put_icmp(datagram, at);
	default:
		return PAYLOAD;
	}
}

static u32 put_datagram(const struct datagram *datagram, u8 *at)
{
	u32 header = datagram->family == AF_INET ? IPV4_HEADER : IPV6_HEADER;
	u32 payload;

	memset(at, 0, header + PAYLOAD);
	payload = put_transport(datagram, at + header);
	if (datagram->family == AF_INET) {
		at[0] = 0x45;
		put16(at + 2, header + payload);
		at[8] = 64;
		at[9] = datagram->protocol;
		memcpy(at + 12, &datagram->source, 4);
		memcpy(at + 16, &datagram->destination, 4);
	} else {
		at[0] = 0x60;
		put16(at + 4, payload);
		at[6] = datagram->protocol;
		at[7] = 64;
		memcpy(at + 8, &datagram->source, 16);
		memcpy(at + 24, &datagram->destination, 16);
	}
	return header + payload;
}

void datagram_build(const struct datagram *datagram, u8 bytes[DATAGRAM_SIZE],
		    struct sk_buff *skb)
{
	memset(bytes, 0, DATAGRAM_SIZE);
	memset(skb, 0, sizeof(*skb));
	skb->data = bytes;
	skb->len = put_datagram(datagram, bytes);
	skb->protocol =
		htons(datagram->family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
}

void datagram_cut(struct sk_buff *skb, u8 id, u32 start, u32 units, bool more)
{
	u16 offset = start * 8;
	u8 *bytes = skb->data;

	if (skb->protocol == htons(0x0800)) {
		skb->len = IPV4_HEADER + units * 8;
		put16(bytes + 2, skb->len);
		put16(bytes + 4, id);
		put16(bytes + 6, offset / 8 | (more ? 0x2000 : 0));
		return;
	}
	memmove(bytes + IPV6_HEADER + FRAGMENT_HEADER, bytes + IPV6_HEADER,
		DATAGRAM_SIZE - IPV6_HEADER - FRAGMENT_HEADER);
	bytes[IPV6_HEADER] = bytes[6];
	bytes[IPV6_HEADER + 1] = 0;
	put16(bytes + IPV6_HEADER + 2, offset | more);
	put16(bytes + IPV6_HEADER + 4, 0);
	put16(bytes + IPV6_HEADER + 6, id);
	bytes[6] = 44;
	skb->len = IPV6_HEADER + FRAGMENT_HEADER + units * 8;
	put16(bytes + 4, skb->len - IPV6_HEADER);
}
