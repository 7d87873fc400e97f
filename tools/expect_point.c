// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "expect_point.h"
#include "memory.h"
#include "selector.h"

/* Whose addresses. */
struct finder {
	const struct mesh *mesh;
	const struct wgward_policy *policy;
};

/* Whether groups of @node count for its address or route @point. */
static bool is_covered(const struct mesh_node *node, const struct point *point)
{
	size_t i;

	for (i = 0; i < node->address_count; i++) {
		if (prefix_contains(&node->addresses[i], point->family,
				    &point->address))
			return true;
	}
	for (i = 0; node->route_groups && i < node->route_count; i++) {
		if (node->routes[i].length &&
		    prefix_contains(&node->routes[i], point->family,
				    &point->address))
			return true;
	}
	return false;
}

static bool is_within(const struct wgward_prefix *prefixes, size_t count,
		      const struct point *point)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (prefix_contains(&prefixes[i], point->family,
				    &point->address))
			return true;
	}
	return false;
}

static bool is_matched(const struct finder *finder,
		       const struct selector_set *set,
		       const struct point *point)
{
	bool covered = false;

	if (point->owner != WGWARD_NONE)
		covered = is_covered(&finder->mesh->nodes[point->owner], point);
	if (covered && set->except_nodes[point->owner])
		return false;
	if (is_within(set->except, set->except_count, point))
		return false;
	return (covered && set->nodes[point->owner]) ||
	       is_within(set->prefixes, set->prefix_count, point);
}

/* Adds an address, if it is one that @set matches. */
static void add_point(const struct finder *finder,
		      const struct selector_set *set, u8 family,
		      const struct in6_addr *address, struct points *points)
{
	struct point point = { .family = family, .address = *address };

	point.owner = wgward_policy_owner(finder->policy, family, address);
	if (!is_matched(finder, set, &point))
		return;
	points->items =
		memory_grow(points->items, points->count, sizeof(point));
	points->items[points->count++] = point;
}

static void add_ends(const struct finder *finder,
		     const struct selector_set *set,
		     const struct wgward_prefix *prefix, struct points *points)
{
	struct in6_addr last = prefix_last(prefix);

	add_point(finder, set, prefix->family, &prefix->address, points);
	add_point(finder, set, prefix->family, &last, points);
}

/* Whether @node belongs to @set by itself, or an address by a prefix may. */
static void add_node(const struct finder *finder,
		     const struct selector_set *set,
		     const struct mesh_node *node, struct points *points)
{
	size_t i;

	for (i = 0; i < node->address_count; i++)
		add_point(finder, set, node->addresses[i].family,
			  &node->addresses[i].address, points);
	for (i = 0; i < node->route_count; i++) {
		if (node->routes[i].length)
			add_ends(finder, set, &node->routes[i], points);
	}
}

/* Between two nodes' addresses nobody lives, which is no test's business. */
static bool is_vacant(const struct finder *finder,
		      const struct wgward_prefix *prefix,
		      const struct in6_addr *address)
{
	const struct mesh *mesh = finder->mesh;
	struct point point = { .family = prefix->family, .address = *address };

	return prefix->length < address_bits(prefix->family) &&
	       is_within(mesh->networks, mesh->network_count, &point) &&
	       wgward_policy_owner(finder->policy, prefix->family, address) ==
		       WGWARD_NONE;
}

static void add_prefix(const struct finder *finder,
		       const struct selector_set *set,
		       const struct wgward_prefix *prefix,
		       struct points *points)
{
	struct in6_addr last = prefix_last(prefix);

	if (!is_vacant(finder, prefix, &prefix->address))
		add_point(finder, set, prefix->family, &prefix->address,
			  points);
	if (!is_vacant(finder, prefix, &last))
		add_point(finder, set, prefix->family, &last, points);
}

int point_compare(const struct point *a, const struct point *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(&a->address, &b->address, sizeof(a->address));
}

static int compare(const void *left, const void *right)
{
	return point_compare(left, right);
}

static void sort_points(struct points *points)
{
	size_t i, kept = 0;

	if (!points->count)
		return;
	qsort(points->items, points->count, sizeof(*points->items), compare);
	for (i = 1; i < points->count; i++) {
		if (point_compare(&points->items[kept], &points->items[i]))
			points->items[++kept] = points->items[i];
	}
	points->count = kept + 1;
}

void points_collect(const struct mesh *mesh, const struct wgward_policy *policy,
		    const struct mesh_list *list, struct points *points)
{
	const struct finder found = { .mesh = mesh, .policy = policy };
	const struct finder *finder = &found;
	struct selector_set set;
	size_t i;

	memset(points, 0, sizeof(*points));
	selector_set(mesh, list, &set);
	for (i = 0; i < mesh->node_count; i++)
		add_node(finder, &set, &mesh->nodes[i], points);
	for (i = 0; i < set.prefix_count; i++)
		add_prefix(finder, &set, &set.prefixes[i], points);
	selector_set_free(&set);
	sort_points(points);
}
