// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "link_diff.h"
#include "memory.h"

/**
 * struct diff - a comparison under way
 * @policy: what is to be
 * @link: what is, or NULL
 * @list: what is told, or NULL
 * @warn: about what is left alone
 * @changes: what is done
 * @addresses: that self should have, with lengths
 * @connected: networks that the kernel makes routes to, for @addresses
 * @routes: that there should be
 */
struct diff {
	const struct wgward_policy *policy;
	const struct link *link;
	struct change_list *list;
	bool warn;
	struct link_changes *changes;
	struct link_prefixes addresses, connected, routes;
};

static void append(struct link_prefixes *prefixes,
		   const struct wgward_prefix *prefix)
{
	prefixes->items = memory_grow(prefixes->items, prefixes->count,
				      sizeof(*prefixes->items));
	prefixes->items[prefixes->count++] = *prefix;
}

static bool contains(const struct link_prefixes *prefixes,
		     const struct wgward_prefix *prefix)
{
	size_t i;

	for (i = 0; i < prefixes->count; i++)
		if (prefix_equal(&prefixes->items[i], prefix))
			return true;
	return false;
}

static void tell(struct diff *diff, enum change_kind kind,
		 enum change_verb verb, const struct wgward_prefix *prefix)
{
	char text[PREFIX_TEXT_LEN];

	if (diff->list)
		change_add(diff->list, kind, verb, prefix_format(text, prefix),
			   NULL, NULL);
}

/* The smallest network of the mesh around @address, or NULL. */
static const struct wgward_prefix *
find_network(const struct wgward_policy *policy,
	     const struct wgward_prefix *address)
{
	const struct wgward_prefix *best = NULL;
	u32 i;

	for (i = 0; i < policy->network_count; i++) {
		if (!prefix_contains(&policy->networks[i], address->family,
				     &address->address))
			continue;
		if (!best || policy->networks[i].length > best->length)
			best = &policy->networks[i];
	}
	return best;
}

static bool same_address(const struct wgward_prefix *a,
			 const struct wgward_prefix *b)
{
	return a->family == b->family &&
	       !memcmp(&a->address, &b->address, sizeof(a->address));
}

/* Someone else's, whatever its length, is as good as ours. */
static const struct link_address *
find_foreign(const struct link *link, const struct wgward_prefix *address)
{
	size_t i;

	for (i = 0; link && i < link->address_count; i++)
		if (!link->addresses[i].own &&
		    same_address(&link->addresses[i].prefix, address))
			return &link->addresses[i];
	return NULL;
}

static void want_address(struct diff *diff, const struct wgward_prefix *address)
{
	const struct wgward_prefix *network;
	const struct link_address *foreign;
	struct wgward_prefix wanted;

	wanted = *address;
	network = find_network(diff->policy, address);
	if (network)
		wanted.length = network->length;
	foreign = find_foreign(diff->link, address);
	if (!foreign)
		append(&diff->addresses, &wanted);
	if (!network)
		return;
	if (!foreign || foreign->prefix.length == network->length)
		append(&diff->connected, network);
	else if (!contains(&diff->routes, network))
		append(&diff->routes, network);
}

static void want_route(struct diff *diff, const struct wgward_node *node,
		       const struct wgward_prefix *route)
{
	if (route->length) {
		append(&diff->routes, route);
		return;
	}
	/* It would catch WireGuard's own packets. */
	if (diff->warn)
		warning("%s: no default route is added: that takes a routing "
			"table of its own, see ip-rule(8)",
			node->name);
}

static void find_wanted(struct diff *diff)
{
	const struct wgward_node *node;
	u32 i, j;

	for (i = 0; i < diff->policy->node_count; i++) {
		node = &diff->policy->nodes[i];
		if (node->flags & WGWARD_NODE_F_SELF) {
			for (j = 0; j < node->address_count; j++)
				want_address(diff, &node->addresses[j]);
			continue;
		}
		for (j = 0; j < node->route_count; j++)
			want_route(diff, node, &node->routes[j]);
	}
}

static void diff_addresses(struct diff *diff)
{
	struct link_prefixes present = { 0 };
	const struct link_address *address;
	size_t i;

	for (i = 0; diff->link && i < diff->link->address_count; i++) {
		address = &diff->link->addresses[i];
		append(&present, &address->prefix);
		if (!address->own ||
		    contains(&diff->addresses, &address->prefix))
			continue;
		append(&diff->changes->remove_addresses, &address->prefix);
		tell(diff, CHANGE_ADDRESS, CHANGE_REMOVE, &address->prefix);
	}
	for (i = 0; i < diff->addresses.count; i++) {
		if (contains(&present, &diff->addresses.items[i]))
			continue;
		append(&diff->changes->add_addresses,
		       &diff->addresses.items[i]);
		tell(diff, CHANGE_ADDRESS, CHANGE_ADD,
		     &diff->addresses.items[i]);
	}
	free(present.items);
}

