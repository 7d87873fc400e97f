// SPDX-License-Identifier: GPL-2.0
/*
 * The way back from a change that nobody confirms. The kernel sees to the
 * time, and to the policy; this is about the rest, which the kernel leaves
 * alone: WireGuard's peers, addresses and routes.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "changeover.h"
#include "command.h"
#include "former.h"
#include "listen.h"
#include "lock.h"

/* How often it is looked when nothing is told. */
#define LOOK_INTERVAL_MS 1000

static const struct wireguard_change *find_change(const struct plan *plan,
						  const u8 *key)
{
	size_t i;

	for (i = 0; i < plan->peer_count; i++)
		if (!memcmp(plan->peers[i].key, key, WGWARD_KEY_LEN))
			return &plan->peers[i];
	return NULL;
}

/*
 * A peer may have roamed when it comes to going back. Where it was is of use
 * only if it was taken away, or told to be elsewhere.
 */
static void forget_places(struct peers *peers, const struct plan *plan)
{
	const struct wireguard_change *change;
	size_t i;

	/* That of a peer with our new key would be missed. */
	for (i = 0; i < peers->count && !plan->set_key; i++) {
		change = find_change(plan, peers->items[i].key);
		if (change && (change->remove ||
			       change->endpoint.any.sa_family != AF_UNSPEC))
			continue;
		memset(&peers->items[i].at, 0, sizeof(peers->items[i].at));
	}
}

int former_read(struct former *former, const struct live *live,
		const struct plan *plan)
{
	memset(former, 0, sizeof(*former));
	strcpy(former->interface, live->interface);
	former->ifindex = live->link->ifindex;
	former->peers_change = plan_changes_peers(plan);
	former->set_key = plan->set_key;
	former->set_port = plan->set_port;
	memcpy(former->secret, live->device->secret, WGWARD_KEY_LEN);
	former->port = live->device->port;
	former->peers = peers_from_device(live->device);
	forget_places(former->peers, plan);
	former->helper = lock_take_helper(former->ifindex);
	return link_read(live->route, live->interface, &former->link);
}

void former_free(struct former *former)
{
	peers_free(former->peers);
	link_free(former->link);
	explicit_bzero(former, sizeof(*former));
}

static bool has_address(const struct link *link,
			const struct wgward_prefix *prefix)
{
	size_t i;

	for (i = 0; i < link->address_count; i++)
		if (prefix_equal(&link->addresses[i].prefix, prefix))
			return true;
	return false;
}

static bool has_route(const struct link *link,
		      const struct wgward_prefix *prefix)
{
	size_t i;

	for (i = 0; i < link->route_count; i++)
		if (!link->routes[i].elsewhere &&
		    prefix_equal(&link->routes[i].prefix, prefix))
			return true;
	return false;
}

/* Our own of @from that @to does not have: adds or removes them. */
static void change_addresses(struct live *live, const struct link *from,
			     const struct link *to, bool add)
{
	size_t i;

	for (i = 0; i < from->address_count; i++)
		if (from->addresses[i].own &&
		    !has_address(to, &from->addresses[i].prefix))
			link_change_address(live->route, live->interface,
					    live->link->ifindex,
					    &from->addresses[i].prefix, add);
}

static void change_routes(struct live *live, const struct link *from,
			  const struct link *to, bool add)
{
	size_t i;

	for (i = 0; i < from->route_count; i++)
		if (from->routes[i].own && !from->routes[i].elsewhere &&
		    !has_route(to, &from->routes[i].prefix))
			link_change_route(live->route, live->interface,
					  live->link->ifindex,
					  &from->routes[i].prefix, add);
}

