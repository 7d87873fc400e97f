// SPDX-License-Identifier: GPL-2.0
/* Plain packets of IPv6. */
#include "plain.h"

#include <linux/ipv6.h>

/* The upper half of the first byte. */
#define IPV6_VERSION 6

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

/**
 * wgward_plain_read_ipv6() - reads a packet if it is a plain one of IPv6
 * @skb: not changed; its network header is its data
 * @plain: to be filled if it is
 *
 * Context: any.
 * Return: whether it is.
 */
bool wgward_plain_read_ipv6(const struct sk_buff *skb,
			    struct wgward_plain *plain)
{
	const struct ipv6hdr *ip = (const void *)skb->data;
	struct wgward_tuple *tuple = &plain->tuple;
	const struct udphdr *ports = (const void *)(ip + 1);
	u32 near = skb_headlen(skb);
	u32 payload;
	int order;

	if (near < sizeof(*ip) || *skb->data >> 4 != IPV6_VERSION)
		return false;
	/* Nothing: a jumbo packet. */
	payload = be16_to_cpu(ip->payload_len);
	order = compare_addresses(&ip->saddr, &ip->daddr);
	if (!payload || payload > skb->len - sizeof(*ip) || !order ||
	    !wgward_plain_transport(ports, near - sizeof(*ip), payload,
				    ip->nexthdr))
		return false;
	plain->length = sizeof(*ip) + payload;
	plain->sender = order > 0;
	tuple->address[plain->sender] = ip->saddr;
	tuple->address[!plain->sender] = ip->daddr;
	tuple->port[plain->sender] = ports->source;
	tuple->port[!plain->sender] = ports->dest;
	tuple->family = AF_INET6;
	tuple->protocol = ip->nexthdr;
	tuple->asker = 0;
	tuple->query = 0;
	return true;
}
