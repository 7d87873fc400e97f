// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a rule can match anything, by the IP versions of what its sides
 * cover.
 *
 * With as many rules as nodes, not every rule can be held against every node.
 * So the nodes of a term are looked at until all versions have been seen that
 * there are among them, which is nearly always after the first. For what is
 * left there is a budget: a warning that is too dear is not given.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "lint_match.h"
#include "memory.h"
#include "selector.h"

/* Looks at a node, times the terms of the selector; a second's worth. */
#define BUDGET 50000000

/**
 * struct lint_matcher - families of what there is in a mesh
 * @mesh: the mesh
 * @nodes: of each node, as its groups cover it
 * @groups: of each group
 * @any: of all nodes
 * @budget: what may still be looked at
 */
struct lint_matcher {
	const struct mesh *mesh;
	u8 *nodes;
	u8 *groups;
	unsigned int any;
	size_t budget;
};

/* A selector, parsed. */
struct side {
	struct term *terms;
	size_t count;
};

unsigned int lint_family(u8 family)
{
	return family == AF_INET ? LINT_IPV4 : LINT_IPV6;
}

static bool is_excepted(const struct side *side,
			const struct wgward_prefix *prefix)
{
	size_t i;

	for (i = 0; side && i < side->count; i++) {
		if (side->terms[i].negative &&
		    side->terms[i].kind == TERM_PREFIX &&
		    prefix_covers(&side->terms[i].prefix, prefix))
			return true;
	}
	return false;
}

static unsigned int families_of(const struct side *side,
				const struct wgward_prefix *prefixes,
				size_t count)
{
	unsigned int families = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		/* Default routes belong to nobody's groups. */
		if (prefixes[i].length && !is_excepted(side, &prefixes[i]))
			families |= lint_family(prefixes[i].family);
	}
	return families;
}

/* Of what groups of @node cover, less what @side takes away, or NULL. */
static unsigned int node_families(const struct side *side,
				  const struct mesh_node *node)
{
	unsigned int families;

	families = families_of(side, node->addresses, node->address_count);
	if (node->route_groups)
		families |= families_of(side, node->routes, node->route_count);
	return families;
}

struct lint_matcher *lint_matcher_create(const struct mesh *mesh)
{
	struct lint_matcher *matcher = memory_zero(1, sizeof(*matcher));
	size_t i, j;

	matcher->mesh = mesh;
	matcher->budget = BUDGET;
	matcher->nodes = memory_zero(mesh->node_count, 1);
	matcher->groups = memory_zero(mesh->group_count, 1);
	for (i = 0; i < mesh->node_count; i++) {
		matcher->nodes[i] = node_families(NULL, &mesh->nodes[i]);
		matcher->any |= matcher->nodes[i];
	}
	for (i = 0; i < mesh->group_count; i++) {
		for (j = 0; j < mesh->groups[i].node_count; j++)
			matcher->groups[i] |=
				matcher->nodes[mesh->groups[i].nodes[j]];
	}
	return matcher;
}

void lint_matcher_free(struct lint_matcher *matcher)
{
	free(matcher->nodes);
	free(matcher->groups);
	free(matcher);
}

static int compare_indices(const void *left, const void *right)
{
	u32 a = *(const u32 *)left, b = *(const u32 *)right;

	return a < b ? -1 : a > b;
}

/* Whether @term, which is no prefix, covers the node of number @index. */
static bool term_covers(const struct mesh *mesh, const struct term *term,
			u32 index)
{
	const struct mesh_group *group;
	size_t i;

	for (i = 0; i < term->name_count; i++) {
		group = term->names[i].group;
		if (group ? !bsearch(&index, group->nodes, group->node_count,
				     sizeof(index), compare_indices) :
			    term->names[i].node != &mesh->nodes[index])
			return false;
	}
	return true;
}

