/* SPDX-License-Identifier: GPL-2.0 */
/* The interface of a ward as a network interface: addresses, routes, MTU. */
#ifndef _TOOLS_LINK_H
#define _TOOLS_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "../module/policy.h"

#define LINK_KIND_LEN 32

/* Marks what is ours, of routes (rtm_protocol) and addresses (IFA_PROTO). */
#define LINK_PROTOCOL 87

/**
 * struct link_address - an address of an interface
 * @prefix: the address, host bits and all, and its length
 * @own: we added it
 */
struct link_address {
	struct wgward_prefix prefix;
	bool own;
};

/**
 * struct link_route - a route of the main table
 * @prefix: its destination
 * @own: we added it
 * @elsewhere: not through this interface; only such are told that would be
 *	in the way of ours
 */
struct link_route {
	struct wgward_prefix prefix;
	bool own;
	bool elsewhere;
};

/**
 * struct link - a network interface
 * @ifindex: its number
 * @kind: "wireguard", or "" for one that has none
 * @up: it is up
 * @mtu: its MTU
 * @xdp: an XDP program is attached
 * @address_count: number of @addresses
 * @addresses: all but those that the kernel makes itself
 * @route_count: number of @routes
 * @routes: of the main table
 */
struct link {
	u32 ifindex;
	char kind[LINK_KIND_LEN];
	bool up;
	u32 mtu;
	bool xdp;
	size_t address_count;
	struct link_address *addresses;
	size_t route_count;
	struct link_route *routes;
};

struct netlink;

/*
 * They take a route netlink socket, and return 0, or -1 after an error was
 * printed.
 */

/* *@link is NULL when there is none of that name. */
int link_read(struct netlink *netlink, const char *interface,
	      struct link **link);
void link_free(struct link *link);

int link_create(struct netlink *netlink, const char *interface,
		const char *kind);
/* By its number: the name may be another's by now. */
int link_delete(struct netlink *netlink, const char *interface, u32 ifindex);
int link_set_up(struct netlink *netlink, const char *interface, u32 ifindex,
		bool up);
int link_set_mtu(struct netlink *netlink, const char *interface, u32 ifindex,
		 u32 mtu);
int link_change_address(struct netlink *netlink, const char *interface,
			u32 ifindex, const struct wgward_prefix *address,
			bool add);
int link_change_route(struct netlink *netlink, const char *interface,
		      u32 ifindex, const struct wgward_prefix *prefix,
		      bool add);

/*
 * Who else configures the interface: "wg-quick@wg0.service",
 * "systemd-networkd", "NetworkManager"; or NULL. Static storage.
 */
const char *link_manager(const char *interface, u32 ifindex);

/* What can carry packets past the ward: bits, and their names. */
#define LINK_BYPASS_XDP (1 << 0)
#define LINK_BYPASS_CLSACT (1 << 1)
#define LINK_BYPASS_INGRESS (1 << 2)
#define LINK_BYPASS_TCX (1 << 3)
#define LINK_BYPASS_COUNT 4
unsigned int link_bypasses(struct netlink *netlink, const struct link *link);
const char *link_bypass_name(unsigned int bit);

/* What holds packets between the ward and WireGuard: bits, and their names. */
#define LINK_QUEUE_QDISC (1 << 0)
#define LINK_QUEUE_RPS (1 << 1)
#define LINK_QUEUE_GRO (1 << 2)
#define LINK_QUEUE_COUNT 3
/* It could not be read whether there is some such thing. */
#define LINK_QUEUE_UNKNOWN (1 << LINK_QUEUE_COUNT)
unsigned int link_queues(struct netlink *netlink, const char *interface,
			 const struct link *link);
const char *link_queue_name(unsigned int bit);

#endif /* _TOOLS_LINK_H */
