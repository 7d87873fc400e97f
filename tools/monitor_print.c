// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "address.h"
#include "command.h"
#include "monitor.h"
#include "netlink.h"
#include "output.h"
#include "service.h"
#include "timestamp.h"
#include "ward_internal.h"

/**
 * struct sample - a verdict that the kernel tells of
 * @verdict: with what decided; of an audit, what would have
 * @audit: it was passed nevertheless
 * @received: from the tunnel; else sent into it
 * @family: of the addresses; AF_UNSPEC: it had none that could be read
 * @source: from
 * @destination: to
 * @has_service: @service could be read
 * @service: service number
 * @protocol: IP protocol
 * @has_ports: there are ports; the first may be the id of an ICMP query
 * @source_port: from
 * @destination_port: to
 * @length: bytes of the packet
 * @suppressed: samples not sent since the last
 */
struct sample {
	struct ward_verdict verdict;
	bool audit;
	bool received;
	u8 family;
	struct in6_addr source, destination;
	bool has_service;
	u32 service;
	u8 protocol;
	bool has_ports;
	u16 source_port, destination_port;
	u32 length;
	u64 suppressed;
};

static void read_verdict(const struct nlattr **table,
			 struct ward_verdict *verdict)
{
	verdict->code = netlink_u32(table[WGWARD_A_VERDICT]);
	verdict->reason = netlink_u32(table[WGWARD_A_REASON]);
	netlink_text(table[WGWARD_A_RULE_NAME], verdict->rule,
		     sizeof(verdict->rule));
	netlink_text(table[WGWARD_A_SOURCE_NODE], verdict->source,
		     sizeof(verdict->source));
	netlink_text(table[WGWARD_A_DESTINATION_NODE], verdict->destination,
		     sizeof(verdict->destination));
}

static void read_sample(const struct nlattr **table, struct sample *sample)
{
	memset(sample, 0, sizeof(*sample));
	read_verdict(table, &sample->verdict);
	sample->audit = table[WGWARD_A_AUDIT];
	sample->received = netlink_u32(table[WGWARD_A_DIRECTION]) ==
			   WGWARD_DIRECTION_RECEIVED;
	sample->family =
		ward_read_address(table[WGWARD_A_SOURCE], &sample->source);
	ward_read_address(table[WGWARD_A_DESTINATION], &sample->destination);
	sample->has_service = table[WGWARD_A_SERVICE];
	sample->service = netlink_u32(table[WGWARD_A_SERVICE]);
	sample->protocol = netlink_u8(table[WGWARD_A_PROTOCOL]);
	sample->has_ports = table[WGWARD_A_SOURCE_PORT];
	sample->source_port = netlink_u16(table[WGWARD_A_SOURCE_PORT]);
	sample->destination_port =
		netlink_u16(table[WGWARD_A_DESTINATION_PORT]);
	sample->length = netlink_u32(table[WGWARD_A_LENGTH]);
	sample->suppressed = netlink_u64(table[WGWARD_A_SUPPRESSED]);
}

/* What each object begins with. */
static json_t *event_object(const char *event, const char *interface)
{
	json_t *object = output_object();

	output_set_number(object, "time", time(NULL));
	output_set_text(object, "event", event);
	output_set_text(object, "interface", interface);
	return object;
}

static void print_heading(const char *interface)
{
	char text[TIMESTAMP_TEXT_LEN];

	printf("%s %s: ", timestamp_format(text, time(NULL)), interface);
}

static void set_name(json_t *object, const char *key, const char *name)
{
	output_set_text(object, key, *name ? name : NULL);
}

static void set_address(json_t *object, const char *key, u8 family,
			const struct in6_addr *address)
{
	char text[ADDRESS_TEXT_LEN];

	output_set_text(object, key,
			family == AF_UNSPEC ?
				NULL :
				address_format(text, family, address));
}

static void set_port(json_t *object, const char *key,
		     const struct sample *sample, u16 port)
{
	if (sample->has_ports)
		output_set_number(object, key, port);
	else
		output_set(object, key, json_null());
}

