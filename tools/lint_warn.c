// SPDX-License-Identifier: GPL-2.0
/* What a mesh file may say, and hardly means. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "lint_match.h"
#include "memory.h"
#include "meshfile.h"
#include "selector.h"
#include "service.h"

/**
 * struct warner - what the warnings look at
 * @mesh: the mesh
 * @diagnostics: where they go
 * @held: addresses and routes of all nodes, sorted
 * @held_count: number of @held
 * @matcher: what selectors cover
 * @named: a byte for each group, 1: a rule names it
 */
struct warner {
	const struct mesh *mesh;
	struct diagnostics *diagnostics;
	struct wgward_prefix *held;
	size_t held_count;
	struct lint_matcher *matcher;
	u8 *named;
};

static int compare_prefixes(const void *left, const void *right)
{
	return prefix_compare(left, right);
}

static void collect_held(struct warner *warner)
{
	const struct mesh *mesh = warner->mesh;
	size_t i, total = 0;

	for (i = 0; i < mesh->node_count; i++)
		total += mesh->nodes[i].address_count +
			 mesh->nodes[i].route_count;
	warner->held = memory_zero(total, sizeof(*warner->held));
	for (i = 0; i < mesh->node_count; i++) {
		const struct mesh_node *node = &mesh->nodes[i];

		memcpy(warner->held + warner->held_count, node->addresses,
		       node->address_count * sizeof(*warner->held));
		warner->held_count += node->address_count;
		if (node->route_count)
			memcpy(warner->held + warner->held_count, node->routes,
			       node->route_count * sizeof(*warner->held));
		warner->held_count += node->route_count;
	}
	qsort(warner->held, warner->held_count, sizeof(*warner->held),
	      compare_prefixes);
}

static bool is_held(const struct warner *warner,
		    const struct wgward_prefix *prefix)
{
	return bsearch(prefix, warner->held, warner->held_count,
		       sizeof(*warner->held), compare_prefixes);
}

