// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>

#include "command.h"
#include "memory.h"
#include "netlink.h"
#include "wireguard.h"

/* Since Linux 6.16; the headers may be older than the kernel. */
#define ALLOWEDIP_A_FLAGS 4
#define ALLOWEDIP_F_REMOVE_ME 1U

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

struct wireguard *wireguard_open(const char *kind)
{
	struct wireguard *wireguard = memory_zero(1, sizeof(*wireguard));

	wireguard->netlink = netlink_open(NETLINK_GENERIC);
	if (!wireguard->netlink)
		goto err_free;
	wireguard->family = netlink_family(wireguard->netlink, kind);
	if (wireguard->family < 0) {
		error("the kernel does not know %s: modprobe %s", kind, kind);
		goto err_close;
	}
	return wireguard;

err_close:
	netlink_close(wireguard->netlink);
err_free:
	free(wireguard);
	return NULL;
}

void wireguard_close(struct wireguard *wireguard)
{
	if (!wireguard)
		return;
	netlink_close(wireguard->netlink);
	free(wireguard);
}

static void clear_device(void *data)
{
	struct wireguard_device *device = data;
	size_t i;

	for (i = 0; i < device->peer_count; i++)
		free(device->peers[i].prefixes);
	free(device->peers);
	memset(device, 0, sizeof(*device));
}

void wireguard_device_free(struct wireguard_device *device)
{
	if (!device)
		return;
	clear_device(device);
	free(device);
}

static void read_prefix(const struct nlattr *nest, struct wireguard_peer *peer)
{
	const struct nlattr *table[WGALLOWEDIP_A_MAX + 1];
	struct wgward_prefix *prefix;
	size_t size;
	u16 family;

	netlink_parse_nest(nest, table, WGALLOWEDIP_A_MAX);
	family = netlink_u16(table[WGALLOWEDIP_A_FAMILY]);
	size = family == AF_INET6 ? 16 : 4;
	if (!table[WGALLOWEDIP_A_IPADDR] ||
	    mnl_attr_get_payload_len(table[WGALLOWEDIP_A_IPADDR]) != size)
		return;
	peer->prefixes = memory_grow(peer->prefixes, peer->prefix_count,
				     sizeof(*prefix));
	prefix = &peer->prefixes[peer->prefix_count++];
	memset(prefix, 0, sizeof(*prefix));
	prefix->family = family;
	prefix->length = netlink_u8(table[WGALLOWEDIP_A_CIDR_MASK]);
	memcpy(&prefix->address,
	       mnl_attr_get_payload(table[WGALLOWEDIP_A_IPADDR]), size);
}

static void read_endpoint(const struct nlattr *attribute,
			  union wireguard_endpoint *endpoint)
{
	size_t size = mnl_attr_get_payload_len(attribute);

	if (size <= sizeof(*endpoint))
		memcpy(endpoint, mnl_attr_get_payload(attribute), size);
}

static void read_statistics(const struct nlattr **table,
			    struct wireguard_peer *peer)
{
	const struct nlattr *time = table[WGPEER_A_LAST_HANDSHAKE_TIME];

	if (table[WGPEER_A_ENDPOINT])
		read_endpoint(table[WGPEER_A_ENDPOINT], &peer->endpoint);
	if (time && mnl_attr_get_payload_len(time) >= sizeof(s64))
		memcpy(&peer->handshake, mnl_attr_get_payload(time),
		       sizeof(s64));
	peer->keepalive =
		netlink_u16(table[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL]);
	peer->received = netlink_u64(table[WGPEER_A_RX_BYTES]);
	peer->sent = netlink_u64(table[WGPEER_A_TX_BYTES]);
}

static void read_peer(const struct nlattr *nest,
		      struct wireguard_device *device)
{
	const struct nlattr *table[WGPEER_A_MAX + 1];
	struct wireguard_peer *peer = NULL;
	const struct nlattr *prefix;
	const void *key;

