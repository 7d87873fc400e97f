// SPDX-License-Identifier: GPL-2.0
/* The values of the mesh file's keys. */
#include <string.h>
#include <strings.h>

#include "address.h"
#include "key.h"
#include "memory.h"
#include "meshfile.h"
#include "text.h"
#include "timeout.h"
#include "timestamp.h"
#include "token.h"

#define MTU_MIN 576
#define MTU_MAX 65535
/* More do not fit the message to the kernel, by far. */
#define LIST_MAX 10000

static struct mesh_node *last_node(struct meshfile_parser *parser)
{
	return &parser->mesh->nodes[parser->mesh->node_count - 1];
}

static struct mesh_rule *last_rule(struct meshfile_parser *parser)
{
	return &parser->mesh->rules[parser->mesh->rule_count - 1];
}

static struct mesh_test *last_test(struct meshfile_parser *parser)
{
	return &parser->mesh->tests[parser->mesh->test_count - 1];
}

static void list_add(struct mesh_list *list, const struct mesh_text *item)
{
	list->items =
		memory_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = *item;
}

/*
 * The next good item of the list @value, or false at its end. The key has
 * @count items already.
 */
static bool next_item(struct meshfile_parser *parser, struct mesh_text *value,
		      size_t count, struct mesh_text *item)
{
	const struct mesh_text header = { parser->header.text, value->line };

	item->line = value->line;
	while (!diagnostic_full(parser->diagnostics)) {
		item->text = token_next_item(&value->text);
		if (!item->text)
			return false;
		if (count >= LIST_MAX) {
			diagnostic_error(parser->diagnostics, &header,
					 "has a list of more than %u items; "
					 "divide it among several",
					 LIST_MAX);
			return false;
		}
		if (!*item->text)
			diagnostic_error(parser->diagnostics, &header,
					 "has a list with an empty item; take "
					 "out a comma");
		else if (strpbrk(item->text, " \t\r\v\f"))
			diagnostic_error(
				parser->diagnostics, item,
				"has white space in it; items are "
				"separated by commas, and \"!\" stands "
				"right before its item");
		else
			return true;
	}
	return false;
}

static void read_list(struct meshfile_parser *parser, struct mesh_text *value,
		      struct mesh_list *list)
{
	struct mesh_text item;

	while (next_item(parser, value, list->count, &item))
		list_add(list, &item);
}

static bool read_number(struct meshfile_parser *parser,
			const struct mesh_text *value, const char *key, u64 min,
			u64 max, u64 *number)
{
	if (text_number(value->text, max, number) && *number >= min)
		return true;
	diagnostic_error(parser->diagnostics, value,
			 "is no %s; it is a number from %llu to %llu", key,
			 (unsigned long long)min, (unsigned long long)max);
	return false;
}

static void read_port(struct meshfile_parser *parser,
		      const struct mesh_text *value, u16 *port)
{
	u64 number;

	if (read_number(parser, value, "ListenPort", 1, 65535, &number))
		*port = number;
}

static bool read_yes(struct meshfile_parser *parser,
		     const struct mesh_text *value, const char *key)
{
	if (!strcasecmp(value->text, "yes"))
		return true;
	if (strcasecmp(value->text, "no"))
		diagnostic_error(parser->diagnostics, value,
				 "is no value of %s; write yes or no", key);
	return false;
}

static bool read_prefix(struct meshfile_parser *parser,
			const struct mesh_text *item,
			struct wgward_prefix *prefix)
{
	const char *why = prefix_parse(item->text, prefix);
	char text[PREFIX_TEXT_LEN];

	if (why == prefix_host_bits)
		diagnostic_error(parser->diagnostics, item, "%s; write %s", why,
				 prefix_format(text, prefix));
	else if (why)
		diagnostic_error(parser->diagnostics, item,
				 "%s; write it as 192.168.7.0/24 or "
				 "fd00:7::/64",
				 why);
	return !why;
}

