/* SPDX-License-Identifier: GPL-2.0 */
/* The peers that a policy asks for, and how to get there. */
#ifndef _PEERS_H
#define _PEERS_H

#include "change.h"
#include "preshared.h"
#include "wireguard.h"
#include "../module/policy.h"

/**
 * struct peer - a peer as it should be
 * @key: public key
 * @name: of the node
 * @preshared: its preshared key, zero for none; NULL: as it is
 * @preshared_file: where that is from, or NULL
 * @endpoint: as the mesh file gave it, or NULL
 * @at: where it was, for one to be put back; else AF_UNSPEC
 * @keepalive: seconds; negative: as it is
 * @prefix_count: number of @prefixes
 * @prefixes: allowed-ips
 */
struct peer {
	u8 key[WGWARD_KEY_LEN];
	char name[WGWARD_NAME_LEN + 1];
	u8 *preshared;
	const char *preshared_file;
	char *endpoint;
	union wireguard_endpoint at;
	int keepalive;
	size_t prefix_count;
	struct wgward_prefix *prefixes;
};

/* In the order of the policy's nodes, or of the device's peers. */
struct peers {
	struct peer *items;
	size_t count;
	struct peer **by_key;
};

/*
 * The peers of self under @policy: those nodes that it sends to in order to
 * reach others. Negative @keepalive: as it is.
 */
struct peers *peers_from_policy(const struct wgward_policy *policy,
				int keepalive);
/* Those of @list get their preshared keys; the paths stay @list's. */
void peers_preshare(struct peers *peers, const struct preshared_list *list);
/* Those that @device has, so that it can be put back to them. */
struct peers *peers_from_device(const struct wireguard_device *device);
void peers_free(struct peers *peers);
/* Takes the one with @key out, if there is one. */
void peers_leave_out(struct peers *peers, const u8 *key);
const struct peer *peers_find(const struct peers *peers, const u8 *key);

/**
 * struct peers_context - what else there is to know about a change of peers
 * @before: policy in force, whose endpoints were given before, or NULL
 * @after: policy to be, or NULL. An endpoint in it that does not resolve now
 *	becomes again what it was, so that the next comparison finds it. The
 *	text stays @before's, so nobody may read it any more once that is freed.
 * @resolve: endpoint_resolve(), or what a test has in its place; NULL: leave
 *	endpoints alone
 */
struct peers_context {
	const struct wgward_policy *before;
	struct wgward_policy *after;
	bool (*resolve)(const char *text, union wireguard_endpoint *endpoint,
			const char **why);
};

/*
 * What turns @device (NULL: there is none yet) into @wanted, without touching
 * what is right already: in memory for wireguard_changes_free(). Told in
 * @list. A name that does not resolve is warned about and left out.
 */
struct wireguard_change *peers_diff(const struct peers *wanted,
				    const struct wireguard_device *device,
				    const struct peers_context *context,
				    struct change_list *list, size_t *count);

/*
 * Whether @device has just the peers of @wanted, with the preshared keys that
 * they are to have, and each address of the world is with the same peer in
 * both. If not, *@why is what is wrong, in memory to be freed.
 */
bool peers_match(const struct peers *wanted,
		 const struct wireguard_device *device, char **why);

#endif /* _PEERS_H */
