// SPDX-License-Identifier: GPL-2.0
/*
 * wgward check: is a mesh file good?
 *
 * JSON: file, good, mesh, nodes, groups, rules, tests (these five null
 * unless the file could be read); errors and warnings, arrays
 * of line (null: the whole file), text (null: none) and message.
 */
#include <getopt.h>
#include <stdio.h>

#include "command.h"
#include "diagnostic.h"
#include "output.h"

/* Whether the mesh makes a policy, and its tests hold. */
static bool check_policy(const struct mesh *mesh,
			 struct diagnostics *diagnostics)
{
	struct wgward_policy *policy;
	const char *why = NULL;
	bool good = false;

	policy = mesh_make_policy(mesh, NULL, diagnostics);
	if (!policy)
		return false;
	if (wgward_policy_compile(policy, &why))
		diagnostic_error(diagnostics, NULL, "%s", why);
	else
		good = !mesh_run_tests(mesh, policy, diagnostics);
	wgward_policy_free(policy);
	return good;
}

static json_t *list(const struct diagnostics *diagnostics, bool warnings)
{
	json_t *array = output_array();
	size_t i;

	for (i = 0; i < diagnostics->count; i++) {
		const struct diagnostic *item = &diagnostics->items[i];
		json_t *object;

		if (item->warning != warnings)
			continue;
		object = output_object();
		if (item->line)
			output_set_number(object, "line", item->line);
		else
			output_set_text(object, "line", NULL);
		output_set_text(object, "text", item->text);
		output_set_text(object, "message", item->message);
		output_append(array, object);
	}
	return array;
}

static void set_count(json_t *object, const char *key, const struct mesh *mesh,
		      size_t count)
{
	if (mesh)
		output_set_number(object, key, count);
	else
		output_set_text(object, key, NULL);
}

static void print_json(const char *file, const struct mesh *mesh, bool good,
		       const struct diagnostics *diagnostics)
{
	json_t *object = output_object();

	output_set_text(object, "file", mesh_file_name(file));
	output_set_bool(object, "good", good);
	output_set_text(object, "mesh", mesh ? mesh->name : NULL);
	set_count(object, "nodes", mesh, mesh ? mesh->node_count : 0);
	set_count(object, "groups", mesh, mesh ? mesh->group_count : 0);
	set_count(object, "rules", mesh, mesh ? mesh->rule_count : 0);
	set_count(object, "tests", mesh, mesh ? mesh->test_count : 0);
	output_set(object, "errors", list(diagnostics, false));
	output_set(object, "warnings", list(diagnostics, true));
	output_json(object, false);
}

static void print_count(size_t count, const char *one, const char *many,
			const char *end)
{
	printf("%zu %s%s", count, count == 1 ? one : many, end);
}

static void print_summary(const struct mesh *mesh)
{
	printf("%s: mesh %s is good: ", mesh->file, mesh->name);
	print_count(mesh->node_count, "node", "nodes", ", ");
	print_count(mesh->group_count, "group", "groups", ", ");
	print_count(mesh->rule_count, "rule", "rules", ", ");
	print_count(mesh->test_count, "test", "tests", " passed\n");
}

int check_main(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	struct diagnostics diagnostics = { .file = NULL };
	const char *file;
	struct mesh *mesh;
	bool good;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return command_usage("check");
	if (argc - optind > 1) {
		error("check takes one FILE");
		return command_usage("check");
	}
	file = command_file(argv[optind], NULL);
	if (!file)
		return EXIT_ERROR;
	mesh = mesh_load(file, &diagnostics);
	good = mesh && check_policy(mesh, &diagnostics);
	diagnostic_print(&diagnostics);
	if (option_json)
		print_json(file, mesh, good, &diagnostics);
	else if (good)
		print_summary(mesh);
	mesh_free(mesh);
	diagnostic_free(&diagnostics);
	return good ? EXIT_DONE : EXIT_ERROR;
}
