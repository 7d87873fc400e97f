// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>

#include "command.h"
#include "endpoint.h"
#include "goal.h"
#include "live.h"
#include "output.h"
#include "refusal.h"

struct options {
	const char *file;
	const char *key_file;
	bool exit_code;
};

static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "exit-code", no_argument, NULL, 'e' },
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
		default:
			return -1;
		}
	}
	if (argc - optind > 1) {
		error("plan takes one FILE");
		return -1;
	}
	options->file = argv[optind];
	return 0;
}

static void print(const char *interface, const struct plan *plan)
{
	json_t *object;

	if (option_json) {
		object = output_object();
		output_set_text(object, "interface", interface);
		output_set_bool(object, "changed", plan->list.count);
		output_set(object, "changes", change_list_json(&plan->list));
		output_json(object, false);
		return;
	}
	change_list_print(&plan->list, "");
	if (!plan->list.count)
		printf("%s: nothing to change\n", interface);
}

static int run(const struct options *options, const char *interface,
	       struct goal *goal, struct live *live)
{
	const struct refusal_options refusal = { 0 };
	struct present present;
	struct plan plan;
	int status = EXIT_DONE;

	if (live_open(live, interface) ||
	    goal_find(goal, interface, options->key_file, live->device))
		return EXIT_ERROR;
	if (live->ward.state == WGWARD_STATE_INTERRUPTED)
		warning("%s: a change was interrupted: apply undoes it before "
			"anything else",
			interface);
	refusal_check(live, goal, &refusal, warning);
	present = live_present(live);
	plan_make(&plan, &goal->target, &present, endpoint_resolve);
	print(interface, &plan);
	if (options->exit_code && plan.list.count)
		status = EXIT_NO;
	plan_free(&plan);
	return status;
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
