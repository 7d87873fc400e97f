// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "changeover.h"
#include "command.h"
#include "endpoint.h"

/* Reads WireGuard back. Returns whether it is as @peers says. */
static bool is_as_wanted(struct live *live, const struct peers *peers)
{
	struct wireguard_device *device;
	char *why = NULL;
	bool match;

	if (wireguard_read(live->wireguard, live->interface, &device))
		return false;
	match = peers_match(peers, device, &why);
	if (!match)
		error("%s: WireGuard is not as it should be: %s",
		      live->interface, why);
	free(why);
	wireguard_device_free(device);
	return match;
}

/*
 * The key comes first: WireGuard ignores a peer that has its own key, and the
 * node whose key we give up may be a peer from now on.
 */
int changeover_wireguard(struct live *live, const struct goal *goal,
			 const struct plan *plan)
{
	struct peers *peers;
	bool match;

	if (plan->set_key && wireguard_set(live->wireguard, live->interface,
					   goal->key.secret, -1))
		return -1;
	if (plan->set_port && wireguard_set(live->wireguard, live->interface,
					    NULL, goal->target.port))
		return -1;
	if (wireguard_change(live->wireguard, live->interface, plan->peers,
			     plan->peer_count))
		return -1;
	peers = target_peers(&goal->target);
	match = is_as_wanted(live, peers);
	peers_free(peers);
	return match ? 0 : -1;
}

/* Whatever WireGuard is now, it gets the peers that @wanted says. */
static int put_back(struct live *live, const struct peers *wanted)
{
	const struct peers_context context = {
		.before = live->policy,
		.resolve = endpoint_resolve,
	};
	struct change_list list = { 0 };
	struct wireguard_device *device;
	struct wireguard_change *changes;
	size_t count;
	int result;

	if (wireguard_read(live->wireguard, live->interface, &device))
		return -1;
	changes = peers_diff(wanted, device, &context, &list, &count);
	result = wireguard_change(live->wireguard, live->interface, changes,
				  count);
	if (!result && !is_as_wanted(live, wanted))
		result = -1;
	wireguard_changes_free(changes, count);
	wireguard_device_free(device);
	change_list_free(&list);
	return result;
}

int changeover_put_back(struct live *live, const struct peers *peers,
			const u8 *secret, int port)
{
	int result = 0;

	/* First again: what we were may have been made a peer. */
	if (secret)
		result = wireguard_set(live->wireguard, live->interface, secret,
				       -1);
	if (put_back(live, peers))
		result = -1;
	if (port >= 0 &&
	    wireguard_set(live->wireguard, live->interface, NULL, port))
		result = -1;
	return result;
}

/* Returns -1, or CHANGEOVER_GUARDED. */
static int undo(struct live *live, const struct plan *plan)
{
	struct peers *former = peers_from_device(live->device);
	int result;

	result = changeover_put_back(
		live, former, plan->set_key ? live->device->secret : NULL,
		plan->set_port ? live->device->port : -1);
	peers_free(former);
	if (!result)
		result = ward_abort(live->wards, live->interface);
	if (result) {
		error("%s: not all could be put back, so the guard stays on: "
		      "run apply again",
		      live->interface);
		return CHANGEOVER_GUARDED;
	}
	error("%s: nothing was changed", live->interface);
	return -1;
}

int changeover_run(struct live *live, const struct goal *goal,
		   const struct plan *plan, u32 confirm, u64 *generation,
		   bool *rival)
{
	if (ward_begin(live->wards, live->interface, *generation,
		       plan_changes_peers(plan), goal->policy, rival) ||
	    ward_add(live->wards, live->interface, goal->policy) ||
	    ward_prepare(live->wards, live->interface))
		return -1; /* what was begun ends with the socket */
	if (changeover_wireguard(live, goal, plan))
		return undo(live, plan);
	return ward_commit(live->wards, live->interface, confirm, generation) ?
		       CHANGEOVER_GUARDED :
		       0;
}

int changeover_recover(struct live *live)
{
	struct peers *former;
	int result = 0;

	if (ward_take_over(live->wards, live->interface))
		return -1;
	/* Without a policy in force no peer is anybody's. */
	if (live->policy && live->device) {
		former = peers_from_policy(live->policy, -1);
		/* Our key may be another node's already; the former is gone. */
		if (live->device->has_key)
			peers_leave_out(former, live->device->key);
		result = put_back(live, former);
		peers_free(former);
	}
	if (!result)
		result = ward_abort(live->wards, live->interface);
	if (!result)
		warning("%s: a change that was interrupted has been undone",
			live->interface);
	return result;
}

static int change_addresses(struct live *live,
			    const struct link_prefixes *addresses, bool add)
{
	int result = 0;
	size_t i;

	for (i = 0; i < addresses->count; i++)
		if (link_change_address(live->route, live->interface,
					live->link->ifindex,
					&addresses->items[i], add))
			result = -1;
	return result;
}

static int change_routes(struct live *live, const struct link_prefixes *routes,
			 bool add)
{
	int result = 0;
	size_t i;

	for (i = 0; i < routes->count; i++)
		if (link_change_route(live->route, live->interface,
				      live->link->ifindex, &routes->items[i],
				      add))
			result = -1;
	return result;
}

static int settle_removals(struct live *live,
			   const struct link_changes *changes)
{
	int result = change_routes(live, &changes->remove_routes, false);

	if (change_addresses(live, &changes->remove_addresses, false))
		result = -1;
	return result;
}

static int settle_addresses(struct live *live,
			    const struct link_changes *changes)
{
	int result = 0;

	if (changes->mtu && link_set_mtu(live->route, live->interface,
					 live->link->ifindex, changes->mtu))
		result = -1;
	if (change_addresses(live, &changes->add_addresses, true))
		result = -1;
	if (changes->up && link_set_up(live->route, live->interface,
				       live->link->ifindex, true))
		result = -1;
	return result;
}

static int settle_routes(struct live *live, const struct link_changes *changes)
{
	return change_routes(live, &changes->add_routes, true);
}

typedef int (*settle_step)(struct live *live,
			   const struct link_changes *changes);

int changeover_settle(struct live *live, const struct target *target)
{
	/* Each takes things along: addresses go with others, routes with them. */
	static const settle_step steps[] = {
		settle_removals,
		settle_addresses,
		settle_routes,
	};
	struct link_changes changes;
	int result = 0;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (live_read(live) || !live->link)
			return -1;
		link_diff(target->policy, target->mtu, live->link, NULL, false,
			  &changes);
		if (steps[i](live, &changes))
			result = -1;
		link_changes_free(&changes);
	}
	return result;
}
