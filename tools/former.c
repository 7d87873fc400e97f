// SPDX-License-Identifier: GPL-2.0
/*
 * The rollback of a change that nobody confirms. The kernel sees to the time,
 * and to the policy; this is about the rest, which the kernel leaves alone:
 * WireGuard's peers, addresses and routes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "changeover.h"
#include "command.h"
#include "former.h"
#include "key.h"
#include "lock.h"
#include "memory.h"

static void forget_place(struct peer *peer)
{
	memset(&peer->at, 0, sizeof(peer->at));
}

static void forget_preshared(struct peer *peer)
{
	key_free(peer->preshared);
	peer->preshared = NULL;
}

/*
 * A peer may have roamed when it comes to a rollback. Where it was is of use
 * only if it was taken away, or told to be elsewhere; likewise for its
 * preshared key.
 */
static void forget_most(struct peers *peers, const struct plan *plan)
{
	const struct wireguard_change **changes;
	const struct peer *peer;
	size_t i;

	changes = memory_zero(peers->count, sizeof(*changes));
	for (i = 0; i < plan->peer_count; i++) {
		peer = peers_find(peers, plan->peers[i].key);
		if (peer)
			changes[peer - peers->items] = &plan->peers[i];
	}
	for (i = 0; i < peers->count; i++) {
		if (changes[i] && changes[i]->remove)
			continue;
		if (!changes[i] ||
		    changes[i]->endpoint.any.sa_family == AF_UNSPEC)
			forget_place(&peers->items[i]);
		if (!changes[i] || !changes[i]->preshared)
			forget_preshared(&peers->items[i]);
	}
	free(changes);
}

int former_read(struct former *former, const struct live *live,
		const struct plan *plan)
{
	memset(former, 0, sizeof(*former));
	strcpy(former->interface, live->interface);
	former->ifindex = live->link->ifindex;
	former->family = ward_family(live->wards);
	former->set_key = plan->set_key;
	former->set_port = plan->set_port;
	if (plan->set_key)
		memcpy(former->secret, live->device->secret, WGWARD_KEY_LEN);
	former->port = live->device->port;
	former->peers = peers_from_device(live->device);
	/* That of a peer with our new key would be missed. */
	if (!plan->set_key)
		forget_most(former->peers, plan);
	former->helper = lock_take_helper(former->ifindex);
	return link_read(live->route, live->interface, &former->link);
}

void former_free(struct former *former)
{
	lock_give_helper(former->helper, former->ifindex);
	peers_free(former->peers);
	link_free(former->link);
	explicit_bzero(former, sizeof(*former));
}

static int compare(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

/* Sorted, as there can be many. */
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

static void sort(struct prefixes *prefixes)
{
	if (prefixes->count)
		qsort(prefixes->items, prefixes->count,
		      sizeof(*prefixes->items), compare);
}

static bool has(const struct prefixes *prefixes,
		const struct wgward_prefix *prefix)
{
	return prefixes->count &&
	       bsearch(prefix, prefixes->items, prefixes->count,
		       sizeof(*prefix), compare);
}

/* Our own of @from that @to does not have: adds or removes them. */
static int change_addresses(struct live *live, const struct link *from,
			    const struct link *to, bool add)
{
	struct prefixes there = { 0 };
	int result = 0;
	size_t i;

	for (i = 0; i < to->address_count; i++)
		append(&there, &to->addresses[i].prefix);
	sort(&there);
	for (i = 0; i < from->address_count; i++)
		if (from->addresses[i].own &&
		    !has(&there, &from->addresses[i].prefix) &&
		    link_change_address(live->route, live->interface,
					live->link->ifindex,
					&from->addresses[i].prefix, add))
			result = -1;
	free(there.items);
	return result;
}

static int change_routes(struct live *live, const struct link *from,
			 const struct link *to, bool add)
{
	struct prefixes there = { 0 };
	int result = 0;
	size_t i;

	for (i = 0; i < to->route_count; i++)
		if (!to->routes[i].elsewhere)
			append(&there, &to->routes[i].prefix);
	sort(&there);
	for (i = 0; i < from->route_count; i++)
		if (from->routes[i].own && !from->routes[i].elsewhere &&
		    !has(&there, &from->routes[i].prefix) &&
		    link_change_route(live->route, live->interface,
				      live->link->ifindex,
				      &from->routes[i].prefix, add))
			result = -1;
	free(there.items);
	return result;
}

static int restore_addresses(const struct former *former, struct live *live)
{
	const struct link *was = former->link;
	int result;

	if (live_read(live) || !live->link)
		return -1;
	result = change_addresses(live, was, live->link, true);
	if (live->link->mtu != was->mtu &&
	    link_set_mtu(live->route, live->interface, former->ifindex,
			 was->mtu))
		result = -1;
	return result;
}

static int restore_routes(const struct former *former, struct live *live)
{
	const struct link *was = former->link;
	int result;

	if (live_read(live) || !live->link)
		return -1;
	result = change_routes(live, was, live->link, true);
	if (live->link->up && !was->up &&
	    link_set_up(live->route, live->interface, former->ifindex, false))
		result = -1;
	return result;
}

/* Each takes things along: addresses go with others, routes with them. */
static int restore_link(const struct former *former, struct live *live)
{
	const struct link *was = former->link;
	int result;

	if (live_read(live) || !live->link)
		return -1;
	result = change_routes(live, live->link, was, false);
	if (change_addresses(live, live->link, was, false))
		result = -1;
	if (restore_addresses(former, live))
		result = -1;
	if (restore_routes(former, live))
		result = -1;
	return result;
}

/* Under the guard, which is ours then. */
static int restore_peers(const struct former *former, struct live *live)
{
	if (ward_take_over(live->wards, live->interface))
		return -1;
	if (changeover_put_back(live, former->peers,
				former->set_key ? former->secret : NULL,
				former->set_port ? former->port : -1))
		return -1;
	return ward_abort(live->wards, live->interface);
}

static int restore(const struct former *former, struct live *live)
{
	int result = 0;

	if (live->ward.state == WGWARD_STATE_INTERRUPTED)
		result = restore_peers(former, live);
	else if (former->set_port && live->device->port != former->port)
		result = wireguard_set(live->wireguard, live->interface, NULL,
				       former->port);
	/* Under a guard that stays, what leads to the new peers stays, too. */
	return result ? result : restore_link(former, live);
}

int former_restore(const struct former *former, struct live *live)
{
	int result;

	/* Its ward waits then, and drops all, until it is detached. */
	if (former->created)
		result = link_delete(live->route, live->interface,
				     former->ifindex);
	else
		result = restore(former, live);
	/* Without its ward, an interface that is not as it was passes all. */
	if (!result && former->attached)
		result = ward_detach(live->wards, live->interface);
	return result;
}
