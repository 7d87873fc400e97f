// SPDX-License-Identifier: GPL-2.0
/* The groups of a policy: those of the nodes, and those that rules need. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "mesh_policy.h"

static struct builder_group *add_group(struct builder *builder)
{
	struct builder_group *group;

	builder->groups = memory_grow(builder->groups, builder->group_count,
				      sizeof(*builder->groups));
	group = &builder->groups[builder->group_count++];
	memset(group, 0, sizeof(*group));
	return group;
}

static void add_term_groups(struct builder *builder,
			    const struct mesh_list *list)
{
	struct builder_group *group;
	struct term term;
	size_t i;

	for (i = 0; i < list->count; i++) {
		term_parse(builder->mesh, &list->items[i], NULL, &term);
		if (term.kind == TERM_NAMES &&
		    (term.name_count > 1 || term.names[0].node)) {
			group = add_group(builder);
			group->name = term_group_name(&term);
			group->term = term;
		} else {
			term_free(&term);
		}
	}
}

static int compare_groups(const void *left, const void *right)
{
	const struct builder_group *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static void free_group(struct builder_group *group)
{
	free(group->name);
	term_free(&group->term);
}

static void collect_groups(struct builder *builder)
{
	const struct mesh *mesh = builder->mesh;
	struct builder_group *group;
	size_t i, kept = 0;

	for (i = 0; i < mesh->group_count; i++) {
		group = add_group(builder);
		group->name = memory_copy(mesh->groups[i].name);
		group->group = &mesh->groups[i];
	}
	for (i = 0; i < mesh->rule_count; i++) {
		add_term_groups(builder, &mesh->rules[i].from);
		add_term_groups(builder, &mesh->rules[i].to);
	}
	if (!builder->group_count)
		return;
	qsort(builder->groups, builder->group_count, sizeof(*builder->groups),
	      compare_groups);
	for (i = 1; i < builder->group_count; i++) {
		if (strcmp(builder->groups[kept].name, builder->groups[i].name))
			builder->groups[++kept] = builder->groups[i];
		else
			free_group(&builder->groups[i]);
	}
	builder->group_count = kept + 1;
}

/* Notes that @node is in the group numbered @index. */
static void join(struct builder *builder, u32 node, u32 index)
{
	u32 count = builder->joined_count[node]++;

	builder->joined[node] = memory_grow(builder->joined[node], count,
					    sizeof(**builder->joined));
	builder->joined[node][count] = index;
}

static void join_all(struct builder *builder, u32 index)
{
	const struct builder_group *group = &builder->groups[index];
	size_t i, count = builder->mesh->node_count;
	u8 *marks;

	if (group->group) {
		for (i = 0; i < group->group->node_count; i++)
			join(builder, group->group->nodes[i], index);
		return;
	}
	marks = memory_zero(count, 1);
	term_mark(builder->mesh, &group->term, marks);
	for (i = 0; i < count; i++) {
		if (marks[i])
			join(builder, i, index);
	}
	free(marks);
}

bool builder_add_groups(struct builder *builder)
{
	unsigned int line = builder->mesh->line;
	const char *why;
	char *text;
	size_t i;

	collect_groups(builder);
	if (builder->group_count > WGWARD_MAX_GROUPS) {
		text = memory_print("the rules need %zu groups; each group, "
				    "node that is named in a rule and "
				    "intersection is one, and a ward has at "
				    "most %u",
				    builder->group_count, WGWARD_MAX_GROUPS);
		builder_refuse(builder, "Mesh", NULL, line, text);
		free(text);
		return false;
	}
	for (i = 0; i < builder->group_count; i++) {
		if (wgward_policy_add_group(builder->policy,
					    builder->groups[i].name, &why))
			return builder_refuse(builder, "Mesh", NULL, line, why);
		join_all(builder, i);
	}
	return true;
}

u32 builder_find_group(const struct builder *builder, const struct term *term)
{
	struct builder_group key = { .name = term_group_name(term) };
	const struct builder_group *found;

	found = bsearch(&key, builder->groups, builder->group_count,
			sizeof(*found), compare_groups);
	free(key.name);
	return found - builder->groups;
}

void builder_free_groups(struct builder *builder)
{
	size_t i;

	for (i = 0; i < builder->group_count; i++)
		free_group(&builder->groups[i]);
	free(builder->groups);
}
