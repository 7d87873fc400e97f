// SPDX-License-Identifier: GPL-2.0
/* From sets of addresses to names, as short as they can be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "describe.h"
#include "effect_internal.h"
#include "memory.h"

/* In the order of telling. */
enum rank { RANK_ANY, RANK_GROUP, RANK_NODE, RANK_ADDRESS, RANK_RANGE };

/**
 * struct term - a name, and where it is told
 * @rank: kind
 * @negative: with "!"
 * @place: ranges are told as they came
 * @name: text and number of nodes
 */
struct term {
	enum rank rank;
	bool negative;
	size_t place;
	struct effect_name name;
};

struct terms {
	struct term *items;
	size_t count;
};

/**
 * struct namer - a set that is being named
 * @effect: whose atoms it has
 * @side: whose nodes and groups are meant
 * @policy: of @side
 * @except: a node that need not be named, or WGWARD_NONE
 * @hits: by node, how many of its spans are in the set
 * @terms: the names so far
 */
struct namer {
	const struct effect *effect;
	unsigned int side;
	const struct wgward_policy *policy;
	u32 except;
	u32 *hits;
	struct terms terms;
};

/* The node whose name or groups cover a span, or WGWARD_NONE. */
static u32 covered_by(const struct span *span, unsigned int side)
{
	const struct wgward_identity *identity = span->identity[side];

	if (!identity || !(identity->flags & WGWARD_IDENTITY_ANY))
		return WGWARD_NONE;
	return identity->owner;
}

static const char *name_of_cover(const struct effect *effect,
				 const struct span *span, unsigned int side)
{
	u32 node = covered_by(span, side);

	return node == WGWARD_NONE ? NULL :
				     effect->policies[side]->nodes[node].name;
}

static bool is_changed(const struct effect *effect, const struct span *span)
{
	const char *was = name_of_cover(effect, span, 0);
	const char *is = name_of_cover(effect, span, 1);

	return was && is ? strcmp(was, is) : was != is;
}

