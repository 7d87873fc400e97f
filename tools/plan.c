// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "endpoint.h"
#include "goal.h"
#include "live.h"
#include "mark.h"
#include "output.h"
#include "policy_diff.h"
#include "preview.h"
#include "refusal.h"

struct options {
	const char *file;
	const char *key_file;
	const char *since;
	bool exit_code;
};

static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "exit-code", no_argument, NULL, 'e' },
		{ "since", required_argument, NULL, 's' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'k':
			options->key_file = optarg;
			break;
		case 'e':
			options->exit_code = true;
			break;
		case 's':
			options->since = optarg;
			break;
		default:
			return -1;
		}
	}
	if (argc - optind > 1) {
		error("plan takes one FILE");
		return -1;
	}
	options->file = argv[optind];
	if (options->since && options->key_file) {
		error("--since compares two files and needs no key");
		return -1;
	}
	if (options->since && options->file && !strcmp(options->file, "-") &&
	    !strcmp(options->since, "-")) {
		error("standard input holds one of the files, not both");
		return -1;
	}
	return 0;
}

/* @name: of the interface, or of the file. */
static void print(const char *kind, const char *name,
		  const struct preview *preview)
{
	struct preview_told told;

	preview_tell(preview, kind, name, &told);
	preview_told_print(&told);
	preview_told_free(&told);
	if (!option_json && !preview->changes->count)
		printf("%s: nothing to change\n", name);
}

static int run(const struct options *options, const char *interface,
	       struct goal *goal, struct live *live)
{
	const struct refusal_options refusal = { 0 };
	struct present present;
	struct preview preview;
	struct plan plan;
	bool changed;

	if (live_open(live, interface) ||
	    goal_find(goal, options->key_file, live))
		return EXIT_ERROR;
	if (live->ward.state == WGWARD_STATE_INTERRUPTED)
		warning("%s: a change was interrupted: apply undoes it before "
			"anything else",
			interface);
	refusal_check(live, goal, &refusal, warning);
	present = live_present(live);
	plan_make(&plan, &goal->target, &present, endpoint_resolve);
	mark_changes(live->policy, goal->policy, &plan.list);
	preview_make(&preview, live, goal, &plan);
	print("interface", interface, &preview);
	changed = plan.list.count;
	preview_free(&preview);
	plan_free(&plan);
	return options->exit_code && changed ? EXIT_NO : EXIT_DONE;
}

/**
 * struct revision - a mesh file by itself
 * @mesh: what it says
 * @policy: compiled; of no node in particular
 */
struct revision {
	struct mesh *mesh;
	struct wgward_policy *policy;
};

/* Some node has to be self for a policy to compile, but none is meant. */
static int read_revision(struct revision *revision, const char *file)
{
	const char *why;
	u32 i;

	revision->mesh = mesh_read(file);
	if (!revision->mesh)
		return -1;
	revision->policy = mesh_policy(revision->mesh, NULL);
	if (!revision->policy)
		return -1;
	if (wgward_policy_compile(revision->policy, &why)) {
		error("%s: %s", mesh_file_name(revision->mesh->file), why);
		return -1;
	}
	for (i = 0; i < revision->policy->node_count; i++)
		revision->policy->nodes[i].flags &= ~WGWARD_NODE_F_SELF;
	return 0;
}

static void free_revision(struct revision *revision)
{
	wgward_policy_free(revision->policy);
	mesh_free(revision->mesh);
}

static int compare(const struct options *options, const char *file)
{
	struct revision before = { 0 }, after = { 0 };
	struct change_list list = { 0 };
	struct preview preview = { .changes = &list };
	int status = EXIT_ERROR;

	if (read_revision(&before, options->since) ||
	    read_revision(&after, file) || mesh_test(after.mesh, after.policy))
		goto out;
	if (policy_diff(before.policy, after.policy, &list))
		preview.effect =
			effect_make(before.policy, after.policy, time(NULL));
	change_list_sort(&list);
	print("file", mesh_file_name(after.mesh->file), &preview);
	status = options->exit_code && list.count ? EXIT_NO : EXIT_DONE;
out:
	preview_free(&preview);
	change_list_free(&list);
	free_revision(&before);
	free_revision(&after);
	return status;
}

static int compare_files(const struct options *options)
{
	const char *file = command_file(options->file, NULL);

	return file ? compare(options, file) : EXIT_ERROR;
}

int plan_main(int argc, char **argv)
{
	struct options options = { 0 };
	struct live live = { 0 };
	const char *interface;
	struct goal goal;
	int status = EXIT_ERROR;

	if (parse_options(&options, argc, argv))
		return EXIT_USAGE;
	if (options.since)
		return output_end(compare_files(&options));
	interface = command_interface(options.file);
	if (!interface)
		return EXIT_ERROR;
	if (!goal_read(&goal, command_file(options.file, interface))) {
		status = run(&options, interface, &goal, &live);
		live_close(&live);
	}
	goal_free(&goal);
	return output_end(status);
}
