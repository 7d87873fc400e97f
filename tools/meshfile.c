// SPDX-License-Identifier: GPL-2.0
/* Sections and keys of the mesh file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "meshfile.h"
#include "text.h"
#include "token.h"

static const struct {
	const char *name;
	const struct meshfile_key *keys;
} sections[] = {
	[MESHFILE_MESH] = { "Mesh", meshfile_mesh_keys },
	[MESHFILE_NODE] = { "Node", meshfile_node_keys },
	[MESHFILE_RULE] = { "Rule", meshfile_rule_keys },
	[MESHFILE_TEST] = { "Test", meshfile_test_keys },
};

/* What people who know WireGuard write, and what is meant here. */
static const struct {
	const char *name;
	const char *advice;
} strangers[] = {
	{ "Interface", "a machine is a [Node NAME], what all share is [Mesh]" },
	{ "Peer", "a machine is a [Node NAME]" },
	{ "Group", "a group is made by Groups = NAME in its nodes" },
	{ "AllowedIPs", "write Address, and Routes for what is behind a node" },
	{ "PersistentKeepalive", "write BehindNAT = yes" },
	{ "PrivateKey", "the file is the same on every node and holds no "
			"secrets; the key's place is /etc/wgward/IFACE.key" },
	{ "PresharedKey", "the file is the same on every node and holds no "
			  "secrets; write PresharedKeyFile = PATH" },
};

static const char *stranger_advice(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		if (!strcasecmp(strangers[i].name, name))
			return strangers[i].advice;
	}
	return NULL;
}

static struct mesh_text header_text(const struct token *token)
{
	struct mesh_text header = { .line = token->line };

	header.text = memory_print("[%s%s%s]", token->key,
				   *token->value ? " " : "", token->value);
	return header;
}

static void unknown_section(struct meshfile_parser *parser,
			    const struct token *token)
{
	struct text_nearest nearest = { .word = token->key };
	const char *advice = stranger_advice(token->key);
	int i;

	for (i = MESHFILE_MESH; i <= MESHFILE_TEST; i++)
		text_nearest_try(&nearest, sections[i].name);
	if (nearest.best)
		diagnostic_error(parser->diagnostics, &parser->header,
				 "is no section; did you mean [%s%s]?",
				 nearest.best,
				 strcmp(nearest.best, "Mesh") ? " NAME" : "");
	else
		diagnostic_error(
			parser->diagnostics, &parser->header,
			"is no section; %s",
			advice ? advice :
				 "there are [Mesh], [Node NAME], [Rule NAME] "
				 "and [Test NAME]");
}

static void add_mesh(struct meshfile_parser *parser, const struct token *token)
{
	struct mesh *mesh = parser->mesh;

	if (mesh->line)
		diagnostic_error(parser->diagnostics, &parser->header,
				 "is there again; the first is in %s",
				 diagnostic_line(parser->diagnostics,
						 mesh->line));
	if (*token->value)
		diagnostic_error(parser->diagnostics, &parser->header,
				 "has a name; write [Mesh], and below it "
				 "Name = %s",
				 text_show(token->value));
	if (!mesh->line)
		mesh->line = token->line;
	else
		parser->section = MESHFILE_SKIP;
}

static void add_node(struct mesh *mesh, const struct token *token)
{
	struct mesh_node *node;

	mesh->nodes = memory_grow(mesh->nodes, mesh->node_count,
				  sizeof(*mesh->nodes));
	node = &mesh->nodes[mesh->node_count++];
	memset(node, 0, sizeof(*node));
	node->name = token->value;
	node->line = token->line;
}

static void add_rule(struct mesh *mesh, const struct token *token)
{
	struct mesh_rule *rule;

	mesh->rules = memory_grow(mesh->rules, mesh->rule_count,
				  sizeof(*mesh->rules));
	rule = &mesh->rules[mesh->rule_count++];
	memset(rule, 0, sizeof(*rule));
	rule->name = token->value;
	rule->line = token->line;
}

static void add_test(struct meshfile_parser *parser, const struct token *token)
{
	struct mesh *mesh = parser->mesh;
	struct mesh_test *test;

	if (!*token->value)
		diagnostic_error(parser->diagnostics, &parser->header,
				 "has no name; write [Test WHAT IT SAYS]");
	mesh->tests = memory_grow(mesh->tests, mesh->test_count,
				  sizeof(*mesh->tests));
	test = &mesh->tests[mesh->test_count++];
	memset(test, 0, sizeof(*test));
	test->name = token->value;
	test->line = token->line;
}

static void start_section(struct meshfile_parser *parser,
			  const struct token *token)
{
	struct mesh_text name = { token->value, token->line };
	int i;

	free(parser->header.text);
	parser->header = header_text(token);
	memset(parser->seen, 0, sizeof(parser->seen));
	parser->section = MESHFILE_SKIP;
	for (i = MESHFILE_MESH; i <= MESHFILE_TEST; i++) {
		if (!strcasecmp(sections[i].name, token->key))
			parser->section = i;
	}
	switch (parser->section) {
	case MESHFILE_MESH:
		add_mesh(parser, token);
		break;
	case MESHFILE_NODE:
		lint_name(parser->diagnostics, &name, "node");
		add_node(parser->mesh, token);
		break;
	case MESHFILE_RULE:
		lint_name(parser->diagnostics, &name, "rule");
		add_rule(parser->mesh, token);
		break;
	case MESHFILE_TEST:
		add_test(parser, token);
		break;
	default:
		unknown_section(parser, token);
	}
}

