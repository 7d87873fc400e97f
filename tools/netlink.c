// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "command.h"
#include "memory.h"
#include "netlink.h"

/* Kernels of no use to us lack these, but their headers may be around. */
#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

/* One nest of 64 KiB after a full NETLINK_SPLIT, and headers. */
#define REQUEST_SIZE (NETLINK_SPLIT + 72 * 1024)
/* The kernel never makes a message of a dump larger than 32 KiB. */
#define ANSWER_SIZE (128 * 1024)
#define SOCKET_BUFFER (4 * 1024 * 1024)
#define DUMP_ATTEMPTS 16

/**
 * struct netlink - a netlink socket, and the request and answer at hand
 * @socket: libmnl's
 * @port: our address
 * @sequence: of the last request
 * @spoilt: something did not fit @request
 * @explained: @why is the kernel's own
 * @changed: what is dumped changed meanwhile
 * @why: the last refusal
 * @request: what netlink_start() started
 * @answer: one datagram of an answer
 */
struct netlink {
	struct mnl_socket *socket;
	unsigned int port;
	u32 sequence;
	bool spoilt;
	bool explained;
	bool changed;
	char why[512];
	struct nlmsghdr *request;
	char *answer;
};

static void enlarge(struct netlink *netlink, int option, int forced)
{
	int fd = mnl_socket_get_fd(netlink->socket);
	int size = SOCKET_BUFFER;

	/* Without privilege the system's limit is as much as there is. */
	if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size));
}

static void configure(struct netlink *netlink, int protocol)
{
	int on = 1;

	mnl_socket_setsockopt(netlink->socket, NETLINK_EXT_ACK, &on,
			      sizeof(on));
	mnl_socket_setsockopt(netlink->socket, NETLINK_CAP_ACK, &on,
			      sizeof(on));
	/* Dumps of routes and addresses are filtered by the kernel then. */
	if (protocol == NETLINK_ROUTE)
		mnl_socket_setsockopt(netlink->socket, NETLINK_GET_STRICT_CHK,
				      &on, sizeof(on));
	enlarge(netlink, SO_RCVBUF, SO_RCVBUFFORCE);
	enlarge(netlink, SO_SNDBUF, SO_SNDBUFFORCE);
}

struct netlink *netlink_open(int protocol)
{
	struct netlink *netlink = memory_zero(1, sizeof(*netlink));

	netlink->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!netlink->socket) {
		error("cannot open a netlink socket: %s", strerror(errno));
		goto err_free;
	}
	if (mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID)) {
		error("cannot bind a netlink socket: %s", strerror(errno));
		goto err_close;
	}
	configure(netlink, protocol);
	netlink->port = mnl_socket_get_portid(netlink->socket);
	netlink->request = memory_zero(1, REQUEST_SIZE);
	netlink->answer = memory_zero(1, ANSWER_SIZE);
	return netlink;

err_close:
	mnl_socket_close(netlink->socket);
err_free:
	free(netlink);
	return NULL;
}

void netlink_close(struct netlink *netlink)
{
	if (!netlink)
		return;
	mnl_socket_close(netlink->socket);
	/* Private keys went through both. */
	explicit_bzero(netlink->request, REQUEST_SIZE);
	explicit_bzero(netlink->answer, ANSWER_SIZE);
	free(netlink->request);
	free(netlink->answer);
	free(netlink);
}

struct nlmsghdr *netlink_start(struct netlink *netlink, u16 type, u16 flags)
{
	explicit_bzero(netlink->request, netlink->request->nlmsg_len);
	mnl_nlmsg_put_header(netlink->request);
	netlink->request->nlmsg_type = type;
	netlink->request->nlmsg_flags = NLM_F_REQUEST | flags;
	netlink->spoilt = false;
	return netlink->request;
}

void netlink_start_generic(struct netlink *netlink, int family, u8 command,
			   u16 flags)
{
	struct genlmsghdr *generic;

	netlink_start(netlink, family, flags);
	generic = netlink_extra(netlink, sizeof(*generic));
	generic->cmd = command;
	generic->version = 1;
}