static bool is_out(const struct mesh *mesh, const struct side *side, u32 index)
{
	size_t i;

	for (i = 0; i < side->count; i++) {
		if (side->terms[i].negative &&
		    side->terms[i].kind != TERM_PREFIX &&
		    term_covers(mesh, &side->terms[i], index))
			return true;
	}
	return false;
}

/**
 * struct candidates - nodes among which those of a term are
 * @nodes: their numbers, or NULL: they are counted from @first
 * @first: see there
 * @count: how many
 * @families: of all of them
 */
struct candidates {
	const u32 *nodes;
	u32 first;
	size_t count;
	unsigned int families;
};

/* The fewest that there are without looking at them. */
static struct candidates find_candidates(const struct lint_matcher *matcher,
					 const struct term *term)
{
	const struct mesh *mesh = matcher->mesh;
	struct candidates found = {
		.count = mesh->node_count,
		.families = matcher->any,
	};
	const struct mesh_group *group;
	size_t i;

	for (i = 0; i < term->name_count; i++) {
		group = term->names[i].group;
		if (!group) {
			found.nodes = NULL;
			found.first = term->names[i].node - mesh->nodes;
			found.count = 1;
			found.families = matcher->nodes[found.first];
			break;
		}
		if (group->node_count > found.count)
			continue;
		found.nodes = group->nodes;
		found.count = group->node_count;
		found.families = matcher->groups[group - mesh->groups];
	}
	return found;
}

/* Of the nodes that @term covers and @side does not take away. */
static unsigned int term_families(struct lint_matcher *matcher,
				  const struct term *term,
				  const struct side *side)
{
	struct candidates found = find_candidates(matcher, term);
	const struct mesh *mesh = matcher->mesh;
	unsigned int families = 0;
	size_t i;

	for (i = 0; i < found.count; i++) {
		u32 index = found.nodes ? found.nodes[i] : found.first + i;

		if ((families & found.families) == found.families)
			break;
		if (matcher->budget < side->count)
			return LINT_IPV4 | LINT_IPV6;
		matcher->budget -= side->count;
		if (term_covers(mesh, term, index) &&
		    !is_out(mesh, side, index))
			families |= node_families(side, &mesh->nodes[index]);
	}
	return families;
}

static void parse_side(const struct mesh *mesh, const struct mesh_list *list,
		       struct side *side)
{
	size_t i;

	side->count = list->count;
	side->terms = memory_zero(list->count, sizeof(*side->terms));
	for (i = 0; i < list->count; i++)
		term_parse(mesh, &list->items[i], NULL, &side->terms[i]);
}

static void free_side(struct side *side)
{
	size_t i;

	for (i = 0; i < side->count; i++)
		term_free(&side->terms[i]);
	free(side->terms);
}

unsigned int lint_match(struct lint_matcher *matcher,
			const struct mesh_list *list, lint_vacant *is_vacant,
			const void *data)
{
	unsigned int families = 0;
	struct side side;
	size_t i;

	parse_side(matcher->mesh, list, &side);
	for (i = 0; i < side.count && families != (LINT_IPV4 | LINT_IPV6);
	     i++) {
		const struct term *term = &side.terms[i];

		if (term->negative)
			continue;
		if (term->kind != TERM_PREFIX)
			families |= term_families(matcher, term, &side);
		else if (!is_vacant(data, &term->prefix) &&
			 !is_excepted(&side, &term->prefix))
			families |= lint_family(term->prefix.family);
	}
	free_side(&side);
	return families;
}

bool lint_match_none(struct lint_matcher *matcher, const struct term *term)
{
	struct candidates found = find_candidates(matcher, term);
	size_t i;

	for (i = 0; i < found.count; i++) {
		u32 index = found.nodes ? found.nodes[i] : found.first + i;

		if (!matcher->budget)
			return false;
		matcher->budget--;
		if (term_covers(matcher->mesh, term, index))
			return false;
	}
	return true;
}
