// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "command.h"
#include "output.h"
#include "show.h"

static bool counted(const struct ward_counter *counter)
{
	return counter->passed || counter->dropped || counter->audited;
}

json_t *show_counters_json(const struct ward_counter *counters)
{
	json_t *array = output_array();
	json_t *object;
	unsigned int i;

	for (i = 0; i <= WGWARD_REASON_MAX; i++) {
		if (!counted(&counters[i]))
			continue;
		object = output_object();
		output_set_text(object, "reason", output_reason(i));
		output_set_number(object, "passed", counters[i].passed);
		output_set_number(object, "dropped", counters[i].dropped);
		output_set_number(object, "audited", counters[i].audited);
		output_append(array, object);
	}
	return array;
}

json_t *show_limits_json(const struct ward *ward)
{
	json_t *array = output_array();
	json_t *object;
	unsigned int i;

	for (i = 0; i <= WGWARD_LIMIT_MAX; i++) {
		if (!ward->limits[i])
			continue;
		object = output_object();
		output_set_text(object, "limit", output_limit(i));
		output_set_number(object, "met", ward->limits[i]);
		output_append(array, object);
	}
	return array;
}

static void print_counters(const struct ward_counter *counters)
{
	struct columns columns = { .count = 4 };
	char numbers[3][COLUMNS_TEXT_LEN];
	unsigned int i;

	columns_add(&columns, "REASON", "PASSED", "DROPPED", "AUDITED");
	for (i = 0; i <= WGWARD_REASON_MAX; i++) {
		if (!counted(&counters[i]))
			continue;
		columns_add(&columns, output_reason(i),
			    columns_number(numbers[0], counters[i].passed),
			    columns_number(numbers[1], counters[i].dropped),
			    columns_number(numbers[2], counters[i].audited));
	}
	columns_print(&columns, "");
}

static void print_limits(const struct ward *ward)
{
	struct columns columns = { .count = 2 };
	char number[COLUMNS_TEXT_LEN];
	bool some = false;
	unsigned int i;

	for (i = 0; i <= WGWARD_LIMIT_MAX; i++) {
		if (!ward->limits[i])
			continue;
		if (!some)
			columns_add(&columns, "LIMIT", "MET");
		columns_add(&columns, output_limit(i),
			    columns_number(number, ward->limits[i]));
		some = true;
	}
	if (some)
		putchar('\n');
	columns_print(&columns, "");
}

static int show_ward(const struct live *live)
{
	json_t *object;

	if (!option_json) {
		print_counters(live->ward.counters);
		print_limits(&live->ward);
		return 0;
	}
	object = output_object();
	output_set(object, "drops", show_counters_json(live->ward.counters));
	output_set(object, "limits", show_limits_json(&live->ward));
	output_json(object, false);
	return 0;
}

static int show_node(const struct live *live, const char *name)
{
	u32 index = wgward_policy_find_node(live->policy, name);
	const struct ward_counter *counters;
	json_t *object;

	counters = live->counts.nodes[index].counters;
	if (!option_json) {
		print_counters(counters);
		return 0;
	}
	object = output_object();
	output_set_text(object, "node", name);
	output_set(object, "drops", show_counters_json(counters));
	output_json(object, false);
	return 0;
}

int show_drops(struct live *live, const struct show_options *options)
{
	return options->node ? show_node(live, options->node) : show_ward(live);
}
