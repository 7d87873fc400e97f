/* SPDX-License-Identifier: GPL-2.0 */
/* What the files about WireGuard share. */
#ifndef _WIREGUARD_INTERNAL_H
#define _WIREGUARD_INTERNAL_H

#include "netlink.h"
#include "wireguard.h"

/**
 * struct wireguard - a way to talk to WireGuard
 * @netlink: the socket
 * @family: WireGuard's number
 * @cannot_take: this kernel has no way to take a prefix from a peer
 */
struct wireguard {
	struct netlink *netlink;
	int family;
	bool cannot_take;
};

#endif /* _WIREGUARD_INTERNAL_H */
