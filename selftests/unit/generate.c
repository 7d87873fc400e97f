// SPDX-License-Identifier: GPL-2.0
/* Random policies in a small world, so that things meet often. */
#include "generate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tap.h"

#define MOST_TERMS 4

static const u32 shifts4[] = { 0, 1, 8, 16, 24 };
static const u32 shifts6[] = { 0, 8, 56, 60, 63, 64, 96, 120 };
static const u8 protocols[] = { 0, 1, 6, 17, 47, 50, 58, 59, 132, 254, 255 };

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static u32 family_bits(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

static void put_bit(struct in6_addr *address, u32 bit, bool value)
{
	u8 mask = 1 << (7 - bit % 8);

	address->s6_addr[bit / 8] &= ~mask;
	if (value)
		address->s6_addr[bit / 8] |= mask;
}

/* All zero, all one or random: both ends of the space must be met. */
static struct in6_addr random_base(u32 bits)
{
	struct in6_addr base = { 0 };
	u32 kind = random_below(3);
	u32 i;

	for (i = 0; i < bits; i++)
		put_bit(&base, i, kind == 2 ? random_once_in(2) : kind);
	return base;
}

void generate_world(struct world *world)
{
	u32 i;

	world->base[0] = random_base(32);
	world->base[1] = random_base(128);
	world->shift[0] = shifts4[random_below(LENGTH_OF(shifts4))];
	world->shift[1] = shifts6[random_below(LENGTH_OF(shifts6))];
	for (i = 0; i < LENGTH_OF(world->protocols); i++)
		world->protocols[i] =
			protocols[random_below(LENGTH_OF(protocols))];
	world->plain = random_once_in(3);
}

u64 generate_now(void)
{
	return random_below(GENERATE_LATEST + 1);
}

/* An end, if there are any in this world, one time in @often. */
static u64 random_until(const struct world *world, u32 often)
{
	if (world->plain || !random_once_in(often))
		return 0;
	return 1 + random_below(GENERATE_LATEST);
}

u8 generate_family(void)
{
	return random_once_in(2) ? AF_INET : AF_INET6;
}

struct in6_addr generate_address(const struct world *world, u8 family)
{
	struct in6_addr address = world->base[family == AF_INET6];
	u32 shift = world->shift[family == AF_INET6];
	u32 bits = family_bits(family);
	bool low = random_once_in(2);
	u32 i;

	/* Now and then from anywhere. */
	if (random_once_in(20))
		return random_base(bits);
	for (i = bits - shift - 8; i < bits - shift; i++)
		put_bit(&address, i, random_once_in(2));
	for (; i < bits; i++)
		put_bit(&address, i, low);
	return address;
}

static struct wgward_prefix random_prefix(const struct world *world, u8 family)
{
	struct wgward_prefix prefix = { .family = family };
	u32 bits = family_bits(family);
	u32 i;

	prefix.address = generate_address(world, family);
	prefix.length =
		bits - world->shift[family == AF_INET6] - random_below(9);
	if (random_once_in(4))
		prefix.length = bits;
	if (random_once_in(10))
		prefix.length = random_below(bits + 1);
	if (random_once_in(20))
		prefix.length = 0;
	for (i = prefix.length; i < bits; i++)
		put_bit(&prefix.address, i, 0);
	return prefix;
}

static u32 random_prefixes(const struct world *world,
			   struct wgward_prefix *prefixes, u32 most)
{
	u32 count = random_below(most + 1);
	u32 i;

	for (i = 0; i < count; i++)
		prefixes[i] = random_prefix(world, generate_family());
	return count;
}

/* Of few letters: many names are beginnings of others. */
static void random_name(char *name, u32 limit)
{
	static const char letters[] = "a-0z";
	u32 length = 1 + random_below(limit);
	u32 i;

	do {
		for (i = 0; i < length; i++)
			name[i] = letters[random_below(4)];
		name[length] = 0;
	} while (!strcmp(name, "any"));
}

const struct wgward_prefix *generate_network(const struct world *world)
{
	static struct wgward_prefix network;

	network = random_prefix(world, generate_family());
	return &network;
}

const char *generate_group(void)
{
	static char name[WGWARD_GROUP_NAME_LEN + 1];

	random_name(name, random_once_in(9) ? WGWARD_GROUP_NAME_LEN : 4);
	return name;
}

struct in6_addr generate_end(const struct world *world,
			     const struct wgward_policy *policy, u8 family)
{
	const struct wgward_node *node;
	u32 i;

	node = &policy->nodes[random_below(policy->node_count)];
	i = random_below(node->address_count);
	if (random_once_in(3) || node->addresses[i].family != family)
		return generate_address(world, family);
	return node->addresses[i].address;
}

static u32 random_groups(const struct wgward_policy *policy, u32 *groups)
{
	u32 i, count = 0;

	for (i = 0; i < policy->group_count && count < MOST_TERMS; i++) {
		if (random_once_in(3))
			groups[count++] = i;
	}
	return count;
}

const struct wgward_node *generate_node(const struct world *world,
					const struct wgward_policy *policy,
					bool self)
{
	static struct wgward_prefix addresses[MOST_TERMS], routes[MOST_TERMS];
	static u32 groups[MOST_TERMS];
	static char endpoint[] = "[fd00::1]:51820";
	static struct wgward_node node;
	u32 i;

	memset(&node, 0, sizeof(node));
	random_name(node.name, 6);
	for (i = 0; i < WGWARD_KEY_LEN; i++)
		node.key[i] = random_next();
	node.flags = self ? WGWARD_NODE_F_SELF : 0;
	if (random_once_in(2))
		node.flags |= WGWARD_NODE_F_ROUTE_GROUPS;
	node.address_count = 1 + random_below(MOST_TERMS);
	for (i = 0; i < node.address_count; i++) {
		addresses[i].family = generate_family();
		addresses[i].length = family_bits(addresses[i].family);
		addresses[i].address =
			generate_address(world, addresses[i].family);
	}
	node.addresses = addresses;
	if (random_once_in(2))
		node.route_count = random_prefixes(world, routes, MOST_TERMS);
	node.routes = routes;
	node.group_count = random_groups(policy, groups);
	node.groups = groups;
	if (random_once_in(2))
		node.endpoint = endpoint;
	node.until = random_until(world, 9);
	return &node;
}

u8 generate_protocol(const struct world *world)
{
	return world->protocols[random_below(LENGTH_OF(world->protocols))];
}

/* A number at, before or behind an edge, without leaving the range. */
static u32 beside(u32 edge)
{
	u32 number = edge + random_below(3) - 1;

	return number > WGWARD_SERVICE_MAX ? edge : number;
}

u32 generate_service(const struct world *world,
		     const struct wgward_policy *policy)
{
	const struct wgward_service *service;
	const struct wgward_rule *rule;

	if (!policy->rule_count || random_once_in(8))
		return generate_protocol(world) << 16 | random_below(0x10000);
	rule = &policy->rules[random_below(policy->rule_count)];
	service = &rule->services[random_below(rule->service_count)];
	return beside(random_once_in(2) ? service->first : service->last);
}

static struct wgward_service random_service(const struct world *world)
{
	u32 base = generate_protocol(world) << 16;
	u32 port = random_below(0x10000);

	switch (random_below(7)) {
	case 0: /* one port of few */
		port = random_below(8);
		return (struct wgward_service){ base | port, base | port };
	case 1: /* ports that meet */
		return (struct wgward_service){ base, base | port % 8 };
	case 2:
		return (struct wgward_service){ base | port % 8,
						base | 0xffff };
	case 3: /* all of a protocol */
		return (struct wgward_service){ base, base | 0xffff };
	case 4: /* ports somewhere */
		return (struct wgward_service){
			base | port,
			base | (port + random_below(0x10000 - port))
		};
	case 5: /* over several protocols */
		return (struct wgward_service){
			base | port % 3,
			(base | port) + random_below(WGWARD_SERVICE_MAX + 1 -
						     (base | port))
		};
	default:
		return (struct wgward_service){ 0, WGWARD_SERVICE_MAX };
	}
}

/* The memory that a random selector refers to. */
struct selector_terms {
	u32 groups[MOST_TERMS], except_groups[MOST_TERMS];
	struct wgward_prefix prefixes[MOST_TERMS], except_prefixes[MOST_TERMS];
};

static void random_selector(const struct world *world,
			    const struct wgward_policy *policy,
			    struct wgward_selector *selector,
			    struct selector_terms *terms)
{
	memset(selector, 0, sizeof(*selector));
	selector->any = random_once_in(3);
	if (random_once_in(2))
		selector->group_count = random_groups(policy, terms->groups);
	if (random_once_in(2))
		selector->prefix_count =
			random_prefixes(world, terms->prefixes, MOST_TERMS);
	if (!selector->group_count && !selector->prefix_count)
		selector->any = true;
	if (random_once_in(3))
		selector->except_group_count =
			random_groups(policy, terms->except_groups);
	if (random_once_in(3))
		selector->except_prefix_count = random_prefixes(
			world, terms->except_prefixes, MOST_TERMS);
	selector->groups = terms->groups;
	selector->prefixes = terms->prefixes;
	selector->except_groups = terms->except_groups;
	selector->except_prefixes = terms->except_prefixes;
}

/* As many of them allow as do not. */
static u8 random_action(void)
{
	static const u8 actions[] = { WGWARD_ACTION_ALLOW, WGWARD_ACTION_ALLOW,
				      WGWARD_ACTION_DENY,
				      WGWARD_ACTION_REJECT };

	return actions[random_below(LENGTH_OF(actions))];
}

const struct wgward_rule *generate_rule(const struct world *world,
					const struct wgward_policy *policy)
{
	static struct wgward_service services[MOST_TERMS];
	static struct selector_terms from, to;
	static struct wgward_rule rule;
	u32 i;

	memset(&rule, 0, sizeof(rule));
	random_name(rule.name, random_once_in(9) ? WGWARD_NAME_LEN : 5);
	rule.action = random_action();
	if (!world->plain && random_once_in(3))
		rule.flags |= WGWARD_RULE_F_AUDIT;
	if (random_once_in(3))
		rule.flags |= WGWARD_RULE_F_LOG;
	rule.until = random_until(world, 2);
	rule.service_count = 1 + random_below(MOST_TERMS);
	for (i = 0; i < rule.service_count; i++)
		services[i] = random_service(world);
	rule.services = services;
	random_selector(world, policy, &rule.from, &from);
	random_selector(world, policy, &rule.to, &to);
	return &rule;
}

static bool accepted(int error, const char *what, const char *why)
{
	if (!error || error == -EEXIST)
		return true;
	tap_note("%s refused: %s", what, why);
	return false;
}

static bool add_nodes(const struct world *world, struct wgward_policy *policy,
		      u32 count)
{
	const char *why = NULL;
	u32 i;
	int error;

	/* Until there is one, which is self. */
	for (i = 0; i < count || !policy->node_count; i++) {
		error = wgward_policy_add_node(
			policy,
			generate_node(world, policy, !policy->node_count),
			&why);
		if (!accepted(error, "node", why))
			return false;
	}
	return true;
}

static bool add_objects(const struct world *world, struct wgward_policy *policy,
			const struct size *most)
{
	u32 i, count = random_below(most->networks + 1);
	const char *why = NULL;
	int error;

	for (i = 0; i < count; i++) {
		error = wgward_policy_add_network(
			policy, generate_network(world), &why);
		if (!accepted(error, "network", why))
			return false;
	}
	count = random_below(most->groups + 1);
	for (i = 0; i < count; i++) {
		error = wgward_policy_add_group(policy, generate_group(), &why);
		if (!accepted(error, "group", why))
			return false;
	}
	if (!add_nodes(world, policy, random_below(most->nodes + 1)))
		return false;
	count = random_below(most->rules + 1);
	for (i = 0; i < count; i++) {
		error = wgward_policy_add_rule(
			policy, generate_rule(world, policy), &why);
		if (!accepted(error, "rule", why))
			return false;
	}
	return true;
}

struct wgward_policy *generate_policy(const struct world *world,
				      const struct size *most)
{
	struct wgward_policy *policy = wgward_policy_create();

	if (policy && add_objects(world, policy, most)) {
		policy->fallback = random_action();
		return policy;
	}
	wgward_policy_free(policy);
	return NULL;
}
