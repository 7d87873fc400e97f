// SPDX-License-Identifier: GPL-2.0
/*
 * From a mesh to the policy that the kernel gets: selectors become groups and
 * prefixes, a node's name becomes a group that holds it, and "a+b" a group of
 * that name that holds those in both.
 */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "diagnostic.h"
#include "memory.h"
#include "mesh_policy.h"
#include "service.h"

/*
 * What the module takes in one node or rule, its WGWARD_OBJECT_LEN: a netlink
 * attribute has a length of 16 bits.
 */
#define OBJECT_MAX 64000

bool builder_refuse(struct builder *builder, const char *kind, const char *name,
		    unsigned int line, const char *why)
{
	struct mesh_text at = { .line = line };

	at.text = memory_print("[%s%s%s]", kind, name ? " " : "",
			       name ? name : "");
	diagnostic_error(builder->diagnostics, &at, "%s", why);
	free(at.text);
	return false;
}

static bool check_size(struct builder *builder, const char *kind,
		       const char *name, unsigned int line, size_t size)
{
	char *text;

	if (size <= OBJECT_MAX)
		return true;
	text = memory_print("is too big, %zu bytes, for the %u bytes of a "
			    "message to the kernel; divide its lists among "
			    "several",
			    size, OBJECT_MAX);
	builder_refuse(builder, kind, name, line, text);
	free(text);
	return false;
}

/* What the mesh says need not be said again. */
static u16 own_port(const struct mesh *mesh, const struct mesh_node *node)
{
	return node->listen_port == mesh->listen_port ? 0 : node->listen_port;
}

static bool add_node(struct builder *builder, u32 index, bool is_self)
{
	const struct mesh_node *from = &builder->mesh->nodes[index];
	struct wgward_node node = {
		.flags = (is_self ? WGWARD_NODE_F_SELF : 0) |
			 (from->route_groups ? WGWARD_NODE_F_ROUTE_GROUPS : 0) |
			 (from->behind_nat ? WGWARD_NODE_F_BEHIND_NAT : 0),
		.id = WGWARD_NONE,
		.address_count = from->address_count,
		.route_count = from->route_count,
		.group_count = builder->joined_count[index],
		.addresses = from->addresses,
		.routes = from->routes,
		.groups = builder->joined[index],
		.relay = from->relay,
		.endpoint = from->endpoint,
		.listen_port = own_port(builder->mesh, from),
		.until = from->until,
	};
	const char *why;

	strcpy(node.name, from->name);
	memcpy(node.key, from->key, sizeof(node.key));
	if (!check_size(builder, "Node", node.name, from->line,
			builder_node_size(builder, &node)))
		return false;
	if (wgward_policy_add_node(builder->policy, &node, &why))
		return builder_refuse(builder, "Node", node.name, from->line,
				      why);
	return true;
}

static int compare_indices(const void *left, const void *right)
{
	u32 a = *(const u32 *)left, b = *(const u32 *)right;

	return a < b ? -1 : a > b;
}

static void add_index(u32 **groups, u32 *count, u32 index)
{
	*groups = memory_grow(*groups, *count, sizeof(**groups));
	(*groups)[(*count)++] = index;
}

/* Sorted and each once, so that equal selectors are equal in the kernel. */
static void tidy_indices(u32 *groups, u32 *count)
{
	u32 i, kept = 0;

	if (!*count)
		return;
	qsort(groups, *count, sizeof(*groups), compare_indices);
	for (i = 1; i < *count; i++) {
		if (groups[i] != groups[kept])
			groups[++kept] = groups[i];
	}
	*count = kept + 1;
}

static void add_prefix(struct wgward_prefix **prefixes, u32 *count,
		       const struct wgward_prefix *prefix)
{
	*prefixes = memory_grow(*prefixes, *count, sizeof(**prefixes));
	(*prefixes)[(*count)++] = *prefix;
}

static int compare_prefixes(const void *left, const void *right)
{
	return prefix_compare(left, right);
}

static void tidy_prefixes(struct wgward_prefix *prefixes, u32 *count)
{
	u32 i, kept = 0;

	if (!*count)
		return;
	qsort(prefixes, *count, sizeof(*prefixes), compare_prefixes);
	for (i = 1; i < *count; i++) {
		if (!prefix_equal(&prefixes[i], &prefixes[kept]))
			prefixes[++kept] = prefixes[i];
	}
	*count = kept + 1;
}

static void add_term(const struct builder *builder, const struct term *term,
		     struct wgward_selector *selector)
{
	if (term->kind == TERM_ANY)
		selector->any = true;
	else if (term->kind == TERM_PREFIX && term->negative)
		add_prefix(&selector->except_prefixes,
			   &selector->except_prefix_count, &term->prefix);
	else if (term->kind == TERM_PREFIX)
		add_prefix(&selector->prefixes, &selector->prefix_count,
			   &term->prefix);
	else if (term->negative)
		add_index(&selector->except_groups,
			  &selector->except_group_count,
			  builder_find_group(builder, term));
	else
		add_index(&selector->groups, &selector->group_count,
			  builder_find_group(builder, term));
}

