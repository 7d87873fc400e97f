// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <linux/netlink.h>

#include "command.h"
#include "live.h"

static void forget(struct live *live)
{
	link_free(live->link);
	wireguard_device_free(live->device);
	ward_free(&live->ward);
	ward_counts_free(&live->counts);
	live->link = NULL;
	live->device = NULL;
	live->warded = false;
}

static void forget_policy(struct live *live)
{
	if (live->policy)
		wgward_policy_free(live->policy);
	live->policy = NULL;
}

static int read_device(struct live *live)
{
	const char *kind = live->link->kind;

	if (strcmp(kind, "wireguard") && strcmp(kind, "amneziawg")) {
		error("%s is not a WireGuard interface", live->interface);
		return -1;
	}
	if (!live->wireguard)
		live->wireguard = wireguard_open(kind);
	if (!live->wireguard)
		return -1;
	return wireguard_read(live->wireguard, live->interface, &live->device);
}

static int read_ward(struct live *live)
{
	int result;

	forget_policy(live);
	result = ward_get(live->wards, live->interface, &live->ward);
	if (result <= 0)
		return result;
	live->warded = true;
	if (!live->ward.has_policy)
		return 0;
	return ward_read_counted(live->wards, live->interface, &live->policy,
				 &live->counts);
}

int live_read(struct live *live)
{
	forget(live);
	/*
	 * The ward first: who changes WireGuard after that has changed the
	 * generation, too, so that what we begin with the old one is refused.
	 */
	if (live->wards && read_ward(live))
		return -1;
	if (link_read(live->route, live->interface, &live->link))
		return -1;
	return live->link ? read_device(live) : 0;
}

static int open_route(struct live *live)
{
	live->route = netlink_open(NETLINK_ROUTE);
	return live->route ? live_read(live) : -1;
}

int live_open(struct live *live, const char *interface)
{
	memset(live, 0, sizeof(*live));
	live->interface = interface;
	live->wards = ward_open();
	return live->wards ? open_route(live) : -1;
}

int live_open_bare(struct live *live, const char *interface)
{
	memset(live, 0, sizeof(*live));
	live->interface = interface;
	return open_route(live);
}

void live_close(struct live *live)
{
	forget(live);
	forget_policy(live);
	wireguard_close(live->wireguard);
	netlink_close(live->route);
	ward_close(live->wards);
}

int live_compile(struct live *live)
{
	const char *why;

	if (!live->policy || live->policy->compiled ||
	    !wgward_policy_compile(live->policy, &why))
		return 0;
	error("%s: the policy in force: %s", live->interface, why);
	return -1;
}

struct present live_present(const struct live *live)
{
	return (struct present){
		.link = live->link,
		.device = live->device,
		.warded = live->warded,
		.policy = live->policy,
	};
}