static int compare_sizes(const void *left, const void *right, void *context)
{
	const struct wgward_group *groups = context;
	const struct wgward_group *a = &groups[*(const u32 *)left];
	const struct wgward_group *b = &groups[*(const u32 *)right];

	if (a->node_count != b->node_count)
		return a->node_count > b->node_count ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void list_groups(struct effect_naming *naming,
			const struct wgward_policy *policy)
{
	const struct wgward_node *node;
	u32 i, j;

	naming->groups = memory_zero(policy->group_count, sizeof(u32));
	for (i = 0; i < policy->group_count; i++)
		if (describe_group_told(policy, policy->groups[i].name))
			naming->groups[naming->group_count++] = i;
	if (naming->group_count)
		qsort_r(naming->groups, naming->group_count, sizeof(u32),
			compare_sizes, policy->groups);
	if (wgward_relation_create(&naming->members, policy->group_count))
		memory_fail();
	for (i = 0; i < policy->node_count; i++) {
		node = &policy->nodes[i];
		for (j = 0; j < node->group_count; j++)
			wgward_relation_count(&naming->members,
					      node->groups[j]);
	}
	if (wgward_relation_seal(&naming->members))
		memory_fail();
	for (i = 0; i < policy->node_count; i++) {
		node = &policy->nodes[i];
		for (j = 0; j < node->group_count; j++)
			wgward_relation_add(&naming->members, node->groups[j],
					    i);
	}
}

/*
 * A node that has other addresses than before is not told by its name alone: it
 * would seem to gain what it only keeps, under another address.
 */
static void count_spans(const struct effect *effect, unsigned int side,
			struct effect_naming *naming)
{
	const struct wgward_policy *policy = effect->policies[side];
	const struct wgward_policy *other = effect->policies[!side];
	const struct span *span;
	const char *name;
	u32 node;
	size_t i;

	naming->total = memory_zero(policy->node_count, sizeof(u32));
	naming->changed = memory_zero(policy->node_count, 1);
	for (i = 0; i < effect->spans.count; i++) {
		span = &effect->spans.items[i];
		node = covered_by(span, side);
		if (node != WGWARD_NONE)
			naming->total[node]++;
		if (!other || !is_changed(effect, span))
			continue;
		if (node != WGWARD_NONE)
			naming->changed[node] = true;
		name = name_of_cover(effect, span, !side);
		node = name ? wgward_policy_find_node(policy, name) :
			      WGWARD_NONE;
		if (node != WGWARD_NONE)
			naming->changed[node] = true;
	}
	for (node = 0; node < policy->node_count; node++)
		if (!other ||
		    wgward_policy_find_node(other, policy->nodes[node].name) ==
			    WGWARD_NONE)
			naming->changed[node] = false;
}

void effect_begin_naming(struct effect *effect)
{
	unsigned int side;

	for (side = 0; side < SPAN_SIDES; side++) {
		if (!effect->policies[side])
			continue;
		list_groups(&effect->naming[side], effect->policies[side]);
		count_spans(effect, side, &effect->naming[side]);
	}
}

u64 effect_named(const struct effect *effect)
{
	const struct wgward_policy *policy;
	unsigned int side;
	u64 count = 0;
	u32 i;

	for (side = 0; side < SPAN_SIDES; side++) {
		policy = effect->policies[side];
		if (!policy)
			continue;
		count += policy->node_count;
		for (i = 0; i < policy->node_count; i++)
			count += policy->nodes[i].group_count;
	}
	return count;
}

void effect_free_naming(struct effect *effect)
{
	struct effect_naming *naming;
	unsigned int side;

	for (side = 0; side < SPAN_SIDES; side++) {
		naming = &effect->naming[side];
		free(naming->groups);
		free(naming->total);
		free(naming->changed);
		wgward_relation_free(&naming->members);
	}
}

/* Takes over @text. */
static void add_term(struct terms *terms, enum rank rank, bool negative,
		     char *text, u32 nodes)
{
	terms->items =
		memory_grow(terms->items, terms->count, sizeof(*terms->items));
	terms->items[terms->count] = (struct term){
		.rank = rank,
		.negative = negative,
		.place = terms->count,
		.name = { text, nodes },
	};
	terms->count++;
}

static void free_terms(struct terms *terms)
{
	size_t i;

	for (i = 0; i < terms->count; i++)
		free(terms->items[i].name.text);
	free(terms->items);
	memset(terms, 0, sizeof(*terms));
}

static const struct effect_naming *naming_of(const struct namer *namer)
{
	return &namer->effect->naming[namer->side];
}

static bool is_whole(const struct namer *namer, u32 node)
{
	u32 total = naming_of(namer)->total[node];

	return total && namer->hits[node] == total;
}

/**
 * struct cover - nodes that get names
 * @negative: with "!"
 * @need: by node, whether it has to be named
 * @may: by node, whether it may be
 * @done: by node, whether it was
 * @terms: the names
 */
struct cover {
	bool negative;
	const u8 *need, *may;
	u8 *done;
	struct terms *terms;
};

/* How many of a group's nodes this would name, or 0 if one may not be. */
static u32 count_new(const struct cover *cover, const u32 *members, u32 count)
{
	u32 i, fresh = 0;

	for (i = 0; i < count; i++) {
		if (!cover->may[members[i]])
			return 0;
		fresh += cover->need[members[i]] && !cover->done[members[i]];
	}
	return fresh;
}

/* The largest groups first. */
static void cover_by_groups(const struct namer *namer,
			    const struct cover *cover)
{
	const struct effect_naming *naming = naming_of(namer);
	const char *name;
	const u32 *members;
	u32 i, j, count;

	for (i = 0; i < naming->group_count; i++) {
		members = wgward_relation_list(&naming->members,
					       naming->groups[i], &count);
		/* A name for one node is no shorter than its own. */
		if (count_new(cover, members, count) < 2)
			continue;
		for (j = 0; j < count; j++)
			cover->done[members[j]] = true;
		name = namer->policy->groups[naming->groups[i]].name;
		add_term(cover->terms, RANK_GROUP, cover->negative,
			 memory_print("%s%s", cover->negative ? "!" : "", name),
			 count);
	}
}

static void cover_by_nodes(const struct namer *namer, const struct cover *cover)
{
	const bool *changed = naming_of(namer)->changed;
	u32 i;

	for (i = 0; i < namer->policy->node_count; i++) {
		if (!cover->need[i] || cover->done[i] ||
		    (!cover->negative && changed[i]))
			continue;
		cover->done[i] = true;
		add_term(cover->terms, RANK_NODE, cover->negative,
			 memory_print("%s%s", cover->negative ? "!" : "",
				      namer->policy->nodes[i].name),
			 1);
	}
}

static void cover_all(const struct namer *namer, const struct cover *cover)
{
	cover_by_groups(namer, cover);
	cover_by_nodes(namer, cover);
}

/* Whether some node is in the set with a part of its addresses. */
static bool has_parts(const struct namer *namer)
{
	u32 i;

	for (i = 0; i < namer->policy->node_count; i++)
		if (namer->hits[i] && !is_whole(namer, i))
			return true;
	return false;
}

/*
 * Takes as names @base, which stands for the nodes @around, less those of them
 * that are not @in, if that is shorter than the names so far.
 */
static void try_less(struct namer *namer, const u8 *in, u8 *done,
		     const u8 *around, const struct effect_name *base,
		     enum rank rank)
{
	u32 i, nodes = namer->policy->node_count;
	u8 *need = memory_zero(nodes, 1), *may = memory_zero(nodes, 1);
	u8 *named = memory_zero(nodes, 1);
	struct terms terms = { 0 };
	struct cover cover = {
		.negative = true,
		.need = need,
		.may = may,
		.done = named,
		.terms = &terms,
	};

	for (i = 0; i < nodes; i++) {
		may[i] = !in[i];
		need[i] = around[i] && !in[i];
	}
	add_term(&terms, rank, false, memory_copy(base->text), base->nodes);
	cover_all(namer, &cover);
	if (terms.count < namer->terms.count) {
		free_terms(&namer->terms);
		namer->terms = terms;
		memcpy(done, in, nodes);
	} else {
		free_terms(&terms);
	}
	free(need);
	free(may);
	free(named);
}

static u32 count_in(const u8 *in, u32 count)
{
	u32 i, number = 0;

	for (i = 0; i < count; i++)
		number += in[i];
	return number;
}

/* The smallest group that has all nodes that are @in, or WGWARD_NONE. */
static u32 find_around(const struct namer *namer, const u8 *in, u32 wanted)
{
	const struct effect_naming *naming = naming_of(namer);
	u32 i, j, count, found;
	const u32 *members;

	for (i = naming->group_count; i--;) {
		members = wgward_relation_list(&naming->members,
					       naming->groups[i], &count);
		for (j = found = 0; j < count; j++)
			found += in[members[j]];
		if (found == wanted)
			return naming->groups[i];
	}
	return WGWARD_NONE;
}

static void cover_by_less(struct namer *namer, const u8 *in, u8 *done)
{
	u32 i, nodes = namer->policy->node_count, group, count;
	struct effect_name name = { .text = "any", .nodes = nodes };
	u32 wanted = count_in(in, nodes);
	const u32 *members;
	u8 *around;

	if (!wanted)
		return;
	around = memory_zero(nodes, 1);
	memset(around, true, nodes);
	try_less(namer, in, done, around, &name, RANK_ANY);
	group = find_around(namer, in, wanted);
	if (group != WGWARD_NONE) {
		memset(around, false, nodes);
		members = wgward_relation_list(&naming_of(namer)->members,
					       group, &count);
		for (i = 0; i < count; i++)
			around[members[i]] = true;
		name.text = namer->policy->groups[group].name;
		name.nodes = count;
		try_less(namer, in, done, around, &name, RANK_GROUP);
	}
	free(around);
}

static void name_nodes(struct namer *namer, u8 *done)
{
	u32 i, nodes = namer->policy->node_count;
	u8 *in = memory_zero(nodes, 1);
	const struct cover cover = {
		.need = in,
		.may = in,
		.done = done,
		.terms = &namer->terms,
	};

	for (i = 0; i < nodes; i++)
		in[i] = is_whole(namer, i);
	cover_all(namer, &cover);
	/* What "!" takes away is gone from all other names as well. */
	if (!has_parts(namer))
		cover_by_less(namer, in, done);
	free(in);
}

static unsigned int bits_of(u64 word)
{
	return __builtin_popcountll(word);
}

/* Whether the bits in which both ends differ are the last ones, all of them. */
static bool is_prefix(const struct span *span, struct wgward_prefix *prefix)
{
	u64 high = span->first.hi ^ span->last.hi;
	u64 low = span->first.lo ^ span->last.lo;

	if (span->first.hi & high || span->first.lo & low ||
	    high & (high + 1) || low & (low + 1) || (high && ~low))
		return false;
	prefix->family = span->family;
	prefix->length =
		address_bits(span->family) - bits_of(high) - bits_of(low);
	prefix->address = span_address(span->family, span->first);
	return true;
}

static void name_range(struct namer *namer, const struct span *range)
{
	char first[ADDRESS_TEXT_LEN], last[ADDRESS_TEXT_LEN];
	char text[PREFIX_TEXT_LEN];
	struct wgward_prefix prefix;
	struct in6_addr address;
	char *name;

	address = span_address(range->family, range->first);
	address_format(first, range->family, &address);
	if (wgward_key128_equal(range->first, range->last)) {
		name = memory_copy(first);
	} else if (is_prefix(range, &prefix)) {
		name = memory_copy(prefix_format(text, &prefix));
	} else {
		address = span_address(range->family, range->last);
		name = memory_print("%s-%s", first,
				    address_format(last, range->family,
						   &address));
	}
	add_term(&namer->terms, RANK_RANGE, false, name, 1);
}

/* An address of a node of which only a part is in the set. */
static void name_address(struct namer *namer, const struct span *span, u32 node)
{
	struct in6_addr address = span_address(span->family, span->first);
	char text[ADDRESS_TEXT_LEN];

	add_term(&namer->terms, RANK_ADDRESS, false,
		 memory_print("%s %s", namer->policy->nodes[node].name,
			      address_format(text, span->family, &address)),
		 1);
}

static int compare_numbers(const void *left, const void *right)
{
	u32 a = *(const u32 *)left, b = *(const u32 *)right;

	return a < b ? -1 : a > b;
}

/* Spans that touch are told as one. */
static void name_ranges(struct namer *namer, u32 *spans, size_t count)
{
	const struct span *items = namer->effect->spans.items;
	struct span range;
	size_t i, j;

	if (count)
		qsort(spans, count, sizeof(*spans), compare_numbers);
	for (i = 0; i < count; i = j) {
		range = items[spans[i]];
		for (j = i + 1; j < count; j++) {
			if (spans[j] != spans[j - 1] + 1 ||
			    items[spans[j]].family != range.family)
				break;
			range.last = items[spans[j]].last;
		}
		name_range(namer, &range);
	}
}

static bool is_excepted(const struct namer *namer, const struct span *span)
{
	const struct wgward_identity *identity = span->identity[namer->side];

	return namer->except != WGWARD_NONE && identity &&
	       identity->owner == namer->except;
}

/* What the nodes that are @done do not stand for. */
static void name_rest(struct namer *namer, const u32 *atoms, u32 count,
		      const u8 *done)
{
	const struct effect *effect = namer->effect;
	const struct span *span;
	u32 *rest = NULL;
	size_t left = 0;
	const u32 *list;
	u32 i, j, n, node;

	for (i = 0; i < count; i++) {
		list = wgward_relation_list(&effect->members, atoms[i], &n);
		for (j = 0; j < n; j++) {
			span = &effect->spans.items[list[j]];
			node = covered_by(span, namer->side);
			if (is_excepted(namer, span) ||
			    (node != WGWARD_NONE && done[node]))
				continue;
			if (node != WGWARD_NONE &&
			    wgward_key128_equal(span->first, span->last)) {
				name_address(namer, span, node);
				continue;
			}
			rest = memory_grow(rest, left, sizeof(*rest));
			rest[left++] = list[j];
		}
	}
	name_ranges(namer, rest, left);
	free(rest);
}

static int compare_terms(const void *left, const void *right)
{
	const struct term *a = left, *b = right;

	if (a->negative != b->negative)
		return a->negative - b->negative;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->rank == RANK_RANGE)
		return a->place < b->place ? -1 : a->place > b->place;
	return strcmp(a->name.text, b->name.text);
}