void *netlink_extra(struct netlink *netlink, size_t size)
{
	return mnl_nlmsg_put_extra_header(netlink->request, size);
}

void netlink_put(struct netlink *netlink, u16 type, const void *data,
		 size_t size)
{
	if (size > UINT16_MAX - MNL_ATTR_HDRLEN ||
	    !mnl_attr_put_check(netlink->request, REQUEST_SIZE, type, size,
				data))
		netlink->spoilt = true;
}

void netlink_put_flag(struct netlink *netlink, u16 type)
{
	netlink_put(netlink, type, NULL, 0);
}

void netlink_put_u8(struct netlink *netlink, u16 type, u8 value)
{
	netlink_put(netlink, type, &value, sizeof(value));
}

void netlink_put_u16(struct netlink *netlink, u16 type, u16 value)
{
	netlink_put(netlink, type, &value, sizeof(value));
}

void netlink_put_u32(struct netlink *netlink, u16 type, u32 value)
{
	netlink_put(netlink, type, &value, sizeof(value));
}

void netlink_put_u64(struct netlink *netlink, u16 type, u64 value)
{
	netlink_put(netlink, type, &value, sizeof(value));
}

void netlink_put_string(struct netlink *netlink, u16 type, const char *text)
{
	netlink_put(netlink, type, text, strlen(text) + 1);
}

struct nlattr *netlink_nest(struct netlink *netlink, u16 type)
{
	struct nlattr *nest = mnl_nlmsg_get_payload_tail(netlink->request);

	netlink_put(netlink, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void netlink_nest_end(struct netlink *netlink, struct nlattr *nest)
{
	char *tail = mnl_nlmsg_get_payload_tail(netlink->request);
	size_t length = tail - (char *)nest;

	if (netlink->spoilt || length > UINT16_MAX)
		netlink->spoilt = true;
	else
		nest->nla_len = length;
}

bool netlink_fits(const struct netlink *netlink)
{
	return !netlink->spoilt;
}

size_t netlink_length(const struct netlink *netlink)
{
	return netlink->request->nlmsg_len;
}

static int refuse(struct netlink *netlink, int code)
{
	netlink->explained = false;
	snprintf(netlink->why, sizeof(netlink->why), "%s", strerror(-code));
	return code;
}

/* Takes the extended ack that begins @skip bytes into @header. */
static void explain(struct netlink *netlink, const struct nlmsghdr *header,
		    size_t skip)
{
	const struct nlattr *table[NLMSGERR_ATTR_MAX + 1];

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    mnl_nlmsg_get_payload_len(header) < skip)
		return;
	netlink_parse(header, skip, table, NLMSGERR_ATTR_MAX);
	if (!table[NLMSGERR_ATTR_MSG])
		return;
	netlink_text(table[NLMSGERR_ATTR_MSG], netlink->why,
		     sizeof(netlink->why));
	netlink->explained = true;
}

static int read_error(struct netlink *netlink, const struct nlmsghdr *header)
{
	const struct nlmsgerr *message = mnl_nlmsg_get_payload(header);
	size_t skip = sizeof(*message);

	if (mnl_nlmsg_get_payload_len(header) < skip)
		return refuse(netlink, -EBADMSG);
	if (!message->error)
		return 0;
	refuse(netlink, message->error);
	if (!(header->nlmsg_flags & NLM_F_CAPPED) &&
	    message->msg.nlmsg_len > sizeof(message->msg))
		skip += message->msg.nlmsg_len - sizeof(message->msg);
	explain(netlink, header, MNL_ALIGN(skip));
	return message->error;
}

/* A dump's end has its errors, too. */
static int read_done(struct netlink *netlink, const struct nlmsghdr *header)
{
	int code;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(code))
		return 0;
	memcpy(&code, mnl_nlmsg_get_payload(header), sizeof(code));
	if (code >= 0)
		return 0;
	refuse(netlink, code);
	explain(netlink, header, MNL_ALIGN(sizeof(code)));
	return code;
}

