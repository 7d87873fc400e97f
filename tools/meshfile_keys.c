// SPDX-License-Identifier: GPL-2.0
/* The keys of [Mesh] and [Node]. */
#include <string.h>
#include <strings.h>

#include "key.h"
#include "meshfile_value.h"
#include "timeout.h"
#include "token.h"

#define MTU_MIN 576
#define MTU_MAX 65535

static struct mesh_node *last_node(struct meshfile_parser *parser)
{
	return &parser->mesh->nodes[parser->mesh->node_count - 1];
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

	value_prefixes(parser, value, value_prefix, &mesh->networks,
		       &mesh->network_count, &mesh->network_texts);
	mesh->network_unclear |= parser->diagnostics->errors != errors;
}

static void mesh_listen_port(struct meshfile_parser *parser,
			     struct mesh_text *value)
{
	value_port(parser, value, &parser->mesh->listen_port);
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
	mesh->has_revision = value_number(parser, value, "Revision", 0,
					  INT64_MAX, &mesh->revision);
}

static void mesh_mtu(struct meshfile_parser *parser, struct mesh_text *value)
{
	u64 number;

	if (!value_number(parser, value, "MTU", MTU_MIN, MTU_MAX, &number))
		return;
	parser->mesh->mtu = number;
	parser->mesh->mtu_text = *value;
}

static void mesh_rescue(struct meshfile_parser *parser, struct mesh_text *value)
{
	if (!lint_name(parser->diagnostics, value, "group"))
		return;
	parser->mesh->rescue = value->text;
	parser->mesh->rescue_text = *value;
}

static void mesh_audit(struct meshfile_parser *parser, struct mesh_text *value)
{
	parser->mesh->audit = value_yes(parser, value, "Audit");
	parser->mesh->audit_text = *value;
}

static void mesh_max_flows(struct meshfile_parser *parser,
			   struct mesh_text *value)
{
	u64 number;

	if (value_number(parser, value, "MaxFlows", 1,
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

const struct meshfile_key meshfile_mesh_keys[] = {
	{ "Name", true, false, mesh_name },
	{ "Network", true, true, mesh_network },
	{ "Default", true, false, mesh_default },
	{ "ListenPort", false, false, mesh_listen_port },
	{ "Revision", false, false, mesh_revision },
	{ "MTU", false, false, mesh_mtu },
	{ "Audit", false, false, mesh_audit },
	{ "Rescue", false, false, mesh_rescue },
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

	value_prefixes(parser, value, value_address, &node->addresses,
		       &node->address_count, &node->address_texts);
}

static void node_routes(struct meshfile_parser *parser, struct mesh_text *value)
{
	struct mesh_node *node = last_node(parser);

	value_prefixes(parser, value, value_prefix, &node->routes,
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

	value_list(parser, value, &node->groups);
	for (; i < node->groups.count; i++)
		lint_name(parser->diagnostics, &node->groups.items[i], "group");
}

static void node_route_groups(struct meshfile_parser *parser,
			      struct mesh_text *value)
{
	last_node(parser)->route_groups =
		value_yes(parser, value, "RouteGroups");
}

static void node_behind_nat(struct meshfile_parser *parser,
			    struct mesh_text *value)
{
	last_node(parser)->behind_nat = value_yes(parser, value, "BehindNAT");
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
	value_port(parser, value, &last_node(parser)->listen_port);
}

static void node_until(struct meshfile_parser *parser, struct mesh_text *value)
{
	struct mesh_node *node = last_node(parser);

	node->until_text = *value;
	value_until(parser, value, &node->until);
}

/* What is in the file is no matter here: only one machine may have it. */
static void node_preshared(struct meshfile_parser *parser,
			   struct mesh_text *value)
{
	struct mesh_node *node = last_node(parser);

	node->preshared_text = *value;
	if (strcasecmp(value->text, "off") && value_path(parser, value))
		node->preshared_file = value->text;
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
	{ MESHFILE_PRESHARED, false, false, node_preshared },
	{ NULL, false, false, NULL },
};