	netlink_parse_nest(nest, table, WGPEER_A_MAX);
	if (!table[WGPEER_A_PUBLIC_KEY] ||
	    mnl_attr_get_payload_len(table[WGPEER_A_PUBLIC_KEY]) !=
		    WGWARD_KEY_LEN)
		return;
	key = mnl_attr_get_payload(table[WGPEER_A_PUBLIC_KEY]);
	if (device->peer_count)
		peer = &device->peers[device->peer_count - 1];
	/* One that did not fit a message goes on in the next. */
	if (!peer || memcmp(peer->key, key, WGWARD_KEY_LEN)) {
		device->peers = memory_grow(device->peers, device->peer_count,
					    sizeof(*peer));
		peer = &device->peers[device->peer_count++];
		memset(peer, 0, sizeof(*peer));
		memcpy(peer->key, key, WGWARD_KEY_LEN);
		read_statistics(table, peer);
	}
	if (!table[WGPEER_A_ALLOWEDIPS])
		return;
	mnl_attr_for_each_nested(prefix, table[WGPEER_A_ALLOWEDIPS])
		read_prefix(prefix, peer);
}

static int read_device(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *table[WGDEVICE_A_MAX + 1];
	struct wireguard_device *device = data;
	const struct nlattr *attribute;

	netlink_parse_generic(header, table, WGDEVICE_A_MAX);
	if (table[WGDEVICE_A_LISTEN_PORT])
		device->port = netlink_u16(table[WGDEVICE_A_LISTEN_PORT]);
	attribute = table[WGDEVICE_A_PUBLIC_KEY];
	if (attribute &&
	    mnl_attr_get_payload_len(attribute) == WGWARD_KEY_LEN) {
		memcpy(device->key, mnl_attr_get_payload(attribute),
		       WGWARD_KEY_LEN);
		device->has_key = true;
	}
	if (!table[WGDEVICE_A_PEERS])
		return 0;
	mnl_attr_for_each_nested(attribute, table[WGDEVICE_A_PEERS])
		read_peer(attribute, device);
	return 0;
}

static int compare_peers(const void *a, const void *b)
{
	const struct wireguard_peer *left = a, *right = b;

	return memcmp(left->key, right->key, WGWARD_KEY_LEN);
}

const struct wireguard_peer *
wireguard_find_peer(const struct wireguard_device *device, const u8 *key)
{
	struct wireguard_peer wanted;

	if (!device || !device->peer_count)
		return NULL;
	memcpy(wanted.key, key, WGWARD_KEY_LEN);
	return bsearch(&wanted, device->peers, device->peer_count,
		       sizeof(wanted), compare_peers);
}

int wireguard_read(struct wireguard *wireguard, const char *interface,
		   struct wireguard_device **device)
{
	struct wireguard_device *d = memory_zero(1, sizeof(*d));
	struct netlink *netlink = wireguard->netlink;

	netlink_start_generic(netlink, wireguard->family, WG_CMD_GET_DEVICE, 0);
	netlink_put_string(netlink, WGDEVICE_A_IFNAME, interface);
	if (netlink_dump(netlink, read_device, clear_device, d)) {
		error("cannot read WireGuard's %s: %s", interface,
		      netlink_why(netlink));
		wireguard_device_free(d);
		return -1;
	}
	if (d->peer_count)
		qsort(d->peers, d->peer_count, sizeof(*d->peers),
		      compare_peers);
	*device = d;
	return 0;
}

int wireguard_set(struct wireguard *wireguard, const char *interface,
		  const u8 *private_key, int port)
{
	struct netlink *netlink = wireguard->netlink;

	netlink_start_generic(netlink, wireguard->family, WG_CMD_SET_DEVICE, 0);
	netlink_put_string(netlink, WGDEVICE_A_IFNAME, interface);
	if (private_key)
		netlink_put(netlink, WGDEVICE_A_PRIVATE_KEY, private_key,
			    WGWARD_KEY_LEN);
	if (port >= 0)
		netlink_put_u16(netlink, WGDEVICE_A_LISTEN_PORT, port);
	if (!netlink_request(netlink, NULL, NULL))
		return 0;
	error("cannot set the key or port of %s: %s", interface,
	      netlink_why(netlink));
	return -1;
}

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
		free(changes[i].add);
		free(changes[i].take);
	}
	free(changes);
}
