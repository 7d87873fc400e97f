// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "command.h"
#include "describe.h"
#include "endpoint.h"
#include "key.h"
#include "memory.h"
#include "output.h"
#include "show.h"

static const struct wireguard_peer *find_peer(const struct live *live,
					      const struct wgward_node *node)
{
	return wireguard_find_peer(live->device, node->key);
}

static const char *format_addresses(char **text, const struct wgward_node *node)
{
	free(*text);
	*text = describe_prefixes(node->addresses, node->address_count);
	return *text;
}

/* When it was last heard of, or what else there is to say about it. */
static const char *format_contact(const struct wgward_node *node,
				  const struct wireguard_peer *peer, char *text,
				  size_t size)
{
	char age[COLUMNS_TEXT_LEN];
	s64 now = time(NULL);

	if (node->flags & WGWARD_NODE_F_SELF)
		return "self";
	if (!peer)
		return node->relay ? node->relay : NULL;
	if (!peer->handshake)
		return "never";
	columns_seconds(age, now > peer->handshake ? now - peer->handshake : 0);
	snprintf(text, size, "%s ago", age);
	return text;
}

static void add_node(struct columns *columns, const struct live *live,
		     const struct wgward_node *node)
{
	const struct wireguard_peer *peer = find_peer(live, node);
	char received[COLUMNS_TEXT_LEN], sent[COLUMNS_TEXT_LEN];
	char endpoint[ENDPOINT_TEXT_LEN] = "";
	char contact[COLUMNS_TEXT_LEN + 8];
	char *addresses = NULL;

	if (peer)
		endpoint_format(endpoint, &peer->endpoint);
	columns_add(columns, node->name, format_addresses(&addresses, node),
		    format_contact(node, peer, contact, sizeof(contact)),
		    peer ? columns_bytes(received, peer->received) : NULL,
		    peer ? columns_bytes(sent, peer->sent) : NULL,
		    *endpoint ? endpoint : NULL);
	free(addresses);
}

void show_node_columns(const struct live *live, u32 most, const char *indent)
{
	struct columns columns = { .count = 6 };
	u32 i;

	if (!live->policy || !live->policy->node_count)
		return;
	columns_add(&columns, "NODE", "ADDRESSES", "HANDSHAKE OR RELAY",
		    "RECEIVED", "SENT", "ENDPOINT");
	for (i = 0; i < live->policy->node_count && i < most; i++)
		add_node(&columns, live, &live->policy->nodes[i]);
	columns_print(&columns, indent);
}

static json_t *prefixes_json(const struct wgward_prefix *prefixes, u32 count)
{
	json_t *array = output_array();
	char text[PREFIX_TEXT_LEN];
	u32 i;

	for (i = 0; i < count; i++)
		output_append_text(array, prefix_format(text, &prefixes[i]));
	return array;
}

static json_t *addresses_json(const struct wgward_node *node)
{
	json_t *array = output_array();
	char text[ADDRESS_TEXT_LEN];
	u32 i;

	for (i = 0; i < node->address_count; i++)
		output_append_text(
			array, address_format(text, node->addresses[i].family,
					      &node->addresses[i].address));
	return array;
}

static json_t *groups_json(const struct wgward_policy *policy,
			   const struct wgward_node *node)
{
	json_t *array = output_array();
	const char *name;
	u32 i;

	for (i = 0; i < node->group_count; i++) {
		name = policy->groups[node->groups[i]].name;
		if (describe_group_told(policy, name))
			output_append_text(array, name);
	}
	return array;
}

static json_t *peer_json(const struct wireguard_peer *peer)
{
	char endpoint[ENDPOINT_TEXT_LEN];
	json_t *object;

	if (!peer)
		return json_null();
	object = output_object();
	endpoint_format(endpoint, &peer->endpoint);
	output_set_text(object, "endpoint", *endpoint ? endpoint : NULL);
	if (peer->handshake)
		output_set_number(object, "handshake", peer->handshake);
	else
		output_set(object, "handshake", json_null());
	output_set_number(object, "received", peer->received);
	output_set_number(object, "sent", peer->sent);
	output_set_number(object, "keepalive", peer->keepalive);
	return object;
}

static json_t *node_json(const struct live *live,
			 const struct wgward_node *node)
{
	json_t *object = output_object();
	char key[KEY_TEXT_LEN];

	output_set_text(object, "name", node->name);
	output_set_text(object, "key", key_format(key, node->key));
	output_set_bool(object, "self", node->flags & WGWARD_NODE_F_SELF);
	output_set(object, "addresses", addresses_json(node));
	output_set(object, "routes",
		   prefixes_json(node->routes, node->route_count));
	output_set_bool(object, "route_groups",
			node->flags & WGWARD_NODE_F_ROUTE_GROUPS);
	output_set(object, "groups", groups_json(live->policy, node));
	output_set_text(object, "relay", node->relay);
	output_set_text(object, "endpoint", node->endpoint);
	output_set(object, "peer", peer_json(find_peer(live, node)));
	return object;
}

json_t *show_nodes_json(const struct live *live)
{
	json_t *array = output_array();
	u32 i;

	for (i = 0; live->policy && i < live->policy->node_count; i++)
		output_append(array, node_json(live, &live->policy->nodes[i]));
	return array;
}

int show_nodes(struct live *live)
{
	if (option_json)
		output_json(show_nodes_json(live), false);
	else
		show_node_columns(live, WGWARD_NONE, "");
	return 0;
}
