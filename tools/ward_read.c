// SPDX-License-Identifier: GPL-2.0
/* The policy in force, as the kernel tells it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "command.h"
#include "memory.h"
#include "ward_internal.h"

/* A commit between two of the dumps is as rare as people are slow. */
#define READ_ATTEMPTS 8

/**
 * struct reading - a policy that is being read
 * @policy: so far
 * @counts: of its nodes and rules
 * @failed: something in it was not understood
 * @again: a dump was begun anew, so that @policy has leftovers
 */
struct reading {
	struct wgward_policy *policy;
	struct ward_counts counts;
	bool failed;
	bool again;
};

static u32 count_type(const struct nlattr *nest, u16 type)
{
	const struct nlattr *attribute;
	u32 count = 0;

	mnl_attr_for_each_nested(attribute, nest)
		count += mnl_attr_get_type(attribute) == type;
	return count;
}

static struct wgward_prefix *read_prefixes(const struct nlattr *nest, u16 type,
					   u32 *count)
{
	const struct nlattr *attribute;
	struct wgward_prefix *prefixes;
	u32 i = 0;

	*count = count_type(nest, type);
	prefixes = memory_zero(*count, sizeof(*prefixes));
	mnl_attr_for_each_nested(attribute, nest)
		if (mnl_attr_get_type(attribute) == type)
			ward_read_prefix(attribute, &prefixes[i++]);
	return prefixes;
}

static struct wgward_prefix *read_addresses(const struct nlattr *nest,
					    u32 *count)
{
	const struct nlattr *attribute;
	struct wgward_prefix *prefix;
	struct wgward_prefix *all;

	*count = count_type(nest, WGWARD_NODE_A_ADDRESS);
	all = memory_zero(*count, sizeof(*all));
	prefix = all;
	mnl_attr_for_each_nested(attribute, nest) {
		if (mnl_attr_get_type(attribute) != WGWARD_NODE_A_ADDRESS)
			continue;
		prefix->family = ward_read_address(attribute, &prefix->address);
		prefix->length = mnl_attr_get_payload_len(attribute) * 8;
		prefix++;
	}
	return all;
}

static u32 *read_groups(struct reading *reading, const struct nlattr *nest,
			u16 type, u32 *count)
{
	char name[WGWARD_GROUP_NAME_LEN + 1];
	const struct nlattr *attribute;
	u32 *groups;
	u32 i = 0;

	*count = count_type(nest, type);
	groups = memory_zero(*count, sizeof(*groups));
	mnl_attr_for_each_nested(attribute, nest) {
		if (mnl_attr_get_type(attribute) != type)
			continue;
		netlink_text(attribute, name, sizeof(name));
		groups[i] = wgward_policy_find_group(reading->policy, name);
		if (groups[i++] == WGWARD_NONE)
			reading->failed = true;
	}
	return groups;
}

static int read_group(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *table[WGWARD_GROUP_A_MAX + 1];
	char name[WGWARD_GROUP_NAME_LEN + 1];
	const struct nlattr *attribute;
	struct reading *reading = data;
	const char *why;

	mnl_attr_for_each(attribute, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) != WGWARD_A_GROUP)
			continue;
		netlink_parse_nest(attribute, table, WGWARD_GROUP_A_MAX);
		netlink_text(table[WGWARD_GROUP_A_NAME], name, sizeof(name));
		if (wgward_policy_add_group(reading->policy, name, &why))
			reading->failed = true;
	}
	return 0;
}

static void read_node_texts(const struct nlattr **table,
			    struct wgward_node *node)
{
	char text[WGWARD_ENDPOINT_LEN + 1];

	netlink_text(table[WGWARD_NODE_A_NAME], node->name, sizeof(node->name));
	if (table[WGWARD_NODE_A_RELAY]) {
		netlink_text(table[WGWARD_NODE_A_RELAY], text,
			     WGWARD_NAME_LEN + 1);
		node->relay = memory_copy(text);
	}
	if (table[WGWARD_NODE_A_ENDPOINT]) {
		netlink_text(table[WGWARD_NODE_A_ENDPOINT], text, sizeof(text));
		node->endpoint = memory_copy(text);
	}
}

