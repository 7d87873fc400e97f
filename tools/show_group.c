// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "command.h"
#include "describe.h"
#include "memory.h"
#include "output.h"
#include "show.h"

/* Names of the nodes of a group, in memory to be freed. */
static const char **find_members(const struct wgward_policy *policy, u32 group,
				 size_t *count)
{
	const struct wgward_node *node;
	const char **names = NULL;
	u32 i, j;

	*count = 0;
	for (i = 0; i < policy->node_count; i++) {
		node = &policy->nodes[i];
		for (j = 0; j < node->group_count; j++) {
			if (node->groups[j] != group)
				continue;
			names = memory_grow(names, *count, sizeof(*names));
			names[(*count)++] = node->name;
		}
	}
	return names;
}

static json_t *group_json(const char *name, const char **members, size_t count)
{
	json_t *object = output_object();
	json_t *array = output_array();
	size_t i;

	for (i = 0; i < count; i++)
		output_append_text(array, members[i]);
	output_set_text(object, "name", name);
	output_set(object, "nodes", array);
	return object;
}

u32 show_group_count(const struct wgward_policy *policy)
{
	u32 count = 0;
	u32 i;

	for (i = 0; policy && i < policy->group_count; i++)
		count += describe_group_told(policy, policy->groups[i].name);
	return count;
}

int show_groups(struct live *live, const struct show_options *options)
{
	const struct wgward_policy *policy = live->policy;
	struct columns columns = { .count = 2 };
	json_t *array = output_array();
	const char **members;
	const char *name;
	size_t count;
	char *text;
	u32 i;

	(void)options;
	columns_add(&columns, "GROUP", "NODES");
	for (i = 0; policy && i < policy->group_count; i++) {
		name = policy->groups[i].name;
		if (!describe_group_told(policy, name))
			continue;
		members = find_members(policy, i, &count);
		text = describe_names(members, count);
		columns_add(&columns, name, count ? text : NULL);
		output_append(array, group_json(name, members, count));
		free(text);
		free(members);
	}
	if (option_json)
		output_json(json_incref(array), false);
	else
		columns_print(&columns, "");
	columns_free(&columns);
	json_decref(array);
	return 0;
}