static bool read_address(struct meshfile_parser *parser,
			 const struct mesh_text *item,
			 struct wgward_prefix *prefix)
{
	const char *slash = strchr(item->text, '/');
	const char *why;

	if (slash) {
		diagnostic_error(
			parser->diagnostics, item,
			"has a length; write %.*s, the interface takes "
			"the length of [Mesh] Network",
			(int)(slash - item->text), item->text);
		return false;
	}
	why = prefix_parse(item->text, prefix);
	if (why)
		diagnostic_error(parser->diagnostics, item,
				 "%s; write it as 10.10.0.1 or fd00:10::1",
				 why);
	return !why;
}

typedef bool read_item(struct meshfile_parser *parser,
		       const struct mesh_text *item,
		       struct wgward_prefix *prefix);

static void read_prefixes(struct meshfile_parser *parser,
			  struct mesh_text *value, read_item *read,
			  struct wgward_prefix **prefixes, size_t *count,
			  struct mesh_list *texts)
{
	struct wgward_prefix prefix;
	struct mesh_text item;

	while (next_item(parser, value, *count, &item)) {
		if (!read(parser, &item, &prefix))
			continue;
		*prefixes = memory_grow(*prefixes, *count, sizeof(prefix));
		(*prefixes)[(*count)++] = prefix;
		list_add(texts, &item);
	}
}

static void mesh_name(struct meshfile_parser *parser, struct mesh_text *value)
{
	if (lint_name(parser->diagnostics, value, "mesh"))
		parser->mesh->name = value->text;
}

static void mesh_network(struct meshfile_parser *parser,
			 struct mesh_text *value)
{
	unsigned int errors = parser->diagnostics->errors;
	struct mesh *mesh = parser->mesh;

	read_prefixes(parser, value, read_prefix, &mesh->networks,
		      &mesh->network_count, &mesh->network_texts);
	mesh->network_unclear |= parser->diagnostics->errors != errors;
}

static void mesh_listen_port(struct meshfile_parser *parser,
			     struct mesh_text *value)
{
	read_port(parser, value, &parser->mesh->listen_port);
}

static void mesh_default(struct meshfile_parser *parser,
			 struct mesh_text *value)
{
	if (!strcasecmp(value->text, "allow"))
		parser->mesh->fallback = WGWARD_ACTION_ALLOW;
	else if (!strcasecmp(value->text, "deny"))
		parser->mesh->fallback = WGWARD_ACTION_DENY;
	else if (!strcasecmp(value->text, "reject"))
		parser->mesh->fallback = WGWARD_ACTION_REJECT;
	else
		diagnostic_error(parser->diagnostics, value,
				 "is no Default; write allow, deny or reject");
}

static void mesh_revision(struct meshfile_parser *parser,
			  struct mesh_text *value)
{
	struct mesh *mesh = parser->mesh;

	/* JSON's integers end there too. */
	mesh->has_revision = read_number(parser, value, "Revision", 0,
					 INT64_MAX, &mesh->revision);
}

static void mesh_mtu(struct meshfile_parser *parser, struct mesh_text *value)
{
	u64 number;

	if (!read_number(parser, value, "MTU", MTU_MIN, MTU_MAX, &number))
		return;
	parser->mesh->mtu = number;
	parser->mesh->mtu_text = *value;
}

static void mesh_audit(struct meshfile_parser *parser, struct mesh_text *value)
{
	parser->mesh->audit = read_yes(parser, value, "Audit");
	parser->mesh->audit_text = *value;
}

static void mesh_max_flows(struct meshfile_parser *parser,
			   struct mesh_text *value)
{
	u64 number;

	if (read_number(parser, value, "MaxFlows", 1,
			WGWARD_MAX_FLOWS_PRIVILEGED, &number))
		parser->mesh->max_flows = number;
}

