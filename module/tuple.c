// SPDX-License-Identifier: GPL-2.0
/* The normalised five-tuple that a flow is found by. */
#include "tuple.h"

#include <linux/in.h>
#include <linux/in.h>
#include <linux/string.h>

#include "packet.h"

static int compare_ends(const struct in6_addr *a, __be16 a_port,
			const struct in6_addr *b, __be16 b_port)
{
	int order = memcmp(a, b, sizeof(*a));

	return order ? order : memcmp(&a_port, &b_port, sizeof(a_port));
}

/* The type of the query that a query or its answer belongs to. */
static u8 query_type(const struct wgward_packet *packet)
{
	u8 type = packet->service >> 8;

	if (!(packet->flags & WGWARD_PACKET_REPLY))
		return type;
	switch (packet->service >> 8) {
	case IPPROTO_ICMP << 8 | 0: /* echo */
		return 8;
	case IPPROTO_ICMP << 8 | 14: /* timestamp */
		return 13;
	default: /* ICMPv6 echo */
		return 128;
	}
}

/**
 * wgward_tuple_from_packet() - the key of the flow that a packet belongs to
 * @tuple: to be filled, all of it
 * @packet: read; no later fragment, no ICMP error, not stateless
 *
 * Return: the end, 0 or 1, that sent @packet.
 */
unsigned int wgward_tuple_from_packet(struct wgward_tuple *tuple,
				      const struct wgward_packet *packet)
{
	__be16 destination_port = packet->destination_port;
	__be16 source_port = packet->source_port;
	bool query = packet->protocol == IPPROTO_ICMP ||
		     packet->protocol == IPPROTO_ICMPV6;
	unsigned int sender;

	memset(tuple, 0, sizeof(*tuple));
	if (query)
		destination_port = source_port;
	sender = compare_ends(&packet->source, source_port,
			      &packet->destination, destination_port) > 0;
	tuple->address[sender] = packet->source;
	tuple->address[!sender] = packet->destination;
	tuple->port[sender] = source_port;
	tuple->port[!sender] = destination_port;
	tuple->family = packet->family;
	tuple->protocol = packet->protocol;
	if (query) {
		tuple->asker = packet->flags & WGWARD_PACKET_REPLY ? !sender :
								     sender;
		tuple->query = query_type(packet);
	}
	return sender;
}
