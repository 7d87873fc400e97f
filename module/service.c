// SPDX-License-Identifier: GPL-2.0
/*
 * Compiling, third part: from a list of rules to a service map.
 *
 * The edges of all ranges are sorted; between two edges one rule decides. The
 * rules paint their ranges in order of strength, and what is painted stays.
 * For each edge it is remembered where bare room may begin (union-find), so
 * that no edge is painted twice nor passed over again and again.
 *
 * A rule that ends, or is audited, does not take its range for good: weaker
 * rules are put behind it, until one without either closes the range. How
 * often such rules meet edges is counted, since nothing else bounds it.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "build.h"
#include "compiled.h"
#include "names.h"
#include "sort.h"

static __always_inline bool service_before(const void *context, u32 a, u32 b)
{
	const struct wgward_service *services = context;

	return services[a].first < services[b].first;
}

static __always_inline bool number_before(const void *context, u32 a, u32 b)
{
	(void)context;
	return a < b;
}

static int push_range(struct wgward_service_build *services, u32 first,
		      u32 last)
{
	if (wgward_vector_push(&services->range_first, first) ||
	    wgward_vector_push(&services->range_last, last))
		return -ENOMEM;
	return 0;
}

/* Ranges of protocols that the ranges from @start on cover entirely. */
static int push_unread(struct wgward_service_build *services, u32 start)
{
	u32 end = services->range_first.count;
	u32 i, first, after;

	for (i = start; i < end; i++) {
		first = (services->range_first.data[i] + 0xffff) >> 16;
		after = (services->range_last.data[i] + 1) >> 16;
		if (first < after &&
		    push_range(services, WGWARD_SERVICE_UNREAD + first,
			       WGWARD_SERVICE_UNREAD + after - 1))
			return -ENOMEM;
	}
	return 0;
}

/* Adds the ranges of a rule: disjoint, not even touching, ascending. */
static int push_ranges(struct wgward_service_build *services,
		       const struct wgward_rule *rule)
{
	u32 start = services->range_first.count;
	u32 *order, *last;
	u32 i;

	services->edges.count = 0;
	services->scratch.count = 0;
	if (wgward_vector_reserve(&services->edges, rule->service_count) ||
	    wgward_vector_reserve(&services->scratch, rule->service_count))
		return -ENOMEM;
	order = services->edges.data;
	for (i = 0; i < rule->service_count; i++)
		order[i] = i;
	wgward_sort(order, services->scratch.data, rule->service_count,
		    service_before, rule->services);
	for (i = 0; i < rule->service_count; i++) {
		const struct wgward_service *next = &rule->services[order[i]];

		last = services->range_last.data + services->range_last.count;
		if (services->range_first.count > start &&
		    next->first <= last[-1] + 1)
			last[-1] = max(last[-1], next->last);
		else if (push_range(services, next->first, next->last))
			return -ENOMEM;
	}
	return push_unread(services, start);
}

/**
 * wgward_build_services() - begins with the empty map, number 0
 * @build: only just begun
 *
 * Return: 0, -ENOMEM or -EINTR.
 */
int wgward_build_services(struct wgward_build *build)
{
	struct wgward_service_build *services = &build->services;
	const struct wgward_policy *policy = build->policy;
	int error;
	u32 i;

	services->range_start = kvmalloc_array(policy->rule_count + 1,
					       sizeof(*services->range_start),
					       GFP_KERNEL_ACCOUNT);
	services->single = kvmalloc_array(max(policy->rule_count, 1U),
					  sizeof(*services->single),
					  GFP_KERNEL_ACCOUNT);
	if (!services->range_start || !services->single)
		return -ENOMEM;
	for (i = 0; i < policy->rule_count; i++) {
		services->single[i] = WGWARD_NONE;
		services->range_start[i] = services->range_first.count;
		if (push_ranges(services, &policy->rules[i]))
			return -ENOMEM;
		error = wgward_build_pause(build);
		if (error)
			return error;
	}
	services->range_start[i] = services->range_first.count;
	if (wgward_vector_push(&services->start, 0) ||
	    wgward_vector_push(&services->start, 0) ||
	    wgward_vector_push(&services->list_start, 0) ||
	    wgward_vector_push(&services->list_start, 0))
		return -ENOMEM;
	return 0;
}

