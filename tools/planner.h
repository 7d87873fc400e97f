/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From what is to be and what is to the changes in between. Reads and writes
 * nothing, so that it is tested without a kernel.
 */
#ifndef _PLANNER_H
#define _PLANNER_H

#include "change.h"
#include "link_diff.h"
#include "peers.h"

/**
 * struct target - what is to be
 * @interface: its name
 * @policy: as the file has it, but for endpoints that do not resolve
 * @key: self's public key
 * @port: to listen on, 0: any
 * @keepalive: seconds that self asks of its peers, 0: none
 * @mtu: 0: any
 * @preshared: what is known of preshared keys
 */
struct target {
	const char *interface;
	struct wgward_policy *policy;
	u8 key[WGWARD_KEY_LEN];
	u16 port;
	u16 keepalive;
	u32 mtu;
	struct preshared_list preshared;
};

/* The peers that it is to have. */
struct peers *target_peers(const struct target *target);

/**
 * struct present - what is
 * @link: the interface, or NULL
 * @device: its WireGuard side, or NULL like @link
 * @warded: there is a ward
 * @policy: in force, or NULL
 */
struct present {
	const struct link *link;
	const struct wireguard_device *device;
	bool warded;
	const struct wgward_policy *policy;
};

/**
 * struct plan - the way from one to the other
 * @list: all of it, in the order of telling
 * @create: the interface
 * @attach: a ward
 * @passive: it watches until its first policy, as packets flow already
 * @set_key: the private key
 * @set_port: the port to listen on
 * @policy: replace the policy
 * @marks: replace the policy, although only what scripts did to it is different,
 *	and done by the file as well
 * @peers: changes of peers
 * @peer_count: number of @peers
 * @link: addresses, routes, MTU and state
 */
struct plan {
	struct change_list list;
	bool create;
	bool attach;
	bool passive;
	bool set_key;
	bool set_port;
	bool policy;
	bool marks;
	struct wireguard_change *peers;
	size_t peer_count;
	struct link_changes link;
};

void plan_make(struct plan *plan, const struct target *target,
	       const struct present *present,
	       bool (*resolve)(const char *text,
			       union wireguard_endpoint *endpoint,
			       const char **why));
void plan_free(struct plan *plan);
/* Whether WireGuard or the policy changes, and so a transaction is needed. */
bool plan_needs_transaction(const struct plan *plan);
/* Whether it matters to the policies who the peers are at a time. */
bool plan_changes_peers(const struct plan *plan);

/*
 * The peers of @present that are nobody's in @target's mesh, while there is
 * no policy that could have known them: taking them away needs a word from
 * the user. Returns how many, with the first one's key in @key.
 */
size_t plan_unknown_peers(const struct target *target,
			  const struct present *present, const u8 **key);

#endif /* _PLANNER_H */