/* "udp-new 30s": one item of Timeouts. */
static void read_timeout(struct meshfile_parser *parser,
			 const struct mesh_text *item)
{
	u32 *timeouts = parser->mesh->timeouts;
	const char *why;
	u32 kind, seconds;

	why = timeout_parse(item->text, &kind, &seconds);
	if (why)
		diagnostic_error(parser->diagnostics, item, "%s", why);
	else if (timeouts[kind])
		diagnostic_error(parser->diagnostics, item,
				 "is there again; take one of them out");
	else
		timeouts[kind] = seconds;
}

static void mesh_timeouts(struct meshfile_parser *parser,
			  struct mesh_text *value)
{
	struct mesh_text item = { .line = value->line };

	while (!diagnostic_full(parser->diagnostics)) {
		item.text = token_next_item(&value->text);
		if (!item.text)
			return;
		read_timeout(parser, &item);
	}
}

static void read_until(struct meshfile_parser *parser,
		       const struct mesh_text *value, u64 *until)
{
	const char *why = timestamp_parse(value->text, until);

	if (why)
		diagnostic_error(parser->diagnostics, value, "%s", why);
}

const struct meshfile_key meshfile_mesh_keys[] = {
	{ "Name", true, false, mesh_name },
	{ "Network", true, true, mesh_network },
	{ "Default", true, false, mesh_default },
	{ "ListenPort", false, false, mesh_listen_port },
	{ "Revision", false, false, mesh_revision },
	{ "MTU", false, false, mesh_mtu },
	{ "Audit", false, false, mesh_audit },
	{ "MaxFlows", false, false, mesh_max_flows },
	{ "Timeouts", false, true, mesh_timeouts },
	{ NULL, false, false, NULL },
};

static void node_public_key(struct meshfile_parser *parser,
			    struct mesh_text *value)
{
	static const u8 zero[WGWARD_KEY_LEN];
	struct mesh_node *node = last_node(parser);

	if (!key_parse(value->text, node->key))
		diagnostic_error(parser->diagnostics, value,
				 "is no public key; it is 44 characters of "
				 "base64, as \"wg pubkey\" prints them");
	else if (!memcmp(node->key, zero, sizeof(zero)))
		diagnostic_error(parser->diagnostics, value,
				 "is the key that is all zero; write what "
				 "\"wg pubkey\" prints");
	else
		node->key_text = *value;
}

static void node_address(struct meshfile_parser *parser,
			 struct mesh_text *value)
{
	struct mesh_node *node = last_node(parser);

	read_prefixes(parser, value, read_address, &node->addresses,
		      &node->address_count, &node->address_texts);
}

static void node_routes(struct meshfile_parser *parser, struct mesh_text *value)
{
	struct mesh_node *node = last_node(parser);

	read_prefixes(parser, value, read_prefix, &node->routes,
		      &node->route_count, &node->route_texts);
}

static void node_endpoint(struct meshfile_parser *parser,
			  struct mesh_text *value)
{
	last_node(parser)->endpoint_text = *value;
}

static void node_groups(struct meshfile_parser *parser, struct mesh_text *value)
{
	struct mesh_node *node = last_node(parser);
	size_t i = node->groups.count;

	read_list(parser, value, &node->groups);
	for (; i < node->groups.count; i++)
		lint_name(parser->diagnostics, &node->groups.items[i], "group");
}

static void node_route_groups(struct meshfile_parser *parser,
			      struct mesh_text *value)
{
	last_node(parser)->route_groups =
		read_yes(parser, value, "RouteGroups");
}

static void node_behind_nat(struct meshfile_parser *parser,
			    struct mesh_text *value)
{
	last_node(parser)->behind_nat = read_yes(parser, value, "BehindNAT");
}

static void node_relay(struct meshfile_parser *parser, struct mesh_text *value)
{
	struct mesh_node *node = last_node(parser);

	node->relay_text = *value;
	node->relay = value->text;
}

static void node_listen_port(struct meshfile_parser *parser,
			     struct mesh_text *value)
{
	read_port(parser, value, &last_node(parser)->listen_port);
}

