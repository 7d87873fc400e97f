// SPDX-License-Identifier: GPL-2.0
/* Whom a machine without its module has for peers. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "meshfile.h"
#include "text.h"

void lint_rescue(const struct mesh *mesh, struct diagnostics *diagnostics)
{
	struct text_nearest nearest = { .word = mesh->rescue };
	size_t i;

	if (!mesh->rescue || mesh_find_group(mesh, mesh->rescue))
		return;
	for (i = 0; i < mesh->group_count; i++)
		text_nearest_try(&nearest, mesh->groups[i].name);
	diagnostic_error(diagnostics, &mesh->rescue_text, "is no group; %s%s%s",
			 nearest.best ? "did you mean " :
					"a Rescue is the name of a group",
			 nearest.best ? nearest.best : "",
			 nearest.best ? "?" : "");
}

bool mesh_rescues(const struct mesh *mesh, const struct mesh_node *node)
{
	const struct mesh_group *group = mesh_find_group(mesh, mesh->rescue);
	u32 index = node - mesh->nodes;
	size_t i;

	for (i = 0; i < group->node_count; i++)
		if (group->nodes[i] == index)
			return true;
	return false;
}

/* Who has a relay meets others there only. */
static bool is_lost(const struct mesh *mesh, const struct mesh_node *node)
{
	return node->relay &&
	       !mesh_rescues(mesh, mesh_find_node(mesh, node->relay));
}

void lint_rescue_warn(const struct mesh *mesh, struct diagnostics *diagnostics)
{
	const struct mesh_node *lost = NULL;
	size_t i, count = 0;
	char *others;

	for (i = 0; mesh->rescue && i < mesh->node_count; i++) {
		if (!is_lost(mesh, &mesh->nodes[i]))
			continue;
		lost = lost ? lost : &mesh->nodes[i];
		count++;
	}
	if (!lost)
		return;
	others = memory_print(" and %zu more nodes", count - 1);
	diagnostic_warning(diagnostics, &mesh->rescue_text,
			   "%s, the relay of %s%s, is not in this group, so "
			   "there is no rescue by way of it",
			   lost->relay, lost->name, count > 1 ? others : "");
	free(others);
}
