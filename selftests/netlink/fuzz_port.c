// SPDX-License-Identifier: GPL-2.0
/* Sockets in namespaces, and what the kernel answers on them. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "fuzz_port.h"
#include "fuzz_request.h"
#include "tap.h"

unsigned long port_cut;
static uint8_t received[256 * 1024];

uint16_t port_family(void)
{
	struct client *client = client_open();
	uint16_t family;

	if (!client)
		tap_fatal("no family");
	family = client->family;
	client_close(client);
	return family;
}

void port_open(struct port *port)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int on = 1;

	port->unread = false;
	port->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (port->fd < 0 ||
	    bind(port->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(port->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on,
		       sizeof(on)) ||
	    setsockopt(port->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		tap_fatal("no socket");
}

void port_close(struct port *port)
{
	close(port->fd);
}

static void read_words(struct answer *answer, const struct nlmsghdr *header,
		       size_t skip, uint32_t length)
{
	const struct nlattr *attr;

	answer->wordless = true;
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, header, skip) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			answer->wordless = !*mnl_attr_get_str(attr);
			break;
		case NLMSGERR_ATTR_OFFS:
			answer->stray = mnl_attr_get_u32(attr) >= length;
			break;
		}
	}
}

static void read_one(struct answer *answer, const struct nlmsghdr *header,
		     uint32_t length, port_callback *callback, void *data)
{
	int error;

	if (header->nlmsg_type != NLMSG_ERROR &&
	    header->nlmsg_type != NLMSG_DONE) {
		answer->messages++;
		if (callback)
			callback(header, data);
		return;
	}
	error = *(const int *)mnl_nlmsg_get_payload(header);
	if (error >= 0)
		return;
	answer->error = error;
	read_words(answer, header,
		   header->nlmsg_type == NLMSG_DONE ? sizeof(int) :
						      sizeof(struct nlmsgerr),
		   length);
}

static void drain(struct port *port, struct answer *answer, uint32_t length,
		  port_callback *callback, void *data)
{
	const struct nlmsghdr *header;
	ssize_t got;
	int rest;

	for (;;) {
		got = recv(port->fd, received, sizeof(received), MSG_DONTWAIT);
		if (got < 0 && errno == EAGAIN)
			break;
		/* There was no room for something that was left unread. */
		if (got < 0 && errno == ENOBUFS)
			continue;
		if (got < 0)
			tap_fatal("recv");
		header = (const void *)received;
		rest = got;
		for (; mnl_nlmsg_ok(header, rest);
		     header = mnl_nlmsg_next(header, &rest)) {
			port_cut += !!(header->nlmsg_flags & NLM_F_DUMP_INTR);
			if (answer && header->nlmsg_seq == port->sequence)
				read_one(answer, header, length, callback,
					 data);
		}
	}
	port->unread = false;
}

void port_leave(struct port *port, const struct request *request)
{
	/* What is no message at all, the socket itself refuses. */
	send(port->fd, request->bytes, request->length, MSG_DONTWAIT);
	port->unread = true;
}

void port_send(struct port *port, const struct request *request,
	       struct answer *answer, port_callback *callback, void *data)
{
	memset(answer, 0, sizeof(*answer));
	if (port->unread)
		drain(port, NULL, 0, NULL, NULL);
	if (send(port->fd, request->bytes, request->length, MSG_DONTWAIT) < 0)
		answer->error = -errno;
	drain(port, answer, request->length, callback, data);
}