static int compare_prefixes(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

static void sort(struct link_prefixes *prefixes)
{
	if (prefixes->count)
		qsort(prefixes->items, prefixes->count,
		      sizeof(*prefixes->items), compare_prefixes);
}

/* As contains(), for a sorted list, as there can be many routes. */
static bool found_in(const struct link_prefixes *prefixes,
		     const struct wgward_prefix *prefix)
{
	return prefixes->count &&
	       bsearch(prefix, prefixes->items, prefixes->count,
		       sizeof(*prefix), compare_prefixes);
}

static void add_routes(struct diff *diff, const struct link_prefixes *here,
		       const struct link_prefixes *elsewhere)
{
	const struct wgward_prefix *route;
	char text[PREFIX_TEXT_LEN];
	size_t i;

	for (i = 0; i < diff->routes.count; i++) {
		route = &diff->routes.items[i];
		if (found_in(here, route) || contains(&diff->connected, route))
			continue;
		if (found_in(elsewhere, route)) {
			append(&diff->changes->elsewhere, route);
			if (diff->warn)
				warning("the route %s is not added: there is "
					"one through another interface",
					prefix_format(text, route));
			continue;
		}
		append(&diff->changes->add_routes, route);
		tell(diff, CHANGE_ROUTE, CHANGE_ADD, route);
	}
}

static void diff_routes(struct diff *diff)
{
	struct link_prefixes here = { 0 }, elsewhere = { 0 };
	const struct link_route *route;
	size_t i;

	sort(&diff->routes);
	for (i = 0; diff->link && i < diff->link->route_count; i++) {
		route = &diff->link->routes[i];
		if (route->elsewhere) {
			append(&elsewhere, &route->prefix);
			continue;
		}
		append(&here, &route->prefix);
		if (!route->own || found_in(&diff->routes, &route->prefix))
			continue;
		append(&diff->changes->remove_routes, &route->prefix);
		tell(diff, CHANGE_ROUTE, CHANGE_REMOVE, &route->prefix);
	}
	sort(&here);
	sort(&elsewhere);
	add_routes(diff, &here, &elsewhere);
	free(here.items);
	free(elsewhere.items);
}

static void diff_state(struct diff *diff, u32 mtu)
{
	char before[16], after[16];

	if (mtu && (!diff->link || diff->link->mtu != mtu)) {
		diff->changes->mtu = mtu;
		snprintf(before, sizeof(before), "%u",
			 diff->link ? diff->link->mtu : 0);
		snprintf(after, sizeof(after), "%u", mtu);
		if (diff->list)
			change_add(diff->list, CHANGE_MTU, CHANGE_SET, NULL,
				   diff->link ? before : NULL, after);
	}
	if (!diff->link || !diff->link->up) {
		diff->changes->up = true;
		if (diff->list)
			change_add(diff->list, CHANGE_STATE, CHANGE_SET, NULL,
				   diff->link ? "down" : NULL, "up");
	}
}

void link_diff(const struct wgward_policy *policy, u32 mtu,
	       const struct link *link, struct change_list *list, bool warn,
	       struct link_changes *changes)
{
	struct diff diff = {
		.policy = policy,
		.link = link,
		.list = list,
		.warn = warn,
		.changes = changes,
	};

	memset(changes, 0, sizeof(*changes));
	find_wanted(&diff);
	diff_addresses(&diff);
	diff_routes(&diff);
	diff_state(&diff, mtu);
	free(diff.addresses.items);
	free(diff.connected.items);
	free(diff.routes.items);
}

void link_changes_free(struct link_changes *changes)
{
	free(changes->add_addresses.items);
	free(changes->remove_addresses.items);
	free(changes->add_routes.items);
	free(changes->remove_routes.items);
	free(changes->elsewhere.items);
	memset(changes, 0, sizeof(*changes));
}

bool link_changes_any(const struct link_changes *changes)
{
	return changes->add_addresses.count ||
	       changes->remove_addresses.count || changes->add_routes.count ||
	       changes->remove_routes.count || changes->mtu || changes->up;
}
