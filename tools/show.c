// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "show.h"

static const struct {
	const char *name;
	int (*show)(struct live *live);
} kinds[] = {
	{ "nodes", show_nodes }, { "groups", show_groups },
	{ "rules", show_rules }, { "flows", show_flows },
	{ "drops", show_drops },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static int run(int (*show)(struct live *live), const char *interface)
{
	struct live live;
	int result;

	result = live_open(&live, interface);
	if (!result && !live.warded) {
		error("%s has no ward", interface);
		result = -1;
	}
	if (!result)
		result = show(&live);
	live_close(&live);
	return result ? EXIT_ERROR : EXIT_DONE;
}

int show_main(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };
	const char *interface;
	size_t i;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return EXIT_USAGE;
	for (i = 0; optind + 1 == argc && i < KIND_COUNT; i++) {
		if (strcmp(argv[optind], kinds[i].name))
			continue;
		interface = command_interface(NULL);
		if (!interface)
			return EXIT_ERROR;
		return output_end(run(kinds[i].show, interface));
	}
	error("say what to show: nodes, groups, rules, flows or drops");
	return EXIT_USAGE;
}
