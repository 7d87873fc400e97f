// SPDX-License-Identifier: GPL-2.0
/*
 * Objects for a policy as the input has them, good ones and bad ones.
 *
 * The world is small, so that objects meet: a few addresses at either end of
 * the space and in the middle of it, few names, few ports. What only a bad
 * object has stands at the far end of what a byte can say, so that most of
 * what a random byte makes is good.
 */
#include "object_input.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "input.h"

#define TERMS 3

static u8 family_of(u8 kind)
{
	if (kind == 0xff)
		return AF_UNSPEC;
	return kind & 1 ? AF_INET6 : AF_INET;
}

static u8 bits_of(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

/* All the bits from @bit on, as @ones says. */
static void fill_from(struct in6_addr *address, u32 bit, bool ones)
{
	u8 mask;

	for (; bit < 128; bit++) {
		mask = 0x80 >> bit % 8;
		address->s6_addr[bit / 8] &= ~mask;
		address->s6_addr[bit / 8] |= ones ? mask : 0;
	}
}

static struct wgward_prefix address_of(u8 kind, u8 number)
{
	struct wgward_prefix prefix = { .family = family_of(kind) };
	u8 *bytes = prefix.address.s6_addr;
	bool v6 = prefix.family == AF_INET6;

	prefix.length = bits_of(prefix.family);
	switch (kind >> 1 & 3) {
	case 0: /* a mesh */
		bytes[0] = v6 ? 0xfd : 10;
		bytes[v6 ? 15 : 3] = number;
		break;
	case 1: /* where the space begins */
		bytes[v6 ? 15 : 3] = number;
		break;
	case 2: /* where it ends */
		memset(bytes, 0xff, v6 ? 16 : 4);
		bytes[v6 ? 15 : 3] = number;
		break;
	default: /* the edge of a word */
		bytes[0] = v6 ? 0xfd : 10;
		bytes[v6 ? 7 : 2] = number;
	}
	return prefix;
}

struct wgward_prefix input_address(void)
{
	u8 kind = input_byte();
	struct wgward_prefix prefix = address_of(kind, input_byte());

	if (kind >> 3 == 0x1e)
		prefix.length--;
	return prefix;
}

struct wgward_prefix input_prefix(void)
{
	u8 kind = input_byte();
	struct wgward_prefix prefix = address_of(kind, input_byte());
	u8 length = input_byte();

	/* Close to the full length, or anything that 7 bits can say. */
	if (length < 0x80)
		prefix.length -= length % 17;
	else
		prefix.length = (length & 0x7f) % (prefix.length + 2);
	if (kind >> 3 != 0x1e)
		fill_from(&prefix.address, prefix.length, false);
	if (prefix.family == AF_INET)
		memset(prefix.address.s6_addr + 4, 0, 12);
	return prefix;
}

u64 input_until(void)
{
	static const u64 times[] = { 0,	 0,  0,	   0,	       1,    10,
				     11, 12, 1000, ~0ULL >> 1, ~0ULL };

	return times[input_byte() % (sizeof(times) / sizeof(times[0]))];
}

/* Names of which many are beginnings of others. */
static void put_name(char *name, size_t size)
{
	u8 kind = input_byte();

	memset(name, 0, size);
	if (kind < 0xf0)
		snprintf(name, size, "%c%.*s", 'a' + kind % 4, kind / 4 % 4,
			 "-0z");
	else if (kind < 0xf4)
		memset(name, 'a', size - 1);
	else if (kind < 0xf8)
		snprintf(name, size, "a+b");
	else if (kind < 0xfc)
		snprintf(name, size, "%s", kind & 1 ? "any" : "");
	else
		snprintf(name, size, "%c", kind);
}

const char *input_group(void)
{
	static char name[WGWARD_GROUP_NAME_LEN + 2];

	put_name(name, sizeof(name) - input_byte() % 2);
	return name;
}

/* Ascending, mostly. */
static u32 put_groups(u32 *groups)
{
	u32 count = input_byte() % (TERMS + 1);
	u32 i;

	for (i = 0; i < count; i++)
		groups[i] = input_byte() % 8 + i;
	return count;
}

static u32 put_prefixes(struct wgward_prefix *prefixes)
{
	u32 count = input_byte() % (TERMS + 1);
	u32 i;

	for (i = 0; i < count; i++)
		prefixes[i] = input_prefix();
	return count;
}

static void put_addresses(struct wgward_node *node)
{
	static struct wgward_prefix addresses[TERMS], routes[TERMS];
	u8 count = input_byte();
	u32 i;

	node->addresses = addresses;
	node->address_count = count == 0xff ? 0 : 1 + count % TERMS;
	for (i = 0; i < node->address_count; i++)
		addresses[i] = input_address();
	node->routes = routes;
	node->route_count = put_prefixes(routes);
}

const struct wgward_node *input_node(void)
{
	static struct wgward_node node;
	static char relay[WGWARD_NAME_LEN + 1];
	static char endpoint[WGWARD_ENDPOINT_LEN + 2];
	static u32 groups[TERMS];
	u8 flags = input_byte();

	memset(&node, 0, sizeof(node));
	put_name(node.name, sizeof(node.name));
	node.key[0] = input_byte();
	node.flags = flags & 3;
	put_addresses(&node);
	node.groups = groups;
	node.group_count = put_groups(groups);
	if (flags & 4) {
		put_name(relay, sizeof(relay));
		node.relay = relay;
	}
	if (flags & 8) {
		memset(endpoint, 0, sizeof(endpoint));
		memset(endpoint, flags >> 4 == 15 ? ' ' : '1',
		       flags >> 4 == 14 ?
			       WGWARD_ENDPOINT_LEN + input_byte() % 2 :
			       input_byte() % 8);
		node.endpoint = endpoint;
	}
	if (flags & 16)
		node.until = input_until();
	if (flags == 0xe0)
		node.flags = 1U << 5;
	/* No room for the NUL. */
	if (flags == 0xe1)
		memset(node.name, 'a', sizeof(node.name));
	return &node;
}

/* The memory that a selector refers to. */
struct terms {
	u32 groups[TERMS], except_groups[TERMS];
	struct wgward_prefix prefixes[TERMS], except_prefixes[TERMS];
};

static void put_selector(struct wgward_selector *selector, struct terms *terms)
{
	u8 kind = input_byte();

	memset(selector, 0, sizeof(*selector));
	selector->any = kind & 1;
	selector->groups = terms->groups;
	selector->prefixes = terms->prefixes;
	selector->except_groups = terms->except_groups;
	selector->except_prefixes = terms->except_prefixes;
	if (kind & 2)
		selector->group_count = put_groups(terms->groups);
	if (kind & 4)
		selector->prefix_count = put_prefixes(terms->prefixes);
	if (kind & 8)
		selector->except_group_count = put_groups(terms->except_groups);
	if (kind & 16)
		selector->except_prefix_count =
			put_prefixes(terms->except_prefixes);
}

static struct wgward_service input_service(void)
{
	static const u8 protocols[] = { 0, 1, 6, 17, 47, 58, 254, 255 };
	u8 kind = input_byte();
	u32 base = protocols[kind & 7] << 16;
	u32 first = base | (input_byte() & 15);
	u32 last = base | (input_byte() & 15);

	switch (kind >> 3 & 7) {
	case 0: /* all of a protocol */
		return (struct wgward_service){ base, base | 0xffff };
	case 1: /* one port */
		return (struct wgward_service){ first, first };
	case 2: /* up to the end */
		return (struct wgward_service){ first, base | 0xffff };
	case 3: /* from the beginning, into other protocols */
		return (struct wgward_service){ base, last + 0x10000 };
	case 4: /* to the end of all */
		return (struct wgward_service){ first, WGWARD_SERVICE_MAX };
	case 5:
		return (struct wgward_service){ 0, WGWARD_SERVICE_MAX };
	default: /* may be the wrong way round */
		return (struct wgward_service){ first, last };
	}
}

const struct wgward_rule *input_rule(void)
{
	static struct wgward_service services[TERMS];
	static struct wgward_rule rule;
	static struct terms from, to;
	u8 kind = input_byte();
	u8 flags = input_byte();
	u32 i;

	memset(&rule, 0, sizeof(rule));
	put_name(rule.name, sizeof(rule.name));
	rule.action = kind == 0xff ? WGWARD_ACTION_MAX + 1 :
				     kind % (WGWARD_ACTION_MAX + 1);
	if (flags & 1)
		rule.flags = flags >> 1 & 3;
	if (flags & 8)
		rule.until = input_until();
	if (flags == 0xff)
		rule.flags = 1U << 31;
	rule.services = services;
	rule.service_count = flags == 0xfe ? 0 : 1 + (flags >> 4) % TERMS;
	for (i = 0; i < rule.service_count; i++)
		services[i] = input_service();
	put_selector(&rule.from, &from);
	put_selector(&rule.to, &to);
	return &rule;
}
