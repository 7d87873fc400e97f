// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "command.h"
#include "memory.h"
#include "output.h"
#include "protocol.h"
#include "service.h"
#include "show.h"

static const char *state_name(u8 state)
{
	switch (state) {
	case WGWARD_FLOW_NEW:
		return "new";
	case WGWARD_FLOW_ESTABLISHED:
		return "established";
	case WGWARD_FLOW_CLOSING:
		return "closing";
	default:
		return "unknown";
	}
}

static const char *none_if_empty(const char *text)
{
	return *text ? text : NULL;
}

json_t *show_flow_json(const struct ward_flow *flow)
{
	char source[ADDRESS_TEXT_LEN], destination[ADDRESS_TEXT_LEN];
	json_t *object = output_object();
	char service[SERVICE_TEXT_LEN];

	address_format(source, flow->family, &flow->source);
	address_format(destination, flow->family, &flow->destination);
	output_set_text(object, "source", source);
	output_set_text(object, "destination", destination);
	output_set_text(object, "source_node",
			none_if_empty(flow->source_node));
	output_set_text(object, "destination_node",
			none_if_empty(flow->destination_node));
	output_set_number(object, "protocol", flow->protocol);
	output_set_number(object, "source_port", flow->source_port);
	output_set_number(object, "destination_port", flow->destination_port);
	output_set_text(object, "service",
			service_format_single(service, flow->service));
	output_set_text(object, "rule", none_if_empty(flow->rule));
	output_set_text(object, "state", state_name(flow->state));
	output_set_number(object, "age_ms", flow->age);
	output_set_number(object, "expires_ms", flow->expires);
	output_set_number(object, "packets", flow->packets);
	output_set_number(object, "bytes", flow->bytes);
	output_set_number(object, "reply_packets", flow->reply_packets);
	output_set_number(object, "reply_bytes", flow->reply_bytes);
	return object;
}

/* "alice 10.10.0.1:4711", as much of it as there is. */
static char *format_end(const char *node, u8 family,
			const struct in6_addr *address, bool has_port, u16 port)
{
	const char *open = family == AF_INET6 && has_port ? "[" : "";
	const char *close = family == AF_INET6 && has_port ? "]" : "";
	char text[ADDRESS_TEXT_LEN], number[8] = "";

	if (has_port)
		snprintf(number, sizeof(number), ":%u", port);
	address_format(text, family, address);
	return memory_print("%s%s%s%s%s%s", node, *node ? " " : "", open, text,
			    close, number);
}

char *show_flow_source(const struct ward_flow *flow)
{
	return format_end(flow->source_node, flow->family, &flow->source,
			  protocol_has_ports(flow->protocol),
			  flow->source_port);
}

char *show_flow_destination(const struct ward_flow *flow)
{
	return format_end(flow->destination_node, flow->family,
			  &flow->destination,
			  protocol_has_ports(flow->protocol),
			  flow->destination_port);
}

static void flow_columns(struct columns *columns, const struct ward_flow *flow)
{
	char age[COLUMNS_TEXT_LEN], bytes[2][COLUMNS_TEXT_LEN];
	char *source, *destination, *packets, *volume;
	char service[SERVICE_TEXT_LEN];

	source = show_flow_source(flow);
	destination = show_flow_destination(flow);
	packets = memory_print("%llu/%llu", (unsigned long long)flow->packets,
			       (unsigned long long)flow->reply_packets);
	volume = memory_print("%s/%s", columns_bytes(bytes[0], flow->bytes),
			      columns_bytes(bytes[1], flow->reply_bytes));
	columns_add(columns, source, destination,
		    service_format_single(service, flow->service),
		    none_if_empty(flow->rule), state_name(flow->state),
		    columns_seconds(age, flow->age / 1000), packets, volume);
	free(source);
	free(destination);
	free(packets);
	free(volume);
}

static void print_columns(const struct ward_flow *flows, size_t count)
{
	struct columns columns = { .count = 8 };
	size_t i;

	columns_add(&columns, "FROM", "TO", "SERVICE", "RULE", "STATE", "AGE",
		    "PACKETS", "BYTES");
	for (i = 0; i < count; i++)
		flow_columns(&columns, &flows[i]);
	columns_print(&columns, "");
}

int show_flows(struct live *live, const struct show_options *options)
{
	struct ward_filter filter;
	struct ward_flow *flows;
	json_t *array;
	size_t count, i;

	if (!show_filter(options, &filter) ||
	    ward_read_flows(live->wards, live->interface, &filter, &flows,
			    &count))
		return -1;
	if (option_json) {
		array = output_array();
		for (i = 0; i < count; i++)
			output_append(array, show_flow_json(&flows[i]));
		output_json(array, false);
	} else {
		print_columns(flows, count);
	}
	free(flows);
	return 0;
}
