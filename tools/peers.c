// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "memory.h"
#include "peers.h"

static int compare_keys(const void *a, const void *b)
{
	const struct peer *const *left = a, *const *right = b;

	return memcmp((*left)->key, (*right)->key, WGWARD_KEY_LEN);
}

static void index_keys(struct peers *peers)
{
	size_t i;

	free(peers->by_key);
	peers->by_key = memory_zero(peers->count, sizeof(*peers->by_key));
	for (i = 0; i < peers->count; i++)
		peers->by_key[i] = &peers->items[i];
	if (peers->count)
		qsort(peers->by_key, peers->count, sizeof(*peers->by_key),
		      compare_keys);
}

const struct peer *peers_find(const struct peers *peers, const u8 *key)
{
	struct peer wanted, *pointer = &wanted;
	struct peer **found;

	if (!peers->count)
		return NULL;
	memcpy(wanted.key, key, WGWARD_KEY_LEN);
	found = bsearch(&pointer, peers->by_key, peers->count,
			sizeof(*peers->by_key), compare_keys);
	return found ? *found : NULL;
}

static u32 find_self(const struct wgward_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->node_count; i++)
		if (policy->nodes[i].flags & WGWARD_NODE_F_SELF)
			return i;
	return WGWARD_NONE;
}

/* Whom @self sends to in order to reach @node. */
static u32 next_hop(const struct wgward_policy *policy, u32 self, u32 node)
{
	const char *relay = policy->nodes[self].relay;
	u32 hop;

	if (!relay)
		relay = policy->nodes[node].relay;
	if (!relay)
		return node;
	hop = wgward_policy_find_node(policy, relay);
	/* Self may be the relay; one that is not there does not compile. */
	return hop == self || hop == WGWARD_NONE ? node : hop;
}

/* For each node, WGWARD_NONE for self. */
static u32 *find_hops(const struct wgward_policy *policy)
{
	u32 *hops = memory_zero(policy->node_count, sizeof(*hops));
	u32 self = find_self(policy);
	u32 i;

	for (i = 0; i < policy->node_count; i++)
		hops[i] = self == WGWARD_NONE || i == self ?
				  WGWARD_NONE :
				  next_hop(policy, self, i);
	return hops;
}

static void give(struct peer *peer, const struct wgward_prefix *prefixes,
		 u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		peer->prefixes = memory_grow(peer->prefixes, peer->prefix_count,
					     sizeof(*peer->prefixes));
		peer->prefixes[peer->prefix_count++] = prefixes[i];
	}
}

static void add_peer(struct peers *peers, const struct wgward_node *node,
		     int keepalive)
{
	struct peer *peer;

	peers->items =
		memory_grow(peers->items, peers->count, sizeof(*peers->items));
	peer = &peers->items[peers->count++];
	memset(peer, 0, sizeof(*peer));
	memcpy(peer->key, node->key, WGWARD_KEY_LEN);
	memcpy(peer->name, node->name, sizeof(peer->name));
	peer->endpoint = node->endpoint ? memory_copy(node->endpoint) : NULL;
	peer->keepalive = keepalive;
}

struct peers *peers_from_policy(const struct wgward_policy *policy,
				int keepalive)
{
	struct peers *peers = memory_zero(1, sizeof(*peers));
	u32 *numbers = memory_zero(policy->node_count, sizeof(*numbers));
	u32 *hops = find_hops(policy);
	const struct wgward_node *node;
	struct peer *peer;
	u32 i;

	memset(numbers, 0xff, policy->node_count * sizeof(*numbers));
	for (i = 0; i < policy->node_count; i++)
		if (hops[i] != WGWARD_NONE)
			numbers[hops[i]] = 0;
	for (i = 0; i < policy->node_count; i++) {
		if (numbers[i] == WGWARD_NONE)
			continue;
		numbers[i] = peers->count;
		add_peer(peers, &policy->nodes[i], keepalive);
	}
	for (i = 0; i < policy->node_count; i++) {
		if (hops[i] == WGWARD_NONE)
			continue;
		node = &policy->nodes[i];
		peer = &peers->items[numbers[hops[i]]];
		give(peer, node->addresses, node->address_count);
		give(peer, node->routes, node->route_count);
	}
	free(hops);
	free(numbers);
	index_keys(peers);
	return peers;
}

void peers_preshare(struct peers *peers, const struct preshared_list *list)
{
	struct peer *peer;
	size_t i;

	for (i = 0; i < list->count; i++) {
		peer = (struct peer *)peers_find(peers, list->items[i].node);
		if (!peer)
			continue;
		key_free(peer->preshared);
		peer->preshared = key_copy(list->items[i].key);
		peer->preshared_file = list->items[i].file;
	}
}

struct peers *peers_from_device(const struct wireguard_device *device)
{
	struct peers *peers = memory_zero(1, sizeof(*peers));
	static const u8 none[WGWARD_KEY_LEN];
	size_t i;

	peers->items = memory_zero(device->peer_count, sizeof(*peers->items));
	peers->count = device->peer_count;
	for (i = 0; i < device->peer_count; i++) {
		const struct wireguard_peer *from = &device->peers[i];
		struct peer *to = &peers->items[i];

		memcpy(to->key, from->key, WGWARD_KEY_LEN);
		to->preshared =
			key_copy(from->preshared ? from->preshared : none);
		to->at = from->endpoint;
		to->keepalive = from->keepalive;
		give(to, from->prefixes, from->prefix_count);
	}
	index_keys(peers);
	return peers;
}

static void clear_peer(struct peer *peer)
{
	key_free(peer->preshared);
	free(peer->endpoint);
	free(peer->prefixes);
}

void peers_leave_out(struct peers *peers, const u8 *key)
{
	struct peer *peer = (struct peer *)peers_find(peers, key);

	if (!peer)
		return;
	clear_peer(peer);
	*peer = peers->items[--peers->count];
	index_keys(peers);
}

void peers_free(struct peers *peers)
{
	size_t i;

	if (!peers)
		return;
	for (i = 0; i < peers->count; i++)
		clear_peer(&peers->items[i]);
	free(peers->items);
	free(peers->by_key);
	free(peers);
}
