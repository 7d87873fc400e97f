// SPDX-License-Identifier: GPL-2.0
/*
 * From a policy to the one that an edit makes of it. It goes by way of a mesh
 * file, so that what a script may say is what the file may say, and is checked
 * as that is.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "edit.h"
#include "goal.h"
#include "mark.h"
#include "memory.h"

static bool same_item(const struct diagnostics *one, const struct diagnostic *a,
		      const struct diagnostics *other,
		      const struct diagnostic *b)
{
	return a->warning == b->warning && !a->text == !b->text &&
	       (!a->text || !strcmp(a->text, b->text)) &&
	       !strcmp(a->message, b->message) &&
	       !strcmp(diagnostic_line(one, a->line),
		       diagnostic_line(other, b->line));
}

/* What was to be warned of before the edit is no news. */
static void leave_out(struct diagnostics *diagnostics,
		      const struct diagnostics *before)
{
	size_t i, j, kept = 0;

	for (i = 0; i < diagnostics->count; i++) {
		struct diagnostic *item = &diagnostics->items[i];

		for (j = 0; j < before->count; j++) {
			if (same_item(diagnostics, item, before,
				      &before->items[j]))
				break;
		}
		if (j == before->count) {
			diagnostics->items[kept++] = *item;
			continue;
		}
		free(item->text);
		free(item->message);
	}
	diagnostics->count = kept;
	if (diagnostics->warnings > DIAGNOSTIC_MAX)
		diagnostics->warnings = DIAGNOSTIC_MAX;
}

/* Who we are takes a private key, and a file, to change. */
static bool check_key(const struct mesh *mesh, const struct wgward_node *self)
{
	const struct mesh_node *node = mesh_find_node(mesh, self->name);

	if (node && !memcmp(node->key, self->key, WGWARD_KEY_LEN))
		return true;
	error("PublicKey: %s is this node; its key changes with apply --key",
	      self->name);
	return false;
}

static bool check_self(const struct edit *edit,
		       const struct wgward_policy *policy)
{
	const struct wgward_node *self = goal_self(policy);

	if (edit->kind != EDIT_NODE || edit->verb != EDIT_DEL || !self ||
	    strcmp(self->name, edit->name))
		return true;
	error("%s is this node; \"down\" removes it", self->name);
	return false;
}

static struct wgward_policy *make_policy(const struct mesh *mesh,
					 const struct wgward_policy *before,
					 const char *where,
					 struct diagnostics *diagnostics)
{
	const struct wgward_node *self = goal_self(before);
	struct wgward_policy *policy;
	const char *why;

	if (!self || !check_key(mesh, self))
		return NULL;
	policy = mesh_make_policy(mesh, mesh_find_node(mesh, self->name),
				  diagnostics);
	if (!policy)
		return NULL;
	mark_script(before, policy);
	if (!wgward_policy_compile(policy, &why))
		return policy;
	error("%s: %s", where, why);
	wgward_policy_free(policy);
	return NULL;
}

static enum edit_result run(const struct edit *edit, struct draft *draft,
			    const char *where,
			    const struct wgward_policy *before,
			    struct mesh **mesh, struct wgward_policy **after)
{
	struct diagnostics diagnostics = { .file = where };
	struct diagnostics others = { .file = where };
	enum edit_result result = EDIT_FAILED;

	*mesh = NULL;
	*after = NULL;
	if (!draft_check(draft, before, where, &others) ||
	    !check_self(edit, before))
		goto out;
	result = edit_draft(edit, draft);
	if (result == EDIT_FAILED || result == EDIT_ABSENT)
		goto out;
	*mesh = draft_read(draft, &diagnostics);
	if (*mesh)
		*after = make_policy(*mesh, before, where, &diagnostics);
	leave_out(&diagnostics, &others);
	diagnostic_print(&diagnostics);
	if (!*after) {
		mesh_free(*mesh);
		*mesh = NULL;
		result = EDIT_FAILED;
	}
out:
	diagnostic_free(&diagnostics);
	diagnostic_free(&others);
	return result;
}

enum edit_result edit_policy(const struct edit *edit, const char *where,
			     const struct wgward_policy *before,
			     struct mesh **mesh, struct wgward_policy **after)
{
	enum edit_result result;
	struct draft draft;

	draft_from_policy(&draft, before);
	result = run(edit, &draft, where, before, mesh, after);
	draft_free(&draft);
	return result;
}
