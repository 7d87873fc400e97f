// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "show.h"
#include "text.h"

/* Options as a set. */
#define NODE 1u
#define RULE 2u
#define SERVICE 4u
#define UNUSED 8u

static const struct kind {
	const char *name;
	unsigned int options;
	int (*show)(struct live *live, const struct show_options *options);
} kinds[] = {
	{ "nodes", 0, show_nodes },
	{ "groups", 0, show_groups },
	{ "rules", UNUSED, show_rules },
	{ "flows", NODE | RULE | SERVICE, show_flows },
	{ "drops", NODE, show_drops },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static unsigned int given(const struct show_options *options)
{
	return (options->node ? NODE : 0) | (options->rule ? RULE : 0) |
	       (options->service ? SERVICE : 0) |
	       (options->unused ? UNUSED : 0);
}

static int parse_options(struct show_options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "node", required_argument, NULL, 'N' },
		{ "rule", required_argument, NULL, 'R' },
		{ "service", required_argument, NULL, 'S' },
		{ "unused", no_argument, NULL, 'U' },
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
		case 'U':
			options->unused = true;
			break;
		default:
			return -1;
		}
	}
	return 0;
}

static bool refuse_unknown(const struct live *live, const char *kind,
			   const char *name, const char *best)
{
	error("%s: %s: there is no such %s%s%s%s", live->interface,
	      text_show(name), kind, best ? "; did you mean " : "",
	      best ? best : "", best ? "?" : "");
	return false;
}

static bool find_node(const struct live *live, const char *name)
{
	struct text_nearest nearest = { .word = name };
	u32 i;

	for (i = 0; live->policy && i < live->policy->node_count; i++) {
		if (!strcmp(live->policy->nodes[i].name, name))
			return true;
		text_nearest_try(&nearest, live->policy->nodes[i].name);
	}
	return refuse_unknown(live, "node", name, nearest.best);
}

static bool find_rule(const struct live *live, const char *name)
{
	struct text_nearest nearest = { .word = name };
	u32 i;

	for (i = 0; live->policy && i < live->policy->rule_count; i++) {
		if (!strcmp(live->policy->rules[i].name, name))
			return true;
		text_nearest_try(&nearest, live->policy->rules[i].name);
	}
	return refuse_unknown(live, "rule", name, nearest.best);
}

bool show_find(const struct live *live, const struct show_options *options)
{
	return (!options->node || find_node(live, options->node)) &&
	       (!options->rule || find_rule(live, options->rule));
}

bool show_filter(const struct show_options *options, struct ward_filter *filter)
{
	const char *why;

	*filter = (struct ward_filter){
		.node = options->node,
		.rule = options->rule,
	};
	if (!options->service)
		return true;
	filter->service_count =
		service_parse(options->service, filter->services, &why);
	if (!filter->service_count)
		error("%s: %s", text_show(options->service), why);
	return filter->service_count;
}

static int run(const struct kind *kind, const struct show_options *options,
	       const char *interface)
{
	struct live live;
	int result;

	result = live_open(&live, interface);
	if (!result && !live.warded) {
		error("%s has no ward", interface);
		result = -1;
	}
	if (!result && !show_find(&live, options))
		result = -1;
	if (!result)
		result = kind->show(&live, options);
	live_close(&live);
	return result ? EXIT_ERROR : EXIT_DONE;
}

static const struct kind *find_kind(int count, char **words)
{
	size_t i;

	for (i = 0; count == 1 && i < KIND_COUNT; i++) {
		if (!strcmp(words[0], kinds[i].name))
			return &kinds[i];
	}
	error("say what to show: nodes, groups, rules, flows or drops");
	return NULL;
}

int show_main(int argc, char **argv)
{
	struct show_options options = { 0 };
	struct ward_filter filter;
	const struct kind *kind;
	const char *interface;

	if (parse_options(&options, argc, argv))
		return command_usage("show");
	kind = find_kind(argc - optind, argv + optind);
	if (!kind)
		return command_usage("show");
	if (given(&options) & ~kind->options) {
		error("show %s does not have that option", kind->name);
		return command_usage("show");
	}
	if (!show_filter(&options, &filter))
		return EXIT_ERROR;
	interface = command_interface(NULL);
	if (!interface)
		return EXIT_ERROR;
	return output_end(run(kind, &options, interface));
}
