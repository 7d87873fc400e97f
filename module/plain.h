/* SPDX-License-Identifier: GPL-2.0 */
/* Plain packets: what nearly all are, read at the least cost. */
#ifndef _WGWARD_PLAIN_H
#define _WGWARD_PLAIN_H

/*
 * DOC: plain packets
 *
 * A packet is plain when its headers lie in one piece, it is whole, of IPv4
 * without options or IPv6 without extension headers, carries TCP or UDP, and
 * neither begins nor ends a conversation. For these, and no others, what
 * wgward_packet_parse() and wgward_tuple_from_packet() say is found here by
 * comparisons alone. Whatever looks unusual is left to them: nothing is refused
 * here.
 *
 * IPv4 is read inline: without a call, nothing of what is read has to be in
 * memory.
 */
#include <asm/byteorder.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/types.h>
#include <linux/udp.h>

#include "tuple.h"

/* The first byte of an IPv4 header without options. */
#define WGWARD_PLAIN_IPV4 0x45
/* Offset, and whether there is more. */
#define WGWARD_PLAIN_FRAGMENT 0x3fff

/**
 * struct wgward_plain - what is read of a plain packet
 * @tuple: of its flow
 * @length: from the IP header on, bytes
 * @sender: the end of @tuple that sent it
 */
struct wgward_plain {
	struct wgward_tuple tuple;
	u32 length;
	unsigned int sender;
};

/* The same of IPv4. */
struct wgward_plain_ipv4 {
	struct wgward_tuple_ipv4 tuple;
	u32 length;
	unsigned int sender;
};

static __always_inline bool wgward_plain_tcp(const struct tcphdr *tcp, u32 near,
					     u32 left)
{
	return near >= sizeof(*tcp) && tcp->doff * 4U >= sizeof(*tcp) &&
	       tcp->doff * 4U <= left && !tcp->syn && !tcp->fin && !tcp->rst;
}

static __always_inline bool wgward_plain_udp(const struct udphdr *udp, u32 near,
					     u32 left)
{
	return near >= sizeof(*udp) && be16_to_cpu(udp->len) >= sizeof(*udp) &&
	       be16_to_cpu(udp->len) <= left;
}

/*
 * Whether a header of @protocol at @start is plain, of which @near bytes are in
 * one piece; @left is what the IP header says there is. If so, it begins with
 * the ports.
 */
static __always_inline bool wgward_plain_transport(const void *start, u32 near,
						   u32 left, u8 protocol)
{
	if (protocol == IPPROTO_TCP)
		return wgward_plain_tcp(start, near, left);
	return protocol == IPPROTO_UDP && wgward_plain_udp(start, near, left);
}

/**
 * wgward_plain_read_ipv4() - reads a packet if it is a plain one of IPv4
 * @skb: not changed; its network header is its data
 * @plain: to be filled if it is
 *
 * Context: any.
 * Return: whether it is.
 */
static __always_inline bool
wgward_plain_read_ipv4(const struct sk_buff *skb,
		       struct wgward_plain_ipv4 *plain)
{
	const struct iphdr *ip = (const void *)skb->data;
	u32 near = skb_headlen(skb);
	__be32 source, destination;
	u32 length;

	if (unlikely(near < sizeof(*ip) || *skb->data != WGWARD_PLAIN_IPV4 ||
		     ip->frag_off & cpu_to_be16(WGWARD_PLAIN_FRAGMENT)))
		return false;
	length = be16_to_cpu(ip->tot_len);
	if (unlikely(length < sizeof(*ip) || length > skb->len) ||
	    !wgward_plain_transport(ip + 1, near - sizeof(*ip),
				    length - sizeof(*ip), ip->protocol))
		return false;
	source = ip->saddr;
	destination = ip->daddr;
	if (unlikely(source == destination))
		return false;
	plain->length = length;
	memcpy(&plain->tuple.ports, ip + 1, sizeof(plain->tuple.ports));
	plain->tuple.kind = wgward_tuple_kind(AF_INET, ip->protocol);
	if (be32_to_cpu(source) > be32_to_cpu(destination)) {
		plain->sender = 1;
		plain->tuple.ports = rol32(plain->tuple.ports, 16);
		plain->tuple.address[0] = destination;
		plain->tuple.address[1] = source;
	} else {
		plain->sender = 0;
		plain->tuple.address[0] = source;
		plain->tuple.address[1] = destination;
	}
	return true;
}

/*
 * Whether @skb, whose network header is its data, is a plain packet of IPv6,
 * and if so, what it is. Of what is not, nothing is known, and @plain is
 * undefined. Any context.
 */
bool wgward_plain_read_ipv6(const struct sk_buff *skb,
			    struct wgward_plain *plain);

#endif /* _WGWARD_PLAIN_H */
