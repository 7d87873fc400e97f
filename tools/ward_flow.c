// SPDX-License-Identifier: GPL-2.0
/* Flows, and verdicts on those that could be. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "command.h"
#include "memory.h"
#include "ward_internal.h"

/* As many answers as surely fit a socket's buffer. */
#define QUESTIONS_UNDER_WAY 64

struct flows {
	struct ward_flow *items;
	size_t count;
};

static void read_flow(const struct nlattr *nest, struct ward_flow *flow)
{
	const struct nlattr *table[WGWARD_FLOW_A_MAX + 1];

	netlink_parse_nest(nest, table, WGWARD_FLOW_A_MAX);
	flow->family =
		ward_read_address(table[WGWARD_FLOW_A_SOURCE], &flow->source);
	ward_read_address(table[WGWARD_FLOW_A_DESTINATION], &flow->destination);
	flow->protocol = netlink_u8(table[WGWARD_FLOW_A_PROTOCOL]);
	flow->state = netlink_u32(table[WGWARD_FLOW_A_STATE]);
	flow->source_port = netlink_u16(table[WGWARD_FLOW_A_SOURCE_PORT]);
	flow->destination_port =
		netlink_u16(table[WGWARD_FLOW_A_DESTINATION_PORT]);
	flow->service = netlink_u32(table[WGWARD_FLOW_A_SERVICE]);
	netlink_text(table[WGWARD_FLOW_A_SOURCE_NODE], flow->source_node,
		     sizeof(flow->source_node));
	netlink_text(table[WGWARD_FLOW_A_DESTINATION_NODE],
		     flow->destination_node, sizeof(flow->destination_node));
	netlink_text(table[WGWARD_FLOW_A_RULE], flow->rule, sizeof(flow->rule));
	flow->age = netlink_u64(table[WGWARD_FLOW_A_AGE]);
	flow->expires = netlink_u64(table[WGWARD_FLOW_A_EXPIRES]);
	flow->packets = netlink_u64(table[WGWARD_FLOW_A_PACKETS]);
	flow->bytes = netlink_u64(table[WGWARD_FLOW_A_BYTES]);
	flow->reply_packets = netlink_u64(table[WGWARD_FLOW_A_REPLY_PACKETS]);
	flow->reply_bytes = netlink_u64(table[WGWARD_FLOW_A_REPLY_BYTES]);
}

/**
 * struct flow_walk - a walk over flows
 * @each: is told each of them
 * @restart: is told that it begins again
 * @data: for both
 */
struct flow_walk {
	ward_flow_callback *each;
	void (*restart)(void *data);
	void *data;
};

static int read_flows(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attribute;
	struct flow_walk *walk = data;
	struct ward_flow flow;

	mnl_attr_for_each(attribute, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attribute) != WGWARD_A_FLOW)
			continue;
		read_flow(attribute, &flow);
		if (!walk->each(&flow, walk->data))
			return -ECANCELED;
	}
	return 0;
}

static bool keep_flow(const struct ward_flow *flow, void *data)
{
	struct flows *flows = data;

	flows->items =
		memory_grow(flows->items, flows->count, sizeof(*flows->items));
	flows->items[flows->count++] = *flow;
	return true;
}

static void clear_flows(void *data)
{
	struct flows *flows = data;

	free(flows->items);
	memset(flows, 0, sizeof(*flows));
}

static void put_filter(struct netlink *netlink,
		       const struct ward_filter *filter)
{
	struct nlattr *nest;
	u32 i;

	if (filter->node)
		netlink_put_string(netlink, WGWARD_A_NODE_NAME, filter->node);
	if (filter->rule)
		netlink_put_string(netlink, WGWARD_A_RULE_NAME, filter->rule);
	for (i = 0; i < filter->service_count; i++) {
		nest = netlink_nest(netlink, WGWARD_A_SERVICE_RANGE);
		netlink_put_u32(netlink, WGWARD_SERVICE_A_FIRST,
				filter->services[i].first);
		netlink_put_u32(netlink, WGWARD_SERVICE_A_LAST,
				filter->services[i].last);
		netlink_nest_end(netlink, nest);
	}
}

static void restart_walk(void *data)
{
	struct flow_walk *walk = data;

	walk->restart(walk->data);
}

int ward_walk_flows(struct ward_socket *socket, const char *interface,
		    const struct ward_filter *filter, ward_flow_callback *each,
		    void (*restart)(void *data), void *data)
{
	struct flow_walk walk = { each, restart, data };
	struct netlink *netlink = socket->netlink;

	ward_start(socket, WGWARD_CMD_FLOW_GET, interface);
	put_filter(netlink, filter);
	return netlink_dump(netlink, read_flows, restart_walk, &walk);
}

