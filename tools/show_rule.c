// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "describe.h"
#include "output.h"
#include "service.h"
#include "show.h"

static void append_service(const char *text, void *data)
{
	output_append_text(data, text);
}

static json_t *rule_json(const struct wgward_policy *policy,
			 const struct wgward_rule *rule, u64 hits)
{
	json_t *services = output_array();
	json_t *object = output_object();
	char *from, *to;

	from = describe_selector(policy, &rule->from);
	to = describe_selector(policy, &rule->to);
	service_each(rule->services, rule->service_count, append_service,
		     services);
	output_set_text(object, "name", rule->name);
	output_set_text(object, "action", output_action(rule->action));
	output_set_text(object, "from", from);
	output_set_text(object, "to", to);
	output_set(object, "services", services);
	output_set_number(object, "hits", hits);
	free(from);
	free(to);
	return object;
}

static void rule_columns(struct columns *columns,
			 const struct wgward_policy *policy,
			 const struct wgward_rule *rule, u64 hits)
{
	char *from, *to, *services;
	char number[24];

	from = describe_selector(policy, &rule->from);
	to = describe_selector(policy, &rule->to);
	services = describe_services(rule);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)hits);
	columns_add(columns, rule->name, output_action(rule->action), services,
		    from, to, number);
	free(from);
	free(to);
	free(services);
}

static void print_columns(const struct wgward_policy *policy,
			  const struct ward_rule_counts *counts)
{
	struct columns columns = { .count = 6 };
	u32 i;

	columns_add(&columns, "RULE", "ACTION", "SERVICES", "FROM", "TO",
		    "HITS");
	for (i = 0; i < policy->rule_count; i++)
		rule_columns(&columns, policy, &policy->rules[i],
			     counts[i].hits);
	columns_print(&columns, "");
	printf("default: %s\n", output_action(policy->fallback));
}

int show_rules(struct live *live)
{
	const struct wgward_policy *policy = live->policy;
	const struct ward_rule_counts *counts = live->counts.rules;
	json_t *array;
	u32 i;

	if (option_json) {
		array = output_array();
		for (i = 0; policy && i < policy->rule_count; i++)
			output_append(array,
				      rule_json(policy, &policy->rules[i],
						counts[i].hits));
		output_json(array, false);
	} else if (policy) {
		print_columns(policy, counts);
	}
	return 0;
}
