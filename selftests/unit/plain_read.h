/* SPDX-License-Identifier: GPL-2.0 */
/* Reads plain packets of either family, as the data path does: see hit.h. */
#ifndef _WGWARD_PLAIN_READ_H
#define _WGWARD_PLAIN_READ_H

#include <string.h>

#include "plain.h"

/* What is not read is not 0. */
static inline bool plain_read_ipv4(const struct sk_buff *skb,
				   struct wgward_plain *plain)
{
	struct wgward_tuple *tuple = &plain->tuple;
	struct wgward_plain_ipv4 read;

	memset(&read, 0xa5, sizeof(read));
	if (!wgward_plain_read_ipv4(skb, &read))
		return false;
	memset(tuple, 0, sizeof(*tuple));
	tuple->address[0].s6_addr32[0] = read.tuple.address[0];
	tuple->address[1].s6_addr32[0] = read.tuple.address[1];
	memcpy(tuple->port, &read.tuple.ports, sizeof(read.tuple.ports));
	memcpy(&tuple->family, &read.tuple.kind, sizeof(read.tuple.kind));
	plain->length = read.length;
	plain->sender = read.sender;
	/* It is found by what it was read as, and by no other. */
	return wgward_tuple_equal_ipv4(tuple, &read.tuple);
}

static inline bool plain_read(const struct sk_buff *skb,
			      struct wgward_plain *plain)
{
	memset(plain, 0xa5, sizeof(*plain));
	if (skb_network_offset(skb))
		return false;
	if (skb->protocol == cpu_to_be16(ETH_P_IP))
		return plain_read_ipv4(skb, plain);
	return skb->protocol == cpu_to_be16(ETH_P_IPV6) &&
	       wgward_plain_read_ipv6(skb, plain);
}

#endif /* _WGWARD_PLAIN_READ_H */
