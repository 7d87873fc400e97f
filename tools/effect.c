// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "effect_internal.h"
#include "memory.h"
#include "service.h"

/* What is beyond is dropped: see effect_row.c. */
#define TIDY_STEPS_MAX 20000000ULL

/* The nodes and groups of lines about what goes are those that there were. */
static unsigned int side_of(const u32 *piece)
{
	return piece[EFFECT_PIECE_GAIN] ? 1 : 0;
}

static const u32 *piece_of(const struct effect *effect,
			   const struct effect_line *line, size_t *count)
{
	return intern_list(&effect->services.pieces, line->piece, count);
}

u32 *effect_line_to(const struct effect *effect, const struct effect_line *line,
		    u32 *count)
{
	const u32 *runs;
	u32 *atoms = NULL;
	size_t length, i;
	u32 atom;

	*count = 0;
	runs = intern_list(&effect->destinations, line->to, &length);
	for (i = 0; i < length; i += 2) {
		for (atom = runs[i]; atom <= runs[i + 1]; atom++) {
			atoms = memory_grow(atoms, *count, sizeof(*atoms));
			atoms[(*count)++] = atom;
		}
	}
	return atoms;
}

void effect_name_line(const struct effect *effect,
		      const struct effect_line *line, struct effect_names *from,
		      struct effect_names *to)
{
	u32 count, from_node, to_node;
	unsigned int side;
	size_t length;
	u32 *atoms;

	side = side_of(piece_of(effect, line, &length));
	atoms = effect_line_to(effect, line, &count);
	from_node =
		effect_only_node(effect, side, line->from, line->from_count);
	to_node = effect_only_node(effect, side, atoms, count);
	effect_name_set(effect, side, line->from, line->from_count, to_node,
			from);
	effect_name_set(effect, side, atoms, count, from_node, to);
	free(atoms);
}

static u32 families_of(const struct effect *effect, const u32 *atoms, u32 count)
{
	u32 i, families = 0;

	for (i = 0; i < count; i++)
		families |= effect->atoms[atoms[i]].families;
	return families;
}

/* Keeps those that have addresses of one of @families. Returns how many. */
static u32 keep_families(const struct effect *effect, u32 *atoms, u32 count,
			 u32 families)
{
	u32 i, kept = 0;

	for (i = 0; i < count; i++)
		if (effect->atoms[atoms[i]].families & families)
			atoms[kept++] = atoms[i];
	return kept;
}

/* Whether there can be such services in these families. */
static bool can_be(const u32 *piece, size_t length, u32 families)
{
	size_t i;
	u8 family;

	for (i = EFFECT_PIECE_HEAD; i < length; i += 2) {
		family = service_family(piece[i]);
		/* A range may begin in one protocol and end in another. */
		if (piece[i] >> SERVICE_SHIFT !=
			    piece[i + 1] >> SERVICE_SHIFT ||
		    family == AF_UNSPEC ||
		    families & (family == AF_INET ? 1 : 2))
			return true;
	}
	return false;
}

static u32 number_runs(struct effect *effect, const u32 *atoms, u32 count)
{
	u32 *runs = memory_zero((size_t)count * 2, sizeof(*runs));
	size_t length = 0;
	u32 i, number;

	for (i = 0; i < count; i++) {
		if (length && runs[length - 1] + 1 == atoms[i]) {
			runs[length - 1] = atoms[i];
			continue;
		}
		runs[length++] = atoms[i];
		runs[length++] = atoms[i];
	}
	number = intern_number(&effect->destinations, runs, length);
	free(runs);
	return number;
}

/* Whether a node would only be told about itself. */
static bool is_with_itself(const struct effect *effect, unsigned int side,
			   const struct effect_line *line, const u32 *to,
			   u32 count)
{
	u32 from = effect_only_node(effect, side, line->from, line->from_count);

	return from != WGWARD_NONE &&
	       effect_only_node(effect, side, to, count) == from;
}

/*
 * Takes out of @line what cannot be: packets are of one IP version, and what a
 * node sends itself does not pass the mesh. Returns whether something is left.
 */
