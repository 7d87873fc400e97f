// SPDX-License-Identifier: GPL-2.0
/* Errors between addresses, routes and networks. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "memory.h"
#include "meshfile.h"
#include "text.h"

#define IPV6_MTU_MIN 1280 /* RFC 8200 */

/* An address or route, and where it stands. */
struct holding {
	const struct wgward_prefix *prefix;
	const struct mesh_text *text;
	const struct mesh_node *node;
};

static void check_network(const struct mesh *mesh, size_t index,
			  struct diagnostics *diagnostics)
{
	const struct wgward_prefix *network = &mesh->networks[index];
	const struct mesh_text *at = &mesh->network_texts.items[index];
	const u8 *byte = network->address.s6_addr;
	size_t i;

	if (!network->length)
		diagnostic_error(diagnostics, at,
				 "is every address; a Network holds the "
				 "addresses of the mesh's nodes, such as "
				 "10.10.0.0/24");
	else if (network->family == AF_INET ? byte[0] >= 224 || byte[0] == 127 :
					      byte[0] == 0xff)
		diagnostic_error(diagnostics, at,
				 "holds no addresses of machines; choose a "
				 "private network, such as 10.10.0.0/24 or "
				 "fd00:10::/64");
	for (i = 0; i < index; i++) {
		if (prefix_covers(&mesh->networks[i], network) ||
		    prefix_covers(network, &mesh->networks[i]))
			diagnostic_error(
				diagnostics, at,
				"overlaps with %s in %s; take "
				"the smaller one out",
				mesh->network_texts.items[i].text,
				diagnostic_line(
					diagnostics,
					mesh->network_texts.items[i].line));
	}
}

/* Without that much, the kernel has no IPv6 on an interface. */
static void check_mtu(const struct mesh *mesh, struct diagnostics *diagnostics)
{
	size_t i;

	if (!mesh->mtu || mesh->mtu >= IPV6_MTU_MIN)
		return;
	for (i = 0; i < mesh->network_count; i++) {
		if (mesh->networks[i].family == AF_INET6)
			break;
	}
	if (i < mesh->network_count)
		diagnostic_error(diagnostics, &mesh->mtu_text,
				 "is too small for the IPv6 of [Mesh] Network; "
				 "write at least %u",
				 IPV6_MTU_MIN);
}

/* The network that holds @address, or NULL. */
static const struct wgward_prefix *
find_network(const struct mesh *mesh, const struct wgward_prefix *address)
{
	size_t i;

	for (i = 0; i < mesh->network_count; i++) {
		if (prefix_covers(&mesh->networks[i], address))
			return &mesh->networks[i];
	}
	return NULL;
}

/* The kernel keeps the last one of an IPv4 network for all of its hosts. */
static bool is_broadcast(const struct wgward_prefix *network,
			 const struct wgward_prefix *address)
{
	struct in6_addr last = prefix_last(network);

	return network->family == AF_INET && network->length < 31 &&
	       !memcmp(&last, &address->address, sizeof(last));
}

static bool is_first(const struct wgward_prefix *network,
		     const struct wgward_prefix *address)
{
	return network->length < address_bits(network->family) - 1 &&
	       !memcmp(&network->address, &address->address,
		       sizeof(network->address));
}

static const char *networks_of(const struct mesh *mesh)
{
	return mesh->network_count == 1 ? mesh->network_texts.items[0].text :
					  "one of its networks";
}

static void check_address(const struct mesh *mesh, const struct mesh_node *node,
			  size_t index, struct diagnostics *diagnostics)
{
	const struct wgward_prefix *address = &node->addresses[index];
	const struct mesh_text *at = &node->address_texts.items[index];
	const struct wgward_prefix *network = find_network(mesh, address);

	if (!network)
		diagnostic_error(diagnostics, at,
				 "is not in [Mesh] Network; choose an address "
				 "in %s, or make this one of the Routes",
				 networks_of(mesh));
	else if (is_broadcast(network, address))
		diagnostic_error(diagnostics, at,
				 "is the broadcast address of [Mesh] Network; "
				 "choose another one");
	else if (is_first(network, address))
		diagnostic_error(diagnostics, at,
				 "is the address of [Mesh] Network itself; "
				 "choose another one");
}

static int compare_holdings(const void *left, const void *right)
{
	const struct holding *a = left, *b = right;
	int compared = prefix_compare(a->prefix, b->prefix);

	if (compared)
		return compared;
	return a->text->line < b->text->line ? -1 :
					       a->text->line > b->text->line;
}

static size_t add_holdings(struct holding *holdings,
			   const struct mesh_node *node,
			   const struct wgward_prefix *prefixes, size_t count,
			   const struct mesh_list *texts)
{
	size_t i;

	for (i = 0; i < count; i++) {
		holdings[i].prefix = &prefixes[i];
		holdings[i].text = &texts->items[i];
		holdings[i].node = node;
	}
	return count;
}

static struct holding *list_holdings(const struct mesh *mesh, size_t *count)
{
	struct holding *holdings;
	size_t i, total = 0;

	for (i = 0; i < mesh->node_count; i++)
		total += mesh->nodes[i].address_count +
			 mesh->nodes[i].route_count;
	holdings = memory_zero(total, sizeof(*holdings));
	*count = 0;
	for (i = 0; i < mesh->node_count; i++) {
		const struct mesh_node *node = &mesh->nodes[i];

		*count += add_holdings(holdings + *count, node, node->addresses,
				       node->address_count,
				       &node->address_texts);
		*count += add_holdings(holdings + *count, node, node->routes,
				       node->route_count, &node->route_texts);
	}
	return holdings;
}

static void check_holdings(const struct mesh *mesh,
			   struct diagnostics *diagnostics)
{
	struct holding *holdings;
	size_t i, count;

	holdings = list_holdings(mesh, &count);
	qsort(holdings, count, sizeof(*holdings), compare_holdings);
	for (i = 1; i < count; i++) {
		const struct holding *first = &holdings[i - 1];
		const struct holding *again = &holdings[i];

		if (!prefix_equal(first->prefix, again->prefix))
			continue;
		if (first->node == again->node)
			diagnostic_error(diagnostics, again->text,
					 "is there again; the first is in %s",
					 diagnostic_line(diagnostics,
							 first->text->line));
		else
			diagnostic_error(diagnostics, again->text,
					 "belongs to node %s already, %s; "
					 "a prefix belongs to one node",
					 text_show(first->node->name),
					 diagnostic_line(diagnostics,
							 first->text->line));
	}
	free(holdings);
}

void lint_prefixes(const struct mesh *mesh, struct diagnostics *diagnostics)
{
	size_t i, j;

	for (i = 0; i < mesh->network_count && i <= WGWARD_MAX_NETWORKS; i++)
		check_network(mesh, i, diagnostics);
	check_mtu(mesh, diagnostics);
	/* With a network missing, more would be blamed than is wrong. */
	for (i = 0; i < mesh->node_count; i++) {
		if (mesh->network_unclear || !mesh->network_count)
			break;
		for (j = 0; j < mesh->nodes[i].address_count; j++)
			check_address(mesh, &mesh->nodes[i], j, diagnostics);
	}
	check_holdings(mesh, diagnostics);
}