static void count_node(struct reading *reading, u32 index,
		       const struct nlattr *nest, const struct nlattr **table)
{
	const struct nlattr *attribute;
	struct ward_node_counts *counts;

	reading->counts.nodes =
		memory_grow(reading->counts.nodes, index, sizeof(*counts));
	counts = &reading->counts.nodes[index];
	*counts = (struct ward_node_counts){
		.flows = netlink_u32(table[WGWARD_NODE_A_FLOWS]),
		.from_packets = netlink_u64(table[WGWARD_NODE_A_FROM_PACKETS]),
		.from_bytes = netlink_u64(table[WGWARD_NODE_A_FROM_BYTES]),
		.to_packets = netlink_u64(table[WGWARD_NODE_A_TO_PACKETS]),
		.to_bytes = netlink_u64(table[WGWARD_NODE_A_TO_BYTES]),
	};
	mnl_attr_for_each_nested(attribute, nest)
		if (mnl_attr_get_type(attribute) == WGWARD_NODE_A_COUNTER)
			ward_read_counter(attribute, counts->counters);
}

static void read_node(struct reading *reading, const struct nlattr *nest)
{
	const struct nlattr *table[WGWARD_NODE_A_MAX + 1];
	u32 index = reading->policy->node_count;
	struct wgward_node node = { 0 };
	const struct nlattr *key;
	const char *why;

	netlink_parse_nest(nest, table, WGWARD_NODE_A_MAX);
	read_node_texts(table, &node);
	key = table[WGWARD_NODE_A_KEY];
	if (key && mnl_attr_get_payload_len(key) == WGWARD_KEY_LEN)
		memcpy(node.key, mnl_attr_get_payload(key), WGWARD_KEY_LEN);
	node.flags = netlink_u32(table[WGWARD_NODE_A_FLAGS]);
	node.listen_port = netlink_u16(table[WGWARD_NODE_A_LISTEN_PORT]);
	node.until = netlink_u64(table[WGWARD_NODE_A_UNTIL]);
	node.addresses = read_addresses(nest, &node.address_count);
	node.routes =
		read_prefixes(nest, WGWARD_NODE_A_ROUTE, &node.route_count);
	node.groups = read_groups(reading, nest, WGWARD_NODE_A_GROUP,
				  &node.group_count);
	if (!reading->failed &&
	    wgward_policy_add_node(reading->policy, &node, &why))
		reading->failed = true;
	if (!reading->failed)
		count_node(reading, index, nest, table);
	free(node.addresses);
	free(node.routes);
	free(node.groups);
	free(node.relay);
	free(node.endpoint);
}

static int read_nodes(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attribute;
	struct reading *reading = data;

	mnl_attr_for_each(attribute, header, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attribute) == WGWARD_A_NODE)
			read_node(reading, attribute);
	return 0;
}

static void read_selector(struct reading *reading, const struct nlattr *nest,
			  struct wgward_selector *selector)
{
	if (!nest) {
		reading->failed = true;
		return;
	}
	selector->any = count_type(nest, WGWARD_SELECTOR_A_ANY);
	selector->groups = read_groups(reading, nest, WGWARD_SELECTOR_A_GROUP,
				       &selector->group_count);
	selector->prefixes = read_prefixes(nest, WGWARD_SELECTOR_A_PREFIX,
					   &selector->prefix_count);
	selector->except_groups = read_groups(reading, nest,
					      WGWARD_SELECTOR_A_EXCEPT_GROUP,
					      &selector->except_group_count);
	selector->except_prefixes =
		read_prefixes(nest, WGWARD_SELECTOR_A_EXCEPT_PREFIX,
			      &selector->except_prefix_count);
}

