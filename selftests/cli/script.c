// SPDX-License-Identifier: GPL-2.0
/*
 * What scripts do to a policy, without a kernel: takes the policy of a mesh
 * file for the one in force and makes the steps one after the other.
 *
 * usage: script FILE [STEP [/ STEP]...]
 *
 * A step is a command, such as "rule add NAME KEY=VALUE...", which prints what
 * changes; "save", which prints the mesh file; "plan", which prints how to get
 * back to FILE; "again", which reads what save prints and must find nothing
 * to change; or "endpoint NAME TEXT", which another program has given to a node.
 * Exit status 0 if all could be done, else 1. The first node is
 * self.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "edit.h"
#include "mark.h"
#include "policy_diff.h"

static const char *file;

static struct wgward_policy *policy_of(const struct mesh *mesh,
				       const char *self)
{
	struct wgward_policy *policy;
	const char *why;

	policy = mesh_policy(mesh, self ? mesh_find_node(mesh, self) : NULL);
	if (policy && !wgward_policy_compile(policy, &why))
		return policy;
	exit(1);
}

static struct wgward_policy *file_policy(void)
{
	struct mesh *mesh = mesh_read(file);
	struct wgward_policy *policy;

	if (!mesh)
		exit(1);
	policy = policy_of(mesh, NULL);
	mesh_free(mesh);
	return policy;
}

static bool step_save(const struct wgward_policy *policy)
{
	struct draft draft;

	draft_from_policy(&draft, policy);
	draft_print(&draft, stdout);
	draft_free(&draft);
	return true;
}

static bool step_plan(const struct wgward_policy *policy)
{
	struct wgward_policy *after = file_policy();
	struct change_list list = { 0 };

	policy_diff(policy, after, &list);
	mark_changes(policy, after, &list);
	change_list_print(&list, "");
	printf("plan: %zu changes, %smarks\n", list.count,
	       mark_equal(policy, after) ? "no " : "");
	change_list_free(&list);
	wgward_policy_free(after);
	return true;
}

static bool step_again(const struct wgward_policy *policy)
{
	struct diagnostics diagnostics = { .file = "saved" };
	struct change_list list = { 0 };
	struct wgward_policy *again;
	struct draft draft;
	struct mesh *mesh;
	bool same;

	draft_from_policy(&draft, policy);
	mesh = draft_read(&draft, &diagnostics);
	diagnostics.warnings = 0;
	if (!mesh) {
		diagnostic_print(&diagnostics);
		exit(1);
	}
	again = policy_of(mesh, policy->nodes[policy->self].name);
	same = !policy_diff(policy, again, &list);
	change_list_print(&list, "");
	change_list_free(&list);
	wgward_policy_free(again);
	mesh_free(mesh);
	diagnostic_free(&diagnostics);
	draft_free(&draft);
	return same;
}

/* As another program could have given it to the kernel. */
static bool step_endpoint(struct wgward_policy *policy, const char *name,
			  char *text)
{
	u32 node = wgward_policy_find_node(policy, name);

	if (node == WGWARD_NONE)
		return false;
	policy->nodes[node].endpoint = text;
	return true;
}

static bool step_edit(struct wgward_policy **policy, enum edit_kind kind,
		      int argc, char **argv)
{
	struct change_list list = { 0 };
	enum edit_result result = EDIT_FAILED;
	struct wgward_policy *after = NULL;
	struct mesh *mesh = NULL;
	struct edit edit;
	bool good;

	if (edit_parse(&edit, kind, argc, argv))
		result = edit_policy(&edit, "wg0", *policy, &mesh, &after);
	good = result != EDIT_FAILED;
	if (after) {
		if (policy_diff(*policy, after, &list))
			good &= result != EDIT_REPLACED;
		else
			puts("nothing to change");
		change_list_print(&list,
				  result == EDIT_REPLACED ? "other: " : "");
		wgward_policy_free(good ? *policy : after);
		if (good)
			*policy = after;
	} else if (result == EDIT_ABSENT) {
		puts("nothing to change");
	}
	change_list_free(&list);
	mesh_free(mesh);
	edit_free(&edit);
	return good;
}

static bool step(struct wgward_policy **policy, int argc, char **argv)
{
	static const char *const kinds[] = { "node", "group", "rule" };
	unsigned int i;

	if (!strcmp(argv[0], "save"))
		return step_save(*policy);
	if (!strcmp(argv[0], "plan"))
		return step_plan(*policy);
	if (!strcmp(argv[0], "again"))
		return step_again(*policy);
	if (!strcmp(argv[0], "endpoint") && argc == 3)
		return step_endpoint(*policy, argv[1], argv[2]);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(argv[0], kinds[i]))
			return step_edit(policy, i, argc - 1, argv + 1);
	}
	fprintf(stderr, "%s is no step\n", argv[0]);
	return false;
}

int main(int argc, char **argv)
{
	struct wgward_policy *policy;
	bool good = true;
	int i, next;

	if (argc < 2)
		return EXIT_USAGE;
	file = argv[1];
	policy = file_policy();
	for (i = 2; good && i < argc; i = next + 1) {
		for (next = i; next < argc && strcmp(argv[next], "/");)
			next++;
		good = step(&policy, next - i, argv + i);
	}
	wgward_policy_free(policy);
	return good ? EXIT_DONE : EXIT_ERROR;
}
