// SPDX-License-Identifier: GPL-2.0
/* Changes of peers that leave all other peers alone. */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <linux/wireguard.h>

#include "command.h"
#include "key.h"
#include "wireguard_internal.h"

/* Since Linux 6.16; the headers may be older than the kernel. */
#define ALLOWEDIP_A_FLAGS 4
#define ALLOWEDIP_F_REMOVE_ME 1U

/**
 * struct batch - messages about peers, as few as will do
 * @wireguard: where to
 * @interface: whose peers
 * @taking: prefixes are taken, not given
 * @peers: nest, NULL when no message was begun
 * @peer: nest
 * @prefixes: nest, or NULL
 */
struct batch {
	struct wireguard *wireguard;
	const char *interface;
	bool taking;
	struct nlattr *peers, *peer, *prefixes;
};

static void batch_begin(struct batch *batch)
{
	struct netlink *netlink = batch->wireguard->netlink;

	if (batch->peers)
		return;
	netlink_start_generic(netlink, batch->wireguard->family,
			      WG_CMD_SET_DEVICE, 0);
	netlink_put_string(netlink, WGDEVICE_A_IFNAME, batch->interface);
	batch->peers = netlink_nest(netlink, WGDEVICE_A_PEERS);
}

/* Returns 0 or -errno. */
static int batch_send(struct batch *batch)
{
	struct netlink *netlink = batch->wireguard->netlink;

	if (!batch->peers)
		return 0;
	netlink_nest_end(netlink, batch->peers);
	batch->peers = NULL;
	return netlink_request(netlink, NULL, NULL);
}

static void peer_begin(struct batch *batch, const u8 *key, u32 flags)
{
	struct netlink *netlink = batch->wireguard->netlink;

	batch_begin(batch);
	batch->peer = netlink_nest(netlink, 0);
	batch->prefixes = NULL;
	netlink_put(netlink, WGPEER_A_PUBLIC_KEY, key, WGWARD_KEY_LEN);
	if (flags)
		netlink_put_u32(netlink, WGPEER_A_FLAGS, flags);
}

static void peer_end(struct batch *batch)
{
	if (batch->prefixes)
		netlink_nest_end(batch->wireguard->netlink, batch->prefixes);
	netlink_nest_end(batch->wireguard->netlink, batch->peer);
}

static int batch_split(struct batch *batch)
{
	if (netlink_length(batch->wireguard->netlink) < NETLINK_SPLIT)
		return 0;
	return batch_send(batch);
}

static void put_prefix(struct batch *batch, const struct wgward_prefix *prefix)
{
	struct netlink *netlink = batch->wireguard->netlink;
	struct nlattr *nest;

	if (!batch->prefixes)
		batch->prefixes = netlink_nest(netlink, WGPEER_A_ALLOWEDIPS);
	nest = netlink_nest(netlink, 0);
	netlink_put_u16(netlink, WGALLOWEDIP_A_FAMILY, prefix->family);
	netlink_put(netlink, WGALLOWEDIP_A_IPADDR, &prefix->address,
		    prefix->family == AF_INET6 ? 16 : 4);
	netlink_put_u8(netlink, WGALLOWEDIP_A_CIDR_MASK, prefix->length);
	if (batch->taking)
		netlink_put_u32(netlink, ALLOWEDIP_A_FLAGS,
				ALLOWEDIP_F_REMOVE_ME);
	netlink_nest_end(netlink, nest);
}

/* The peer @key, begun already, gets or loses @prefixes; ends it. */
static int put_prefixes(struct batch *batch, const u8 *key,
			const struct wgward_prefix *prefixes, size_t count)
{
	size_t i;
	int result;

	for (i = 0; i < count; i++) {
		if (netlink_length(batch->wireguard->netlink) >=
		    NETLINK_SPLIT) {
			peer_end(batch);
			result = batch_send(batch);
			if (result)
				return result;
			peer_begin(batch, key, WGPEER_F_UPDATE_ONLY);
		}
		put_prefix(batch, &prefixes[i]);
	}
	peer_end(batch);
	return batch_split(batch);
}

