/* SPDX-License-Identifier: GPL-2.0 */
/* The normalised five-tuple that a flow is found by. */
#ifndef _WGWARD_TUPLE_H
#define _WGWARD_TUPLE_H

#include <linux/in6.h>
#include <linux/types.h>

struct wgward_packet;

/*
 * The two ends of a flow in a fixed order, so that both directions have the
 * same key. Compared and hashed as bytes: no padding, all of it set.
 *
 * An ICMP query's @port of both ends is its id, and @asker tells which end
 * asks, so that two nodes that ping one another with one id have two flows.
 * @query keeps an echo from standing for a timestamp with the same id.
 */
struct wgward_tuple {
	struct in6_addr address[2]; /* ascending with the port, as bytes */
	__be16 port[2];
	u8 family;
	u8 protocol;
	u8 asker; /* ICMP queries: the end that asks; else 0 */
	u8 query; /* ICMP queries: type of the question; else 0 */
};

/*
 * Fills @tuple from @packet; returns the end, 0 or 1, that sent @packet.
 * Not for fragments without ports, ICMP errors and stateless ICMP.
 */
unsigned int wgward_tuple_from_packet(struct wgward_tuple *tuple,
				      const struct wgward_packet *packet);

#endif /* _WGWARD_TUPLE_H */