static void list_keys(const struct meshfile_key *keys, char *text, size_t size)
{
	size_t length = 0;

	for (; keys->name && length < size; keys++)
		length += snprintf(text + length, size - length, "%s%s",
				   length ? ", " : "", keys->name);
}

/* The section that has a key of this @name, or 0. */
static int find_section_of(const char *name)
{
	const struct meshfile_key *key;
	int i;

	for (i = MESHFILE_MESH; i <= MESHFILE_TEST; i++) {
		for (key = sections[i].keys; key->name; key++) {
			if (!strcasecmp(key->name, name))
				return i;
		}
	}
	return 0;
}

static void unknown_key(struct meshfile_parser *parser,
			const struct token *token)
{
	const struct meshfile_key *keys = sections[parser->section].keys;
	struct text_nearest nearest = { .word = token->key };
	const char *section = sections[parser->section].name;
	struct mesh_text at = { token->key, token->line };
	const char *advice = stranger_advice(token->key);
	int other = find_section_of(token->key);
	const struct meshfile_key *key;
	char text[256];

	for (key = keys; key->name; key++)
		text_nearest_try(&nearest, key->name);
	list_keys(keys, text, sizeof(text));
	if (advice)
		diagnostic_error(parser->diagnostics, &at,
				 "is no key of [%s]; %s", section, advice);
	else if (other)
		diagnostic_error(parser->diagnostics, &at,
				 "is no key of [%s]; it belongs in [%s]",
				 section, sections[other].name);
	else if (nearest.best)
		diagnostic_error(parser->diagnostics, &at,
				 "is no key of [%s]; did you mean %s?", section,
				 nearest.best);
	else
		diagnostic_error(parser->diagnostics, &at,
				 "is no key of [%s]; there are %s", section,
				 text);
}

static void read_key(struct meshfile_parser *parser, const struct token *token)
{
	struct mesh_text at = { token->key, token->line };
	struct mesh_text value = { token->value, token->line };
	const struct meshfile_key *keys, *key;
	unsigned int *seen;

	if (parser->section == MESHFILE_NONE) {
		diagnostic_error(parser->diagnostics, &at,
				 "is in no section; the file starts with "
				 "[Mesh]");
		/* Once is enough. */
		parser->section = MESHFILE_SKIP;
	}
	if (parser->section == MESHFILE_SKIP)
		return;
	keys = sections[parser->section].keys;
	for (key = keys; key->name && strcasecmp(key->name, token->key);)
		key++;
	if (!key->name) {
		unknown_key(parser, token);
		return;
	}
	seen = &parser->seen[key - keys];
	if (*seen && !key->list)
		diagnostic_error(parser->diagnostics, &at,
				 "is there again; the first is in %s",
				 diagnostic_line(parser->diagnostics, *seen));
	else if (!*token->value)
		diagnostic_error(
			parser->diagnostics, &at,
			"has no value; give one, or take the line out");
	else
		key->read(parser, &value);
	*seen = token->line;
}

static bool has_key(const struct meshfile_parser *parser, const char *name)
{
	const struct meshfile_key *keys = sections[parser->section].keys;
	const struct meshfile_key *key;

	for (key = keys; key->name; key++) {
		if (!strcmp(key->name, name))
			return parser->seen[key - keys];
	}
	return false;
}

/* A rule has exactly one. */
static void check_actions(struct meshfile_parser *parser)
{
	static const char *const actions[] = { "Allow", "Deny", "Reject" };
	const char *first = NULL;
	bool told = false;
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!has_key(parser, actions[i]))
			continue;
		if (first && !told) {
			diagnostic_error(parser->diagnostics, &parser->header,
					 "has both %s and %s; make two rules "
					 "of it",
					 first, actions[i]);
			told = true;
		}
		first = actions[i];
	}
	if (!first)
		diagnostic_error(parser->diagnostics, &parser->header,
				 "has no action; add a line \"Allow = ...\", "
				 "\"Deny = ...\" or \"Reject = ...\"");
}

static void end_section(struct meshfile_parser *parser)
{
	const struct meshfile_key *key;

	if (parser->section <= MESHFILE_SKIP)
		return;
	for (key = sections[parser->section].keys; key->name; key++) {
		if (key->needed && !has_key(parser, key->name))
			diagnostic_error(parser->diagnostics, &parser->header,
					 "has no %s; add a line \"%s = ...\"",
					 key->name, key->name);
	}
	if (parser->section == MESHFILE_RULE)
		check_actions(parser);
	if (parser->section == MESHFILE_TEST && !has_key(parser, "Pass") &&
	    !has_key(parser, "Drop") && !has_key(parser, "Reject"))
		diagnostic_error(parser->diagnostics, &parser->header,
				 "expects nothing; add a line \"Pass = ...\", "
				 "\"Drop = ...\" or \"Reject = ...\"");
}

void meshfile_parse(struct mesh *mesh, char *text,
		    struct diagnostics *diagnostics)
{
	struct meshfile_parser parser = {
		.mesh = mesh,
		.diagnostics = diagnostics,
	};
	struct tokenizer tokenizer;
	struct token token;

	mesh->buffer = text;
	token_start(&tokenizer, text, diagnostics);
	for (;;) {
		token_next(&tokenizer, &token);
		if (token.kind != TOKEN_KEY)
			end_section(&parser);
		if (token.kind == TOKEN_END || diagnostic_full(diagnostics))
			break;
		if (token.kind == TOKEN_SECTION)
			start_section(&parser, &token);
		else
			read_key(&parser, &token);
	}
	free(parser.header.text);
	if (!mesh->line && !diagnostic_full(diagnostics))
		diagnostic_error(diagnostics, NULL,
				 "has no [Mesh]; add one, with Name, Network "
				 "and Default");
}
