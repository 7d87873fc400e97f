// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <string.h>

#include "protocol.h"
#include "text.h"

struct entry {
	const char *name;
	u8 number;
};

static const struct entry protocols[] = {
	{ "icmp", IPPROTO_ICMP },
	{ "igmp", IPPROTO_IGMP },
	{ "ipip", IPPROTO_IPIP },
	{ "tcp", IPPROTO_TCP },
	{ "egp", IPPROTO_EGP },
	{ "udp", IPPROTO_UDP },
	{ "dccp", IPPROTO_DCCP },
	{ "ipv6", IPPROTO_IPV6 },
	{ "rsvp", IPPROTO_RSVP },
	{ "gre", IPPROTO_GRE },
	{ "esp", IPPROTO_ESP },
	{ "ah", IPPROTO_AH },
	{ "icmp6", IPPROTO_ICMPV6 },
	{ "eigrp", 88 },
	{ "ospf", 89 },
	{ "pim", IPPROTO_PIM },
	{ "ipcomp", IPPROTO_COMP },
	{ "vrrp", 112 },
	{ "l2tp", 115 },
	{ "sctp", IPPROTO_SCTP },
	{ "udplite", IPPROTO_UDPLITE },
	{ NULL, 0 },
};

static const struct entry icmp_types[] = {
	{ "echo-reply", 0 },	       { "destination-unreachable", 3 },
	{ "source-quench", 4 },	       { "redirect", 5 },
	{ "echo-request", 8 },	       { "router-advertisement", 9 },
	{ "router-solicitation", 10 }, { "time-exceeded", 11 },
	{ "parameter-problem", 12 },   { "timestamp-request", 13 },
	{ "timestamp-reply", 14 },     { "address-mask-request", 17 },
	{ "address-mask-reply", 18 },  { NULL, 0 },
};

static const struct entry icmp6_types[] = {
	{ "destination-unreachable", 1 },
	{ "packet-too-big", 2 },
	{ "time-exceeded", 3 },
	{ "parameter-problem", 4 },
	{ "echo-request", 128 },
	{ "echo-reply", 129 },
	{ "mld-query", 130 },
	{ "mld-report", 131 },
	{ "mld-done", 132 },
	{ "router-solicitation", 133 },
	{ "router-advertisement", 134 },
	{ "neighbour-solicitation", 135 },
	{ "neighbour-advertisement", 136 },
	{ "redirect", 137 },
	{ "mld2-report", 143 },
	{ NULL, 0 },
};

static int parse(const struct entry *table, const char *name)
{
	u64 number;

	for (; table->name; table++) {
		if (!strcmp(table->name, name))
			return table->number;
	}
	return text_number(name, 255, &number) ? (int)number : -1;
}

static const char *find(const struct entry *table, u8 number)
{
	for (; table->name; table++) {
		if (table->number == number)
			return table->name;
	}
	return NULL;
}

static const char *nearest(const struct entry *table, const char *name)
{
	struct text_nearest nearest = { .word = name };

	for (; table->name; table++)
		text_nearest_try(&nearest, table->name);
	return nearest.best;
}

static const struct entry *types(u8 protocol)
{
	return protocol == IPPROTO_ICMP ? icmp_types : icmp6_types;
}

int protocol_parse(const char *name)
{
	return parse(protocols, name);
}

const char *protocol_name(u8 protocol)
{
	return find(protocols, protocol);
}

bool protocol_has_ports(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
		return true;
	default:
		return false;
	}
}

bool protocol_has_types(u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

const char *protocol_nearest(const char *name)
{
	return nearest(protocols, name);
}

int protocol_type_parse(u8 protocol, const char *name)
{
	return parse(types(protocol), name);
}

const char *protocol_type_name(u8 protocol, u8 type)
{
	return find(types(protocol), type);
}

const char *protocol_type_nearest(u8 protocol, const char *name)
{
	return nearest(types(protocol), name);
}
