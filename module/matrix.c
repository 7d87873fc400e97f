// SPDX-License-Identifier: GPL-2.0
/*
 * Compiling, fourth part: from pairs of classes to service maps.
 *
 * One row at a time: each rule of the source class is put down in every
 * destination class that it matches, and the list that each of these has in
 * the end yields its map. Only pairs that a rule joins take room.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "build.h"
#include "compiled.h"
#include "marks.h"

/**
 * struct row - the row that is being made
 * @columns: destination classes by rule, the same for all rows
 * @end: by destination class, how many rules it has in this row, then where
 *	they end in @rules so far; 0 in between
 * @used: destination classes with rules
 * @used_count: number of them
 * @rules: lists of the rules of all columns
 */
struct row {
	struct wgward_relation columns;
	u32 *end;
	struct wgward_marks used;
	u32 used_count;
	struct wgward_vector rules;
};

/* The result as it grows. */
struct cells {
	struct wgward_vector start, columns, maps;
};

static int too_many_matches(const struct wgward_build *build)
{
	return wgward_build_refuse(
		build, "Rules join pairs of classes more than 67108864 times");
}

static int relate_columns(struct wgward_build *build,
			  struct wgward_relation *columns)
{
	const struct wgward_classes *classes = &build->classes[WGWARD_SIDE_TO];
	u32 column, i, count;
	const u32 *rules;

	if (wgward_relation_create(columns, build->policy->rule_count))
		return -ENOMEM;
	for (i = 0; i < classes->rules.count; i++)
		wgward_relation_count(columns, classes->rules.data[i]);
	if (wgward_relation_seal(columns))
		return -ENOMEM;
	for (column = 1; column < wgward_class_count(classes); column++) {
		rules = wgward_class_rules(classes, column, &count);
		for (i = 0; i < count; i++)
			wgward_relation_add(columns, rules[i], column);
		cond_resched();
	}
	return 0;
}

/* Bounds the time that all rows take. */
static int check_matches(const struct wgward_build *build,
			 const struct wgward_relation *columns)
{
	const struct wgward_vector *rules =
		&build->classes[WGWARD_SIDE_FROM].rules;
	u64 matches = 0;
	u32 i, count;

	for (i = 0; i < rules->count; i++) {
		wgward_relation_list(columns, rules->data[i], &count);
		matches += count;
	}
	return matches > WGWARD_MAX_MATCHES ? too_many_matches(build) : 0;
}

static void row_free(struct row *row)
{
	wgward_relation_free(&row->columns);
	kvfree(row->end);
	wgward_marks_free(&row->used);
	wgward_vector_free(&row->rules);
}

static int row_create(struct wgward_build *build, struct row *row)
{
	u32 columns = wgward_class_count(&build->classes[WGWARD_SIDE_TO]);
	int error;

	memset(row, 0, sizeof(*row));
	row->end = kvcalloc(columns, sizeof(*row->end), GFP_KERNEL_ACCOUNT);
	error = wgward_marks_create(&row->used, columns);
	if (!row->end)
		error = -ENOMEM;
	if (!error)
		error = relate_columns(build, &row->columns);
	if (!error)
		error = check_matches(build, &row->columns);
	if (error)
		row_free(row);
	return error;
}

static int count_columns(const struct wgward_build *build, struct row *row,
			 const u32 *rules, u32 count)
{
	const u32 *columns;
	int error = 0;
	u32 i, j, n;

	for (i = 0; !error && i < count; i++) {
		columns = wgward_relation_list(&row->columns, rules[i], &n);
		for (j = 0; j < n; j++) {
			if (row->end[columns[j]]++)
				continue;
			wgward_marks_set(&row->used, columns[j]);
			row->used_count++;
		}
		error = wgward_build_pause(build);
	}
	return error;
}

static int fill_columns(const struct wgward_build *build, struct row *row,
			const u32 *rules, u32 count)
{
	const u32 *columns;
	int error = 0;
	u32 i, j, n;

	for (i = 0; !error && i < count; i++) {
		columns = wgward_relation_list(&row->columns, rules[i], &n);
		for (j = 0; j < n; j++)
			row->rules.data[row->end[columns[j]]++] = rules[i];
		error = wgward_build_pause(build);
	}
	return error;
}

/* Appends the columns that are used to @columns and divides row->rules. */
static int divide_row(struct wgward_build *build, struct row *row,
		      struct wgward_vector *columns)
{
	u32 i = columns->count, rules = 0, count;

	if (wgward_vector_reserve(columns, row->used_count))
		return -ENOMEM;
	row->used_count = 0;
	columns->count += wgward_marks_empty(&row->used, columns->data + i);
	if (columns->count > WGWARD_MAX_CLASS_PAIRS)
		return wgward_build_refuse(
			build, "Rules join more than 4194304 pairs of classes");
	for (; i < columns->count; i++) {
		count = row->end[columns->data[i]];
		row->end[columns->data[i]] = rules;
		rules += count;
	}
	return wgward_vector_reserve(&row->rules, rules);
}

/* Appends the maps of the columns from @i on, whose rules are in order. */
static int map_columns(struct wgward_build *build, struct row *row,
		       struct cells *cells, u32 i)
{
	u32 start = 0, end, map;
	int error = 0;