static void free_selector(struct wgward_selector *selector)
{
	free(selector->groups);
	free(selector->prefixes);
	free(selector->except_groups);
	free(selector->except_prefixes);
}

static struct wgward_service *read_services(const struct nlattr *nest,
					    u32 *count)
{
	const struct nlattr *table[WGWARD_SERVICE_A_MAX + 1];
	struct wgward_service *services;
	const struct nlattr *attribute;
	u32 i = 0;

	*count = count_type(nest, WGWARD_RULE_A_SERVICE);
	services = memory_zero(*count, sizeof(*services));
	mnl_attr_for_each_nested(attribute, nest) {
		if (mnl_attr_get_type(attribute) != WGWARD_RULE_A_SERVICE)
			continue;
		netlink_parse_nest(attribute, table, WGWARD_SERVICE_A_MAX);
		services[i].first = netlink_u32(table[WGWARD_SERVICE_A_FIRST]);
		services[i++].last = netlink_u32(table[WGWARD_SERVICE_A_LAST]);
	}
	return services;
}

static void count_rule(struct reading *reading, u32 index,
		       const struct nlattr **table)
{
	struct ward_rule_counts *counts;

	reading->counts.rules =
		memory_grow(reading->counts.rules, index, sizeof(*counts));
	counts = &reading->counts.rules[index];
	*counts = (struct ward_rule_counts){
		.hits = netlink_u64(table[WGWARD_RULE_A_HITS]),
		.packets = netlink_u64(table[WGWARD_RULE_A_PACKETS]),
		.bytes = netlink_u64(table[WGWARD_RULE_A_BYTES]),
		.reply_packets =
			netlink_u64(table[WGWARD_RULE_A_REPLY_PACKETS]),
		.reply_bytes = netlink_u64(table[WGWARD_RULE_A_REPLY_BYTES]),
		.last_hit = netlink_u64(table[WGWARD_RULE_A_LAST_HIT]),
		.audited = netlink_u64(table[WGWARD_RULE_A_AUDITED]),
	};
}

static void read_rule(struct reading *reading, const struct nlattr *nest)
{
	const struct nlattr *table[WGWARD_RULE_A_MAX + 1];
	u32 index = reading->policy->rule_count;
	struct wgward_rule rule = { 0 };
	const char *why;

	netlink_parse_nest(nest, table, WGWARD_RULE_A_MAX);
	netlink_text(table[WGWARD_RULE_A_NAME], rule.name, sizeof(rule.name));
	rule.action = netlink_u32(table[WGWARD_RULE_A_ACTION]);
	rule.flags = netlink_u32(table[WGWARD_RULE_A_FLAGS]);
	rule.until = netlink_u64(table[WGWARD_RULE_A_UNTIL]);
	read_selector(reading, table[WGWARD_RULE_A_FROM], &rule.from);
	read_selector(reading, table[WGWARD_RULE_A_TO], &rule.to);
	rule.services = read_services(nest, &rule.service_count);
	if (!reading->failed &&
	    wgward_policy_add_rule(reading->policy, &rule, &why))
		reading->failed = true;
	if (!reading->failed)
		count_rule(reading, index, table);
	free_selector(&rule.from);
	free_selector(&rule.to);
	free(rule.services);
}

static int read_rules(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attribute;
	struct reading *reading = data;

	mnl_attr_for_each(attribute, header, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attribute) == WGWARD_A_RULE)
			read_rule(reading, attribute);
	return 0;
}

/* What was added cannot be taken out again: all is read once more. */
static void restart(void *data)
{
	struct reading *reading = data;

	reading->again = true;
}

static void forget(struct reading *reading)
{
	if (reading->policy)
		wgward_policy_free(reading->policy);
	ward_counts_free(&reading->counts);
	memset(reading, 0, sizeof(*reading));
}