/* Each takes things along: addresses go with others, routes with them. */
static void restore_link(const struct former *former, struct live *live)
{
	const struct link *was = former->link;
	u32 ifindex = former->ifindex;

	if (live_read(live) || !live->link)
		return;
	change_routes(live, live->link, was, false);
	change_addresses(live, live->link, was, false);
	if (live_read(live) || !live->link)
		return;
	change_addresses(live, was, live->link, true);
	if (live->link->mtu != was->mtu)
		link_set_mtu(live->route, live->interface, ifindex, was->mtu);
	if (live_read(live) || !live->link)
		return;
	change_routes(live, was, live->link, true);
	if (live->link->up && !was->up)
		link_set_up(live->route, live->interface, ifindex, false);
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

static void restore(const struct former *former, struct live *live)
{
	if (former->created) {
		/* Its ward waits, and drops all, until it is detached. */
		link_delete(live->route, live->interface);
	} else {
		if (live->ward.state == WGWARD_STATE_INTERRUPTED) {
			if (restore_peers(former, live))
				return;
		} else if (former->set_port) {
			wireguard_set(live->wireguard, live->interface, NULL,
				      former->port);
		}
		restore_link(former, live);
	}
	if (former->attached)
		ward_detach(live->wards, live->interface);
}

/* What is to be done about a change that is to be confirmed. */
enum decision { WAIT, GO_BACK, DONE };

/*
 * Without peers the kernel went back by itself, else it has put the guard on,
 * each with the next generation. Anything else is somebody's who came later.
 */
static enum decision decide(const struct former *former,
			    const struct ward *ward)
{
	bool interrupted = ward->state == WGWARD_STATE_INTERRUPTED;

	if (ward->generation == former->generation)
		return ward->state == WGWARD_STATE_UNCONFIRMED ? WAIT : DONE;
	if (ward->generation != former->generation + 1 || !ward->ifindex)
		return DONE;
	return interrupted == former->peers_change ? GO_BACK : DONE;
}

/* The ward may have been renamed with its interface. 0: there is none. */
static int find_ward(struct former *former, struct ward_socket *wards,
		     struct ward *found)
{
	struct ward *all;
	size_t count, i;
	int result = 0;

	memset(found, 0, sizeof(*found));
	if (ward_get_all(wards, &all, &count))
		return -1;
	for (i = 0; i < count; i++) {
		if (all[i].ifindex != former->ifindex)
			continue;
		strcpy(former->interface, all[i].name);
		*found = all[i];
		memset(&all[i], 0, sizeof(all[i]));
		result = 1;
	}
	ward_free_all(all, count);
	return result;
}

static enum decision look(struct former *former, struct ward_socket *wards)
{
	enum decision decision = DONE;
	struct ward ward;
	int result;

	result = find_ward(former, wards, &ward);
	if (result > 0)
		decision = decide(former, &ward);
	ward_free(&ward);
	/* Whatever keeps us from looking may pass. */
	return result < 0 ? WAIT : decision;
}

/* What is told is of no matter: it is looked again. */
static void ignore(const struct nlmsghdr *header, void *data)
{
	(void)header;
	(void)data;
}

static void wait_for_event(struct listener *listener)
{
	struct pollfd file = { .fd = -1, .events = POLLIN };

	if (listener)
		file.fd = listener_descriptor(listener);
	if (poll(&file, 1, LOOK_INTERVAL_MS) > 0)
		listener_read(listener, ignore, NULL);
}

static enum decision wait_for_decision(struct former *former)
{
	struct listener *listener =
		listener_open(WGWARD_GENL_NAME, WGWARD_MCGRP_CONFIG);
	struct ward_socket *wards = NULL;
	enum decision decision = WAIT;

	while (decision == WAIT) {
		if (!wards)
			wards = ward_open();
		if (wards)
			decision = look(former, wards);
		if (decision == WAIT)
			wait_for_event(listener);
	}
	ward_close(wards);
	listener_close(listener);
	return decision;
}

void former_watch(struct former *former)
{
	struct live live;

	if (wait_for_decision(former) != GO_BACK)
		return;
	/* Somebody else may do it while we wait. */
	if (lock_take(former->interface))
		return;
	if (!live_open(&live, former->interface) && live.link &&
	    live.link->ifindex == former->ifindex &&
	    decide(former, &live.ward) == GO_BACK)
		restore(former, &live);
	live_close(&live);
}
