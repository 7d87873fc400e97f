/* SPDX-License-Identifier: GPL-2.0 */
/* All addresses of the world, as two policies see them. */
#ifndef _SPAN_H
#define _SPAN_H

#include <stdbool.h>
#include <stddef.h>

#include "../module/compiled.h"
#include "../module/policy.h"

/* Before and after a change. */
#define SPAN_SIDES 2

/**
 * struct span - addresses that neither policy tells apart
 * @family: of the addresses
 * @first: the first address
 * @last: the last address
 * @identity: to the former and to the later policy; NULL where there is none
 */
struct span {
	u8 family;
	struct wgward_key128 first, last;
	const struct wgward_identity *identity[SPAN_SIDES];
};

struct spans {
	struct span *items;
	size_t count;
};

/* In the order of addresses, IPv4 first. Either policy is compiled or NULL. */
void spans_make(struct spans *spans,
		const struct wgward_policy *const *policies);
void spans_free(struct spans *spans);

struct in6_addr span_address(u8 family, struct wgward_key128 key);
/* The node that owns a span to one of the policies, or NULL. */
const struct wgward_node *
span_owner(const struct span *span, const struct wgward_policy *const *policies,
	   unsigned int side);
/*
 * A span that gets another owner, or NULL. Nodes are told apart by their keys.
 * From nobody is a change, too, where packets that the ward passes can be on
 * their way to nobody; to nobody is none, as nobody gets them.
 */
const struct span *spans_moved(const struct spans *spans,
			       const struct wgward_policy *const *policies);

#endif /* _SPAN_H */
