// SPDX-License-Identifier: GPL-2.0
/* Interfaces, by rtnetlink, without a program of their own. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "link.h"

static int ask(const struct nlmsghdr *header)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_ROUTE);
	uint8_t answer[4096];
	int length, error = 0;

	if (!socket)
		return -ENOMEM;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_sendto(socket, header, header->nlmsg_len) < 0) {
		error = -errno;
		goto out;
	}
	length = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	error = length < 0 ? -errno :
			     *(int *)mnl_nlmsg_get_payload((void *)answer);
out:
	mnl_socket_close(socket);
	return error;
}

static struct nlmsghdr *start(void *buffer, const char *name, uint16_t flags,
			      unsigned int up)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	header->nlmsg_type = RTM_NEWLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_flags = up;
	info->ifi_change = up;
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	return header;
}

int link_make(const char *name)
{
	uint8_t buffer[1024];
	struct nlmsghdr *header;
	struct nlattr *nest;

	header = start(buffer, name, NLM_F_CREATE | NLM_F_EXCL, 0);
	nest = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "wireguard");
	mnl_attr_nest_end(header, nest);
	return ask(header);
}

int link_up(const char *name)
{
	uint8_t buffer[1024];

	return ask(start(buffer, name, 0, IFF_UP));
}

bool link_is_up(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = {};
	bool up;

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	up = !ioctl(fd, SIOCGIFFLAGS, &request) && request.ifr_flags & IFF_UP;
	close(fd);
	return up;
}
