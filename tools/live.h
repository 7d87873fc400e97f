/* SPDX-License-Identifier: GPL-2.0 */
/* An interface and its ward as they are, and the ways to change them. */
#ifndef _LIVE_H
#define _LIVE_H

#include "link.h"
#include "netlink.h"
#include "planner.h"
#include "ward.h"
#include "wireguard.h"

/**
 * struct live - an interface and its ward
 * @interface: its name
 * @wards: to the module; NULL: there is none
 * @route: to the network stack
 * @wireguard: to WireGuard, NULL as long as there is no interface
 * @link: NULL: there is none
 * @device: NULL like @link
 * @warded: there is a ward, in @ward
 * @ward: zero without one
 * @policy: in force, or NULL; not compiled unless live_compile() was called
 * @counts: of what is in @policy
 */
struct live {
	const char *interface;
	struct ward_socket *wards;
	struct netlink *route;
	struct wireguard *wireguard;
	struct link *link;
	struct wireguard_device *device;
	bool warded;
	struct ward ward;
	struct wgward_policy *policy;
	struct ward_counts counts;
};

/*
 * live_open() also reads. Both return 0, or -1 after an error was printed;
 * live_close() is due in either case.
 */
int live_open(struct live *live, const char *interface);
int live_read(struct live *live);
/*
 * live_open() where there is no module. @policy is the caller's to set then, in
 * memory that goes with @live.
 */
int live_open_bare(struct live *live, const char *interface);
void live_close(struct live *live);

/*
 * Compiles the policy in force, if there is one and it is not yet. Returns 0,
 * or -1 after an error was printed.
 */
int live_compile(struct live *live);

/* For the planner, valid until the next live_read(). */
struct present live_present(const struct live *live);

#endif /* _LIVE_H */
