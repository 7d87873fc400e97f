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
#include "mark.h"
#include "memory.h"
#include "output.h"
#include "show.h"
#include "timestamp.h"

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

static bool is_expired(const struct wgward_node *node)
{
	return node->until && node->until <= (u64)time(NULL);
}

static void add_counts(json_t *object, const struct ward_node_counts *counts)
{
	output_set_number(object, "flows", counts->flows);
	output_set_number(object, "from_packets", counts->from_packets);
	output_set_number(object, "from_bytes", counts->from_bytes);
	output_set_number(object, "to_packets", counts->to_packets);
	output_set_number(object, "to_bytes", counts->to_bytes);
	output_set(object, "drops", show_counters_json(counts->counters));
}

static json_t *node_json(const struct live *live,
			 const struct wgward_node *node,
			 const struct ward_node_counts *counts)
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
	output_set_bool(object, "behind_nat",
			node->flags & WGWARD_NODE_F_BEHIND_NAT);
	output_set_bool(object, "live", mark_node_live(node));
	output_set_time(object, "until", node->until);
	output_set_bool(object, "expired", is_expired(node));
	output_set(object, "peer", peer_json(find_peer(live, node)));
	add_counts(object, counts);
	return object;
}

json_t *show_nodes_json(const struct live *live)
{
	json_t *array = output_array();
	u32 i;

	for (i = 0; live->policy && i < live->policy->node_count; i++)
		output_append(array, node_json(live, &live->policy->nodes[i],
					       &live->counts.nodes[i]));
	return array;
}

static u64 count_drops(const struct ward_node_counts *counts)
{
	u64 count = 0;
	u32 i;

	for (i = 0; i <= WGWARD_REASON_MAX; i++)
		count += counts->counters[i].dropped;
	return count;
}

static char *format_volume(u64 packets, u64 bytes)
{
	char text[COLUMNS_TEXT_LEN];

	return memory_print("%llu/%s", (unsigned long long)packets,
			    columns_bytes(text, bytes));
}

static void add_traffic(struct columns *columns, const struct wgward_node *node,
			const struct ward_node_counts *counts)
{
	char flows[COLUMNS_TEXT_LEN], drops[COLUMNS_TEXT_LEN];
	char until[TIMESTAMP_TEXT_LEN + 8] = "ended ";
	char *from, *to;

	from = format_volume(counts->from_packets, counts->from_bytes);
	to = format_volume(counts->to_packets, counts->to_bytes);
	timestamp_format(until + (is_expired(node) ? strlen(until) : 0),
			 node->until);
	columns_add(columns, node->name, columns_number(flows, counts->flows),
		    from, to, columns_number(drops, count_drops(counts)),
		    node->until ? until : NULL);
	free(from);
	free(to);
}

/* What the ward saw of the nodes, below what WireGuard did. */
static void print_traffic(const struct live *live)
{
	struct columns columns = { .count = 6, .brief = true };
	u32 i;

	if (!live->policy || !live->policy->node_count)
		return;
	columns_add(&columns, "NODE", "FLOWS", "FROM: PACKETS/BYTES",
		    "TO: PACKETS/BYTES", "DROPPED", "UNTIL");
	for (i = 0; i < live->policy->node_count; i++)
		add_traffic(&columns, &live->policy->nodes[i],
			    &live->counts.nodes[i]);
	putchar('\n');
	columns_print(&columns, "");
}

int show_nodes(struct live *live, const struct show_options *options)
{
	(void)options;
	if (option_json) {
		output_json(show_nodes_json(live), false);
	} else {
		show_node_columns(live, WGWARD_NONE, "");
		print_traffic(live);
	}
	return 0;
}
