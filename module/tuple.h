/* SPDX-License-Identifier: GPL-2.0 */
/* The normalised five-tuple that a flow is found by. */
#ifndef _WGWARD_TUPLE_H
#define _WGWARD_TUPLE_H

#include <asm/byteorder.h>
#include <linux/compiler.h>
#include <linux/in6.h>
#include <linux/string.h>
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
} __aligned(8);

/**
 * struct wgward_tuple_ipv4 - all that a tuple of IPv4 says
 * @address: of both ends
 * @ports: both, as they follow one another in &struct wgward_tuple
 * @kind: the rest, likewise
 *
 * Few enough words to be kept in registers.
 */
struct wgward_tuple_ipv4 {
	__be32 address[2];
	u32 ports;
	u32 kind;
};

/* Of all protocols but ICMP, as &wgward_tuple_ipv4.kind. */
static __always_inline u32 wgward_tuple_kind(u8 family, u8 protocol)
{
	return (__force u32)cpu_to_le32(family | protocol << 8);
}

static __always_inline u32 wgward_tuple_word(const struct wgward_tuple *tuple,
					     unsigned int offset)
{
	u32 word;

	memcpy(&word, (const u8 *)tuple + offset, sizeof(word));
	return word;
}

/* Those words of @tuple, which is of IPv4: all others are 0. */
static __always_inline struct wgward_tuple_ipv4
wgward_tuple_ipv4(const struct wgward_tuple *tuple)
{
	return (struct wgward_tuple_ipv4){
		.address[0] = tuple->address[0].s6_addr32[0],
		.address[1] = tuple->address[1].s6_addr32[0],
		.ports = wgward_tuple_word(tuple, 32),
		.kind = wgward_tuple_word(tuple, 36),
	};
}

/* Whether @tuple, of either family, says what @b does. */
static __always_inline bool
wgward_tuple_equal_ipv4(const struct wgward_tuple *tuple,
			const struct wgward_tuple_ipv4 *b)
{
	const struct wgward_tuple_ipv4 a = wgward_tuple_ipv4(tuple);

	return a.address[1] == b->address[1] && a.address[0] == b->address[0] &&
	       a.ports == b->ports && a.kind == b->kind;
}

/* The words of @a and @b at @offset, a bit for each that differs. */
static __always_inline u64 wgward_tuple_differ(const struct wgward_tuple *a,
					       const struct wgward_tuple *b,
					       unsigned int offset)
{
	u64 x, y;

	memcpy(&x, (const u8 *)a + offset, sizeof(x));
	memcpy(&y, (const u8 *)b + offset, sizeof(y));
	return x ^ y;
}

/* In words: memcmp() would be a call, for each packet. */
static __always_inline bool wgward_tuple_equal(const struct wgward_tuple *a,
					       const struct wgward_tuple *b)
{
	return !(wgward_tuple_differ(a, b, 0) | wgward_tuple_differ(a, b, 8) |
		 wgward_tuple_differ(a, b, 16) | wgward_tuple_differ(a, b, 24) |
		 wgward_tuple_differ(a, b, 32));
}

/*
 * Fills @tuple from @packet; returns the end, 0 or 1, that sent @packet.
 * Not for fragments without ports, ICMP errors and stateless ICMP.
 */
unsigned int wgward_tuple_from_packet(struct wgward_tuple *tuple,
				      const struct wgward_packet *packet);

#endif /* _WGWARD_TUPLE_H */