static void take_names(struct terms *terms, struct effect_names *names)
{
	size_t i;

	names->count = terms->count;
	names->items = memory_zero(terms->count, sizeof(*names->items));
	for (i = 0; i < terms->count; i++)
		names->items[i] = terms->items[i].name;
	free(terms->items);
}

static void count_hits(struct namer *namer, const u32 *atoms, u32 count)
{
	const struct effect *effect = namer->effect;
	const struct span *span;
	u32 i, j, n, node;
	const u32 *list;

	namer->hits = memory_zero(namer->policy->node_count, sizeof(u32));
	for (i = 0; i < count; i++) {
		list = wgward_relation_list(&effect->members, atoms[i], &n);
		for (j = 0; j < n; j++) {
			span = &effect->spans.items[list[j]];
			node = covered_by(span, namer->side);
			if (node != WGWARD_NONE && !is_excepted(namer, span))
				namer->hits[node]++;
		}
	}
}

static struct terms find_terms(const struct effect *effect, unsigned int side,
			       const u32 *atoms, u32 count, u32 except)
{
	struct namer namer = {
		.effect = effect,
		.side = side,
		.policy = effect->policies[side],
		.except = except,
	};
	u8 *done = memory_zero(namer.policy->node_count, 1);

	count_hits(&namer, atoms, count);
	name_nodes(&namer, done);
	name_rest(&namer, atoms, count, done);
	free(namer.hits);
	free(done);
	return namer.terms;
}