/* Whether a node has an address or a route in @prefix. */
static bool holds_some(const struct warner *warner,
		       const struct wgward_prefix *prefix)
{
	size_t low = 0, high = warner->held_count;

	/* What lies in a prefix follows it in the order. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prefix_compare(&warner->held[middle], prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < warner->held_count &&
	       prefix_covers(prefix, &warner->held[low]);
}

/* Whether a route of a node leads to all of @prefix. */
static bool holds_all(const struct warner *warner,
		      const struct wgward_prefix *prefix)
{
	struct wgward_prefix wider = *prefix;
	unsigned int bit;

	while (wider.length) {
		bit = --wider.length;
		wider.address.s6_addr[bit / 8] &= ~(0x80 >> bit % 8);
		if (is_held(warner, &wider))
			return true;
	}
	return false;
}

/* In the mesh's network, and no node has any of it: it matches nothing. */
static bool is_unowned(const void *data, const struct wgward_prefix *prefix)
{
	const struct warner *warner = data;
	const struct mesh *mesh = warner->mesh;
	size_t i;

	for (i = 0; i < mesh->network_count; i++) {
		if (prefix_covers(&mesh->networks[i], prefix))
			return !holds_some(warner, prefix) &&
			       !holds_all(warner, prefix);
	}
	return false;
}

static void note_term(struct warner *warner, const struct mesh_text *text)
{
	const struct mesh *mesh = warner->mesh;
	struct term term;
	size_t i;

	term_parse(mesh, text, NULL, &term);
	for (i = 0; i < term.name_count; i++) {
		if (term.names[i].group)
			warner->named[term.names[i].group - mesh->groups] = 1;
	}
	if (term.kind == TERM_PREFIX && is_unowned(warner, &term.prefix))
		diagnostic_warning(warner->diagnostics, text,
				   "is in [Mesh] Network, and no node has an "
				   "address there; it matches nothing");
	if (term.name_count > 1 && lint_match_none(warner->matcher, &term))
		diagnostic_warning(warner->diagnostics, text,
				   "no node is in all of these; it matches "
				   "nothing");
	term_free(&term);
}

/* The families that packets of a rule's services can have. */
static unsigned int service_families(const struct mesh_list *list)
{
	struct wgward_service ranges[SERVICE_RANGES];
	unsigned int families = 0, count, j;
	const char *why;
	size_t i;

	for (i = 0; i < list->count; i++) {
		count = service_parse(list->items[i].text, ranges, &why);
		for (j = 0; j < count; j++) {
			u8 family = service_family(ranges[j].first);

			families |= family == AF_UNSPEC ?
					    LINT_IPV4 | LINT_IPV6 :
					    lint_family(family);
		}
	}
	return families;
}

/* What packet.c steps over, to find what comes after it. */
static void warn_services(struct warner *warner, const struct mesh_list *list)
{
	struct wgward_service ranges[SERVICE_RANGES];
	const char *why;
	size_t i;

	for (i = 0; i < list->count; i++) {
		service_parse(list->items[i].text, ranges, &why);
		if (ranges[0].first >> SERVICE_SHIFT == IPPROTO_AH)
			diagnostic_warning(warner->diagnostics, &list->items[i],
					   "matches nothing; packets with this "
					   "header go by what follows it");
	}
}

static void warn_rule(struct warner *warner, const struct mesh_rule *rule)
{
	unsigned int from =
		lint_match(warner->matcher, &rule->from, is_unowned, warner);
	unsigned int to =
		lint_match(warner->matcher, &rule->to, is_unowned, warner);
	struct mesh_text at = { .line = rule->line };
	const char *why = NULL;

	if (!from)
		why = "From matches no address";
	else if (!to)
		why = "To matches no address";
	else if (!(from & to))
		why = "From and To have no IP version in common";
	else if (!(from & to & service_families(&rule->services)))
		why = "its services belong to the other IP version";
	if (!why)
		return;
	at.text = memory_print("[Rule %s]", rule->name);
	diagnostic_warning(warner->diagnostics, &at,
			   "%s; the rule can never match", why);
	free(at.text);
}

static void warn_rules(struct warner *warner)
{
	const struct mesh *mesh = warner->mesh;
	size_t i, j;

	for (i = 0; i < mesh->rule_count; i++) {
		const struct mesh_rule *rule = &mesh->rules[i];

		for (j = 0; j < rule->from.count; j++)
			note_term(warner, &rule->from.items[j]);
		for (j = 0; j < rule->to.count; j++)
			note_term(warner, &rule->to.items[j]);
		warn_services(warner, &rule->services);
		warn_rule(warner, rule);
	}
}

static void warn_groups(struct warner *warner)
{
	const struct mesh *mesh = warner->mesh;
	size_t i;

	for (i = 0; i < mesh->group_count; i++) {
		struct mesh_text at = {
			.text = (char *)mesh->groups[i].name,
			.line = mesh->groups[i].line,
		};

		if (!warner->named[i] &&
		    !(mesh->rescue && !strcmp(mesh->rescue, at.text)))
			diagnostic_warning(warner->diagnostics, &at,
					   "no rule names this group; a typing "
					   "error?");
	}
}

static void warn_memberships(struct warner *warner,
			     const struct mesh_list *groups)
{
	size_t i, j;

	for (i = 1; i < groups->count; i++) {
		/* No use in looking for more than is told. */
		if (warner->diagnostics->warnings > DIAGNOSTIC_MAX)
			return;
		for (j = 0; j < i; j++) {
			if (strcmp(groups->items[i].text,
				   groups->items[j].text))
				continue;
			diagnostic_warning(
				warner->diagnostics, &groups->items[i],
				"is there twice; the first is in "
				"%s",
				diagnostic_line(warner->diagnostics,
						groups->items[j].line));
			break;
		}
	}
}

static void warn_pair(struct warner *warner, const struct mesh_node *node,
		      const struct mesh_node *other, size_t more)
{
	struct mesh_text at = { .line = node->line };
	char *others = more ? memory_print(" and %zu more nodes", more) : NULL;

	at.text = memory_print("[Node %s]", node->name);
	diagnostic_warning(warner->diagnostics, &at,
			   "this node and %s%s have no Endpoint and cannot "
			   "reach one another; give one an Endpoint, or the "
			   "others a Relay",
			   other->name, others ? others : "");
	free(at.text);
	free(others);
}

/* Two neighbours of which neither can be reached first never meet. */
static void warn_unreachable(struct warner *warner)
{
	const struct mesh_node *lonely[2] = { NULL, NULL };
	const struct mesh *mesh = warner->mesh;
	size_t i, count = 0;

	for (i = 0; i < mesh->node_count; i++) {
		const struct mesh_node *node = &mesh->nodes[i], *relay;

		if (node->endpoint)
			continue;
		if (!node->relay) {
			if (count < 2)
				lonely[count] = node;
			count++;
			continue;
		}
		relay = mesh_find_node(mesh, node->relay);
		if (!relay->endpoint)
			warn_pair(warner, node, relay, 0);
	}
	if (count > 1)
		warn_pair(warner, lonely[1], lonely[0], count - 2);
}

void lint_warn(const struct mesh *mesh, struct diagnostics *diagnostics)
{
	struct warner warner = { .mesh = mesh, .diagnostics = diagnostics };
	size_t i;

	warner.named = memory_zero(mesh->group_count, 1);
	warner.matcher = lint_matcher_create(mesh);
	collect_held(&warner);
	warn_rules(&warner);
	warn_groups(&warner);
	warn_unreachable(&warner);
	for (i = 0; i < mesh->node_count; i++)
		warn_memberships(&warner, &mesh->nodes[i].groups);
	lint_matcher_free(warner.matcher);
	free(warner.named);
	free(warner.held);
}
