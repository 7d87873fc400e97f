// SPDX-License-Identifier: GPL-2.0
/*
 * wgward flows flush: ends flows, so that their next packets are judged as
 * those of new ones.
 *
 * JSON: interface, flushed (how many).
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "show.h"

static int parse_options(struct show_options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "node", required_argument, NULL, 'N' },
		{ "rule", required_argument, NULL, 'R' },
		{ "service", required_argument, NULL, 'S' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'N':
			options->node = optarg;
			break;
		case 'R':
			options->rule = optarg;
			break;
		case 'S':
			options->service = optarg;
			break;
		default:
			return -1;
		}
	}
	if (argc - optind == 1 && !strcmp(argv[optind], "flush"))
		return 0;
	error("say what to do with flows: flush");
	return -1;
}

static void print(const char *interface, u32 count)
{
	json_t *object;

	if (!option_json) {
		printf("%s: %u flow%s ended\n", interface, count,
		       count == 1 ? "" : "s");
		return;
	}
	object = output_object();
	output_set_text(object, "interface", interface);
	output_set_number(object, "flushed", count);
	output_json(object, false);
}

static int run(const char *interface, const struct show_options *options,
	       const struct ward_filter *filter)
{
	int status = EXIT_ERROR;
	struct live live;
	u32 count;

	if (!live_open(&live, interface)) {
		if (!live.warded)
			error("%s has no ward", interface);
		else if (show_find(&live, options) &&
			 !ward_flush_flows(live.wards, interface, filter,
					   &count))
			status = EXIT_DONE;
	}
	live_close(&live);
	if (status == EXIT_DONE)
		print(interface, count);
	return status;
}

int flows_main(int argc, char **argv)
{
	struct show_options options = { 0 };
	struct ward_filter filter;
	const char *interface;

	if (parse_options(&options, argc, argv))
		return command_usage("flows");
	if (!show_filter(&options, &filter))
		return EXIT_ERROR;
	interface = command_interface(NULL);
	if (!interface)
		return EXIT_ERROR;
	return output_end(run(interface, &options, &filter));
}
