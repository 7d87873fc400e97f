// SPDX-License-Identifier: GPL-2.0
/* Errors between sections: names, keys, relays, endpoints, limits. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "memory.h"
#include "meshfile.h"
#include "text.h"

/* What the name at hand might become; valid until the next call. */
static const char *suggest_name(const char *name)
{
	static char suggestion[WGWARD_NAME_LEN + 1];
	size_t i, length = 0;

	/* A private key in lower case says too much still. */
	if (key_within(name))
		return "a-z";
	for (i = 0; name[i] && length < WGWARD_NAME_LEN; i++) {
		unsigned char letter = name[i];

		if (letter < 0x80 && isalnum(letter))
			suggestion[length++] = tolower(letter);
		else if (length && suggestion[length - 1] != '-')
			suggestion[length++] = '-';
	}
	while (length && suggestion[length - 1] == '-')
		length--;
	suggestion[length] = '\0';
	return length ? suggestion : "a-z";
}

bool lint_name(struct diagnostics *diagnostics, const struct mesh_text *at,
	       const char *what)
{
	size_t length = strlen(at->text);

	if (!length)
		diagnostic_error(diagnostics, at,
				 "a %s needs a name; write it after the kind "
				 "of section",
				 what);
	else if (length > WGWARD_NAME_LEN)
		diagnostic_error(diagnostics, at,
				 "is too long for the name of a %s, %zu bytes; "
				 "at most %u",
				 what, length, WGWARD_NAME_LEN);
	else if (!strcmp(at->text, "any"))
		diagnostic_error(diagnostics, at,
				 "is reserved and stands for any node; choose "
				 "another name for this %s",
				 what);
	else if (strspn(at->text, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
		 length)
		diagnostic_error(diagnostics, at,
				 "is no name of a %s, which consists of a-z, "
				 "0-9 and \"-\"; write %s",
				 what, suggest_name(at->text));
	else if (at->text[0] == '-')
		diagnostic_error(diagnostics, at,
				 "starts with \"-\", like an option; start the "
				 "name of a %s with a letter or a digit",
				 what);
	else
		return true;
	return false;
}

static struct mesh_text header_of(const char *kind, const char *name,
				  unsigned int line)
{
	struct mesh_text at = { .line = line };

	at.text = memory_print("[%s %s]", kind, name);
	return at;
}

static void told_twice(struct diagnostics *diagnostics, const char *kind,
		       const char *name, unsigned int first, unsigned int line)
{
	struct mesh_text at = header_of(kind, name, line);

	diagnostic_error(diagnostics, &at, "is there again; the first is in %s",
			 diagnostic_line(diagnostics, first));
	free(at.text);
}

static void check_node_names(const struct mesh *mesh,
			     struct diagnostics *diagnostics)
{
	const struct mesh_node *node, *last = NULL;
	const struct mesh_group *group;
	size_t i;

	for (i = 0; i < mesh->node_count; i++, last = node) {
		node = &mesh->nodes[mesh->by_name[i]];
		if (last && *node->name && !strcmp(last->name, node->name))
			told_twice(diagnostics, "Node", node->name, last->line,
				   node->line);
		group = mesh_find_group(mesh, node->name);
		if (group) {
			struct mesh_text at =
				header_of("Node", node->name, node->line);

			diagnostic_error(diagnostics, &at,
					 "has the name of a group, see %s; "
					 "rename one of them",
					 diagnostic_line(diagnostics,
							 group->line));
			free(at.text);
		}
	}
}

static void check_rule_names(const struct mesh *mesh,
			     struct diagnostics *diagnostics)
{
	const struct mesh_rule *rule, *last = NULL;
	size_t i;

	for (i = 0; i < mesh->rule_count; i++, last = rule) {
		rule = &mesh->rules[mesh->rules_by_name[i]];
		if (last && *rule->name && !strcmp(last->name, rule->name))
			told_twice(diagnostics, "Rule", rule->name, last->line,
				   rule->line);
	}
}

static int compare_tests(const void *left, const void *right)
{
	const struct mesh_test *a = *(const struct mesh_test *const *)left;
	const struct mesh_test *b = *(const struct mesh_test *const *)right;
	int compared = strcmp(a->name, b->name);

	return compared ? compared : (a->line < b->line ? -1 : 1);
}

static void check_test_names(const struct mesh *mesh,
			     struct diagnostics *diagnostics)
{
	const struct mesh_test **tests;
	size_t i;

	tests = memory_zero(mesh->test_count, sizeof(*tests));
	for (i = 0; i < mesh->test_count; i++)
		tests[i] = &mesh->tests[i];
	qsort(tests, mesh->test_count, sizeof(*tests), compare_tests);
	for (i = 1; i < mesh->test_count; i++) {
		if (*tests[i]->name &&
		    !strcmp(tests[i - 1]->name, tests[i]->name))
			told_twice(diagnostics, "Test", tests[i]->name,
				   tests[i - 1]->line, tests[i]->line);
	}
	free(tests);
}

static void check_keys(const struct mesh *mesh, struct diagnostics *diagnostics)
{
	const struct mesh_node *node, *last = NULL;
	size_t i;

	for (i = 0; i < mesh->node_count; i++, last = node) {
		node = &mesh->nodes[mesh->by_key[i]];
		if (last && last->key_text.text && node->key_text.text &&
		    !memcmp(last->key, node->key, WGWARD_KEY_LEN))
			diagnostic_error(diagnostics, &node->key_text,
					 "is the key of node %s too, %s; "
					 "each node has a key of its own",
					 text_show(last->name),
					 diagnostic_line(diagnostics,
							 last->key_text.line));
	}
}

static void check_relay(const struct mesh *mesh, const struct mesh_node *node,
			struct diagnostics *diagnostics)
{
	const struct mesh_node *relay;
	struct text_nearest nearest;
	size_t i;

	relay = mesh_find_node(mesh, node->relay);
	if (relay && relay != node && !relay->relay)
		return;
	if (!relay) {
		nearest = (struct text_nearest){ .word = node->relay };
		for (i = 0; i < mesh->node_count; i++)
			text_nearest_try(&nearest, mesh->nodes[i].name);
		diagnostic_error(diagnostics, &node->relay_text,
				 "is no node; %s%s%s",
				 nearest.best ? "did you mean " :
						"a Relay is the name of a node",
				 nearest.best ? nearest.best : "",
				 nearest.best ? "?" : "");
	} else if (relay == node) {
		diagnostic_error(diagnostics, &node->relay_text,
				 "is this node itself; name another, or take "
				 "the line out");
	} else {
		diagnostic_error(diagnostics, &node->relay_text,
				 "has a Relay itself, %s; a relay is "
				 "reached without one",
				 diagnostic_line(diagnostics,
						 relay->relay_text.line));
	}
}

static void check_limit(const struct mesh *mesh, size_t count, size_t limit,
			const char *what, struct diagnostics *diagnostics)
{
	struct mesh_text at = { .line = mesh->line };

	if (count > limit)
		diagnostic_error(diagnostics, &at,
				 "the mesh has %zu %s; a ward has at most %zu",
				 count, what, limit);
}

void lint_mesh(struct mesh *mesh, struct diagnostics *diagnostics)
{
	size_t i;

	for (i = 0; i < mesh->node_count; i++) {
		struct mesh_node *node = &mesh->nodes[i];

		if (!node->listen_port)
			node->listen_port = mesh->listen_port;
		if (node->endpoint_text.text)
			lint_endpoint(mesh, node, diagnostics);
		if (node->relay && !diagnostic_full(diagnostics))
			check_relay(mesh, node, diagnostics);
	}
	if (mesh->line && !mesh->node_count)
		diagnostic_error(diagnostics, NULL,
				 "has no node; add a [Node NAME]");
	check_node_names(mesh, diagnostics);
	check_rule_names(mesh, diagnostics);
	check_test_names(mesh, diagnostics);
	check_keys(mesh, diagnostics);
	check_limit(mesh, mesh->node_count, WGWARD_MAX_NODES, "nodes",
		    diagnostics);
	check_limit(mesh, mesh->group_count, WGWARD_MAX_GROUPS, "groups",
		    diagnostics);
	check_limit(mesh, mesh->rule_count, WGWARD_MAX_RULES, "rules",
		    diagnostics);
	check_limit(mesh, mesh->network_count, WGWARD_MAX_NETWORKS, "networks",
		    diagnostics);
}