int ward_read_flows(struct ward_socket *socket, const char *interface,
		    const struct ward_filter *filter, struct ward_flow **flows,
		    size_t *count)
{
	struct flows all = { 0 };

	if (ward_walk_flows(socket, interface, filter, keep_flow, clear_flows,
			    &all)) {
		error("%s: cannot read the flows: %s", interface,
		      ward_why(socket));
		clear_flows(&all);
		return -1;
	}
	*flows = all.items;
	*count = all.count;
	return 0;
}

static int read_count(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *table[WGWARD_A_MAX + 1];
	u32 *count = data;

	netlink_parse_generic(header, table, WGWARD_A_MAX);
	*count = netlink_u32(table[WGWARD_A_FLOWS]);
	return 0;
}

int ward_flush_flows(struct ward_socket *socket, const char *interface,
		     const struct ward_filter *filter, u32 *count)
{
	*count = 0;
	ward_start(socket, WGWARD_CMD_FLOW_FLUSH, interface);
	put_filter(socket->netlink, filter);
	return ward_send(socket, interface, "end the flows", read_count, count);
}

static int read_verdict(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *table[WGWARD_A_MAX + 1];
	struct ward_verdict *verdict = data;

	netlink_parse_generic(header, table, WGWARD_A_MAX);
	/* Without one this is no answer, and zero would read as "pass". */
	if (!table[WGWARD_A_VERDICT] || !table[WGWARD_A_REASON])
		return -EBADMSG;
	verdict->code = netlink_u32(table[WGWARD_A_VERDICT]);
	verdict->reason = netlink_u32(table[WGWARD_A_REASON]);
	netlink_text(table[WGWARD_A_RULE_NAME], verdict->rule,
		     sizeof(verdict->rule));
	verdict->audited_code = netlink_u32(table[WGWARD_A_AUDITED_VERDICT]);
	netlink_text(table[WGWARD_A_AUDITED_RULE], verdict->audited,
		     sizeof(verdict->audited));
	netlink_text(table[WGWARD_A_SOURCE_NODE], verdict->source,
		     sizeof(verdict->source));
	netlink_text(table[WGWARD_A_DESTINATION_NODE], verdict->destination,
		     sizeof(verdict->destination));
	return 0;
}

static int ask(struct ward_socket *socket, const char *interface,
	       const struct ward_question *question, u32 *sequence)
{
	size_t size = question->family == AF_INET6 ? 16 : 4;
	struct netlink *netlink = socket->netlink;

	ward_start(socket, WGWARD_CMD_EXPLAIN, interface);
	netlink_put(netlink, WGWARD_A_SOURCE, &question->source, size);
	netlink_put(netlink, WGWARD_A_DESTINATION, &question->destination,
		    size);
	netlink_put_u32(netlink, WGWARD_A_SERVICE, question->service);
	return netlink_submit(netlink, sequence);
}

/* Returns 0 or -errno. */
static int explain_some(struct ward_socket *socket, const char *interface,
			const struct ward_question *questions, size_t count,
			struct ward_verdict *verdicts)
{
	u32 sequences[QUESTIONS_UNDER_WAY];
	size_t i;
	int result;

	for (i = 0; i < count; i++) {
		result = ask(socket, interface, &questions[i], &sequences[i]);
		if (result)
			return result;
	}
	for (i = 0; i < count; i++) {
		verdicts[i] = (struct ward_verdict){
			.code = WGWARD_VERDICT_DROP,
		};
		result = netlink_collect(socket->netlink, sequences[i],
					 read_verdict, &verdicts[i]);
		if (result)
			return result;
	}
	return 0;
}

int ward_explain_all(struct ward_socket *socket, const char *interface,
		     const struct ward_question *questions, size_t count,
		     struct ward_verdict *verdicts)
{
	size_t part;
	int result;

	for (; count; count -= part) {
		part = count < QUESTIONS_UNDER_WAY ? count :
						     QUESTIONS_UNDER_WAY;
		result = explain_some(socket, interface, questions, part,
				      verdicts);
		if (result) {
			error("%s: cannot explain: %s", interface,
			      netlink_why(socket->netlink));
			return -1;
		}
		questions += part;
		verdicts += part;
	}
	return 0;
}

int ward_explain(struct ward_socket *socket, const char *interface, u8 family,
		 const struct in6_addr *source,
		 const struct in6_addr *destination, u32 service,
		 struct ward_verdict *verdict)
{
	const struct ward_question question = {
		.family = family,
		.source = *source,
		.destination = *destination,
		.service = service,
	};

	return ward_explain_all(socket, interface, &question, 1, verdict);
}
