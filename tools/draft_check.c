// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "command.h"
#include "draft.h"
#include "goal.h"
#include "policy_diff.h"

static struct wgward_policy *make_again(const struct draft *draft,
					const struct wgward_policy *policy,
					struct diagnostics *diagnostics)
{
	const struct wgward_node *self = goal_self(policy);
	struct mesh *mesh = draft_read(draft, diagnostics);
	struct wgward_policy *again = NULL;

	if (mesh)
		again = mesh_make_policy(
			mesh, self ? mesh_find_node(mesh, self->name) : NULL,
			diagnostics);
	mesh_free(mesh);
	if (!again)
		diagnostic_print(diagnostics);
	return again;
}

bool draft_check(const struct draft *draft, const struct wgward_policy *policy,
		 const char *where, struct diagnostics *diagnostics)
{
	struct wgward_policy *again = make_again(draft, policy, diagnostics);
	struct change_list list = { 0 };
	bool same;

	same = again && !policy_diff(policy, again, &list);
	if (!same) {
		error("%s: the policy in force is none that a mesh file makes%s",
		      where, list.count ? "; one would change it:" : "");
		change_list_write(&list, "  ", stderr);
	}
	change_list_free(&list);
	if (again)
		wgward_policy_free(again);
	return same;
}
