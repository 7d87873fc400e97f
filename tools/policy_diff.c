// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "memory.h"
#include "output.h"
#include "policy_diff.h"

/**
 * struct item - an object of a policy
 * @name: unique among those of its kind
 * @text: what it is; equal texts are equal objects
 */
struct item {
	const char *name;
	char *text;
};

struct items {
	struct item *array;
	size_t count;
};

static int compare_items(const void *a, const void *b)
{
	const struct item *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static void items_add(struct items *items, const char *name, char *text)
{
	items->array =
		memory_grow(items->array, items->count, sizeof(*items->array));
	items->array[items->count++] = (struct item){ name, text };
}

static void items_free(struct items *items)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		free(items->array[i].text);
	free(items->array);
}

/**
 * struct diff - a comparison under way
 * @before: or NULL
 * @after: what it becomes
 * @list: of the differences
 * @different: there was one, in @list or not
 */
struct diff {
	const struct wgward_policy *before, *after;
	struct change_list *list;
	bool different;
};

/* How a change of an item is told: @before or @after is NULL, but not both. */
typedef void tell(struct diff *diff, const struct item *before,
		  const struct item *after);

static void compare(struct diff *diff, struct items *before,
		    struct items *after, tell *tell)
{
	size_t i = 0, j = 0;
	int order;

	if (before->count)
		qsort(before->array, before->count, sizeof(struct item),
		      compare_items);
	if (after->count)
		qsort(after->array, after->count, sizeof(struct item),
		      compare_items);
	while (i < before->count || j < after->count) {
		if (i == before->count)
			order = 1;
		else if (j == after->count)
			order = -1;
		else
			order = compare_items(&before->array[i],
					      &after->array[j]);
		if (order ||
		    strcmp(before->array[i].text, after->array[j].text)) {
			diff->different = true;
			tell(diff, order <= 0 ? &before->array[i] : NULL,
			     order >= 0 ? &after->array[j] : NULL);
		}
		i += order <= 0;
		j += order >= 0;
	}
	items_free(before);
	items_free(after);
}

static void tell_plainly(struct diff *diff, enum change_kind kind,
			 const struct item *before, const struct item *after)
{
	enum change_verb verb = CHANGE_SET;

	if (!before)
		verb = CHANGE_ADD;
	else if (!after)
		verb = CHANGE_REMOVE;
	change_add(diff->list, kind, verb, before ? before->name : after->name,
		   before ? before->text : NULL, after ? after->text : NULL);
}

static void tell_setting(struct diff *diff, const struct item *before,
			 const struct item *after)
{
	tell_plainly(diff, CHANGE_POLICY, before, after);
}

/* A key that stays is long, and no news. */
static void tell_node(struct diff *diff, const struct item *before,
		      const struct item *after)
{
	char *keys[2];

	if (before && after) {
		keys[0] = strstr(before->text, DESCRIBE_KEY);
		keys[1] = strstr(after->text, DESCRIBE_KEY);
		if (keys[0] && keys[1] && !strcmp(keys[0], keys[1])) {
			*keys[0] = '\0';
			*keys[1] = '\0';
		}
	}
	tell_plainly(diff, CHANGE_NODE, before, after);
}

static void tell_rule(struct diff *diff, const struct item *before,
		      const struct item *after)
{
	tell_plainly(diff, CHANGE_RULE, before, after);
}

static size_t first_length(const char *names)
{
	return strcspn(names, ",");
}

/* Of the first of each list; the end of a list is after all names. */
static int compare_first(const char *a, const char *b)
{
	size_t left = first_length(a), right = first_length(b);
	int order;

	if (!left || !right)
		return !left - !right;
	order = memcmp(a, b, left < right ? left : right);
	return order ? order : (left > right) - (left < right);
}

static void print_first(FILE *stream, const char *mark, const char *names,
			bool *some)
{
	fprintf(stream, "%s%s%.*s", *some ? ", " : "", mark,
		(int)first_length(names), names);
	*some = true;
}

static const char *skip_first(const char *names)
{
	names += first_length(names);
	return *names ? names + strlen(", ") : names;
}

/* Both are as describe_names() made them. */
static void print_difference(FILE *stream, const char *before,
			     const char *after)
{
	bool some = false;
	int order;

	while (*before || *after) {
		order = compare_first(before, after);
		if (order < 0)
			print_first(stream, "-", before, &some);
		if (order > 0)
			print_first(stream, "+", after, &some);
		if (order <= 0)
			before = skip_first(before);
		if (order >= 0)
			after = skip_first(after);
	}
}

