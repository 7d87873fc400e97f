// SPDX-License-Identifier: GPL-2.0
/*
 * nftables takes its changes in batches, of which all messages come in one
 * datagram and are done together or not at all.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "memory.h"
#include "nftables.h"

#define BATCH_SIZE 8192
#define ANSWER_SIZE 32768

/**
 * struct batch - messages to come
 * @buffer: they are in
 * @end: where the next one begins
 * @sequence: of the last one
 */
struct batch {
	char buffer[BATCH_SIZE];
	char *end;
	u32 sequence;
};

static struct nlmsghdr *start(struct batch *batch, u16 type, u16 flags,
			      u8 family, u16 resource)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(batch->end);
	struct nfgenmsg *message;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++batch->sequence;
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	message->nfgen_family = family;
	message->version = NFNETLINK_V0;
	message->res_id = htons(resource);
	return header;
}

static void end(struct batch *batch, const struct nlmsghdr *header)
{
	batch->end += NLMSG_ALIGN(header->nlmsg_len);
}

static struct nlmsghdr *change(struct batch *batch, u16 message, u16 flags,
			       u8 family)
{
	return start(batch, NFNL_SUBSYS_NFTABLES << 8 | message,
		     flags | NLM_F_ACK, family, 0);
}

static struct batch *batch_begin(void)
{
	struct batch *batch = memory_zero(1, sizeof(*batch));

	batch->end = batch->buffer;
	end(batch, start(batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC,
			 NFNL_SUBSYS_NFTABLES));
	return batch;
}

/* The first error among the answers, which are all there already. */
static int read_answers(const struct mnl_socket *socket)
{
	char *answer = memory_zero(1, ANSWER_SIZE);
	int descriptor = mnl_socket_get_fd(socket);
	const struct nlmsgerr *error;
	struct nlmsghdr *header;
	int left, code = 0;

	for (;;) {
		left = recv(descriptor, answer, ANSWER_SIZE, MSG_DONTWAIT);
		if (left < 0)
			break;
		for (header = (void *)answer; mnl_nlmsg_ok(header, left);
		     header = mnl_nlmsg_next(header, &left)) {
			error = mnl_nlmsg_get_payload(header);
			if (header->nlmsg_type == NLMSG_ERROR && !code)
				code = error->error;
		}
	}
	if (errno != EAGAIN && !code)
		code = -errno;
	free(answer);
	return code;
}

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *socket;

	socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!socket)
		return NULL;
	if (!mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		return socket;
	mnl_socket_close(socket);
	return NULL;
}

/* Frees @batch. */
static int batch_send(struct batch *batch)
{
	struct mnl_socket *socket = open_socket();
	int code;

	end(batch, start(batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC,
			 NFNL_SUBSYS_NFTABLES));
	if (!socket || mnl_socket_sendto(socket, batch->buffer,
					 batch->end - batch->buffer) < 0)
		code = -errno;
	else
		code = read_answers(socket);
	if (socket)
		mnl_socket_close(socket);
	free(batch);
	return code;
}

static void put_u32(struct nlmsghdr *header, u16 type, u32 value)
{
	mnl_attr_put_u32(header, type, htonl(value));
}

static void add_table(struct batch *batch, u8 family, const char *table)
{
	struct nlmsghdr *header;

	/* One that is there already is somebody's: no NLM_F_EXCL, no table. */
	header = change(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL,
			family);
	mnl_attr_put_strz(header, NFTA_TABLE_NAME, table);
	end(batch, header);
}

