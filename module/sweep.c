// SPDX-License-Identifier: GPL-2.0
/*
 * From the prefixes of one family to intervals of addresses.
 *
 * All prefixes (addresses, routes, networks, rules' prefixes) are sorted by
 * first address, larger ones first, so that each comes after those around it.
 * One sweep over them keeps the prefixes that are open, and writes down an
 * interval wherever one opens or closes.
 */
#include "sweep.h"

#include <asm/byteorder.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "build.h"
#include "compiled.h"
#include "sort.h"

enum entry_kind {
	ENTRY_NETWORK,
	ENTRY_ADDRESS,
	ENTRY_ROUTE,
	ENTRY_TERM,
};

/**
 * struct entry - a prefix, as often as it is named
 * @first: its first address
 * @reference: index of the node, or the place where a rule names it
 * @length: bits
 * @kind: enum entry_kind
 */
struct entry {
	struct wgward_key128 first;
	u32 reference;
	u8 length;
	u8 kind;
};

/**
 * struct sweep - the work on one family
 * @build: what it is part of
 * @family: AF_INET or AF_INET6
 * @entries: all prefixes
 * @count: number of @entries
 * @order: their indices, sorted
 * @scratch: for sorting
 * @spans: what was opened
 * @span_count: number of @spans
 * @open: index of the innermost span that is open, or WGWARD_NONE
 * @map: the result
 */
struct sweep {
	struct wgward_build *build;
	u8 family;
	struct entry *entries;
	u32 count;
	u32 *order;
	u32 *scratch;
	struct wgward_span *spans;
	u32 span_count;
	u32 open;
	struct wgward_interval128 map;
};

static const struct wgward_span nowhere = {
	.outer = WGWARD_NONE,
	.owner = WGWARD_NONE,
	.prefix = WGWARD_NONE,
};

static struct wgward_key128 prefix_first(const struct wgward_prefix *prefix)
{
	const __be32 *words = prefix->address.s6_addr32;
	struct wgward_key128 key;

	if (prefix->family == AF_INET) {
		key.hi = 0;
		key.lo = be32_to_cpu(words[0]);
		return key;
	}
	key.hi = (u64)be32_to_cpu(words[0]) << 32 | be32_to_cpu(words[1]);
	key.lo = (u64)be32_to_cpu(words[2]) << 32 | be32_to_cpu(words[3]);
	return key;
}

static struct wgward_key128 key_last(struct wgward_key128 first, u8 family,
				     u8 length)
{
	u32 bits = (family == AF_INET ? 32 : 128) - length;

	if (bits > 64)
		first.hi |= U64_MAX >> (128 - bits);
	if (bits)
		first.lo |= U64_MAX >> (64 - min(bits, 64U));
	return first;
}

static struct wgward_key128 key_next(struct wgward_key128 key)
{
	if (!++key.lo)
		key.hi++;
	return key;
}

static bool key_is_end(struct wgward_key128 key, u8 family)
{
	if (family == AF_INET)
		return key.lo == U32_MAX;
	return key.hi == U64_MAX && key.lo == U64_MAX;
}

/* Appends those of @prefixes that are of the family. */
static void collect(struct sweep *sweep, const struct wgward_prefix *prefixes,
		    u32 count, enum entry_kind kind, u32 reference)
{
	struct entry *entry;
	u32 i;

	for (i = 0; i < count; i++) {
		if (prefixes[i].family != sweep->family)
			continue;
		entry = &sweep->entries[sweep->count++];
		entry->first = prefix_first(&prefixes[i]);
		entry->length = prefixes[i].length;
		entry->kind = kind;
		entry->reference = kind == ENTRY_TERM ? reference + i :
							reference;
	}
}

static void collect_all(struct sweep *sweep)
{
	const struct wgward_policy *policy = sweep->build->policy;
	const struct wgward_prefix *prefixes;
	const struct wgward_node *node;
	u32 i, list, count, term = 0;

	collect(sweep, policy->networks, policy->network_count, ENTRY_NETWORK,
		0);
	for (i = 0; i < policy->node_count; i++) {
		node = &policy->nodes[i];
		collect(sweep, node->addresses, node->address_count,
			ENTRY_ADDRESS, i);
		collect(sweep, node->routes, node->route_count, ENTRY_ROUTE, i);
		cond_resched();
	}
	for (i = 0; i < policy->rule_count; i++) {
		if (!wgward_rule_has_prefix(&policy->rules[i]))
			continue;
		for (list = 0; list < WGWARD_PREFIX_LISTS; list++) {
			prefixes = wgward_rule_prefixes(&policy->rules[i], list,
							&count);
			collect(sweep, prefixes, count, ENTRY_TERM, term);
			term += count;
		}
		cond_resched();
	}
}

static __always_inline bool entry_before(const void *context, u32 a, u32 b)
{
	const struct entry *entries = context;

	if (!wgward_key128_equal(entries[a].first, entries[b].first))
		return wgward_key128_before(entries[a].first, entries[b].first);
	return entries[a].length < entries[b].length;
}

static bool entry_equal(const struct entry *a, const struct entry *b)
{
	return a->length == b->length &&
	       wgward_key128_equal(a->first, b->first);
}

/* A route to everywhere never carries groups. */
static u32 route_set(const struct wgward_build *build,
		     const struct entry *entry)
{
	const struct wgward_node *node =
		&build->policy->nodes[entry->reference];

	return node->flags & WGWARD_NODE_F_ROUTE_GROUPS && entry->length ?
		       build->node_set[entry->reference] :
		       0;
}

