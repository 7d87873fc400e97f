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
	if (live->policy)
		wgward_policy_free(live->policy);
	live->link = NULL;
	live->device = NULL;
	live->warded = false;
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
	int result = ward_get(live->wards, live->interface, &live->ward);

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
	if (read_ward(live))
		return -1;
	if (link_read(live->route, live->interface, &live->link))
		return -1;
	return live->link ? read_device(live) : 0;
}

int live_open(struct live *live, const char *interface)
{
	memset(live, 0, sizeof(*live));
	live->interface = interface;
	live->wards = ward_open();
	if (!live->wards)
		return -1;
	live->route = netlink_open(NETLINK_ROUTE);
	if (!live->route)
		return -1;
	return live_read(live);
}

void live_close(struct live *live)
{
	forget(live);
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
