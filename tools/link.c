// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "address.h"
#include "command.h"
#include "link.h"
#include "memory.h"
#include "netlink.h"

/* Of a route without one. */
#define METRIC_IPV4 0
#define METRIC_IPV6 1024

static void start_link(struct netlink *netlink, u16 type, u16 flags,
		       u32 ifindex, u32 change, u32 value)
{
	struct ifinfomsg *message;

	netlink_start(netlink, type, flags);
	message = netlink_extra(netlink, sizeof(*message));
	message->ifi_index = ifindex;
	message->ifi_change = change;
	message->ifi_flags = value;
}

static void read_kind(const struct nlattr *nest, struct link *link)
{
	const struct nlattr *table[IFLA_INFO_KIND + 1];

	netlink_parse_nest(nest, table, IFLA_INFO_KIND);
	netlink_text(table[IFLA_INFO_KIND], link->kind, sizeof(link->kind));
}

static void read_xdp(const struct nlattr *nest, struct link *link)
{
	const struct nlattr *table[IFLA_XDP_ATTACHED + 1];

	netlink_parse_nest(nest, table, IFLA_XDP_ATTACHED);
	link->xdp = netlink_u8(table[IFLA_XDP_ATTACHED]) != XDP_ATTACHED_NONE;
}

static int read_link(const struct nlmsghdr *header, void *data)
{
	const struct ifinfomsg *message = mnl_nlmsg_get_payload(header);
	const struct nlattr *table[IFLA_XDP + 1];
	struct link *link = data;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
		return -EBADMSG;
	netlink_parse(header, sizeof(*message), table, IFLA_XDP);
	link->ifindex = message->ifi_index;
	link->up = message->ifi_flags & IFF_UP;
	link->mtu = netlink_u32(table[IFLA_MTU]);
	read_kind(table[IFLA_LINKINFO], link);
	read_xdp(table[IFLA_XDP], link);
	return 0;
}

static void read_address(const struct nlmsghdr *header,
			 const struct ifaddrmsg *message, struct link *link)
{
	const struct nlattr *table[IFA_PROTO + 1];
	const struct nlattr *attribute;
	struct link_address *address;
	size_t size;

	/* A link-local one is the kernel's own, or nobody's business. */
	if (message->ifa_index != link->ifindex ||
	    message->ifa_scope == RT_SCOPE_LINK)
		return;
	netlink_parse(header, sizeof(*message), table, IFA_PROTO);
	attribute = table[IFA_LOCAL] ? table[IFA_LOCAL] : table[IFA_ADDRESS];
	size = address_bits(message->ifa_family) / 8;
	if (!attribute || mnl_attr_get_payload_len(attribute) != size)
		return;
	link->addresses = memory_grow(link->addresses, link->address_count,
				      sizeof(*address));
	address = &link->addresses[link->address_count++];
	memset(address, 0, sizeof(*address));
	address->prefix.family = message->ifa_family;
	address->prefix.length = message->ifa_prefixlen;
	memcpy(&address->prefix.address, mnl_attr_get_payload(attribute), size);
	address->own = netlink_u8(table[IFA_PROTO]) == LINK_PROTOCOL;
}

static bool in_the_way(u8 family, const struct nlattr *priority)
{
	u32 metric = family == AF_INET6 ? METRIC_IPV6 : METRIC_IPV4;

	return netlink_u32(priority) == metric;
}

static void keep_route(struct link *link, const struct rtmsg *message,
		       const struct nlattr **table)
{
	const struct nlattr *destination = table[RTA_DST];
	size_t size = address_bits(message->rtm_family) / 8;
	struct link_route *route;

	if (destination && mnl_attr_get_payload_len(destination) != size)
		return;
	link->routes =
		memory_grow(link->routes, link->route_count, sizeof(*route));
	route = &link->routes[link->route_count++];
	memset(route, 0, sizeof(*route));
	route->prefix.family = message->rtm_family;
	route->prefix.length = message->rtm_dst_len;
	if (destination)
		memcpy(&route->prefix.address,
		       mnl_attr_get_payload(destination), size);
	route->own = message->rtm_protocol == LINK_PROTOCOL;
	route->elsewhere = netlink_u32(table[RTA_OIF]) != link->ifindex;
}