/* Writes into @span what @entry says of it. */
static int span_apply(struct wgward_build *build, struct wgward_span *span,
		      const struct entry *entry, u32 prefix_outside)
{
	switch (entry->kind) {
	case ENTRY_NETWORK:
		/*
		 * A route around the network, such as one to everywhere, does
		 * not make its node the owner of what nobody has in it. One to
		 * just the network does: sorting keeps it behind this entry.
		 */
		span->network = true;
		span->owner = WGWARD_NONE;
		span->set = 0;
		return 0;
	case ENTRY_ADDRESS:
		span->owner = entry->reference;
		span->set = build->node_set[entry->reference];
		return 0;
	case ENTRY_ROUTE:
		span->owner = entry->reference;
		span->set = route_set(build, entry);
		return 0;
	}
	/* A term; only the first one makes the prefix a number. */
	if (span->prefix == prefix_outside) {
		span->prefix = build->prefix_outer.count;
		if (wgward_vector_push(&build->prefix_outer, prefix_outside))
			return -ENOMEM;
	}
	build->term_prefix[entry->reference] = span->prefix;
	return 0;
}

static const struct wgward_span *span_or_nowhere(const struct sweep *sweep,
						 u32 i)
{
	return i == WGWARD_NONE ? &nowhere : &sweep->spans[i];
}

/* Closes the innermost span. */
static void sweep_close(struct sweep *sweep)
{
	const struct wgward_span *span = &sweep->spans[sweep->open];

	sweep->open = span->outer;
	if (!key_is_end(span->last, sweep->family))
		wgward_interval128_append(
			&sweep->map, key_next(span->last),
			span_or_nowhere(sweep, span->outer)->identity);
}

/* Opens a span for the entries from @i on that are equal, and counts them. */
static int sweep_open(struct sweep *sweep, u32 i, u32 *equal)
{
	const struct entry *first = &sweep->entries[sweep->order[i]];
	struct wgward_span *span = &sweep->spans[sweep->span_count];
	u32 outside, n = 0;
	int error;

	*span = *span_or_nowhere(sweep, sweep->open);
	outside = span->prefix;
	span->outer = sweep->open;
	span->last = key_last(first->first, sweep->family, first->length);
	do {
		error = span_apply(sweep->build, span,
				   &sweep->entries[sweep->order[i + n]],
				   outside);
		if (error)
			return error;
		n++;
	} while (i + n < sweep->count &&
		 entry_equal(first, &sweep->entries[sweep->order[i + n]]));
	error = wgward_identity_of_span(sweep->build, span);
	if (error)
		return error;
	sweep->open = sweep->span_count++;
	wgward_interval128_append(&sweep->map, first->first, span->identity);
	*equal = n;
	return 0;
}

static int sweep_run(struct sweep *sweep)
{
	const struct wgward_key128 zero = { 0, 0 };
	u32 i, equal;
	int error;

	wgward_interval128_append(&sweep->map, zero, nowhere.identity);
	for (i = 0; i < sweep->count; i += equal) {
		const struct entry *entry = &sweep->entries[sweep->order[i]];

		while (sweep->open != WGWARD_NONE &&
		       wgward_key128_before(sweep->spans[sweep->open].last,
					    entry->first))
			sweep_close(sweep);
		error = sweep_open(sweep, i, &equal);
		if (error)
			return error;
		cond_resched();
	}
	while (sweep->open != WGWARD_NONE)
		sweep_close(sweep);
	return 0;
}

static void sweep_free(struct sweep *sweep)
{
	kvfree(sweep->entries);
	kvfree(sweep->order);
	kvfree(sweep->scratch);
	kvfree(sweep->spans);
	wgward_interval128_free(&sweep->map);
}

static int sweep_create(struct sweep *sweep, struct wgward_build *build,
			u8 family)
{
	u32 space = max(build->policy->prefix_count, 1U);

	memset(sweep, 0, sizeof(*sweep));
	sweep->build = build;
	sweep->family = family;
	sweep->open = WGWARD_NONE;
	sweep->entries = kvmalloc_array(space, sizeof(*sweep->entries),
					GFP_KERNEL_ACCOUNT);
	sweep->order = kvmalloc_array(space, sizeof(*sweep->order),
				      GFP_KERNEL_ACCOUNT);
	sweep->scratch = kvmalloc_array(space, sizeof(*sweep->scratch),
					GFP_KERNEL_ACCOUNT);
	sweep->spans = kvmalloc_array(space, sizeof(*sweep->spans),
				      GFP_KERNEL_ACCOUNT);
	/* Each prefix begins an interval, and so may what is behind it. */
	if (sweep->entries && sweep->order && sweep->scratch && sweep->spans &&
	    !wgward_interval128_create(&sweep->map, 2 * space + 1))
		return 0;
	sweep_free(sweep);
	return -ENOMEM;
}

/**
 * wgward_build_family() - makes the address map of one family
 * @build: with its group sets
 * @family: AF_INET or AF_INET6
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_build_family(struct wgward_build *build, u8 family)
{
	struct sweep sweep;
	int error;
	u32 i;

	error = sweep_create(&sweep, build, family);
	if (error)
		return error;
	collect_all(&sweep);
	for (i = 0; i < sweep.count; i++)
		sweep.order[i] = i;
	wgward_sort(sweep.order, sweep.scratch, sweep.count, entry_before,
		    sweep.entries);
	error = sweep_run(&sweep);
	if (!error && family == AF_INET) {
		error = wgward_interval32_narrow(&build->compiled->ipv4,
						 &sweep.map);
	} else if (!error) {
		error = wgward_interval128_trim(&sweep.map);
		if (!error)
			swap(build->compiled->ipv6, sweep.map);
	}
	sweep_free(&sweep);
	return error;
}
