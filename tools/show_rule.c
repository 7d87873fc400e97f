// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "describe.h"
#include "mark.h"
#include "memory.h"
#include "output.h"
#include "service.h"
#include "show.h"
#include "timestamp.h"

static void append_service(const char *text, void *data)
{
	output_append_text(data, text);
}

static bool is_expired(const struct wgward_rule *rule)
{
	return rule->until && rule->until <= (u64)time(NULL);
}

static void add_counts(json_t *object, const struct ward_rule_counts *counts)
{
	output_set_number(object, "hits", counts->hits);
	output_set_number(object, "packets", counts->packets);
	output_set_number(object, "bytes", counts->bytes);
	output_set_number(object, "reply_packets", counts->reply_packets);
	output_set_number(object, "reply_bytes", counts->reply_bytes);
	output_set_time(object, "last_hit", counts->last_hit);
	output_set_number(object, "audited", counts->audited);
}

static json_t *rule_json(const struct wgward_policy *policy,
			 const struct wgward_rule *rule,
			 const struct ward_rule_counts *counts)
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
	output_set_bool(object, "audit", rule->flags & WGWARD_RULE_F_AUDIT);
	output_set_bool(object, "log", rule->flags & WGWARD_RULE_F_LOG);
	output_set_bool(object, "live", mark_rule_live(rule));
	output_set_time(object, "until", rule->until);
	output_set_bool(object, "expired", is_expired(rule));
	add_counts(object, counts);
	free(from);
	free(to);
	return object;
}

static const char *format_flags(const struct wgward_rule *rule)
{
	switch (rule->flags & (WGWARD_RULE_F_AUDIT | WGWARD_RULE_F_LOG)) {
	case WGWARD_RULE_F_AUDIT:
		return "audit";
	case WGWARD_RULE_F_LOG:
		return "log";
	case WGWARD_RULE_F_AUDIT | WGWARD_RULE_F_LOG:
		return "audit,log";
	default:
		return NULL;
	}
}

/* So that unused rules are found, "never" is said. */
static const char *format_last_hit(char *text, size_t size, u64 last_hit)
{
	char age[COLUMNS_TEXT_LEN];
	u64 now = time(NULL);

	if (!last_hit)
		return "never";
	columns_seconds(age, now > last_hit ? now - last_hit : 0);
	snprintf(text, size, "%s ago", age);
	return text;
}

static void rule_columns(struct columns *columns,
			 const struct wgward_policy *policy,
			 const struct wgward_rule *rule,
			 const struct ward_rule_counts *counts)
{
	char hits[COLUMNS_TEXT_LEN], audited[COLUMNS_TEXT_LEN];
	char until[TIMESTAMP_TEXT_LEN + 8] = "ended ";
	char volumes[2][COLUMNS_TEXT_LEN];
	char last[COLUMNS_TEXT_LEN + 8];
	char *from, *to, *services, *packets, *bytes;

	from = describe_selector(policy, &rule->from);
	to = describe_selector(policy, &rule->to);
	services = describe_services(rule);
	packets = memory_print("%llu/%llu", (unsigned long long)counts->packets,
			       (unsigned long long)counts->reply_packets);
	bytes = memory_print("%s/%s", columns_bytes(volumes[0], counts->bytes),
			     columns_bytes(volumes[1], counts->reply_bytes));
	timestamp_format(until + (is_expired(rule) ? strlen(until) : 0),
			 rule->until);
	columns_add(columns, rule->name, output_action(rule->action),
		    columns_number(hits, counts->hits), packets, bytes,
		    format_last_hit(last, sizeof(last), counts->last_hit),
		    counts->audited ? columns_number(audited, counts->audited) :
				      NULL,
		    format_flags(rule), rule->until ? until : NULL, services,
		    from, to);
	free(packets);
	free(bytes);
	free(from);
	free(to);
	free(services);
}

/* An audited rule that found something is of use. */
static bool is_wanted(const struct ward_rule_counts *counts,
		      const struct show_options *options)
{
	return !options->unused ||
	       (!counts->hits && !counts->last_hit && !counts->audited);
}

static void print_columns(const struct live *live,
			  const struct show_options *options)
{
	const struct ward_rule_counts *counts = live->counts.rules;
	struct columns columns = { .count = 12, .brief = true };
	const struct wgward_policy *policy = live->policy;
	u32 i;

	if (!policy)
		return;
	columns_add(&columns, "RULE", "ACTION", "HITS", "PACKETS", "BYTES",
		    "LAST HIT", "AUDITED", "FLAGS", "UNTIL", "SERVICES", "FROM",
		    "TO");
	for (i = 0; i < policy->rule_count; i++)
		if (is_wanted(&counts[i], options))
			rule_columns(&columns, policy, &policy->rules[i],
				     &counts[i]);
	columns_print(&columns, "");
	if (!options->unused)
		printf("default: %s\n", output_action(policy->fallback));
}

int show_rules(struct live *live, const struct show_options *options)
{
	const struct ward_rule_counts *counts = live->counts.rules;
	const struct wgward_policy *policy = live->policy;
	json_t *array;
	u32 i;

	if (!option_json) {
		print_columns(live, options);
		return 0;
	}
	array = output_array();
	for (i = 0; policy && i < policy->rule_count; i++)
		if (is_wanted(&counts[i], options))
			output_append(array,
				      rule_json(policy, &policy->rules[i],
						&counts[i]));
	output_json(array, false);
	return 0;
}
