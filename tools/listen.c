// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "command.h"
#include "listen.h"
#include "memory.h"
#include "netlink.h"

#define BUFFER_SIZE (32 * 1024)
#define SOCKET_BUFFER (1024 * 1024)

/**
 * struct listener - a member of one multicast group
 * @socket: libmnl's
 * @family: number of the family, which is the type of its messages
 * @buffer: one datagram
 */
struct listener {
	struct mnl_socket *socket;
	int family;
	char *buffer;
};

/* What the controller of generic netlink says of a group of a family. */
struct search {
	const char *group;
	int family;
	u32 number;
};

static void read_group(const struct nlattr *nest, struct search *search)
{
	const struct nlattr *table[CTRL_ATTR_MCAST_GRP_MAX + 1];
	char name[GENL_NAMSIZ];

	netlink_parse_nest(nest, table, CTRL_ATTR_MCAST_GRP_MAX);
	netlink_text(table[CTRL_ATTR_MCAST_GRP_NAME], name, sizeof(name));
	if (!strcmp(name, search->group))
		search->number = netlink_u32(table[CTRL_ATTR_MCAST_GRP_ID]);
}

static int read_family(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *table[CTRL_ATTR_MAX + 1];
	const struct nlattr *nest;
	struct search *search = data;

	netlink_parse_generic(header, table, CTRL_ATTR_MAX);
	search->family = netlink_u16(table[CTRL_ATTR_FAMILY_ID]);
	if (!table[CTRL_ATTR_MCAST_GROUPS])
		return 0;
	mnl_attr_for_each_nested(nest, table[CTRL_ATTR_MCAST_GROUPS])
		read_group(nest, search);
	return 0;
}

static int find_group(const char *family, struct search *search)
{
	struct netlink *netlink = netlink_open(NETLINK_GENERIC);

	if (!netlink)
		return -1;
	netlink_start_generic(netlink, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	netlink_put_string(netlink, CTRL_ATTR_FAMILY_NAME, family);
	netlink_request(netlink, read_family, search);
	netlink_close(netlink);
	if (search->number)
		return 0;
	error("the kernel has no multicast group %s of %s: is the module "
	      "older than this command?",
	      search->group, family);
	return -1;
}

static int join(struct listener *listener, const char *group, u32 number)
{
	int size = SOCKET_BUFFER;
	int descriptor;

	listener->socket =
		mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!listener->socket ||
	    mnl_socket_bind(listener->socket, 0, MNL_SOCKET_AUTOPID)) {
		error("cannot open a netlink socket: %s", strerror(errno));
		return -1;
	}
	descriptor = mnl_socket_get_fd(listener->socket);
	/* Without privilege what the system gives has to do. */
	setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (!mnl_socket_setsockopt(listener->socket, NETLINK_ADD_MEMBERSHIP,
				   &number, sizeof(number)))
		return 0;
	error("cannot listen to %s: %s%s", group, strerror(errno),
	      errno == EPERM ? " (this needs CAP_NET_ADMIN)" : "");
	return -1;
}

struct listener *listener_open(const char *family, const char *group)
{
	struct search search = { .group = group };
	struct listener *listener;

	if (find_group(family, &search))
		return NULL;
	listener = memory_zero(1, sizeof(*listener));
	listener->family = search.family;
	listener->buffer = memory_zero(1, BUFFER_SIZE);
	if (!join(listener, group, search.number))
		return listener;
	listener_close(listener);
	return NULL;
}

void listener_close(struct listener *listener)
{
	if (!listener)
		return;
	if (listener->socket)
		mnl_socket_close(listener->socket);
	free(listener->buffer);
	free(listener);
}

int listener_descriptor(const struct listener *listener)
{
	return mnl_socket_get_fd(listener->socket);
}

static void pass_on(struct listener *listener, int length,
		    listener_message *message, void *data)
{
	const struct nlmsghdr *header = (void *)listener->buffer;

	while (mnl_nlmsg_ok(header, length)) {
		if (header->nlmsg_type == listener->family)
			message(header, data);
		header = mnl_nlmsg_next(header, &length);
	}
}

int listener_read(struct listener *listener, listener_message *message,
		  void *data)
{
	ssize_t length;

	length = mnl_socket_recvfrom(listener->socket, listener->buffer,
				     BUFFER_SIZE);
	if (length >= 0)
		pass_on(listener, length, message, data);
	else if (errno != EAGAIN && errno != EINTR)
		return -errno;
	return 0;
}
