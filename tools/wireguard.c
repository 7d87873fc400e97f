// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>

#include "command.h"
#include "key.h"
#include "memory.h"
#include "wireguard_internal.h"

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

	for (i = 0; i < device->peer_count; i++) {
		key_free(device->peers[i].preshared);
		free(device->peers[i].prefixes);
	}
	free(device->peers);
	explicit_bzero(device, sizeof(*device));
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

/* WireGuard has zeros where there is none. */
static void read_preshared(const struct nlattr *attribute,
			   struct wireguard_peer *peer)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != WGWARD_KEY_LEN)
		return;
	if (!key_is_zero(mnl_attr_get_payload(attribute)))
		peer->preshared = key_copy(mnl_attr_get_payload(attribute));
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
		read_preshared(table[WGPEER_A_PRESHARED_KEY], peer);
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
	attribute = table[WGDEVICE_A_PRIVATE_KEY];
	if (attribute && mnl_attr_get_payload_len(attribute) == WGWARD_KEY_LEN)
		memcpy(device->secret, mnl_attr_get_payload(attribute),
		       WGWARD_KEY_LEN);
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
