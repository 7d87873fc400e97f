// SPDX-License-Identifier: GPL-2.0
/* Where a policy's verdicts may change: what stands next to what it names. */
#include "edge.h"

#include <string.h>
#include <sys/socket.h>

#include "tap.h"

static u32 bits_of(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

static void add_address(struct edges *edges, u8 family,
			const struct in6_addr *address)
{
	if (edges->address_count == EDGES_MOST)
		return;
	edges->addresses[edges->address_count].family = family;
	edges->addresses[edges->address_count++].address = *address;
}

/* The address behind, or in front of, @address: round the space's end. */
static struct in6_addr neighbour(const struct in6_addr *address, u8 family,
				 int step)
{
	struct in6_addr other = *address;
	u32 i = bits_of(family) / 8;
	int carry = step;

	while (carry && i--) {
		carry += other.s6_addr[i];
		other.s6_addr[i] = carry;
		carry = carry < 0 ? -1 : carry > 0xff;
	}
	return other;
}

static void add_prefix(struct edges *edges, const struct wgward_prefix *prefix)
{
	struct in6_addr first = prefix->address, last = prefix->address, other;
	u32 i;

	for (i = prefix->length; i < bits_of(prefix->family); i++)
		last.s6_addr[i / 8] |= 0x80 >> i % 8;
	add_address(edges, prefix->family, &first);
	add_address(edges, prefix->family, &last);
	other = neighbour(&first, prefix->family, -1);
	add_address(edges, prefix->family, &other);
	other = neighbour(&last, prefix->family, 1);
	add_address(edges, prefix->family, &other);
}

static void add_prefixes(struct edges *edges,
			 const struct wgward_prefix *prefixes, u32 count)
{
	while (count--)
		add_prefix(edges, &prefixes[count]);
}

static void add_service(struct edges *edges, u32 service)
{
	if (edges->service_count < EDGES_MOST && service <= WGWARD_SERVICE_MAX)
		edges->services[edges->service_count++] = service;
}

static void add_time(struct edges *edges, u64 time)
{
	if (edges->time_count < EDGES_MOST)
		edges->times[edges->time_count++] = time;
}

static void add_until(struct edges *edges, u64 until)
{
	if (!until)
		return;
	add_time(edges, until - 1);
	add_time(edges, until);
	add_time(edges, until + 1);
}

static void add_rule(struct edges *edges, const struct wgward_rule *rule)
{
	u32 i;

	for (i = 0; i < rule->service_count; i++) {
		add_service(edges, rule->services[i].first - 1);
		add_service(edges, rule->services[i].first);
		add_service(edges, rule->services[i].last);
		add_service(edges, rule->services[i].last + 1);
	}
	add_prefixes(edges, rule->from.prefixes, rule->from.prefix_count);
	add_prefixes(edges, rule->to.prefixes, rule->to.prefix_count);
	add_prefixes(edges, rule->from.except_prefixes,
		     rule->from.except_prefix_count);
	add_prefixes(edges, rule->to.except_prefixes,
		     rule->to.except_prefix_count);
	add_until(edges, rule->until);
}

void edges_collect(struct edges *edges, const struct wgward_policy *policy)
{
	const struct in6_addr elsewhere = { .s6_addr = { 0xcb, 0, 113, 1 } };
	const struct wgward_node *node;
	u32 i;

	edges->address_count = 0;
	edges->service_count = 0;
	edges->time_count = 0;
	add_address(edges, AF_INET, &elsewhere);
	add_address(edges, AF_INET6, &elsewhere);
	add_service(edges, 0);
	add_service(edges, WGWARD_SERVICE_MAX);
	add_time(edges, 0);
	for (i = 0; i < policy->node_count; i++) {
		node = &policy->nodes[i];
		add_prefixes(edges, node->addresses, node->address_count);
		add_prefixes(edges, node->routes, node->route_count);
		add_until(edges, node->until);
	}
	for (i = 0; i < policy->rule_count; i++)
		add_rule(edges, &policy->rules[i]);
	add_prefixes(edges, policy->networks, policy->network_count);
}

const struct edge_address *edges_address(const struct edges *edges)
{
	return &edges->addresses[random_below(edges->address_count)];
}

const struct edge_address *edges_address_of(const struct edges *edges,
					    u8 family)
{
	u32 i = random_below(edges->address_count);

	while (edges->addresses[i].family != family)
		i = (i + 1) % edges->address_count;
	return &edges->addresses[i];
}

u32 edges_service(const struct edges *edges)
{
	return edges->services[random_below(edges->service_count)];
}

u64 edges_time(const struct edges *edges)
{
	return edges->times[random_below(edges->time_count)];
}
