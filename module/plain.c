// SPDX-License-Identifier: GPL-2.0
/*
 * Plain packets: what nearly all are, read at the least cost.
 *
 * DOC: plain packets
 *
 * A packet is plain when its headers lie in one piece, it is whole, of IPv4
 * without options or IPv6 without extension headers, carries TCP or UDP, and
 * neither begins nor ends a conversation. For these, and no others, what
 * wgward_packet_parse() and wgward_tuple_from_packet() say is found here by
 * comparisons alone. Whatever looks unusual is left to them: nothing is refused
 * here.
 */
#include "plain.h"

#include <asm/byteorder.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>

/* The first byte of an IPv4 header without options. */
#define IPV4_PLAIN 0x45
#define IPV4_FRAGMENT 0x3fff
/* The upper half of the first byte. */
#define IPV6_VERSION 6

static __always_inline bool is_plain_tcp(const struct tcphdr *tcp, u32 near,
					 u32 left)
{
	return near >= sizeof(*tcp) && tcp->doff * 4U >= sizeof(*tcp) &&
	       tcp->doff * 4U <= left && !tcp->syn && !tcp->fin && !tcp->rst;
}

static __always_inline bool is_plain_udp(const struct udphdr *udp, u32 near,
					 u32 left)
{
	return near >= sizeof(*udp) && be16_to_cpu(udp->len) >= sizeof(*udp) &&
	       be16_to_cpu(udp->len) <= left;
}

/*
 * Reads the header at @start, of which @near bytes are in one piece; @left is
 * what the IP header says there is. Both kinds begin with the ports.
 */
static __always_inline bool read_transport(struct wgward_plain *plain,
					   const void *start, u32 near,
					   u32 left, u8 protocol)
{
	struct wgward_tuple *tuple = &plain->tuple;
	const struct udphdr *ports = start;

	if (protocol == IPPROTO_TCP) {
		if (!is_plain_tcp(start, near, left))
			return false;
	} else if (protocol != IPPROTO_UDP ||
		   !is_plain_udp(start, near, left)) {
		return false;
	}
	tuple->port[plain->sender] = ports->source;
	tuple->port[!plain->sender] = ports->dest;
	tuple->protocol = protocol;
	tuple->asker = 0;
	tuple->query = 0;
	return true;
}

static bool read_ipv4(const struct sk_buff *skb, struct wgward_plain *plain)
{
	const struct iphdr *ip = (const void *)skb->data;
	struct wgward_tuple *tuple = &plain->tuple;
	u32 near = skb_headlen(skb);
	u32 length;

	if (near < sizeof(*ip) || *skb->data != IPV4_PLAIN ||
	    ip->frag_off & cpu_to_be16(IPV4_FRAGMENT) || ip->saddr == ip->daddr)
		return false;
	length = be16_to_cpu(ip->tot_len);
	if (length < sizeof(*ip) || length > skb->len)
		return false;
	plain->length = length;
	plain->sender = be32_to_cpu(ip->saddr) > be32_to_cpu(ip->daddr);
	memset(tuple->address, 0, sizeof(tuple->address));
	tuple->address[plain->sender].s6_addr32[0] = ip->saddr;
	tuple->address[!plain->sender].s6_addr32[0] = ip->daddr;
	tuple->family = AF_INET;
	return read_transport(plain, ip + 1, near - sizeof(*ip),
			      length - sizeof(*ip), ip->protocol);
}

/* Less than, equal to, or more than 0, as memcmp() says it of addresses. */
static __always_inline int compare_addresses(const struct in6_addr *a,
					     const struct in6_addr *b)
{
	unsigned int i;

	for (i = 0; i < sizeof(*a) / sizeof(u32); i++)
		if (a->s6_addr32[i] != b->s6_addr32[i])
			return be32_to_cpu(a->s6_addr32[i]) <
					       be32_to_cpu(b->s6_addr32[i]) ?
				       -1 :
				       1;
	return 0;
}

static bool read_ipv6(const struct sk_buff *skb, struct wgward_plain *plain)
{
	const struct ipv6hdr *ip = (const void *)skb->data;
	struct wgward_tuple *tuple = &plain->tuple;
	u32 near = skb_headlen(skb);
	u32 payload;
	int order;

	if (near < sizeof(*ip) || *skb->data >> 4 != IPV6_VERSION)
		return false;
	/* Nothing: a jumbo packet. */
	payload = be16_to_cpu(ip->payload_len);
	order = compare_addresses(&ip->saddr, &ip->daddr);
	if (!payload || payload > skb->len - sizeof(*ip) || !order)
		return false;
	plain->length = sizeof(*ip) + payload;
	plain->sender = order > 0;
	tuple->address[plain->sender] = ip->saddr;
	tuple->address[!plain->sender] = ip->daddr;
	tuple->family = AF_INET6;
	return read_transport(plain, ip + 1, near - sizeof(*ip), payload,
			      ip->nexthdr);
}

/**
 * wgward_plain_read() - reads a packet if it is plain
 * @skb: not changed
 * @plain: to be filled if it is
 *
 * Context: any.
 * Return: whether it is.
 */
bool wgward_plain_read(const struct sk_buff *skb, struct wgward_plain *plain)
{
	if (skb_network_offset(skb))
		return false;
	switch (skb->protocol) {
	case cpu_to_be16(ETH_P_IP):
		return read_ipv4(skb, plain);
	case cpu_to_be16(ETH_P_IPV6):
		return read_ipv6(skb, plain);
	default:
		return false;
	}
}
