// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "command.h"
#include "output.h"
#include "show.h"

json_t *show_drops_json(const struct ward *ward)
{
	json_t *array = output_array();
	json_t *object;
	unsigned int i;

	for (i = 0; i <= WGWARD_REASON_MAX; i++) {
		if (!ward->counters[i].passed && !ward->counters[i].dropped)
			continue;
		object = output_object();
		output_set_text(object, "reason", output_reason(i));
		output_set_number(object, "passed", ward->counters[i].passed);
		output_set_number(object, "dropped", ward->counters[i].dropped);
		output_append(array, object);
	}
	return array;
}

static void print_columns(const struct ward *ward)
{
	struct columns columns = { .count = 3 };
	char passed[24], dropped[24];
	unsigned int i;

	columns_add(&columns, "REASON", "PASSED", "DROPPED");
	for (i = 0; i <= WGWARD_REASON_MAX; i++) {
		if (!ward->counters[i].passed && !ward->counters[i].dropped)
			continue;
		snprintf(passed, sizeof(passed), "%llu",
			 (unsigned long long)ward->counters[i].passed);
		snprintf(dropped, sizeof(dropped), "%llu",
			 (unsigned long long)ward->counters[i].dropped);
		columns_add(&columns, output_reason(i), passed, dropped);
	}
	columns_print(&columns, "");
}

int show_drops(struct live *live)
{
	if (option_json)
		output_json(show_drops_json(&live->ward), false);
	else
		print_columns(&live->ward);
	return 0;
}
