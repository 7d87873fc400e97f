// SPDX-License-Identifier: GPL-2.0
/* A mesh from its file to its end. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "meshfile.h"
#include "token.h"

const char *mesh_file_name(const char *file)
{
	return strcmp(file, "-") ? file : "<stdin>";
}

struct mesh *mesh_parse(char *text, struct diagnostics *diagnostics)
{
	struct mesh *mesh = memory_zero(1, sizeof(*mesh));

	mesh->file = memory_copy(diagnostics->file);
	meshfile_parse(mesh, text, diagnostics);
	if (!diagnostic_full(diagnostics)) {
		mesh_index(mesh);
		lint_mesh(mesh, diagnostics);
		lint_prefixes(mesh, diagnostics);
		lint_rules(mesh, diagnostics);
		lint_rescue(mesh, diagnostics);
	}
	if (!diagnostics->errors) {
		lint_warn(mesh, diagnostics);
		lint_control(mesh, diagnostics);
		lint_rescue_warn(mesh, diagnostics);
		return mesh;
	}
	mesh_free(mesh);
	return NULL;
}

struct mesh *mesh_load(const char *file, struct diagnostics *diagnostics)
{
	struct mesh *mesh;
	char *text, *copy;

	diagnostics->file = mesh_file_name(file);
	text = token_read_file(file, diagnostics);
	if (!text)
		return NULL;
	/* The former is cut into pieces. */
	copy = memory_copy(text);
	mesh = mesh_parse(text, diagnostics);
	if (mesh)
		mesh->text = copy;
	else
		free(copy);
	return mesh;
}

struct mesh *mesh_read(const char *file)
{
	struct diagnostics diagnostics = { .file = NULL };
	struct mesh *mesh = mesh_load(file, &diagnostics);

	diagnostic_print(&diagnostics);
	diagnostic_free(&diagnostics);
	return mesh;
}

static void free_node(struct mesh_node *node)
{
	free(node->addresses);
	free(node->routes);
	free(node->endpoint);
	free(node->groups.items);
	free(node->address_texts.items);
	free(node->route_texts.items);
}

void mesh_free(struct mesh *mesh)
{
	size_t i;

	if (!mesh)
		return;
	for (i = 0; i < mesh->node_count; i++)
		free_node(&mesh->nodes[i]);
	for (i = 0; i < mesh->rule_count; i++) {
		free(mesh->rules[i].from.items);
		free(mesh->rules[i].to.items);
		free(mesh->rules[i].services.items);
	}
	for (i = 0; i < mesh->test_count; i++) {
		free(mesh->tests[i].from.items);
		free(mesh->tests[i].to.items);
		free(mesh->tests[i].pass.items);
		free(mesh->tests[i].drop.items);
		free(mesh->tests[i].reject.items);
	}
	for (i = 0; i < mesh->group_count; i++)
		free(mesh->groups[i].nodes);
	free(mesh->nodes);
	free(mesh->rules);
	free(mesh->tests);
	free(mesh->groups);
	free(mesh->by_name);
	free(mesh->by_key);
	free(mesh->rules_by_name);
	free(mesh->networks);
	free(mesh->network_texts.items);
	free(mesh->buffer);
	free(mesh->text);
	free(mesh->file);
	free(mesh);
}

const struct mesh_node *mesh_next_hop(const struct mesh *mesh,
				      const struct mesh_node *self,
				      const struct mesh_node *node)
{
	const char *relay = NULL;

	if (self->relay)
		relay = self->relay;
	else if (node->relay && strcmp(node->relay, self->name))
		relay = node->relay;
	return relay ? mesh_find_node(mesh, relay) : node;
}
