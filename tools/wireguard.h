/* SPDX-License-Identifier: GPL-2.0 */
/* WireGuard devices, and changes to them that hurt no peer. */
#ifndef _TOOLS_WIREGUARD_H
#define _TOOLS_WIREGUARD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/wgward.h>

#include "../module/policy.h"

/* Where a peer is; the family is AF_UNSPEC when that is not known. */
union wireguard_endpoint {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

/**
 * struct wireguard_peer - a peer as the kernel has it
 * @key: its public key
 * @preshared: its preshared key, NULL for none
 * @endpoint: where it was last heard of
 * @keepalive: seconds, 0 for none
 * @received: bytes
 * @sent: bytes
 * @handshake: time of the last one, 0 for none
 * @prefix_count: number of @prefixes
 * @prefixes: allowed-ips
 */
struct wireguard_peer {
	u8 key[WGWARD_KEY_LEN];
	u8 *preshared;
	union wireguard_endpoint endpoint;
	u16 keepalive;
	u64 received, sent;
	s64 handshake;
	size_t prefix_count;
	struct wgward_prefix *prefixes;
};

/**
 * struct wireguard_device - a WireGuard interface as the kernel has it
 * @has_key: it has a private key
 * @key: public key
 * @secret: private key, zero without one; only to be put back
 * @port: it listens on
 * @peer_count: number of @peers
 * @peers: in the order of their keys
 */
struct wireguard_device {
	bool has_key;
	u8 key[WGWARD_KEY_LEN];
	u8 secret[WGWARD_KEY_LEN];
	u16 port;
	size_t peer_count;
	struct wireguard_peer *peers;
};

/**
 * struct wireguard_change - what happens to a peer
 * @key: whose
 * @create: there is no such peer yet; else one that is gone stays away
 * @remove: end it; nothing else below counts
 * @preshared: key to set, zero to take it away, NULL: leave it
 * @endpoint: to set, AF_UNSPEC: leave it
 * @keepalive: to set, negative: leave it
 * @add_count: number of @add
 * @take_count: number of @take
 * @add: prefixes to give it, whoever has them
 * @take: prefixes to take from it, after all has been given
 */
struct wireguard_change {
	u8 key[WGWARD_KEY_LEN];
	bool create;
	bool remove;
	u8 *preshared;
	union wireguard_endpoint endpoint;
	int keepalive;
	size_t add_count, take_count;
	struct wgward_prefix *add, *take;
};

struct wireguard;

/*
 * @kind is the link's: "wireguard", or "amneziawg", which speaks the same
 * language. NULL after an error was printed.
 */
struct wireguard *wireguard_open(const char *kind);
void wireguard_close(struct wireguard *wireguard);

/* The following return 0, or -1 after an error was printed. */
int wireguard_read(struct wireguard *wireguard, const char *interface,
		   struct wireguard_device **device);
/*
 * NULL @private_key: leave it, zero: take it away. A peer that has the new key
 * goes, as nobody is a peer of itself. Negative @port: leave it.
 */
int wireguard_set(struct wireguard *wireguard, const char *interface,
		  const u8 *private_key, int port);
int wireguard_change(struct wireguard *wireguard, const char *interface,
		     const struct wireguard_change *changes, size_t count);

void wireguard_device_free(struct wireguard_device *device);
const struct wireguard_peer *
wireguard_find_peer(const struct wireguard_device *device, const u8 *key);
void wireguard_changes_free(struct wireguard_change *changes, size_t count);

#endif /* _TOOLS_WIREGUARD_H */