void effect_name_set(const struct effect *effect, unsigned int side,
		     const u32 *atoms, u32 count, u32 except,
		     struct effect_names *names)
{
	struct terms terms, without;

	terms = find_terms(effect, side, atoms, count, WGWARD_NONE);
	if (except != WGWARD_NONE) {
		without = find_terms(effect, side, atoms, count, except);
		/* "any" is shorter than all but one. */
		if (without.count && without.count <= terms.count) {
			free_terms(&terms);
			terms = without;
		} else {
			free_terms(&without);
		}
	}
	if (terms.count)
		qsort(terms.items, terms.count, sizeof(*terms.items),
		      compare_terms);
	take_names(&terms, names);
}

void effect_free_names(struct effect_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->items[i].text);
	free(names->items);
}

u32 effect_only_node(const struct effect *effect, unsigned int side,
		     const u32 *atoms, u32 count)
{
	const struct wgward_identity *identity;
	u32 i, j, n, only = WGWARD_NONE;
	const u32 *list;

	for (i = 0; i < count; i++) {
		list = wgward_relation_list(&effect->members, atoms[i], &n);
		for (j = 0; j < n; j++) {
			identity = effect->spans.items[list[j]].identity[side];
			if (!identity || identity->owner == WGWARD_NONE ||
			    (only != WGWARD_NONE && only != identity->owner))
				return WGWARD_NONE;
			only = identity->owner;
		}
	}
	return only;
}