static bool tidy_line(struct effect *effect, struct effect_line *line)
{
	u32 families, count, kept;
	const u32 *piece;
	size_t length;
	bool some;
	u32 *to;

	to = effect_line_to(effect, line, &count);
	families = families_of(effect, to, count) &
		   families_of(effect, line->from, line->from_count);
	line->from_count =
		keep_families(effect, line->from, line->from_count, families);
	kept = keep_families(effect, to, count, families);
	if (kept != count)
		line->to = number_runs(effect, to, kept);
	piece = piece_of(effect, line, &length);
	some = line->from_count && kept && can_be(piece, length, families) &&
	       !is_with_itself(effect, side_of(piece), line, to, kept);
	free(to);
	return some;
}

static int compare_lists(const u32 *a, size_t a_count, const u32 *b,
			 size_t b_count)
{
	size_t i;

	for (i = 0; i < a_count && i < b_count; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return a_count < b_count ? -1 : a_count > b_count;
}

/* By what changes, then by who starts, with whom, and for what services. */
static int compare_lines(const void *left, const void *right, void *context)
{
	const struct effect_line *a = left, *b = right;
	const u32 *pieces[2], *lists[2];
	struct effect *effect = context;
	size_t counts[2], lengths[2];
	int order;

	pieces[0] = piece_of(effect, a, &lengths[0]);
	pieces[1] = piece_of(effect, b, &lengths[1]);
	if (pieces[0][EFFECT_PIECE_GAIN] != pieces[1][EFFECT_PIECE_GAIN])
		return pieces[0][EFFECT_PIECE_GAIN] ? -1 : 1;
	order = compare_lists(pieces[0], EFFECT_PIECE_HEAD, pieces[1],
			      EFFECT_PIECE_HEAD);
	if (!order)
		order = compare_lists(a->from, a->from_count, b->from,
				      b->from_count);
	if (order)
		return order;
	lists[0] = intern_list(&effect->destinations, a->to, &counts[0]);
	lists[1] = intern_list(&effect->destinations, b->to, &counts[1]);
	order = compare_lists(lists[0], counts[0], lists[1], counts[1]);
	return order ? order :
		       compare_lists(pieces[0], lengths[0], pieces[1],
				     lengths[1]);
}

static int compare_numbers(const void *left, const void *right)
{
	u32 a = *(const u32 *)left, b = *(const u32 *)right;

	return a < b ? -1 : a > b;
}

/* How many atoms it is about, as source or destination. */
static u64 line_size(const struct effect *effect,
		     const struct effect_line *line)
{
	u64 size = line->from_count;
	size_t length, i;
	const u32 *runs;

	runs = intern_list(&effect->destinations, line->to, &length);
	for (i = 0; i < length; i += 2)
		size += runs[i + 1] - runs[i] + 1;
	return size;
}

static void tidy_lines(struct effect *effect)
{
	struct effect_line *line;
	size_t i, kept = 0;
	u64 steps = 0;

	for (i = 0; i < effect->line_count; i++) {
		line = &effect->lines[i];
		steps += line_size(effect, line);
		effect->complete &= steps <= TIDY_STEPS_MAX;
		qsort(line->from, line->from_count, sizeof(u32),
		      compare_numbers);
		if (steps <= TIDY_STEPS_MAX && tidy_line(effect, line))
			effect->lines[kept++] = *line;
		else
			free(line->from);
	}
	effect->line_count = kept;
	if (kept)
		qsort_r(effect->lines, kept, sizeof(*effect->lines),
			compare_lines, effect);
}

struct effect *effect_make(const struct wgward_policy *before,
			   const struct wgward_policy *after, u64 now)
{
	struct effect *effect = memory_zero(1, sizeof(*effect));

	effect->policies[0] = before;
	effect->policies[1] = after;
	effect->now = now;
	effect->complete = true;
	effect->destinations.kept = &effect->kept;
	effect_make_atoms(effect);
	effect_begin_services(effect);
	effect_begin_naming(effect);
	effect_make_lines(effect);
	tidy_lines(effect);
	return effect;
}

void effect_free(struct effect *effect)
{
	size_t i;

	if (!effect)
		return;
	for (i = 0; i < effect->line_count; i++)
		free(effect->lines[i].from);
	free(effect->lines);
	intern_free(&effect->destinations);
	effect_free_naming(effect);
	effect_free_services(effect);
	wgward_relation_free(&effect->members);
	free(effect->atoms);
	free(effect->atom_of);
	spans_free(&effect->spans);
	free(effect);
}

size_t effect_count(const struct effect *effect)
{
	return effect->line_count;
}

bool effect_complete(const struct effect *effect)
{
	return effect->complete;
}
