// SPDX-License-Identifier: GPL-2.0
/* Finding things of a mesh: sorted once, then searched by bisection. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "meshfile.h"

/* For qsort_r(): the later of two equals comes later. */
static int order(int compared, u32 a, u32 b)
{
	if (compared)
		return compared;
	return a < b ? -1 : a > b;
}

static int compare_names(const void *left, const void *right, void *data)
{
	const struct mesh *mesh = data;
	u32 a = *(const u32 *)left, b = *(const u32 *)right;

	return order(strcmp(mesh->nodes[a].name, mesh->nodes[b].name), a, b);
}

static int compare_keys(const void *left, const void *right, void *data)
{
	const struct mesh *mesh = data;
	u32 a = *(const u32 *)left, b = *(const u32 *)right;

	return order(memcmp(mesh->nodes[a].key, mesh->nodes[b].key,
			    WGWARD_KEY_LEN),
		     a, b);
}

static int compare_rules(const void *left, const void *right, void *data)
{
	const struct mesh *mesh = data;
	u32 a = *(const u32 *)left, b = *(const u32 *)right;

	return order(strcmp(mesh->rules[a].name, mesh->rules[b].name), a, b);
}

static u32 *sort_indices(struct mesh *mesh, size_t count,
			 int (*compare)(const void *, const void *, void *))
{
	u32 *indices = memory_zero(count, sizeof(*indices));
	size_t i;

	for (i = 0; i < count; i++)
		indices[i] = i;
	qsort_r(indices, count, sizeof(*indices), compare, mesh);
	return indices;
}

/* A node's word that it is in a group. */
struct membership {
	const struct mesh_text *group;
	u32 node;
};

static int compare_memberships(const void *left, const void *right)
{
	const struct membership *a = left, *b = right;

	return order(strcmp(a->group->text, b->group->text), a->node, b->node);
}

static struct membership *list_memberships(const struct mesh *mesh,
					   size_t *count)
{
	struct membership *list;
	size_t i, j, total = 0;

	for (i = 0; i < mesh->node_count; i++)
		total += mesh->nodes[i].groups.count;
	list = memory_zero(total, sizeof(*list));
	*count = 0;
	for (i = 0; i < mesh->node_count; i++) {
		for (j = 0; j < mesh->nodes[i].groups.count; j++) {
			list[*count].group = &mesh->nodes[i].groups.items[j];
			list[(*count)++].node = i;
		}
	}
	return list;
}

static struct mesh_group *add_group(struct mesh *mesh,
				    const struct mesh_text *name)
{
	struct mesh_group *group;

	mesh->groups = memory_grow(mesh->groups, mesh->group_count,
				   sizeof(*mesh->groups));
	group = &mesh->groups[mesh->group_count++];
	memset(group, 0, sizeof(*group));
	group->name = name->text;
	group->line = name->line;
	return group;
}

static void join_group(struct mesh_group *group, u32 node)
{
	if (group->node_count && group->nodes[group->node_count - 1] == node)
		return;
	group->nodes = memory_grow(group->nodes, group->node_count,
				   sizeof(*group->nodes));
	group->nodes[group->node_count++] = node;
}

static void index_groups(struct mesh *mesh)
{
	struct mesh_group *group = NULL;
	struct membership *list;
	size_t i, count;

	list = list_memberships(mesh, &count);
	qsort(list, count, sizeof(*list), compare_memberships);
	for (i = 0; i < count; i++) {
		if (!group || strcmp(group->name, list[i].group->text))
			group = add_group(mesh, list[i].group);
		join_group(group, list[i].node);
	}
	free(list);
}

void mesh_index(struct mesh *mesh)
{
	mesh->by_name = sort_indices(mesh, mesh->node_count, compare_names);
	mesh->by_key = sort_indices(mesh, mesh->node_count, compare_keys);
	mesh->rules_by_name =
		sort_indices(mesh, mesh->rule_count, compare_rules);
	index_groups(mesh);
}

static int node_is_named(const struct mesh *mesh, u32 i, const void *name)
{
	return strcmp(name, mesh->nodes[i].name);
}

static int node_has_key(const struct mesh *mesh, u32 i, const void *key)
{
	return memcmp(key, mesh->nodes[i].key, WGWARD_KEY_LEN);
}

static int rule_is_named(const struct mesh *mesh, u32 i, const void *name)
{
	return strcmp(name, mesh->rules[i].name);
}

/* The index in @order whose object is @wanted, or WGWARD_NONE. */
static u32 find(const struct mesh *mesh, const u32 *order, size_t count,
		int (*compare)(const struct mesh *mesh, u32 i,
			       const void *wanted),
		const void *wanted)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int compared = compare(mesh, order[middle], wanted);

		if (!compared)
			return order[middle];
		if (compared < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return WGWARD_NONE;
}

const struct mesh_node *mesh_find_node(const struct mesh *mesh,
				       const char *name)
{
	u32 i = find(mesh, mesh->by_name, mesh->node_count, node_is_named,
		     name);

	return i == WGWARD_NONE ? NULL : &mesh->nodes[i];
}

const struct mesh_node *mesh_find_key(const struct mesh *mesh, const u8 *key)
{
	u32 i = find(mesh, mesh->by_key, mesh->node_count, node_has_key, key);

	return i == WGWARD_NONE ? NULL : &mesh->nodes[i];
}

const struct mesh_rule *mesh_find_rule(const struct mesh *mesh,
				       const char *name)
{
	u32 i = find(mesh, mesh->rules_by_name, mesh->rule_count, rule_is_named,
		     name);

	return i == WGWARD_NONE ? NULL : &mesh->rules[i];
}

static int compare_group(const void *name, const void *group)
{
	return strcmp(name, ((const struct mesh_group *)group)->name);
}

const struct mesh_group *mesh_find_group(const struct mesh *mesh,
					 const char *name)
{
	if (!mesh->group_count)
		return NULL;
	return bsearch(name, mesh->groups, mesh->group_count,
		       sizeof(*mesh->groups), compare_group);
}
