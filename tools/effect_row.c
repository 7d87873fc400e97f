// SPDX-License-Identifier: GPL-2.0
/*
 * From atoms to lines.
 *
 * What changes between an atom that starts and all others is its row. Most of a
 * row follows from defaults: atoms with equal defaults are of one kind, and a
 * base row is made for each kind. Only where the matrix of either policy has an
 * entry can a row differ from its base. Equal rows are told together.
 */
#include <stdlib.h>
#include <string.h>

#include "effect_internal.h"
#include "memory.h"

/*
 * What people can read is found with far less. The rest must not be in the way
 * of an apply, on a small machine either.
 */
#define STEPS_MAX 20000000ULL
#define KEPT_MAX 8000000ULL
#define LINES_MAX 20000

enum role { SOURCE, DESTINATION, ROLES };

/**
 * struct kind_view - what a policy makes of a kind of atom
 * @mode: enum effect_mode
 * @any: `any` covers it
 * @function: of its default
 */
struct kind_view {
	u32 mode;
	u32 any;
	u32 function;
};

/**
 * struct kind - atoms with equal defaults, as source or as destination
 * @view: of the former and of the later policy
 */
struct kind {
	struct kind_view view[SPAN_SIDES];
};

/**
 * struct kinds - of one role
 * @known: by number, what is equal
 * @of: by atom, its kind
 */
struct kinds {
	struct intern known;
	u32 *of;
};

/**
 * struct part - destinations for which a row has some piece
 * @piece: which
 * @runs: pairs, of the first and last of atoms that follow one another
 * @count: words in @runs
 */
struct part {
	u32 piece;
	u32 *runs;
	size_t count;
};

/**
 * struct maker - lines in the making
 * @effect: whose
 * @kinds: by role
 * @any: by side, the function from any node to any node
 * @same_rest: where no rule decides, nothing changes
 * @by_class: by side, atoms by class as destination
 * @bases: base rows: what changes, by kind of destination
 * @base_of: by kind of source, its base row
 * @rows: a base row, then pairs of an atom and what changes instead
 * @row_of: by atom, its row
 * @seen: by atom, the source that it was last looked at for, plus 1
 * @exceptions: of the row at hand
 * @exception_count: words in @exceptions
 * @parts: of the row at hand
 * @part_count: number of @parts
 * @part_of: by piece, where in @parts it is, if that one's piece is this one
 * @part_space: room in @part_of
 * @known: lines by piece and destinations
 */
struct maker {
	struct effect *effect;
	struct kinds kinds[ROLES];
	u32 any[SPAN_SIDES];
	bool same_rest;
	struct wgward_relation by_class[SPAN_SIDES];
	struct intern bases;
	u32 *base_of;
	struct intern rows;
	u32 *row_of;
	u32 *seen;
	u32 *exceptions;
	size_t exception_count;
	struct part *parts;
	size_t part_count;
	u32 *part_of;
	size_t part_space;
	struct intern known;
};

bool effect_step(struct effect *effect, u64 steps)
{
	effect->work += steps;
	if (effect->work > STEPS_MAX || effect->kept > KEPT_MAX)
		effect->complete = false;
	return effect->complete;
}

static const struct wgward_matrix *matrix_of(const struct effect *effect,
					     unsigned int side)
{
	return &effect->policies[side]->compiled->matrix;
}

/* Atoms of kinds. */

static struct kind kind_of(struct effect *effect, enum role role,
			   const struct effect_atom *atom)
{
	const struct wgward_matrix *matrix;
	const struct effect_view *view;
	struct kind kind = { 0 };
	unsigned int side;
	u32 map;

	for (side = 0; side < SPAN_SIDES; side++) {
		view = &atom->view[side];
		kind.view[side].mode = view->mode;
		if (view->mode != EFFECT_LIVE)
			continue;
		matrix = matrix_of(effect, side);
		map = role == SOURCE ?
			      matrix->row_defaults[view->source_class] :
			      matrix->column_defaults[view->destination_class];
		kind.view[side].any = view->any;
		kind.view[side].function = effect_function(effect, side, map);
	}
	return kind;
}

