// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "describe.h"
#include "key.h"
#include "memory.h"
#include "output.h"
#include "service.h"
#include "timeout.h"
#include "timestamp.h"

static int compare_names(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

char *describe_names(const char **names, size_t count)
{
	struct memory_text text;
	FILE *stream = memory_text_begin(&text);
	size_t i;

	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	for (i = 0; i < count; i++)
		fprintf(stream, "%s%s", i ? ", " : "", names[i]);
	return memory_text_end(&text);
}

static int compare_prefixes(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

const char *describe_prefix(char *text, const struct wgward_prefix *prefix)
{
	if (prefix->length == address_bits(prefix->family))
		return address_format(text, prefix->family, &prefix->address);
	return prefix_format(text, prefix);
}

static void print_prefixes(FILE *stream, const char *between, const char *mark,
			   const struct wgward_prefix *prefixes, size_t count)
{
	struct wgward_prefix *sorted;
	char text[PREFIX_TEXT_LEN];
	size_t i;

	if (!count)
		return;
	sorted = memory_zero(count, sizeof(*sorted));
	memcpy(sorted, prefixes, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_prefixes);
	for (i = 0; i < count; i++)
		fprintf(stream, "%s%s%s", i ? ", " : between, mark,
			describe_prefix(text, &sorted[i]));
	free(sorted);
}

char *describe_prefixes(const struct wgward_prefix *prefixes, size_t count)
{
	struct memory_text text;
	FILE *stream = memory_text_begin(&text);

	print_prefixes(stream, "", "", prefixes, count);
	return memory_text_end(&text);
}

static void print_until(FILE *stream, u64 until)
{
	char text[TIMESTAMP_TEXT_LEN];

	if (until)
		fprintf(stream, ", until %s", timestamp_format(text, until));
}

char *describe_node(const struct wgward_node *node)
{
	struct memory_text text;
	FILE *stream = memory_text_begin(&text);
	char key[KEY_TEXT_LEN];

	print_prefixes(stream, "", "", node->addresses, node->address_count);
	print_prefixes(stream, ", routes ", "", node->routes,
		       node->route_count);
	if (node->flags & WGWARD_NODE_F_ROUTE_GROUPS)
		fputs(", routes in its groups", stream);
	if (node->relay)
		fprintf(stream, ", behind %s", node->relay);
	if (node->endpoint)
		fprintf(stream, ", at %s", node->endpoint);
	if (node->listen_port)
		fprintf(stream, ", port %u", node->listen_port);
	if (node->flags & WGWARD_NODE_F_BEHIND_NAT)
		fputs(", behind NAT", stream);
	if (node->flags & WGWARD_NODE_F_SELF)
		fputs(", self", stream);
	print_until(stream, node->until);
	fprintf(stream, DESCRIBE_KEY "%s", key_format(key, node->key));
	return memory_text_end(&text);
}

static void print_groups(FILE *stream, bool *some, const char *mark,
			 const struct wgward_policy *policy, const u32 *groups,
			 u32 count)
{
	const char **names = memory_zero(count, sizeof(*names));
	u32 i;

	for (i = 0; i < count; i++)
		names[i] = policy->groups[groups[i]].name;
	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	for (i = 0; i < count; i++) {
		fprintf(stream, "%s%s%s", *some ? ", " : "", mark, names[i]);
		*some = true;
	}
	free(names);
}

char *describe_selector(const struct wgward_policy *policy,
			const struct wgward_selector *selector)
{
	struct memory_text text;
	FILE *stream = memory_text_begin(&text);
	bool some = selector->any;

	if (selector->any)
		fputs("any", stream);
	print_groups(stream, &some, "", policy, selector->groups,
		     selector->group_count);
	print_prefixes(stream, some ? ", " : "", "", selector->prefixes,
		       selector->prefix_count);
	some |= selector->prefix_count;
	print_groups(stream, &some, "!", policy, selector->except_groups,
		     selector->except_group_count);
	print_prefixes(stream, some ? ", " : "", "!", selector->except_prefixes,
		       selector->except_prefix_count);
	return memory_text_end(&text);
}

bool describe_group_told(const struct wgward_policy *policy, const char *name)
{
	return !strchr(name, '+') &&
	       wgward_policy_find_node(policy, name) == WGWARD_NONE;
}

char *describe_services(const struct wgward_rule *rule)
{
	struct service_list list = { 0 };
	char *text;

	service_list_add(&list, rule->services, rule->service_count);
	service_list_merge(&list);
	text = service_format(list.items, list.count);
	service_list_free(&list);
	return text;
}

char *describe_rule(const struct wgward_policy *policy,
		    const struct wgward_rule *rule)
{
	char *from = describe_selector(policy, &rule->from);
	char *to = describe_selector(policy, &rule->to);
	char *services = describe_services(rule);
	struct memory_text text;
	FILE *stream = memory_text_begin(&text);

	fprintf(stream, "%s %s from %s to %s", output_action(rule->action),
		services, from, to);
	if (rule->flags & WGWARD_RULE_F_AUDIT)
		fputs(", audit", stream);
	if (rule->flags & WGWARD_RULE_F_LOG)
		fputs(", log", stream);
	print_until(stream, rule->until);
	free(services);
	free(from);
	free(to);
	return memory_text_end(&text);
}

char *describe_timeouts(const u32 *timeouts)
{
	struct memory_text text;
	FILE *stream = memory_text_begin(&text);
	bool some = false;
	u32 i;

	for (i = 0; i <= WGWARD_TIMEOUT_MAX; i++) {
		if (!timeouts[i] || timeouts[i] == wgward_timeout_defaults[i])
			continue;
		fprintf(stream, "%s%s %u", some ? ", " : "", timeout_name(i),
			timeouts[i]);
		some = true;
	}
	return memory_text_end(&text);
}
