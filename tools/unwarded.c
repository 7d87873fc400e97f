// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "address.h"
#include "memory.h"
#include "unwarded.h"

/**
 * struct prefixes - a list
 * @items: of it
 * @count: number of @items
 */
struct prefixes {
	struct wgward_prefix *items;
	size_t count;
};

static void append(struct prefixes *prefixes,
		   const struct wgward_prefix *prefix)
{
	prefixes->items = memory_grow(prefixes->items, prefixes->count,
				      sizeof(*prefixes->items));
	prefixes->items[prefixes->count++] = *prefix;
}

static int compare(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

/* What any peer has, sorted. */
static struct prefixes reach_of_peers(const struct wireguard_device *device)
{
	struct prefixes reach = { 0 };
	size_t i, j;

	for (i = 0; i < device->peer_count; i++)
		for (j = 0; j < device->peers[i].prefix_count; j++)
			append(&reach, &device->peers[i].prefixes[j]);
	if (reach.count)
		qsort(reach.items, reach.count, sizeof(*reach.items), compare);
	return reach;
}

/* Our own addresses as of single hosts. */
static struct prefixes reach_of_self(const struct link *link)
{
	struct prefixes reach = { 0 };
	struct wgward_prefix address;
	size_t i;

	for (i = 0; i < link->address_count; i++) {
		address = link->addresses[i].prefix;
		address.length = address_bits(address.family);
		append(&reach, &address);
	}
	if (reach.count)
		qsort(reach.items, reach.count, sizeof(*reach.items), compare);
	return reach;
}

/* The part of @prefix that is in @reach, to @parts. */
static void append_part(struct prefixes *parts, const struct prefixes *reach,
			const struct wgward_prefix *prefix)
{
	size_t i;

	if (!reach->count)
		return;
	if (bsearch(prefix, reach->items, reach->count, sizeof(*prefix),
		    compare)) {
		append(parts, prefix);
		return;
	}
	for (i = 0; i < reach->count; i++) {
		if (prefix_covers(&reach->items[i], prefix)) {
			append(parts, prefix);
			return;
		}
	}
	for (i = 0; i < reach->count; i++)
		if (prefix_covers(prefix, &reach->items[i]))
			append(parts, &reach->items[i]);
}

static struct prefixes find_parts(const struct prefixes *reach,
				  const struct wgward_prefix *prefixes,
				  u32 count)
{
	struct prefixes parts = { 0 };
	u32 i;

	for (i = 0; i < count; i++)
		append_part(&parts, reach, &prefixes[i]);
	return parts;
}

/* What does not fit in is left out: it is a copy, and not enforced. */
static void add_node(struct wgward_policy *policy,
		     const struct wgward_node *node,
		     const struct prefixes *addresses,
		     const struct prefixes *routes)
{
	struct wgward_node copy = *node;
	const char *why;

	copy.flags &= WGWARD_NODE_F_SELF | WGWARD_NODE_F_ROUTE_GROUPS;
	copy.until = 0;
	copy.relay = NULL;
	copy.endpoint = NULL;
	copy.addresses = addresses->items;
	copy.address_count = addresses->count;
	copy.routes = routes->items;
	copy.route_count = routes->count;
	if (copy.address_count)
		wgward_policy_add_node(policy, &copy, &why);
}

static void add_nodes(struct wgward_policy *policy, const struct live *live,
		      const struct wgward_policy *after)
{
	struct prefixes peers = reach_of_peers(live->device);
	struct prefixes self = reach_of_self(live->link);
	struct prefixes addresses, routes;
	const struct wgward_node *node;
	bool is_self;
	u32 i;

	for (i = 0; i < after->node_count; i++) {
		node = &after->nodes[i];
		is_self = node->flags & WGWARD_NODE_F_SELF;
		addresses = find_parts(is_self ? &self : &peers,
				       node->addresses, node->address_count);
		/* Of what is behind ourselves WireGuard knows nothing. */
		routes = (struct prefixes){ node->routes, node->route_count };
		if (!is_self)
			routes = find_parts(&peers, node->routes,
					    node->route_count);
		add_node(policy, node, &addresses, &routes);
		free(addresses.items);
		if (!is_self)
			free(routes.items);
	}
	free(peers.items);
	free(self.items);
}

struct wgward_policy *unwarded_policy(const struct live *live,
				      const struct wgward_policy *after)
{
	struct wgward_policy *policy;
	const char *why;
	u32 i;

	if (!live->link || !live->link->up || !live->device)
		return NULL;
	policy = wgward_policy_create();
	if (!policy)
		memory_fail();
	policy->fallback = WGWARD_ACTION_ALLOW;
	for (i = 0; i < after->group_count; i++)
		wgward_policy_add_group(policy, after->groups[i].name, &why);
	add_nodes(policy, live, after);
	/* Without self it is none. */
	if (!wgward_policy_compile(policy, &why))
		return policy;
	wgward_policy_free(policy);
	return NULL;
}