static void make_kinds(struct effect *effect, enum role role,
		       struct kinds *kinds)
{
	struct kind kind;
	u32 i;

	kinds->of = memory_zero(effect->atom_count, sizeof(u32));
	for (i = 0; i < effect->atom_count; i++) {
		kind = kind_of(effect, role, &effect->atoms[i]);
		kinds->of[i] = intern_number(&kinds->known, (const u32 *)&kind,
					     sizeof(kind) / sizeof(u32));
	}
}

static const struct kind *find_kind(const struct maker *maker, enum role role,
				    u32 number)
{
	size_t count;

	return (const struct kind *)intern_list(&maker->kinds[role].known,
						number, &count);
}

static bool is_same(const struct kind *kind)
{
	return !memcmp(&kind->view[0], &kind->view[1], sizeof(kind->view[0]));
}

/* The order in which a packet is asked about. */
static u32 mode_of_pair(u32 a, u32 b)
{
	static const u32 order[] = { EFFECT_UNOWNED, EFFECT_NOBODY,
				     EFFECT_EXPIRED };
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return EFFECT_LIVE;
}

/* What is said of a pair beside the matrix, by its defaults. */
static u32 base_function(const struct maker *maker, unsigned int side,
			 const struct kind *source,
			 const struct kind *destination)
{
	const struct kind_view *from = &source->view[side];
	const struct kind_view *to = &destination->view[side];
	struct effect *effect = maker->effect;
	u32 mode = mode_of_pair(from->mode, to->mode);
	u32 function = 0;

	if (mode != EFFECT_LIVE)
		return effect_function_special(effect, mode);
	if (to->any)
		function = from->function;
	if (from->any)
		function = effect_merge(effect, function, to->function);
	if (from->any && to->any)
		function = effect_merge(effect, function, maker->any[side]);
	return function;
}

static bool same_base(const struct maker *maker, const struct kind *source,
		      const struct kind *destination)
{
	return maker->same_rest && maker->any[0] == maker->any[1] &&
	       is_same(source) && is_same(destination);
}

static u32 base_delta(const struct maker *maker, const struct kind *source,
		      const struct kind *destination)
{
	u32 function[SPAN_SIDES];
	unsigned int side;

	if (same_base(maker, source, destination))
		return 0;
	for (side = 0; side < SPAN_SIDES; side++)
		function[side] =
			base_function(maker, side, source, destination);
	return effect_delta(maker->effect, function[0], function[1]);
}

static void make_bases(struct maker *maker)
{
	u32 sources = maker->kinds[SOURCE].known.count;
	u32 destinations = maker->kinds[DESTINATION].known.count;
	u32 *row = memory_zero(destinations, sizeof(*row));
	u32 i, j;

	maker->base_of = memory_zero(sources, sizeof(u32));
	for (i = 0; i < sources; i++) {
		memset(row, 0, destinations * sizeof(*row));
		for (j = 0; j < destinations; j++) {
			if (!effect_step(maker->effect, 1))
				break;
			row[j] = base_delta(maker, find_kind(maker, SOURCE, i),
					    find_kind(maker, DESTINATION, j));
		}
		if (!maker->effect->complete)
			break;
		maker->base_of[i] =
			intern_number(&maker->bases, row, destinations);
	}
	free(row);
}

/* Exceptions from base rows. */