static int read_header(struct reading *reading, const struct ward *ward)
{
	struct wgward_policy *policy = wgward_policy_create();
	const char *why;
	u32 i;

	if (!policy)
		return -ENOMEM;
	reading->policy = policy;
	policy->fallback = ward->fallback;
	memcpy(policy->mesh, ward->mesh, sizeof(policy->mesh));
	policy->has_revision = ward->has_revision;
	policy->revision = ward->revision;
	policy->audit = ward->audit;
	policy->max_flows = ward->max_flows;
	memcpy(policy->timeouts, ward->timeouts, sizeof(policy->timeouts));
	policy->listen_port = ward->listen_port;
	policy->mtu = ward->mtu;
	for (i = 0; i < ward->removed_count; i++)
		if (wgward_policy_add_removed(policy, ward->removed[i].is_rule,
					      ward->removed[i].name, &why))
			reading->failed = true;
	for (i = 0; i < ward->network_count; i++)
		if (wgward_policy_add_network(policy, &ward->networks[i], &why))
			reading->failed = true;
	return 0;
}

static int read_kind(struct ward_socket *socket, const char *interface,
		     u8 command, netlink_callback *callback,
		     struct reading *reading)
{
	ward_start(socket, command, interface);
	return netlink_dump(socket->netlink, callback, restart, reading);
}

static int read_objects(struct ward_socket *socket, const char *interface,
			struct reading *reading)
{
	int result;

	result = read_kind(socket, interface, WGWARD_CMD_GROUP_GET, read_group,
			   reading);
	if (result || reading->again)
		return result;
	result = read_kind(socket, interface, WGWARD_CMD_NODE_GET, read_nodes,
			   reading);
	if (result || reading->again)
		return result;
	return read_kind(socket, interface, WGWARD_CMD_RULE_GET, read_rules,
			 reading);
}

/* Returns 1 when it is to be done again, 0 when done, -1 after an error. */
static int read_once(struct ward_socket *socket, const char *interface,
		     struct reading *reading)
{
	struct ward before, after;
	u64 generation;
	int result;

	result = ward_get(socket, interface, &before);
	if (result <= 0)
		goto gone;
	generation = before.generation;
	if (!before.has_policy) {
		ward_free(&before);
		return 0;
	}
	result = read_header(reading, &before);
	if (!result)
		result = read_objects(socket, interface, reading);
	ward_free(&before);
	if (result) {
		error("%s: cannot read the policy: %s", interface,
		      result == -ENOMEM ? "out of memory" :
					  netlink_why(socket->netlink));
		return -1;
	}
	result = ward_get(socket, interface, &after);
	if (result <= 0)
		goto gone;
	result = reading->again || generation != after.generation;
	ward_free(&after);
	return result;

gone:
	if (!result)
		error("%s: there is no such ward", interface);
	return -1;
}

void ward_counts_free(struct ward_counts *counts)
{
	free(counts->rules);
	free(counts->nodes);
	memset(counts, 0, sizeof(*counts));
}

int ward_read_counted(struct ward_socket *socket, const char *interface,
		      struct wgward_policy **policy, struct ward_counts *counts)
{
	struct reading reading = { 0 };
	unsigned int attempt;
	int result = 1;

	for (attempt = 0; result > 0 && attempt < READ_ATTEMPTS; attempt++) {
		forget(&reading);
		result = read_once(socket, interface, &reading);
	}
	if (!result && !reading.failed) {
		*policy = reading.policy;
		*counts = reading.counts;
		return 0;
	}
	if (result > 0)
		error("%s: the policy keeps changing: try again", interface);
	else if (!result)
		error("%s: the module is newer than this command, which does "
		      "not understand its policy",
		      interface);
	forget(&reading);
	return -1;
}

int ward_read_policy(struct ward_socket *socket, const char *interface,
		     struct wgward_policy **policy)
{
	struct ward_counts counts;

	if (ward_read_counted(socket, interface, policy, &counts))
		return -1;
	ward_counts_free(&counts);
	return 0;
}