/* Who joins and who leaves, as a group can be long. */
static void tell_members(struct diff *diff, const struct item *before,
			 const struct item *after)
{
	struct memory_text difference;
	char *text;

	print_difference(memory_text_begin(&difference), before->text,
			 after->text);
	text = memory_text_end(&difference);
	change_add(diff->list, CHANGE_GROUP, CHANGE_SET, after->name, NULL,
		   text);
	free(text);
}

static void tell_group(struct diff *diff, const struct item *before,
		       const struct item *after)
{
	const char *name = before ? before->name : after->name;

	if ((diff->before && !describe_group_told(diff->before, name)) ||
	    !describe_group_told(diff->after, name))
		return;
	if (before && after)
		tell_members(diff, before, after);
	else
		tell_plainly(diff, CHANGE_GROUP, before, after);
}

/* What is as it is without being said has no item. */
static void add_flow_settings(struct items *items,
			      const struct wgward_policy *policy)
{
	char *timeouts = describe_timeouts(policy->timeouts);

	if (policy->max_flows && policy->max_flows != WGWARD_MAX_FLOWS)
		items_add(items, "max-flows",
			  memory_print("%u", policy->max_flows));
	if (*timeouts)
		items_add(items, "timeouts", timeouts);
	else
		free(timeouts);
}

static struct items settings(const struct wgward_policy *policy)
{
	struct items items = { 0 };

	if (!policy)
		return items;
	if (policy->audit)
		items_add(&items, "audit",
			  memory_copy("everything passes, and what would not "
				      "is reported"));
	add_flow_settings(&items, policy);
	items_add(&items, "default",
		  memory_copy(output_action(policy->fallback)));
	if (policy->listen_port)
		items_add(&items, "listen-port",
			  memory_print("%u", policy->listen_port));
	if (policy->mtu)
		items_add(&items, "mtu", memory_print("%u", policy->mtu));
	items_add(&items, "mesh", memory_copy(policy->mesh));
	items_add(&items, "network",
		  describe_prefixes(policy->networks, policy->network_count));
	if (policy->has_revision)
		items_add(&items, "revision",
			  memory_print("%llu",
				       (unsigned long long)policy->revision));
	return items;
}

static struct items nodes(const struct wgward_policy *policy)
{
	struct items items = { 0 };
	u32 i;

	for (i = 0; policy && i < policy->node_count; i++)
		items_add(&items, policy->nodes[i].name,
			  describe_node(&policy->nodes[i]));
	return items;
}

static struct items rules(const struct wgward_policy *policy)
{
	struct items items = { 0 };
	u32 i;

	for (i = 0; policy && i < policy->rule_count; i++)
		items_add(&items, policy->rules[i].name,
			  describe_rule(policy, &policy->rules[i]));
	return items;
}

/* The members of all groups at once, as nodes know their groups only. */
static struct items groups(const struct wgward_policy *policy)
{
	struct items items = { 0 };
	const char ***members;
	size_t *counts;
	u32 group, i, j;

	if (!policy)
		return items;
	members = memory_zero(policy->group_count, sizeof(*members));
	counts = memory_zero(policy->group_count, sizeof(*counts));
	for (i = 0; i < policy->node_count; i++) {
		for (j = 0; j < policy->nodes[i].group_count; j++) {
			group = policy->nodes[i].groups[j];
			members[group] = memory_grow(members[group],
						     counts[group],
						     sizeof(**members));
			members[group][counts[group]++] = policy->nodes[i].name;
		}
	}
	for (i = 0; i < policy->group_count; i++) {
		items_add(&items, policy->groups[i].name,
			  describe_names(members[i], counts[i]));
		free(members[i]);
	}
	free(members);
	free(counts);
	return items;
}

bool policy_diff(const struct wgward_policy *before,
		 const struct wgward_policy *after, struct change_list *list)
{
	struct diff diff = { .before = before, .after = after, .list = list };
	struct items was, is;

	was = settings(before);
	is = settings(after);
	compare(&diff, &was, &is, tell_setting);
	was = nodes(before);
	is = nodes(after);
	compare(&diff, &was, &is, tell_node);
	was = groups(before);
	is = groups(after);
	compare(&diff, &was, &is, tell_group);
	was = rules(before);
	is = rules(after);
	compare(&diff, &was, &is, tell_rule);
	return diff.different;
}