static void node_until(struct meshfile_parser *parser, struct mesh_text *value)
{
	struct mesh_node *node = last_node(parser);

	node->until_text = *value;
	read_until(parser, value, &node->until);
}

const struct meshfile_key meshfile_node_keys[] = {
	{ "PublicKey", true, false, node_public_key },
	{ "Address", true, true, node_address },
	{ "Endpoint", false, false, node_endpoint },
	{ "ListenPort", false, false, node_listen_port },
	{ "Groups", false, true, node_groups },
	{ "Routes", false, true, node_routes },
	{ "RouteGroups", false, false, node_route_groups },
	{ "BehindNAT", false, false, node_behind_nat },
	{ "Relay", false, false, node_relay },
	{ "Until", false, false, node_until },
	{ NULL, false, false, NULL },
};

static void rule_from(struct meshfile_parser *parser, struct mesh_text *value)
{
	read_list(parser, value, &last_rule(parser)->from);
}

static void rule_to(struct meshfile_parser *parser, struct mesh_text *value)
{
	read_list(parser, value, &last_rule(parser)->to);
}

static void rule_allow(struct meshfile_parser *parser, struct mesh_text *value)
{
	last_rule(parser)->action = WGWARD_ACTION_ALLOW;
	read_list(parser, value, &last_rule(parser)->services);
}

static void rule_deny(struct meshfile_parser *parser, struct mesh_text *value)
{
	last_rule(parser)->action = WGWARD_ACTION_DENY;
	read_list(parser, value, &last_rule(parser)->services);
}

static void rule_reject(struct meshfile_parser *parser, struct mesh_text *value)
{
	last_rule(parser)->action = WGWARD_ACTION_REJECT;
	read_list(parser, value, &last_rule(parser)->services);
}

static void rule_audit(struct meshfile_parser *parser, struct mesh_text *value)
{
	if (read_yes(parser, value, "Audit"))
		last_rule(parser)->flags |= WGWARD_RULE_F_AUDIT;
}

static void rule_log(struct meshfile_parser *parser, struct mesh_text *value)
{
	if (read_yes(parser, value, "Log"))
		last_rule(parser)->flags |= WGWARD_RULE_F_LOG;
}

static void rule_until(struct meshfile_parser *parser, struct mesh_text *value)
{
	struct mesh_rule *rule = last_rule(parser);

	rule->until_text = *value;
	read_until(parser, value, &rule->until);
}

const struct meshfile_key meshfile_rule_keys[] = {
	{ "From", true, true, rule_from },
	{ "To", true, true, rule_to },
	{ "Allow", false, true, rule_allow },
	{ "Deny", false, true, rule_deny },
	{ "Reject", false, true, rule_reject },
	{ "Audit", false, false, rule_audit },
	{ "Log", false, false, rule_log },
	{ "Until", false, false, rule_until },
	{ NULL, false, false, NULL },
};

static void test_from(struct meshfile_parser *parser, struct mesh_text *value)
{
	read_list(parser, value, &last_test(parser)->from);
}

static void test_to(struct meshfile_parser *parser, struct mesh_text *value)
{
	read_list(parser, value, &last_test(parser)->to);
}

static void test_pass(struct meshfile_parser *parser, struct mesh_text *value)
{
	read_list(parser, value, &last_test(parser)->pass);
}

static void test_drop(struct meshfile_parser *parser, struct mesh_text *value)
{
	read_list(parser, value, &last_test(parser)->drop);
}

static void test_reject(struct meshfile_parser *parser, struct mesh_text *value)
{
	read_list(parser, value, &last_test(parser)->reject);
}

const struct meshfile_key meshfile_test_keys[] = {
	{ "From", true, true, test_from },
	{ "To", true, true, test_to },
	{ "Pass", false, true, test_pass },
	{ "Drop", false, true, test_drop },
	{ "Reject", false, true, test_reject },
	{ NULL, false, false, NULL },
};
