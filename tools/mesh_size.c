// SPDX-License-Identifier: GPL-2.0
/* How long a node and a rule are as netlink attributes. */
#include <string.h>

#include "address.h"
#include "mesh_policy.h"

#define ATTRIBUTE 4 /* bytes of its header */
#define UNTIL (ATTRIBUTE + 8)
#define PORT (ATTRIBUTE + 4)

static size_t text_size(const char *text)
{
	return ATTRIBUTE + ((strlen(text) + 4) & ~3UL);
}

static size_t prefix_size(const struct wgward_prefix *prefix)
{
	return 4 * ATTRIBUTE + address_bits(prefix->family) / 8;
}

static size_t prefixes_size(const struct wgward_prefix *prefixes, size_t count)
{
	size_t i, size = 0;

	for (i = 0; i < count; i++)
		size += prefix_size(&prefixes[i]);
	return size;
}

static size_t groups_size(const struct builder *builder, const u32 *groups,
			  size_t count)
{
	size_t i, size = 0;

	for (i = 0; i < count; i++)
		size += text_size(builder->groups[groups[i]].name);
	return size;
}

size_t builder_node_size(const struct builder *builder,
			 const struct wgward_node *node)
{
	return text_size(node->name) + 2 * ATTRIBUTE + WGWARD_KEY_LEN +
	       ATTRIBUTE + prefixes_size(node->addresses, node->address_count) +
	       prefixes_size(node->routes, node->route_count) +
	       groups_size(builder, node->groups, node->group_count) +
	       (node->relay ? text_size(node->relay) : 0) +
	       (node->endpoint ? text_size(node->endpoint) : 0) + PORT + UNTIL;
}

static size_t selector_size(const struct builder *builder,
			    const struct wgward_selector *selector)
{
	return 2 * ATTRIBUTE +
	       groups_size(builder, selector->groups, selector->group_count) +
	       groups_size(builder, selector->except_groups,
			   selector->except_group_count) +
	       prefixes_size(selector->prefixes, selector->prefix_count) +
	       prefixes_size(selector->except_prefixes,
			     selector->except_prefix_count);
}

size_t builder_rule_size(const struct builder *builder,
			 const struct wgward_rule *rule)
{
	return text_size(rule->name) + 4 * ATTRIBUTE + UNTIL +
	       (size_t)rule->service_count * 5 * ATTRIBUTE +
	       selector_size(builder, &rule->from) +
	       selector_size(builder, &rule->to);
}