/* What is known of the answer so far. */
struct progress {
	netlink_callback *callback;
	void *data;
	bool done;
	int result;
};

static void read_message(struct netlink *netlink, const struct nlmsghdr *header,
			 struct progress *progress)
{
	int result = 0;

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		netlink->changed = true;
	switch (header->nlmsg_type) {
	case NLMSG_NOOP:
		break;
	case NLMSG_ERROR:
		result = read_error(netlink, header);
		progress->done = true;
		break;
	case NLMSG_DONE:
		result = read_done(netlink, header);
		progress->done = true;
		break;
	default:
		if (progress->callback && !progress->result)
			result = progress->callback(header, progress->data);
		if (result < 0)
			refuse(netlink, result);
	}
	if (result < 0 && !progress->result)
		progress->result = result;
}

static void read_datagram(struct netlink *netlink, u32 sequence, int length,
			  struct progress *progress)
{
	const struct nlmsghdr *header = (void *)netlink->answer;

	while (!progress->done && mnl_nlmsg_ok(header, length)) {
		/* Of a request that was given up, or an event. */
		if (header->nlmsg_seq == sequence &&
		    header->nlmsg_pid == netlink->port)
			read_message(netlink, header, progress);
		header = mnl_nlmsg_next(header, &length);
	}
}

int netlink_collect(struct netlink *netlink, u32 sequence,
		    netlink_callback *callback, void *data)
{
	struct progress progress = { .callback = callback, .data = data };
	ssize_t length;

	while (!progress.done && progress.result != -ECANCELED) {
		length = mnl_socket_recvfrom(netlink->socket, netlink->answer,
					     ANSWER_SIZE);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return refuse(netlink, -errno);
		read_datagram(netlink, sequence, length, &progress);
	}
	return progress.result;
}

int netlink_submit(struct netlink *netlink, u32 *sequence)
{
	struct nlmsghdr *request = netlink->request;

	if (netlink->spoilt)
		return refuse(netlink, -EMSGSIZE);
	/* A dump ends by itself. */
	if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		request->nlmsg_flags |= NLM_F_ACK;
	request->nlmsg_seq = ++netlink->sequence;
	*sequence = request->nlmsg_seq;
	if (mnl_socket_sendto(netlink->socket, request, request->nlmsg_len) < 0)
		return refuse(netlink, -errno);
	return 0;
}

int netlink_request(struct netlink *netlink, netlink_callback *callback,
		    void *data)
{
	u32 sequence;
	int result;

	result = netlink_submit(netlink, &sequence);
	if (result)
		return result;
	return netlink_collect(netlink, sequence, callback, data);
}

int netlink_dump(struct netlink *netlink, netlink_callback *callback,
		 void (*restart)(void *data), void *data)
{
	unsigned int attempt;
	int result;

	netlink->request->nlmsg_flags |= NLM_F_DUMP;
	for (attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
		netlink->changed = false;
		result = netlink_request(netlink, callback, data);
		if (result || !netlink->changed)
			return result;
		restart(data);
	}
	return refuse(netlink, -EINTR);
}

const char *netlink_why(const struct netlink *netlink)
{
	return netlink->why;
}

bool netlink_explained(const struct netlink *netlink)
{
	return netlink->explained;
}

static int read_family(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *table[CTRL_ATTR_MAX + 1];
	int *family = data;

	netlink_parse_generic(header, table, CTRL_ATTR_MAX);
	*family = netlink_u16(table[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

int netlink_family(struct netlink *netlink, const char *name)
{
	int family = 0;
	int result;

	netlink_start_generic(netlink, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	netlink_put_string(netlink, CTRL_ATTR_FAMILY_NAME, name);
	result = netlink_request(netlink, read_family, &family);
	if (result)
		return result;
	return family ? family : -ENOENT;
}