static void add_chain(struct batch *batch, const char *table,
		      const char *interface, const struct nftables_chain *chain)
{
	struct nlmsghdr *header;
	struct nlattr *hook;

	header = change(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, chain->family);
	mnl_attr_put_strz(header, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(header, NFTA_CHAIN_NAME, chain->name);
	mnl_attr_put_strz(header, NFTA_CHAIN_TYPE, "filter");
	hook = mnl_attr_nest_start(header, NFTA_CHAIN_HOOK);
	put_u32(header, NFTA_HOOK_HOOKNUM, chain->hook);
	put_u32(header, NFTA_HOOK_PRIORITY, INT_MIN);
	if (chain->family == NFPROTO_NETDEV)
		mnl_attr_put_strz(header, NFTA_HOOK_DEV, interface);
	mnl_attr_nest_end(header, hook);
	end(batch, header);
}

/**
 * struct expression - one under way
 * @element: of the list
 * @data: of the expression
 */
struct expression {
	struct nlattr *element, *data;
};

static struct expression start_expression(struct nlmsghdr *header,
					  const char *name)
{
	struct expression expression;

	expression.element = mnl_attr_nest_start(header, NFTA_LIST_ELEM);
	mnl_attr_put_strz(header, NFTA_EXPR_NAME, name);
	expression.data = mnl_attr_nest_start(header, NFTA_EXPR_DATA);
	return expression;
}

static void end_expression(struct nlmsghdr *header,
			   struct expression expression)
{
	mnl_attr_nest_end(header, expression.data);
	mnl_attr_nest_end(header, expression.element);
}

static void put_match(struct nlmsghdr *header, const char *interface, bool in)
{
	struct expression expression;
	char name[IFNAMSIZ] = "";
	struct nlattr *data;

	snprintf(name, sizeof(name), "%s", interface);
	expression = start_expression(header, "meta");
	put_u32(header, NFTA_META_DREG, NFT_REG_1);
	put_u32(header, NFTA_META_KEY,
		in ? NFT_META_IIFNAME : NFT_META_OIFNAME);
	end_expression(header, expression);
	expression = start_expression(header, "cmp");
	put_u32(header, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(header, NFTA_CMP_OP, NFT_CMP_EQ);
	data = mnl_attr_nest_start(header, NFTA_CMP_DATA);
	mnl_attr_put(header, NFTA_DATA_VALUE, sizeof(name), name);
	mnl_attr_nest_end(header, data);
	end_expression(header, expression);
}

static void put_drop(struct nlmsghdr *header)
{
	struct nlattr *data, *verdict;
	struct expression expression;

	end_expression(header, start_expression(header, "counter"));
	expression = start_expression(header, "immediate");
	put_u32(header, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(header, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(header, NFTA_DATA_VERDICT);
	put_u32(header, NFTA_VERDICT_CODE, NF_DROP);
	mnl_attr_nest_end(header, verdict);
	mnl_attr_nest_end(header, data);
	end_expression(header, expression);
}

static void add_rule(struct batch *batch, const char *table,
		     const char *interface, const struct nftables_chain *chain)
{
	struct nlmsghdr *header;
	struct nlattr *list;

	header = change(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND,
			chain->family);
	mnl_attr_put_strz(header, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(header, NFTA_RULE_CHAIN, chain->name);
	list = mnl_attr_nest_start(header, NFTA_RULE_EXPRESSIONS);
	if (chain->family != NFPROTO_NETDEV)
		put_match(header, interface, chain->in);
	put_drop(header);
	mnl_attr_nest_end(header, list);
	end(batch, header);
}

int nftables_make(u8 family, const char *table, const char *interface,
		  const struct nftables_chain *chains, size_t count)
{
	struct batch *batch = batch_begin();
	size_t i;

	add_table(batch, family, table);
	for (i = 0; i < count; i++) {
		if (chains[i].family != family)
			continue;
		add_chain(batch, table, interface, &chains[i]);
		add_rule(batch, table, interface, &chains[i]);
	}
	return batch_send(batch);
}

int nftables_delete(u8 family, const char *table)
{
	struct batch *batch = batch_begin();
	struct nlmsghdr *header;

	header = change(batch, NFT_MSG_DELTABLE, 0, family);
	mnl_attr_put_strz(header, NFTA_TABLE_NAME, table);
	end(batch, header);
	return batch_send(batch);
}

static int count_expression(const struct nlattr *attribute, void *data)
{
	const struct nlattr *inner, *value, *numbers = NULL;
	bool counter = false;
	u64 *packets = data;

	mnl_attr_for_each_nested(inner, attribute) {
		if (mnl_attr_get_type(inner) == NFTA_EXPR_NAME)
			counter = !strcmp(mnl_attr_get_str(inner), "counter");
		if (mnl_attr_get_type(inner) == NFTA_EXPR_DATA)
			numbers = inner;
	}
	if (!counter || !numbers)
		return MNL_CB_OK;
	mnl_attr_for_each_nested(value, numbers) {
		if (mnl_attr_get_type(value) == NFTA_COUNTER_PACKETS)
			*packets += be64toh(mnl_attr_get_u64(value));
	}
	return MNL_CB_OK;
}

static int count_rule(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attribute, *element;

	mnl_attr_for_each(attribute, header, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attribute) != NFTA_RULE_EXPRESSIONS)
			continue;
		mnl_attr_for_each_nested(element, attribute)
			count_expression(element, data);
	}
	return MNL_CB_OK;
}

/* Reads answers until their end; without @callback, until the first error. */
static int receive(const struct mnl_socket *socket, u32 sequence,
		   mnl_cb_t callback, void *data)
{
	char *answer = memory_zero(1, ANSWER_SIZE);
	unsigned int port = mnl_socket_get_portid(socket);
	ssize_t length;
	int result;

	do {
		length = mnl_socket_recvfrom(socket, answer, ANSWER_SIZE);
		result = length < 0 ? -1 :
				      mnl_cb_run(answer, length, sequence, port,
						 callback, data);
	} while (result > MNL_CB_STOP);
	result = result < 0 ? -errno : 0;
	free(answer);
	return result;
}

/* A dump of rules does not say that there is no such table. */
static int ask(u16 message, u16 flags, u8 family, u16 type, const char *table,
	       mnl_cb_t callback, void *data)
{
	struct batch *batch = memory_zero(1, sizeof(*batch));
	struct mnl_socket *socket = open_socket();
	struct nlmsghdr *header;
	int code;

	batch->end = batch->buffer;
	header = change(batch, message, flags, family);
	mnl_attr_put_strz(header, type, table);
	if (!socket || mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		code = -errno;
	else
		code = receive(socket, header->nlmsg_seq, callback, data);
	if (socket)
		mnl_socket_close(socket);
	free(batch);
	return code;
}

int nftables_count(u8 family, const char *table, u64 *packets)
{
	int code = ask(NFT_MSG_GETTABLE, 0, family, NFTA_TABLE_NAME, table,
		       NULL, NULL);

	return code ? code :
		      ask(NFT_MSG_GETRULE, NLM_F_DUMP, family, NFTA_RULE_TABLE,
			  table, count_rule, packets);
}