static void list_class(struct maker *maker, unsigned int side)
{
	struct wgward_relation *relation = &maker->by_class[side];
	const struct effect *effect = maker->effect;
	const struct effect_view *view;
	u32 i, classes = 0;

	for (i = 0; i < effect->atom_count; i++) {
		view = &effect->atoms[i].view[side];
		if (view->destination_class >= classes)
			classes = view->destination_class + 1;
	}
	if (wgward_relation_create(relation, classes))
		memory_fail();
	for (i = 0; i < effect->atom_count; i++) {
		view = &effect->atoms[i].view[side];
		if (view->mode == EFFECT_LIVE)
			wgward_relation_count(relation,
					      view->destination_class);
	}
	if (wgward_relation_seal(relation))
		memory_fail();
	for (i = 0; i < effect->atom_count; i++) {
		view = &effect->atoms[i].view[side];
		if (view->mode == EFFECT_LIVE)
			wgward_relation_add(relation, view->destination_class,
					    i);
	}
}

/* The function that the matrix of a side has for a pair. */
static u32 matrix_function(const struct maker *maker, unsigned int side,
			   const struct effect_view *from,
			   const struct effect_view *to)
{
	const struct wgward_matrix *matrix;
	u32 low, high, middle;

	if (from->mode != EFFECT_LIVE || to->mode != EFFECT_LIVE)
		return 0;
	matrix = matrix_of(maker->effect, side);
	low = matrix->start[from->source_class];
	high = matrix->start[from->source_class + 1];
	while (low < high) {
		middle = low + (high - low) / 2;
		if (matrix->columns[middle] == to->destination_class)
			return effect_function(maker->effect, side,
					       matrix->maps[middle]);
		if (matrix->columns[middle] < to->destination_class)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static u32 pair_delta(const struct maker *maker, u32 source, u32 destination)
{
	const struct effect_atom *from = &maker->effect->atoms[source];
	const struct effect_atom *to = &maker->effect->atoms[destination];
	const struct kind *kinds[ROLES] = {
		find_kind(maker, SOURCE, maker->kinds[SOURCE].of[source]),
		find_kind(maker, DESTINATION,
			  maker->kinds[DESTINATION].of[destination]),
	};
	u32 function[SPAN_SIDES];
	unsigned int side;

	for (side = 0; side < SPAN_SIDES; side++)
		function[side] = matrix_function(maker, side, &from->view[side],
						 &to->view[side]);
	if (function[0] == function[1] &&
	    same_base(maker, kinds[SOURCE], kinds[DESTINATION]))
		return 0;
	for (side = 0; side < SPAN_SIDES; side++)
		function[side] =
			effect_merge(maker->effect, function[side],
				     base_function(maker, side, kinds[SOURCE],
						   kinds[DESTINATION]));
	return effect_delta(maker->effect, function[0], function[1]);
}

static u32 base_of_pair(const struct maker *maker, u32 source, u32 destination)
{
	u32 base = maker->base_of[maker->kinds[SOURCE].of[source]];
	size_t count;

	return intern_list(&maker->bases, base,
			   &count)[maker->kinds[DESTINATION].of[destination]];
}

static void push_exception(struct maker *maker, u32 word)
{
	maker->exceptions = memory_grow(maker->exceptions,
					maker->exception_count, sizeof(u32));
	maker->exceptions[maker->exception_count++] = word;
}

static void look_at(struct maker *maker, u32 source, u32 destination)
{
	u32 delta;

	if (!effect_step(maker->effect, 1) ||
	    maker->seen[destination] == source + 1)
		return;
	maker->seen[destination] = source + 1;
	delta = pair_delta(maker, source, destination);
	if (delta == base_of_pair(maker, source, destination))
		return;
	push_exception(maker, destination);
	push_exception(maker, delta);
}

static void look_at_class(struct maker *maker, unsigned int side, u32 source,
			  u32 class)
{
	const u32 *atoms;
	u32 count, i;

	if (class >= maker->by_class[side].keys)
		return;
	atoms = wgward_relation_list(&maker->by_class[side], class, &count);
	for (i = 0; i < count; i++)
		look_at(maker, source, atoms[i]);
}

static int compare_exceptions(const void *left, const void *right)
{
	const u32 *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static void make_row(struct maker *maker, u32 source)
{
	const struct effect_atom *atom = &maker->effect->atoms[source];
	const struct wgward_matrix *matrix;
	unsigned int side;
	u32 i, end;

	maker->exception_count = 0;
	push_exception(maker, maker->base_of[maker->kinds[SOURCE].of[source]]);
	for (side = 0; side < SPAN_SIDES; side++) {
		if (atom->view[side].mode != EFFECT_LIVE)
			continue;
		matrix = matrix_of(maker->effect, side);
		i = matrix->start[atom->view[side].source_class];
		end = matrix->start[atom->view[side].source_class + 1];
		for (; i < end; i++)
			look_at_class(maker, side, source, matrix->columns[i]);
	}
	qsort(maker->exceptions + 1, maker->exception_count / 2,
	      2 * sizeof(u32), compare_exceptions);
	maker->row_of[source] = intern_number(&maker->rows, maker->exceptions,
					      maker->exception_count);
}

/* From rows to lines. */

static void push_run(struct maker *maker, struct part *part, u32 atom)
{
	if (part->count && part->runs[part->count - 1] + 1 == atom) {
		part->runs[part->count - 1] = atom;
		return;
	}
	part->runs = memory_grow(part->runs, part->count, sizeof(u32));
	part->runs[part->count++] = atom;
	part->runs = memory_grow(part->runs, part->count, sizeof(u32));
	part->runs[part->count++] = atom;
	maker->effect->kept += 2;
}

static struct part *find_part(struct maker *maker, u32 piece)
{
	u32 place;

	while (piece >= maker->part_space) {
		maker->part_of = memory_grow(maker->part_of, maker->part_space,
					     sizeof(u32));
		maker->part_of[maker->part_space++] = 0;
	}
	place = maker->part_of[piece];
	if (place < maker->part_count && maker->parts[place].piece == piece)
		return &maker->parts[place];
	maker->part_of[piece] = maker->part_count;
	maker->parts = memory_grow(maker->parts, maker->part_count,
				   sizeof(*maker->parts));
	maker->parts[maker->part_count] = (struct part){ .piece = piece };
	return &maker->parts[maker->part_count++];
}

static void note_pieces(struct maker *maker, u32 delta, u32 destination)
{
	const u32 *pieces;
	size_t count, i;

	pieces = intern_list(&maker->effect->services.lists, delta, &count);
	for (i = 0; i < count && effect_step(maker->effect, 1); i++)
		push_run(maker, find_part(maker, pieces[i]), destination);
}

static bool is_empty(const u32 *base, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (base[i])
			return false;
	return true;
}

/* Finds the parts of a row. */
static void divide_row(struct maker *maker, u32 number)
{
	const u32 *of = maker->kinds[DESTINATION].of;
	size_t count, kinds, i = 1;
	const u32 *row, *base;
	u32 atom;

	row = intern_list(&maker->rows, number, &count);
	base = intern_list(&maker->bases, row[0], &kinds);
	maker->part_count = 0;
	if (is_empty(base, kinds)) {
		for (; i < count; i += 2)
			note_pieces(maker, row[i + 1], row[i]);
		return;
	}
	for (atom = 0; atom < maker->effect->atom_count; atom++) {
		if (!effect_step(maker->effect, 1))
			return;
		if (i < count && row[i] == atom) {
			note_pieces(maker, row[i + 1], atom);
			i += 2;
		} else {
			note_pieces(maker, base[of[atom]], atom);
		}
	}
}

/* The line of a piece with these destinations, or NULL if there are too many. */
static struct effect_line *find_line(struct maker *maker,
				     const struct part *part)
{
	struct effect *effect = maker->effect;
	u32 key[] = { part->piece, intern_number(&effect->destinations,
						 part->runs, part->count) };
	u32 number = intern_number(&maker->known, key, 2);

	if (number < effect->line_count)
		return &effect->lines[number];
	if (number == LINES_MAX) {
		effect->complete = false;
		return NULL;
	}
	effect->lines =
		memory_grow(effect->lines, number, sizeof(*effect->lines));
	effect->lines[number] = (struct effect_line){
		.piece = key[0],
		.to = key[1],
	};
	effect->line_count++;
	return &effect->lines[number];
}

static void add_to_line(struct maker *maker, const struct part *part,
			const u32 *sources, u32 count)
{
	struct effect *effect = maker->effect;
	struct effect_line *line;
	u32 i;

	if (!effect_step(effect, part->count + count))
		return;
	line = find_line(maker, part);
	for (i = 0; line && i < count; i++) {
		line->from =
			memory_grow(line->from, line->from_count, sizeof(u32));
		line->from[line->from_count++] = sources[i];
		effect->kept++;
	}
}

/* Of a row that was not divided to its end nothing is told. */
static void tell_row(struct maker *maker, u32 row, const u32 *sources,
		     u32 count)
{
	size_t i;

	divide_row(maker, row);
	for (i = 0; i < maker->part_count; i++) {
		add_to_line(maker, &maker->parts[i], sources, count);
		maker->effect->kept -= maker->parts[i].count;
		free(maker->parts[i].runs);
	}
}

static void tell_rows(struct maker *maker)
{
	struct wgward_relation sources;
	const u32 *list;
	u32 i, count;

	if (wgward_relation_create(&sources, maker->rows.count))
		memory_fail();
	for (i = 0; i < maker->effect->atom_count; i++)
		wgward_relation_count(&sources, maker->row_of[i]);
	if (wgward_relation_seal(&sources))
		memory_fail();
	for (i = 0; i < maker->effect->atom_count; i++)
		wgward_relation_add(&sources, maker->row_of[i], i);
	for (i = 0; i < maker->rows.count && maker->effect->complete; i++) {
		list = wgward_relation_list(&sources, i, &count);
		tell_row(maker, i, list, count);
	}
	wgward_relation_free(&sources);
}

static void maker_free(struct maker *maker)
{
	unsigned int i;

	for (i = 0; i < ROLES; i++) {
		intern_free(&maker->kinds[i].known);
		free(maker->kinds[i].of);
	}
	for (i = 0; i < SPAN_SIDES; i++)
		wgward_relation_free(&maker->by_class[i]);
	intern_free(&maker->bases);
	free(maker->base_of);
	intern_free(&maker->rows);
	free(maker->row_of);
	free(maker->seen);
	free(maker->exceptions);
	free(maker->parts);
	free(maker->part_of);
	intern_free(&maker->known);
}

void effect_make_lines(struct effect *effect)
{
	struct maker maker = {
		.effect = effect,
		.kinds[SOURCE].known.kept = &effect->kept,
		.kinds[DESTINATION].known.kept = &effect->kept,
		.bases.kept = &effect->kept,
		.rows.kept = &effect->kept,
		.known.kept = &effect->kept,
	};
	unsigned int side;
	u32 i;

	maker.same_rest = effect_same_rest(effect);
	for (side = 0; side < SPAN_SIDES; side++) {
		if (effect->policies[side])
			maker.any[side] = effect_function(
				effect, side,
				matrix_of(effect, side)->any_default);
		list_class(&maker, side);
	}
	make_kinds(effect, SOURCE, &maker.kinds[SOURCE]);
	make_kinds(effect, DESTINATION, &maker.kinds[DESTINATION]);
	make_bases(&maker);
	maker.row_of = memory_zero(effect->atom_count, sizeof(u32));
	maker.seen = memory_zero(effect->atom_count, sizeof(u32));
	for (i = 0; i < effect->atom_count && effect->complete; i++)
		make_row(&maker, i);
	if (effect->complete)
		tell_rows(&maker);
	maker_free(&maker);
}