static void read_route(const struct nlmsghdr *header,
		       const struct rtmsg *message, struct link *link)
{
	const struct nlattr *table[RTA_TABLE + 1];

	if (message->rtm_flags & RTM_F_CLONED)
		return;
	netlink_parse(header, sizeof(*message), table, RTA_TABLE);
	if (netlink_u32(table[RTA_TABLE]) != RT_TABLE_MAIN)
		return;
	if (netlink_u32(table[RTA_OIF]) == link->ifindex ||
	    in_the_way(message->rtm_family, table[RTA_PRIORITY]))
		keep_route(link, message, table);
}

/**
 * struct family_dump - a dump of one family into a link
 * @link: what is filled
 * @family: others are passed over
 * @addresses: that the link had before
 * @routes: likewise
 */
struct family_dump {
	struct link *link;
	u8 family;
	size_t addresses, routes;
};

static int read_family_address(const struct nlmsghdr *header, void *data)
{
	const struct ifaddrmsg *message = mnl_nlmsg_get_payload(header);
	struct family_dump *dump = data;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
		return -EBADMSG;
	if (message->ifa_family == dump->family)
		read_address(header, message, dump->link);
	return 0;
}

static int read_family_route(const struct nlmsghdr *header, void *data)
{
	const struct rtmsg *message = mnl_nlmsg_get_payload(header);
	struct family_dump *dump = data;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
		return -EBADMSG;
	if (message->rtm_family == dump->family)
		read_route(header, message, dump->link);
	return 0;
}

/* Arrays only grow, so a shorter count is all it takes. */
static void restart(void *data)
{
	struct family_dump *dump = data;

	dump->link->address_count = dump->addresses;
	dump->link->route_count = dump->routes;
}

static int read_family(struct netlink *netlink, struct link *link, u8 family)
{
	struct family_dump dump = {
		.link = link,
		.family = family,
		.addresses = link->address_count,
		.routes = link->route_count,
	};
	struct ifaddrmsg *address;
	struct rtmsg *route;
	int result;

	netlink_start(netlink, RTM_GETADDR, 0);
	address = netlink_extra(netlink, sizeof(*address));
	address->ifa_family = family;
	address->ifa_index = link->ifindex;
	result = netlink_dump(netlink, read_family_address, restart, &dump);
	if (result)
		return result;
	dump.addresses = link->address_count;
	netlink_start(netlink, RTM_GETROUTE, 0);
	route = netlink_extra(netlink, sizeof(*route));
	route->rtm_family = family;
	route->rtm_table = RT_TABLE_MAIN;
	result = netlink_dump(netlink, read_family_route, restart, &dump);
	/* A table that never had a route does not exist. */
	return result == -ENOENT ? 0 : result;
}

int link_read(struct netlink *netlink, const char *interface,
	      struct link **link)
{
	struct link *l = memory_zero(1, sizeof(*l));
	int result;

	*link = NULL;
	start_link(netlink, RTM_GETLINK, 0, 0, 0, 0);
	netlink_put_string(netlink, IFLA_IFNAME, interface);
	result = netlink_request(netlink, read_link, l);
	if (result == -ENODEV) {
		free(l);
		return 0;
	}
	if (!result)
		result = read_family(netlink, l, AF_INET);
	if (!result)
		result = read_family(netlink, l, AF_INET6);
	if (!result) {
		*link = l;
		return 0;
	}
	error("%s: cannot read the interface: %s", interface,
	      netlink_why(netlink));
	link_free(l);
	return -1;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	free(link->addresses);
	free(link->routes);
	free(link);
}

