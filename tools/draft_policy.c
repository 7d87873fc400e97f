// SPDX-License-Identifier: GPL-2.0
/*
 * From a policy back to the mesh file that makes it. Of a file the policy does
 * not have: [Test] sections, comments, and the order of things that has no
 * meaning.
 */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "describe.h"
#include "draft.h"
#include "key.h"
#include "mark.h"
#include "memory.h"
#include "output.h"
#include "timestamp.h"

/* In their order: the first address of a node is the one that names it. */
static char *join_prefixes(const struct wgward_prefix *prefixes, u32 count)
{
	char *joined = memory_zero(count, PREFIX_TEXT_LEN + strlen(", "));
	char text[PREFIX_TEXT_LEN], *end = joined;
	u32 i;

	for (i = 0; i < count; i++) {
		if (i)
			end = stpcpy(end, ", ");
		end = stpcpy(end, describe_prefix(text, &prefixes[i]));
	}
	return joined;
}

static void set_number(struct draft_section *section, const char *key,
		       u64 number)
{
	if (number)
		draft_set(section, key,
			  memory_print("%llu", (unsigned long long)number));
}

static void set_yes(struct draft_section *section, const char *key, bool yes)
{
	if (yes)
		draft_set(section, key, memory_copy("yes"));
}

static void set_until(struct draft_section *section, u64 until)
{
	char text[TIMESTAMP_TEXT_LEN];

	if (until)
		draft_set(section, "Until",
			  memory_copy(timestamp_format(text, until)));
}

static void add_mesh(struct draft *draft, const struct wgward_policy *policy)
{
	struct draft_section *section = draft_add(draft, MESHFILE_MESH, "");

	draft_set(section, "Name", memory_copy(policy->mesh));
	draft_set(section, "Network",
		  join_prefixes(policy->networks, policy->network_count));
	set_number(section, "ListenPort", policy->listen_port);
	draft_set(section, "Default",
		  memory_copy(output_action(policy->fallback)));
	if (policy->has_revision)
		draft_set(section, "Revision",
			  memory_print("%llu",
				       (unsigned long long)policy->revision));
	set_number(section, "MTU", policy->mtu);
	set_yes(section, "Audit", policy->audit);
	set_number(section, "MaxFlows", policy->max_flows);
	draft_set(section, "Timeouts", describe_timeouts(policy->timeouts));
}

static char *groups_of(const struct wgward_policy *policy,
		       const struct wgward_node *node)
{
	const char **names = memory_zero(node->group_count, sizeof(*names));
	size_t count = 0;
	const char *name;
	char *text;
	u32 i;

	for (i = 0; i < node->group_count; i++) {
		name = policy->groups[node->groups[i]].name;
		if (describe_group_told(policy, name))
			names[count++] = name;
	}
	text = describe_names(names, count);
	free(names);
	return text;
}

static void add_node(struct draft *draft, const struct wgward_policy *policy,
		     const struct wgward_node *node)
{
	struct draft_section *section =
		draft_add(draft, MESHFILE_NODE, node->name);
	char key[KEY_TEXT_LEN];

	section->live = mark_node_live(node);
	draft_set(section, "PublicKey",
		  memory_copy(key_format(key, node->key)));
	draft_set(section, "Address",
		  join_prefixes(node->addresses, node->address_count));
	/* With its port: whose it was meant to be is not known any more. */
	if (node->endpoint)
		draft_set(section, "Endpoint", memory_copy(node->endpoint));
	set_number(section, "ListenPort", node->listen_port);
	draft_set(section, "Groups", groups_of(policy, node));
	draft_set(section, "Routes",
		  join_prefixes(node->routes, node->route_count));
	set_yes(section, "RouteGroups",
		node->flags & WGWARD_NODE_F_ROUTE_GROUPS);
	set_yes(section, "BehindNAT", node->flags & WGWARD_NODE_F_BEHIND_NAT);
	if (node->relay)
		draft_set(section, "Relay", memory_copy(node->relay));
	set_until(section, node->until);
}

static const char *action_key(u8 action)
{
	switch (action) {
	case WGWARD_ACTION_ALLOW:
		return "Allow";
	case WGWARD_ACTION_DENY:
		return "Deny";
	default:
		return "Reject";
	}
}

static void add_rule(struct draft *draft, const struct wgward_policy *policy,
		     const struct wgward_rule *rule)
{
	struct draft_section *section =
		draft_add(draft, MESHFILE_RULE, rule->name);

	section->live = mark_rule_live(rule);
	draft_set(section, "From", describe_selector(policy, &rule->from));
	draft_set(section, "To", describe_selector(policy, &rule->to));
	draft_set(section, action_key(rule->action), describe_services(rule));
	set_yes(section, "Audit", rule->flags & WGWARD_RULE_F_AUDIT);
	set_yes(section, "Log", rule->flags & WGWARD_RULE_F_LOG);
	set_until(section, rule->until);
}

void draft_from_policy(struct draft *draft, const struct wgward_policy *policy)
{
	u32 i;

	memset(draft, 0, sizeof(*draft));
	add_mesh(draft, policy);
	for (i = 0; i < policy->node_count; i++)
		add_node(draft, policy, &policy->nodes[i]);
	for (i = 0; i < policy->rule_count; i++)
		add_rule(draft, policy, &policy->rules[i]);
}