	if (wgward_vector_reserve(&cells->maps, cells->columns.count - i))
		return -ENOMEM;
	for (; !error && i < cells->columns.count; i++) {
		end = row->end[cells->columns.data[i]];
		row->end[cells->columns.data[i]] = 0;
		error = wgward_build_service_map(build, row->rules.data + start,
						 end - start, &map);
		start = end;
		cells->maps.data[cells->maps.count++] = map;
	}
	return error;
}

static int build_row(struct wgward_build *build, struct row *row,
		     struct cells *cells, u32 source)
{
	u32 first = cells->columns.count;
	const u32 *rules;
	u32 count;
	int error;

	rules = wgward_class_rules(&build->classes[WGWARD_SIDE_FROM], source,
				   &count);
	error = count_columns(build, row, rules, count);
	if (!error)
		error = divide_row(build, row, &cells->columns);
	if (!error)
		error = fill_columns(build, row, rules, count);
	if (!error)
		error = map_columns(build, row, cells, first);
	if (error)
		return error;
	return wgward_vector_push(&cells->start, cells->columns.count);
}

static int build_rows(struct wgward_build *build, struct row *row,
		      struct cells *cells)
{
	u32 rows = wgward_class_count(&build->classes[WGWARD_SIDE_FROM]);
	u32 source;
	int error;

	error = wgward_vector_push(&cells->start, 0);
	for (source = 0; !error && source < rows; source++)
		error = build_row(build, row, cells, source);
	return error;
}

static int build_cells(struct wgward_build *build)
{
	struct wgward_matrix *matrix = &build->compiled->matrix;
	struct cells cells = { 0 };
	struct row row;
	int error;

	error = row_create(build, &row);
	if (error)
		return error;
	error = build_rows(build, &row, &cells);
	row_free(&row);
	if (!error) {
		matrix->pair_count = cells.columns.count;
		matrix->start = wgward_vector_take(&cells.start);
		matrix->columns = wgward_vector_take(&cells.columns);
		matrix->maps = wgward_vector_take(&cells.maps);
		if (!matrix->start || !matrix->columns || !matrix->maps)
			error = -ENOMEM;
	}
	wgward_vector_free(&cells.start);
	wgward_vector_free(&cells.columns);
	wgward_vector_free(&cells.maps);
	return error;
}

/* The map of those of @rules whose other side is any node. */
static int build_default(struct wgward_build *build, enum wgward_side other,
			 const u32 *rules, u32 count,
			 struct wgward_vector *list, u32 *map)
{
	const struct wgward_rule *rule;
	u32 i;

	list->count = 0;
	for (i = 0; i < count; i++) {
		rule = &build->policy->rules[rules[i]];
		if (wgward_selector_wild(wgward_rule_side(rule, other)) &&
		    wgward_vector_push(list, rules[i]))
			return -ENOMEM;
	}
	return wgward_build_service_map(build, list->data, list->count, map);
}

/* The defaults of all classes of a side, in a new array. */
static int build_defaults(struct wgward_build *build, enum wgward_side side,
			  u32 **defaults)
{
	const struct wgward_classes *classes = &build->classes[side];
	u32 which, count = wgward_class_count(classes);
	struct wgward_vector list = { 0 };
	const u32 *rules;
	int error = 0;
	u32 n;

	*defaults =
		kvmalloc_array(count, sizeof(**defaults), GFP_KERNEL_ACCOUNT);
	if (!*defaults)
		return -ENOMEM;
	for (which = 0; !error && which < count; which++) {
		rules = wgward_class_rules(classes, which, &n);
		error = build_default(build, !side, rules, n, &list,
				      &(*defaults)[which]);
		if (!error)
			error = wgward_build_pause(build);
	}
	wgward_vector_free(&list);
	return error;
}

/* The map of the rules from any node to any node. */
static int build_any_default(struct wgward_build *build)
{
	const struct wgward_policy *policy = build->policy;
	struct wgward_vector from_any = { 0 };
	struct wgward_vector list = { 0 };
	int error = 0;
	u32 i;

	for (i = 0; !error && i < policy->rule_count; i++) {
		if (wgward_selector_wild(&policy->rules[i].from))
			error = wgward_vector_push(&from_any, i);
	}
	if (!error)
		error = build_default(build, WGWARD_SIDE_TO, from_any.data,
				      from_any.count, &list,
				      &build->compiled->matrix.any_default);
	wgward_vector_free(&from_any);
	wgward_vector_free(&list);
	return error;
}

/**
 * wgward_build_matrix() - makes the matrix and the maps that it needs
 * @build: classes made, services begun
 *
 * Return: 0, -ENOMEM, -E2BIG or -EINTR.
 */
int wgward_build_matrix(struct wgward_build *build)
{
	struct wgward_matrix *matrix = &build->compiled->matrix;
	int error;

	error = build_cells(build);
	if (!error)
		error = build_defaults(build, WGWARD_SIDE_FROM,
				       &matrix->row_defaults);
	if (!error)
		error = build_defaults(build, WGWARD_SIDE_TO,
				       &matrix->column_defaults);
	if (!error)
		error = build_any_default(build);
	return error;
}