static void print_sample_json(const char *interface,
			      const struct sample *sample)
{
	const struct ward_verdict *verdict = &sample->verdict;
	json_t *object = event_object("verdict", interface);
	char text[SERVICE_TEXT_LEN];

	output_set_text(object, "verdict", output_verdict(verdict->code));
	output_set_text(object, "reason", output_reason(verdict->reason));
	set_name(object, "rule", verdict->rule);
	output_set_bool(object, "audit", sample->audit);
	output_set_text(object, "direction",
			sample->received ? "received" : "sent");
	set_address(object, "source", sample->family, &sample->source);
	set_address(object, "destination", sample->family,
		    &sample->destination);
	set_name(object, "source_node", verdict->source);
	set_name(object, "destination_node", verdict->destination);
	output_set_number(object, "protocol", sample->protocol);
	set_port(object, "source_port", sample, sample->source_port);
	set_port(object, "destination_port", sample, sample->destination_port);
	output_set_text(object, "service",
			sample->has_service ?
				service_format_single(text, sample->service) :
				NULL);
	output_set_number(object, "length", sample->length);
	output_set_number(object, "suppressed", sample->suppressed);
	output_json(object, true);
}

static void print_end(const char *node, u8 family,
		      const struct in6_addr *address, bool has_port, u16 port)
{
	bool brackets = family == AF_INET6 && has_port;
	char text[ADDRESS_TEXT_LEN];

	if (*node)
		printf("%s ", node);
	if (family == AF_UNSPEC)
		fputs("?", stdout);
	else
		printf(brackets ? "[%s]" : "%s",
		       address_format(text, family, address));
	if (has_port)
		printf(":%u", port);
}

/* "drop rule no-telnet, received: alice 10.0.0.1:4711 > hub ..., 60 bytes" */
static void print_sample_text(const char *interface,
			      const struct sample *sample)
{
	const struct ward_verdict *verdict = &sample->verdict;
	char text[SERVICE_TEXT_LEN];

	if (sample->suppressed) {
		print_heading(interface);
		printf("%llu verdicts were not told, being too many\n",
		       (unsigned long long)sample->suppressed);
	}
	print_heading(interface);
	printf("%s%s %s%s%s, %s: ", sample->audit ? "audit: " : "",
	       output_verdict(verdict->code), output_reason(verdict->reason),
	       *verdict->rule ? " " : "", verdict->rule,
	       sample->received ? "received" : "sent");
	print_end(verdict->source, sample->family, &sample->source,
		  sample->has_ports, sample->source_port);
	fputs(" > ", stdout);
	print_end(verdict->destination, sample->family, &sample->destination,
		  sample->has_ports, sample->destination_port);
	printf(", %s, %u bytes\n",
	       sample->has_service ?
		       service_format_single(text, sample->service) :
		       "service unknown",
	       sample->length);
}

static void print_sample(const char *interface, const struct nlattr **table)
{
	struct sample sample;

	read_sample(table, &sample);
	if (option_json)
		print_sample_json(interface, &sample);
	else
		print_sample_text(interface, &sample);
}

static void print_state(const char *event, const struct ward *ward)
{
	json_t *object;

	if (!option_json) {
		print_heading(ward->name);
		printf("%s, state %s, generation %llu\n", event,
		       output_state(ward->state),
		       (unsigned long long)ward->generation);
		return;
	}
	object = event_object(event, ward->name);
	output_set_number(object, "ifindex", ward->ifindex);
	output_set_text(object, "state", output_state(ward->state));
	output_set_number(object, "generation", ward->generation);
	output_json(object, true);
}

static void print_event(const char *interface, const struct nlattr **table)
{
	struct ward ward = {
		.ifindex = netlink_u32(table[WGWARD_A_IFINDEX]),
		.state = netlink_u32(table[WGWARD_A_STATE]),
		.generation = netlink_u64(table[WGWARD_A_GENERATION]),
	};

	strcpy(ward.name, interface);
	print_state(output_event(netlink_u32(table[WGWARD_A_EVENT])), &ward);
}

void monitor_print_ward(const struct ward *ward)
{
	print_state("state", ward);
}

void monitor_print(const struct nlmsghdr *header, const char *interface)
{
	const struct genlmsghdr *generic = mnl_nlmsg_get_payload(header);
	const struct nlattr *table[WGWARD_A_MAX + 1];
	char name[IFNAMSIZ];

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*generic))
		return;
	netlink_parse_generic(header, table, WGWARD_A_MAX);
	netlink_text(table[WGWARD_A_WARD], name, sizeof(name));
	if (interface && strcmp(interface, name))
		return;
	if (generic->cmd == WGWARD_CMD_VERDICT)
		print_sample(name, table);
	else if (generic->cmd == WGWARD_CMD_EVENT)
		print_event(name, table);
}

void monitor_print_lost(const char *group)
{
	char text[TIMESTAMP_TEXT_LEN];
	json_t *object;

	if (!option_json) {
		printf("%s messages of the group %s were lost: they came "
		       "faster than they could be read\n",
		       timestamp_format(text, time(NULL)), group);
		return;
	}
	object = event_object("lost", NULL);
	output_set_text(object, "group", group);
	output_json(object, true);
}