static int put_change(struct batch *batch,
		      const struct wireguard_change *change)
{
	struct netlink *netlink = batch->wireguard->netlink;
	size_t size = change->endpoint.any.sa_family == AF_INET6 ?
			      sizeof(change->endpoint.ipv6) :
			      sizeof(change->endpoint.ipv4);

	peer_begin(batch, change->key,
		   change->create ? 0 : WGPEER_F_UPDATE_ONLY);
	if (change->preshared)
		netlink_put(netlink, WGPEER_A_PRESHARED_KEY, change->preshared,
			    WGWARD_KEY_LEN);
	if (change->endpoint.any.sa_family != AF_UNSPEC)
		netlink_put(netlink, WGPEER_A_ENDPOINT, &change->endpoint,
			    size);
	if (change->keepalive >= 0)
		netlink_put_u16(netlink, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
				change->keepalive);
	return put_prefixes(batch, change->key, change->add, change->add_count);
}

static int give_all(struct batch *batch, const struct wireguard_change *changes,
		    size_t count)
{
	size_t i;
	int result;

	for (i = 0; i < count; i++) {
		if (changes[i].remove)
			continue;
		result = put_change(batch, &changes[i]);
		if (result)
			return result;
	}
	return batch_send(batch);
}

static int take_directly(struct batch *batch,
			 const struct wireguard_change *changes, size_t count)
{
	size_t i;
	int result;

	batch->taking = true;
	for (i = 0; i < count; i++) {
		if (changes[i].remove || !changes[i].take_count)
			continue;
		peer_begin(batch, changes[i].key, WGPEER_F_UPDATE_ONLY);
		result = put_prefixes(batch, changes[i].key, changes[i].take,
				      changes[i].take_count);
		if (result)
			return result;
	}
	return batch_send(batch);
}

static int remove_peer(struct batch *batch, const u8 *key)
{
	peer_begin(batch, key, WGPEER_F_REMOVE_ME);
	peer_end(batch);
	return batch_split(batch);
}

/*
 * Where the kernel cannot take a prefix from a peer, another peer can: its
 * adding the prefix swaps the owner at once, and it takes it to its grave.
 */
static int take_by_exchange(struct batch *batch,
			    const struct wireguard_change *changes,
			    size_t count)
{
	u8 key[WGWARD_KEY_LEN];
	size_t i;
	int result;

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return -EIO;
	batch->taking = false;
	peer_begin(batch, key, 0);
	peer_end(batch);
	for (i = 0; i < count; i++) {
		if (changes[i].remove || !changes[i].take_count)
			continue;
		peer_begin(batch, key, WGPEER_F_UPDATE_ONLY);
		result = put_prefixes(batch, key, changes[i].take,
				      changes[i].take_count);
		if (result)
			return result;
	}
	result = remove_peer(batch, key);
	return result ? result : batch_send(batch);
}

static int take_all(struct batch *batch, const struct wireguard_change *changes,
		    size_t count)
{
	size_t i;
	int result;

	for (i = 0; i < count; i++)
		if (!changes[i].remove && changes[i].take_count)
			break;
	if (i == count)
		return 0;
	if (!batch->wireguard->cannot_take) {
		result = take_directly(batch, changes, count);
		/* The attribute is unknown, and nothing was done. */
		if (result != -EINVAL)
			return result;
		batch->wireguard->cannot_take = true;
		batch->peers = NULL;
	}
	return take_by_exchange(batch, changes, count);
}

static int remove_all(struct batch *batch,
		      const struct wireguard_change *changes, size_t count)
{
	size_t i;
	int result;

	for (i = 0; i < count; i++) {
		if (!changes[i].remove)
			continue;
		result = remove_peer(batch, changes[i].key);
		if (result)
			return result;
	}
	return batch_send(batch);
}

int wireguard_change(struct wireguard *wireguard, const char *interface,
		     const struct wireguard_change *changes, size_t count)
{
	struct batch batch = { .wireguard = wireguard, .interface = interface };
	int result;

	/* What moves is given before its former owner goes: no gap. */
	result = give_all(&batch, changes, count);
	if (!result)
		result = take_all(&batch, changes, count);
	if (!result)
		result = remove_all(&batch, changes, count);
	if (!result)
		return 0;
	error("cannot change the peers of %s: %s", interface,
	      netlink_why(wireguard->netlink));
	return -1;
}

void wireguard_changes_free(struct wireguard_change *changes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		key_free(changes[i].preshared);
		free(changes[i].add);
		free(changes[i].take);
	}
	free(changes);
}