static int send_request(struct netlink *netlink, const char *interface,
			const char *what)
{
	if (!netlink_request(netlink, NULL, NULL))
		return 0;
	error("%s: cannot %s: %s", interface, what, netlink_why(netlink));
	return -1;
}

int link_create(struct netlink *netlink, const char *interface,
		const char *kind)
{
	struct nlattr *nest;

	start_link(netlink, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	netlink_put_string(netlink, IFLA_IFNAME, interface);
	nest = netlink_nest(netlink, IFLA_LINKINFO);
	netlink_put_string(netlink, IFLA_INFO_KIND, kind);
	netlink_nest_end(netlink, nest);
	return send_request(netlink, interface, "create the interface");
}

int link_delete(struct netlink *netlink, const char *interface, u32 ifindex)
{
	start_link(netlink, RTM_DELLINK, 0, ifindex, 0, 0);
	return send_request(netlink, interface, "remove the interface");
}

int link_set_up(struct netlink *netlink, const char *interface, u32 ifindex,
		bool up)
{
	start_link(netlink, RTM_NEWLINK, 0, ifindex, IFF_UP, up ? IFF_UP : 0);
	return send_request(netlink, interface,
			    up ? "set the interface up" :
				 "set the interface down");
}

int link_set_mtu(struct netlink *netlink, const char *interface, u32 ifindex,
		 u32 mtu)
{
	start_link(netlink, RTM_NEWLINK, 0, ifindex, 0, 0);
	netlink_put_u32(netlink, IFLA_MTU, mtu);
	return send_request(netlink, interface, "set the MTU");
}

static int send_prefix(struct netlink *netlink, const char *interface,
		       const char *what, const struct wgward_prefix *prefix)
{
	char text[PREFIX_TEXT_LEN];

	if (!netlink_request(netlink, NULL, NULL))
		return 0;
	error("%s: cannot %s %s: %s", interface, what,
	      prefix_format(text, prefix), netlink_why(netlink));
	return -1;
}

int link_change_address(struct netlink *netlink, const char *interface,
			u32 ifindex, const struct wgward_prefix *address,
			bool add)
{
	size_t size = address_bits(address->family) / 8;
	struct ifaddrmsg *message;

	netlink_start(netlink, add ? RTM_NEWADDR : RTM_DELADDR,
		      add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	message = netlink_extra(netlink, sizeof(*message));
	message->ifa_family = address->family;
	message->ifa_prefixlen = address->length;
	message->ifa_scope = RT_SCOPE_UNIVERSE;
	message->ifa_index = ifindex;
	netlink_put(netlink, IFA_LOCAL, &address->address, size);
	netlink_put(netlink, IFA_ADDRESS, &address->address, size);
	if (add)
		netlink_put_u8(netlink, IFA_PROTO, LINK_PROTOCOL);
	return send_prefix(netlink, interface,
			   add ? "add the address" : "remove the address",
			   address);
}

int link_change_route(struct netlink *netlink, const char *interface,
		      u32 ifindex, const struct wgward_prefix *prefix, bool add)
{
	struct rtmsg *message;

	netlink_start(netlink, add ? RTM_NEWROUTE : RTM_DELROUTE,
		      add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	message = netlink_extra(netlink, sizeof(*message));
	message->rtm_family = prefix->family;
	message->rtm_dst_len = prefix->length;
	message->rtm_table = RT_TABLE_MAIN;
	message->rtm_protocol = LINK_PROTOCOL;
	message->rtm_type = RTN_UNICAST;
	message->rtm_scope = prefix->family == AF_INET ? RT_SCOPE_LINK :
							 RT_SCOPE_UNIVERSE;
	netlink_put(netlink, RTA_DST, &prefix->address,
		    address_bits(prefix->family) / 8);
	netlink_put_u32(netlink, RTA_OIF, ifindex);
	return send_prefix(netlink, interface,
			   add ? "add the route" : "remove the route", prefix);
}