static u32 rule_ranges(const struct wgward_service_build *services, u32 rule)
{
	return services->range_start[rule + 1] - services->range_start[rule];
}

/**
 * wgward_build_steps() - counts what service maps cost
 * @build: services begun
 * @steps: how many more
 *
 * Return: 0 or -E2BIG.
 */
int wgward_build_steps(struct wgward_build *build, u64 steps)
{
	build->services.steps += steps;
	if (build->services.steps <= WGWARD_MAX_SERVICE_STEPS)
		return 0;
	return wgward_build_refuse(
		build,
		"Sorting the services of rules takes more than 33554432 steps: list fewer or wider ranges, or end or audit fewer rules");
}

/*
 * Counts what a map will cost, and refuses when all maps cost too much. Each
 * range is sorted and searched for, which takes as many steps as the number of
 * ranges has bits. This bounds the lists as well: each rule has a range.
 */
static int count_steps(struct wgward_build *build, const u32 *rules, u32 count,
		       u32 *ranges)
{
	struct wgward_service_build *services = &build->services;
	u64 sum = 0;
	u32 i;

	for (i = 0; i < count; i++)
		sum += rule_ranges(services, rules[i]);
	*ranges = sum;
	return wgward_build_steps(build, sum * fls64(sum));
}

/* Appends where the ranges of @rules begin and end, in their order. */
static int push_edges(struct wgward_build *build, const u32 *rules, u32 count,
		      u32 ranges)
{
	struct wgward_service_build *services = &build->services;
	struct wgward_vector *edges = &services->edges;
	u32 i, range, *edge;
	int error = 0;

	if (wgward_vector_reserve(edges, 2 * ranges))
		return -ENOMEM;
	edge = edges->data + edges->count;
	for (i = 0; !error && i < count; i++) {
		for (range = services->range_start[rules[i]];
		     range < services->range_start[rules[i] + 1]; range++) {
			*edge++ = services->range_first.data[range];
			*edge++ = services->range_last.data[range] + 1;
		}
		error = wgward_build_pause(build);
	}
	edges->count = edge - edges->data;
	return error;
}

/* Where @ranges of @rules begin and end, and 0, each once, ascending. */
static int find_edges(struct wgward_build *build, const u32 *rules, u32 count,
		      u32 ranges)
{
	struct wgward_service_build *services = &build->services;
	struct wgward_vector *edges = &services->edges;
	u32 i, unique = 1;
	int error;

	edges->count = 0;
	services->scratch.count = 0;
	if (wgward_vector_push(edges, 0))
		return -ENOMEM;
	error = push_edges(build, rules, count, ranges);
	if (error)
		return error;
	if (wgward_vector_reserve(&services->scratch, edges->count))
		return -ENOMEM;
	wgward_sort(edges->data, services->scratch.data, edges->count,
		    number_before, NULL);
	for (i = 1; i < edges->count; i++) {
		if (edges->data[i] != edges->data[unique - 1])
			edges->data[unique++] = edges->data[i];
	}
	edges->count = unique;
	return 0;
}

