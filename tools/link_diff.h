/* SPDX-License-Identifier: GPL-2.0 */
/* The addresses and routes that a policy asks for. */
#ifndef _LINK_DIFF_H
#define _LINK_DIFF_H

#include "change.h"
#include "link.h"
#include "../module/policy.h"

struct link_prefixes {
	struct wgward_prefix *items;
	size_t count;
};

/**
 * struct link_changes - what happens to an interface
 * @add_addresses: with the length of the network
 * @remove_addresses: only such as are our own, like the routes
 * @add_routes: into the main table
 * @remove_routes: from there
 * @elsewhere: routes that are not added, as others with their destinations
 *	lead through other interfaces
 * @mtu: to set, 0: leave it
 * @up: set it up
 */
struct link_changes {
	struct link_prefixes add_addresses, remove_addresses;
	struct link_prefixes add_routes, remove_routes;
	struct link_prefixes elsewhere;
	u32 mtu;
	bool up;
};

/*
 * What turns @link (NULL: there is none yet) into what self needs under
 * @policy. Told in @list, unless that is NULL, and what is left alone in
 * warnings, if @warn. 0 @mtu: any will do.
 */
void link_diff(const struct wgward_policy *policy, u32 mtu,
	       const struct link *link, struct change_list *list, bool warn,
	       struct link_changes *changes);
void link_changes_free(struct link_changes *changes);
bool link_changes_any(const struct link_changes *changes);

#endif /* _LINK_DIFF_H */
