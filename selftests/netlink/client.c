// SPDX-License-Identifier: GPL-2.0
/* A client that takes nothing on trust, for tests. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static uint8_t answer[CLIENT_ANSWER];

static void find_group(struct client *client, const struct nlattr *groups)
{
	const struct nlattr *group, *attr;
	const char *name;
	uint32_t number;

	mnl_attr_for_each_nested(group, groups) {
		name = "";
		number = 0;
		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				number = mnl_attr_get_u32(attr);
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = mnl_attr_get_str(attr);
		}
		if (!strcmp(name, WGWARD_MCGRP_CONFIG))
			client->group = number;
	}
}

static void find_family(const struct nlmsghdr *header, void *data)
{
	struct client *client = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			client->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			find_group(client, attr);
	}
}

static int look_up(struct client *client)
{
	struct nlmsghdr *header;

	client->family = GENL_ID_CTRL;
	header = client_start(client, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(header, CTRL_ATTR_FAMILY_NAME, WGWARD_GENL_NAME);
	return client_send(client, find_family, client);
}

struct client *client_open(void)
{
	struct client *client = calloc(1, sizeof(*client));
	int on = 1, error;

	if (!client)
		return NULL;
	client->socket = mnl_socket_open(NETLINK_GENERIC);
	if (!client->socket)
		goto err_free;
	if (mnl_socket_bind(client->socket, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_setsockopt(client->socket, NETLINK_EXT_ACK, &on,
				  sizeof(on)) ||
	    mnl_socket_setsockopt(client->socket, NETLINK_CAP_ACK, &on,
				  sizeof(on)))
		goto err_close;
	error = look_up(client);
	if (error) {
		errno = -error;
		goto err_close;
	}
	return client;

err_close:
	mnl_socket_close(client->socket);
err_free:
	free(client);
	return NULL;
}

void client_close(struct client *client)
{
	mnl_socket_close(client->socket);
	free(client);
}

int client_join(struct client *client)
{
	if (mnl_socket_setsockopt(client->socket, NETLINK_ADD_MEMBERSHIP,
				  &client->group, sizeof(client->group)))
		return -errno;
	return 0;
}

struct nlmsghdr *client_start(struct client *client, uint8_t command,
			      uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(client->request);
	struct genlmsghdr *genl;

	header->nlmsg_type = client->family;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++client->sequence;
	genl = mnl_nlmsg_put_extra_header(header, sizeof(*genl));
	genl->cmd = command;
	genl->version = WGWARD_GENL_VERSION;
	return header;
}

struct nlmsghdr *client_start_ward(struct client *client, uint8_t command,
				   const char *ward)
{
	struct nlmsghdr *header = client_start(client, command, NLM_F_ACK);

	mnl_attr_put_strz(header, WGWARD_A_WARD, ward);
	return header;
}

static void read_extack(struct client *client, const struct nlmsghdr *header,
			size_t skip)
{
	const struct nlattr *attr;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, header, skip) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			strncpy(client->message, mnl_attr_get_str(attr),
				sizeof(client->message) - 1);
			break;
		case NLMSGERR_ATTR_OFFS:
			client->offset = mnl_attr_get_u32(attr);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			client->missing = mnl_attr_get_u32(attr);
			break;
		}
	}
}

static int read_one(struct client *client, const struct nlmsghdr *header,
		    client_callback *callback, void *data)
{
	const struct nlmsgerr *ack;

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		client->interrupted = true;
	if (header->nlmsg_type == NLMSG_ERROR) {
		ack = mnl_nlmsg_get_payload(header);
		read_extack(client, header, sizeof(*ack));
		return ack->error;
	}
	if (header->nlmsg_type == NLMSG_DONE) {
		read_extack(client, header, sizeof(int));
		return *(const int *)mnl_nlmsg_get_payload(header);
	}
	client->messages++;
	if (callback)
		callback(header, data);
	return 1;
}

int client_submit(struct client *client)
{
	memset(client->message, 0, sizeof(client->message));
	client->offset = 0;
	client->missing = 0;
	client->interrupted = false;
	client->messages = 0;
	client->largest = 0;
	if (mnl_socket_sendto(client->socket, client->request,
			      client->header.nlmsg_len) < 0)
		return -errno;
	return 1;
}

int client_receive(struct client *client, client_callback *callback, void *data)
{
	const struct nlmsghdr *header = (const void *)answer;
	int status = 1;
	int length;

	length = mnl_socket_recvfrom(client->socket, answer, sizeof(answer));
	if (length < 0)
		return -errno;
	if ((size_t)length > client->largest)
		client->largest = length;
	for (; status > 0 && mnl_nlmsg_ok(header, length);
	     header = mnl_nlmsg_next(header, &length)) {
		/* Of events, and of what a test did not want to read. */
		if (header->nlmsg_seq == client->sequence)
			status = read_one(client, header, callback, data);
	}
	return status;
}

int client_send(struct client *client, client_callback *callback, void *data)
{
	int status = client_submit(client);

	while (status > 0)
		status = client_receive(client, callback, data);
	return status;
}

int client_event(struct client *client)
{
	const struct nlmsghdr *header = (const void *)answer;
	const struct nlattr *attr;

	if (recv(mnl_socket_get_fd(client->socket), answer, sizeof(answer),
		 MSG_DONTWAIT) <= 0)
		return -1;
	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == WGWARD_A_EVENT)
			return mnl_attr_get_u32(attr);
	}
	return -1;
}

struct state {
	uint32_t *state;
	uint64_t *generation;
};

static void read_state(const struct nlmsghdr *header, void *data)
{
	const struct state *state = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == WGWARD_A_STATE)
			*state->state = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == WGWARD_A_GENERATION)
			*state->generation = mnl_attr_get_u64(attr);
	}
}

int client_state(struct client *client, const char *ward, uint32_t *state,
		 uint64_t *generation)
{
	struct state found = { state, generation };

	client_start_ward(client, WGWARD_CMD_WARD_GET, ward);
	return client_send(client, read_state, &found);
}

int client_command(struct client *client, uint8_t command, const char *ward)
{
	client_start_ward(client, command, ward);
	return client_send(client, NULL, NULL);
}

struct nlmsghdr *client_start_begin(struct client *client, const char *ward,
				    uint64_t generation)
{
	struct nlmsghdr *header;

	header = client_start_ward(client, WGWARD_CMD_BEGIN, ward);
	mnl_attr_put_u64(header, WGWARD_A_GENERATION, generation);
	mnl_attr_put_u32(header, WGWARD_A_DEFAULT, WGWARD_ACTION_DENY);
	return header;
}

int client_begin(struct client *client, const char *ward, uint64_t generation)
{
	client_start_begin(client, ward, generation);
	return client_send(client, NULL, NULL);
}

int client_add_self(struct client *client, const char *ward)
{
	const uint8_t key[WGWARD_KEY_LEN] = { 1 },
		      address[4] = { 10, 10, 0, 1 };
	struct nlmsghdr *header;
	struct nlattr *nest;

	header = client_start_ward(client, WGWARD_CMD_ADD, ward);
	nest = mnl_attr_nest_start(header, WGWARD_A_NODE);
	mnl_attr_put_strz(header, WGWARD_NODE_A_NAME, "self");
	mnl_attr_put(header, WGWARD_NODE_A_KEY, sizeof(key), key);
	mnl_attr_put_u32(header, WGWARD_NODE_A_FLAGS, WGWARD_NODE_F_SELF);
	mnl_attr_put(header, WGWARD_NODE_A_ADDRESS, sizeof(address), address);
	mnl_attr_nest_end(header, nest);
	return client_send(client, NULL, NULL);
}
