// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>

#include "memory.h"
#include "span.h"

/**
 * struct cursor - a place in the address map of a policy
 * @policy: or NULL, which knows no address
 * @family: of the map
 * @next: index of the interval that begins next
 */
struct cursor {
	const struct wgward_policy *policy;
	u8 family;
	u32 next;
};

static u32 interval_count(const struct cursor *cursor)
{
	const struct wgward_compiled *compiled;

	if (!cursor->policy)
		return 1;
	compiled = cursor->policy->compiled;
	return cursor->family == AF_INET ? compiled->ipv4.count :
					   compiled->ipv6.count;
}

static struct wgward_key128 interval_first(const struct cursor *cursor)
{
	const struct wgward_compiled *compiled;

	if (!cursor->policy)
		return (struct wgward_key128){ 0, 0 };
	compiled = cursor->policy->compiled;
	if (cursor->family == AF_INET6)
		return compiled->ipv6.first[cursor->next];
	return (struct wgward_key128){ 0, compiled->ipv4.first[cursor->next] };
}

/* Of the interval that began last. */
static const struct wgward_identity *identity(const struct cursor *cursor)
{
	const struct wgward_compiled *compiled;
	u32 i = cursor->next - 1;

	if (!cursor->policy)
		return NULL;
	compiled = cursor->policy->compiled;
	i = cursor->family == AF_INET ? compiled->ipv4.value[i] :
					compiled->ipv6.value[i];
	return &compiled->identities[i];
}

static bool at_end(const struct cursor *cursor)
{
	return cursor->next == interval_count(cursor);
}

/* Steps over what begins at @first. */
static void step(struct cursor *cursor, struct wgward_key128 first)
{
	if (!at_end(cursor) &&
	    wgward_key128_equal(interval_first(cursor), first))
		cursor->next++;
}

static struct wgward_key128 end_of_world(u8 family)
{
	if (family == AF_INET)
		return (struct wgward_key128){ 0, 0xffffffff };
	return (struct wgward_key128){ ~0ULL, ~0ULL };
}

static struct wgward_key128 before(struct wgward_key128 key)
{
	key.hi -= !key.lo;
	key.lo--;
	return key;
}

/* Where either of the two begins next. False: nowhere. */
static bool next_first(const struct cursor *cursors,
		       struct wgward_key128 *first)
{
	struct wgward_key128 other;

	if (at_end(&cursors[0]) && at_end(&cursors[1]))
		return false;
	if (at_end(&cursors[0])) {
		*first = interval_first(&cursors[1]);
		return true;
	}
	*first = interval_first(&cursors[0]);
	if (at_end(&cursors[1]))
		return true;
	other = interval_first(&cursors[1]);
	if (wgward_key128_before(other, *first))
		*first = other;
	return true;
}

static void make_family(struct spans *spans,
			const struct wgward_policy *const *policies, u8 family)
{
	struct cursor cursors[SPAN_SIDES] = {
		{ .policy = policies[0], .family = family },
		{ .policy = policies[1], .family = family },
	};
	struct wgward_key128 first;
	struct span *span = NULL;
	unsigned int side;

	while (next_first(cursors, &first)) {
		if (span)
			span->last = before(first);
		spans->items = memory_grow(spans->items, spans->count,
					   sizeof(*spans->items));
		span = &spans->items[spans->count++];
		span->family = family;
		span->first = first;
		span->last = end_of_world(family);
		for (side = 0; side < SPAN_SIDES; side++) {
			step(&cursors[side], first);
			span->identity[side] = identity(&cursors[side]);
		}
	}
}

void spans_make(struct spans *spans,
		const struct wgward_policy *const *policies)
{
	memset(spans, 0, sizeof(*spans));
	make_family(spans, policies, AF_INET);
	make_family(spans, policies, AF_INET6);
}

void spans_free(struct spans *spans)
{
	free(spans->items);
	memset(spans, 0, sizeof(*spans));
}

struct in6_addr span_address(u8 family, struct wgward_key128 key)
{
	struct in6_addr address = { 0 };

	if (family == AF_INET) {
		address.s6_addr32[0] = htonl(key.lo);
		return address;
	}
	address.s6_addr32[0] = htonl(key.hi >> 32);
	address.s6_addr32[1] = htonl(key.hi);
	address.s6_addr32[2] = htonl(key.lo >> 32);
	address.s6_addr32[3] = htonl(key.lo);
	return address;
}

const struct wgward_node *
span_owner(const struct span *span, const struct wgward_policy *const *policies,
	   unsigned int side)
{
	const struct wgward_identity *identity = span->identity[side];

	if (!identity || identity->owner == WGWARD_NONE)
		return NULL;
	return &policies[side]->nodes[identity->owner];
}

static bool is_moved(const struct span *span,
		     const struct wgward_policy *const *policies)
{
	const struct wgward_node *was = span_owner(span, policies, 0);
	const struct wgward_node *is = span_owner(span, policies, 1);

	if (!is)
		return false;
	if (was)
		return memcmp(was->key, is->key, WGWARD_KEY_LEN);
	/* No ward passes anything to an address of the mesh without a node. */
	return span->identity[0] &&
	       !(span->identity[0]->flags & WGWARD_IDENTITY_UNOWNED);
}

const struct span *spans_moved(const struct spans *spans,
			       const struct wgward_policy *const *policies)
{
	size_t i;

	for (i = 0; i < spans->count; i++)
		if (is_moved(&spans->items[i], policies))
			return &spans->items[i];
	return NULL;
}