static void resolve(const struct builder *builder, const struct mesh_list *list,
		    struct wgward_selector *selector)
{
	struct term term;
	size_t i;

	memset(selector, 0, sizeof(*selector));
	for (i = 0; i < list->count; i++) {
		term_parse(builder->mesh, &list->items[i], NULL, &term);
		add_term(builder, &term, selector);
		term_free(&term);
	}
	tidy_indices(selector->groups, &selector->group_count);
	tidy_indices(selector->except_groups, &selector->except_group_count);
	tidy_prefixes(selector->prefixes, &selector->prefix_count);
	tidy_prefixes(selector->except_prefixes,
		      &selector->except_prefix_count);
}

static void free_selector(struct wgward_selector *selector)
{
	free(selector->groups);
	free(selector->prefixes);
	free(selector->except_groups);
	free(selector->except_prefixes);
}

static void read_services(const struct mesh_list *list,
			  struct service_list *services)
{
	struct wgward_service ranges[SERVICE_RANGES];
	unsigned int count;
	const char *why;
	size_t i;

	for (i = 0; i < list->count; i++) {
		count = service_parse(list->items[i].text, ranges, &why);
		service_list_add(services, ranges, count);
	}
	service_list_merge(services);
}

static bool add_rule(struct builder *builder, const struct mesh_rule *from)
{
	struct service_list services = { .items = NULL };
	struct wgward_rule rule = {
		.id = WGWARD_NONE,
		.action = from->action,
		.flags = from->flags,
		.until = from->until,
	};
	const char *why;
	bool done;

	strcpy(rule.name, from->name);
	read_services(&from->services, &services);
	rule.services = services.items;
	rule.service_count = services.count;
	resolve(builder, &from->from, &rule.from);
	resolve(builder, &from->to, &rule.to);
	done = check_size(builder, "Rule", rule.name, from->line,
			  builder_rule_size(builder, &rule));
	if (done && wgward_policy_add_rule(builder->policy, &rule, &why))
		done = builder_refuse(builder, "Rule", rule.name, from->line,
				      why);
	free_selector(&rule.from);
	free_selector(&rule.to);
	service_list_free(&services);
	return done;
}

static bool add_mesh(struct builder *builder)
{
	struct wgward_policy *policy = builder->policy;
	const struct mesh *mesh = builder->mesh;
	const char *why;
	size_t i;

	policy->fallback = mesh->fallback;
	strcpy(policy->mesh, mesh->name);
	policy->has_revision = mesh->has_revision;
	policy->revision = mesh->revision;
	policy->audit = mesh->audit;
	policy->max_flows = mesh->max_flows;
	policy->listen_port = mesh->listen_port;
	policy->mtu = mesh->mtu;
	memcpy(policy->timeouts, mesh->timeouts, sizeof(policy->timeouts));
	for (i = 0; i < mesh->network_count; i++) {
		if (wgward_policy_add_network(policy, &mesh->networks[i], &why))
			return builder_refuse(builder, "Mesh", NULL, mesh->line,
					      why);
	}
	return true;
}

static bool build(struct builder *builder, const struct mesh_node *self)
{
	const struct mesh *mesh = builder->mesh;
	bool good = true;
	size_t i;

	if (!add_mesh(builder) || !builder_add_groups(builder))
		return false;
	for (i = 0; i < mesh->node_count; i++)
		good &= add_node(builder, i, &mesh->nodes[i] == self);
	for (i = 0; good && i < mesh->rule_count; i++)
		good &= add_rule(builder, &mesh->rules[i]);
	return good;
}

struct wgward_policy *mesh_make_policy(const struct mesh *mesh,
				       const struct mesh_node *self,
				       struct diagnostics *diagnostics)
{
	struct builder builder = {
		.mesh = mesh,
		.policy = wgward_policy_create(),
		.diagnostics = diagnostics,
	};
	bool good = false;
	size_t i;

	if (!builder.policy) {
		diagnostic_error(diagnostics, NULL, "out of memory");
		return NULL;
	}
	builder.joined = memory_zero(mesh->node_count, sizeof(u32 *));
	builder.joined_count = memory_zero(mesh->node_count, sizeof(u32));
	good = build(&builder, self ? self : &mesh->nodes[0]);
	for (i = 0; i < mesh->node_count; i++)
		free(builder.joined[i]);
	free(builder.joined);
	free(builder.joined_count);
	builder_free_groups(&builder);
	if (good)
		return builder.policy;
	wgward_policy_free(builder.policy);
	return NULL;
}

struct wgward_policy *mesh_policy(const struct mesh *mesh,
				  const struct mesh_node *self)
{
	struct diagnostics diagnostics = { .file = mesh->file };
	struct wgward_policy *policy;

	policy = mesh_make_policy(mesh, self, &diagnostics);
	diagnostic_print(&diagnostics);
	diagnostic_free(&diagnostics);
	return policy;
}