/* The index of an edge that is there, at @low or behind; mostly near it. */
static u32 edge_index(const struct wgward_vector *edges, u32 low, u32 edge)
{
	u32 high, middle, step = 1;

	while (step < edges->count - low && edges->data[low + step] <= edge) {
		low += step;
		step *= 2;
	}
	high = low + min(step, edges->count - low);
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (edges->data[middle] <= edge)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The first edge from @i on behind which room is left. */
static u32 next_bare(u32 *bare, u32 i)
{
	while (bare[i] != i) {
		bare[i] = bare[bare[i]];
		i = bare[i];
	}
	return i;
}

/* Paints what is bare from edge @i to @end, for good. */
static int paint_over(struct wgward_build *build, u32 rank, u32 i, u32 end)
{
	struct wgward_service_build *services = &build->services;
	u32 *colour = services->colour.data;
	u32 *bare = services->bare.data;
	int error = 0;

	for (i = next_bare(bare, i); !error && i < end;
	     i = next_bare(bare, i)) {
		if (colour[i] == WGWARD_RANK_NONE)
			colour[i] = rank;
		else
			error = wgward_build_succeed(build, &colour[i], rank);
		bare[i] = i + 1;
	}
	return error;
}

/* Paints what is bare from edge @i to @end, and leaves it so. */
static int paint_thinly(struct wgward_build *build, u32 rank, u32 i, u32 end)
{
	struct wgward_service_build *services = &build->services;
	u32 *colour = services->colour.data;
	u32 *bare = services->bare.data;
	int error = 0;

	for (i = next_bare(bare, i); !error && i < end;
	     i = next_bare(bare, i + 1)) {
		error = wgward_build_steps(build, 1);
		if (!error)
			error = wgward_build_succeed(build, &colour[i], rank);
	}
	return error;
}

static int paint_rule(struct wgward_build *build, u32 which, u32 rank)
{
	const struct wgward_rule *rule = &build->policy->rules[which];
	bool thinly = rule->until || rule->flags & WGWARD_RULE_F_AUDIT;
	struct wgward_service_build *services = &build->services;
	struct wgward_vector *edges = &services->edges;
	u32 range, first, end = 0;
	int error = 0;

	for (range = services->range_start[which];
	     !error && range < services->range_start[which + 1]; range++) {
		first = edge_index(edges, end,
				   services->range_first.data[range]);
		end = edge_index(edges, first,
				 services->range_last.data[range] + 1);
		error = thinly ? paint_thinly(build, rank, first, end) :
				 paint_over(build, rank, first, end);
	}
	return error;
}

/* Paints those of @rules whose action is that strong; the last edge stays. */
static int paint_action(struct wgward_build *build, const u32 *rules, u32 count,
			u32 strength)
{
	static const u8 actions[WGWARD_STRENGTHS] = {
		[WGWARD_STRENGTH_DENY] = WGWARD_ACTION_DENY,
		[WGWARD_STRENGTH_REJECT] = WGWARD_ACTION_REJECT,
		[WGWARD_STRENGTH_ALLOW] = WGWARD_ACTION_ALLOW,
	};
	struct wgward_service_build *services = &build->services;
	int error = 0;
	u32 i;

	for (i = 0; !error && i < count; i++) {
		if (build->policy->rules[rules[i]].action != actions[strength])
			continue;
		if (next_bare(services->bare.data, 0) ==
		    services->edges.count - 1)
			return 0;
		error = paint_rule(build, rules[i],
				   strength << WGWARD_RANK_SHIFT | rules[i]);
		if (!error)
			error = wgward_build_pause(build);
	}
	return error;
}

/* Which rank holds from each edge on. */
static int paint(struct wgward_build *build, const u32 *rules, u32 count)
{
	struct wgward_service_build *services = &build->services;
	u32 edges = services->edges.count;
	u32 i, strength;
	int error = 0;

	services->colour.count = 0;
	services->bare.count = 0;
	if (wgward_vector_reserve(&services->colour, edges) ||
	    wgward_vector_reserve(&services->bare, edges))
		return -ENOMEM;
	for (i = 0; i < edges; i++) {
		services->colour.data[i] = WGWARD_RANK_NONE;
		services->bare.data[i] = i;
	}
	/* The strongest first, and by name. */
	for (strength = 0; !error && strength < WGWARD_STRENGTHS; strength++)
		error = paint_action(build, rules, count, strength);
	return error;
}

static bool is_succession(u32 colour)
{
	return colour & WGWARD_RANK_SUCCESSION && colour != WGWARD_RANK_NONE;
}

/* Appends a map of what was painted. */
static int push_map(struct wgward_build *build)
{
	struct wgward_service_build *services = &build->services;
	const u32 *colour = services->colour.data;
	u32 i, value;
	int error;

	for (i = 0; i < services->edges.count; i++) {
		if (i && colour[i] == colour[i - 1])
			continue;
		value = colour[i];
		if (is_succession(value)) {
			error = wgward_build_succession(build, &value);
			if (error)
				return error;
		}
		if (wgward_vector_push(&services->first,
				       services->edges.data[i]) ||
		    wgward_vector_push(&services->rank, value))
			return -ENOMEM;
	}
	return wgward_vector_push(&services->start, services->first.count);
}

static int push_list(struct wgward_service_build *services, const u32 *rules,
		     u32 count)
{
	struct wgward_vector *list = &services->list_rules;

	if (wgward_vector_reserve(list, count))
		return -ENOMEM;
	memcpy(list->data + list->count, rules, count * sizeof(*rules));
	list->count += count;
	return wgward_vector_push(&services->list_start, list->count);
}

static int make_map(struct wgward_build *build, const u32 *rules, u32 count,
		    u32 *map)
{
	struct wgward_service_build *services = &build->services;
	u32 ranges = 0;
	int error;

	*map = services->start.count - 1;
	error = count_steps(build, rules, count, &ranges);
	if (!error)
		error = find_edges(build, rules, count, ranges);
	if (!error)
		error = paint(build, rules, count);
	if (!error)
		error = push_list(services, rules, count);
	if (!error)
		error = push_map(build);
	if (error)
		return error;
	if (services->first.count > WGWARD_MAX_SERVICE_INTERVALS)
		return wgward_build_refuse(
			build, "Rules make more than 4194304 different ranges "
			       "of services");
	return 0;
}

static int find_list(struct wgward_build *build, const u32 *rules, u32 count,
		     u32 *map)
{
	struct wgward_service_build *services = &build->services;
	const u32 *start = services->list_start.data;
	size_t size = count * sizeof(*rules);
	u32 cursor, hash;
	int error;

	hash = hsiphash(rules, size, &build->policy->names->seed);
	wgward_table_for_each(&services->lists, hash, cursor, *map) {
		if (start[*map + 1] - start[*map] == count &&
		    !memcmp(services->list_rules.data + start[*map], rules,
			    size))
			return wgward_build_pause(build);
	}
	if (wgward_table_reserve(&services->lists, 1))
		return -ENOMEM;
	error = make_map(build, rules, count, map);
	if (!error)
		wgward_table_insert(&services->lists, hash, *map);
	return error;
}

/**
 * wgward_build_list_map() - finds or makes the map of a list of rules
 * @build: services begun
 * @rules: indices, ascending
 * @count: number of @rules
 * @map: where to put the map's number
 *
 * Return: 0, -ENOMEM, -E2BIG or -EINTR.
 */
int wgward_build_list_map(struct wgward_build *build, const u32 *rules,
			  u32 count, u32 *map)
{
	int error;

	*map = 0;
	if (!count)
		return 0;
	if (count > 1)
		return find_list(build, rules, count, map);
	error = make_map(build, rules, 1, map);
	if (!error)
		build->services.single[rules[0]] = *map;
	return error;
}

/**
 * wgward_build_services_end() - puts the maps where they are used
 * @build: all maps made
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_build_services_end(struct wgward_build *build)
{
	struct wgward_service_maps *maps = &build->compiled->services;
	struct wgward_service_build *services = &build->services;

	maps->count = services->start.count - 1;
	maps->start = wgward_vector_take(&services->start);
	maps->first = wgward_vector_take(&services->first);
	maps->rank = wgward_vector_take(&services->rank);
	return maps->start && maps->first && maps->rank ? 0 : -ENOMEM;
}
