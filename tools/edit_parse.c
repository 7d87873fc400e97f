// SPDX-License-Identifier: GPL-2.0
/* Edits as they stand on a command line. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "edit.h"
#include "memory.h"
#include "text.h"

/* A group is nothing but the nodes that are in it. */
static const struct meshfile_key group_keys[] = {
	{ "Nodes", true, true, NULL },
	{ NULL, false, false, NULL },
};

static const struct {
	const char *name;
	const struct meshfile_key *keys;
} kinds[] = {
	[EDIT_NODE] = { "node", meshfile_node_keys },
	[EDIT_GROUP] = { "group", group_keys },
	[EDIT_RULE] = { "rule", meshfile_rule_keys },
};

static const char *const verbs[] = {
	[EDIT_ADD] = "add",
	[EDIT_SET] = "set",
	[EDIT_DEL] = "del",
};

const char *edit_kind_name(const struct edit *edit)
{
	return kinds[edit->kind].name;
}

static bool find_verb(struct edit *edit, const char *verb)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i], verb))
			continue;
		edit->verb = i;
		return true;
	}
	error("%s takes add, set or del, not %s", edit_kind_name(edit),
	      text_show(verb));
	return false;
}

static bool check_name(const struct edit *edit)
{
	struct mesh_text at = { .text = (char *)edit->name };
	struct diagnostics diagnostics = { .file = NULL };
	bool good;

	good = lint_name(&diagnostics, &at, edit_kind_name(edit));
	if (!good)
		error("%s: %s", text_show(edit->name),
		      diagnostics.items[0].message);
	diagnostic_free(&diagnostics);
	return good;
}

static bool unknown_key(const struct edit *edit, const char *name)
{
	const struct meshfile_key *key = kinds[edit->kind].keys;
	struct text_nearest nearest = { .word = name };

	for (; key->name; key++)
		text_nearest_try(&nearest, key->name);
	if (edit->kind == EDIT_GROUP)
		error("%s is no key of a group, which has Nodes only",
		      text_show(name));
	else if (nearest.best)
		error("%s is no key of a %s; did you mean %s?", text_show(name),
		      edit_kind_name(edit), nearest.best);
	else
		error("%s is no key of a %s, which has those of [%s NAME] in a "
		      "mesh file",
		      text_show(name), edit_kind_name(edit),
		      edit->kind == EDIT_NODE ? "Node" : "Rule");
	return false;
}

/* It is of this machine, and the policy in force is what all nodes have. */
static bool is_files(const struct edit *edit, const struct edit_key *key)
{
	if (strcmp(key->name, MESHFILE_PRESHARED))
		return false;
	error("%s is not in the kernel's policy, which is what a script "
	      "changes: write it into [Node %s] of /etc/wgward/%s.conf and "
	      "apply that",
	      key->name, edit->name,
	      option_interface ? option_interface : "IFACE");
	return true;
}

static bool find_key(const struct edit *edit, const char *name,
		     struct edit_key *key)
{
	const struct meshfile_key *known = kinds[edit->kind].keys;

	while (known->name && strcasecmp(known->name, name))
		known++;
	if (!known->name)
		return unknown_key(edit, name);
	key->name = known->name;
	key->list = known->list;
	return !is_files(edit, key);
}

/* A line of a mesh file could not say it, or would say something else. */
static bool check_value(const struct edit_key *key)
{
	const unsigned char *byte = (const unsigned char *)key->value;

	while (*byte >= ' ' && *byte != 0x7f && *byte != '#')
		byte++;
	if (!*byte)
		return true;
	error("%s: %s: has a %s in it; take it out", key->name,
	      text_show(key->value),
	      *byte == '#' ? "\"#\"" : "line break or control character");
	return false;
}

static bool check_operation(const struct edit *edit, struct edit_key *key)
{
	const char *mark = key->operation == EDIT_MERGE ? "+=" : "-=";
	size_t i;

	if (key->operation != EDIT_ASSIGN && edit->verb == EDIT_ADD) {
		error("%s%s goes with set; add takes KEY=VALUE", key->name,
		      mark);
		return false;
	}
	if (key->operation != EDIT_ASSIGN && !key->list) {
		error("%s is no list, so %s makes no sense; write %s=%s",
		      key->name, mark, key->name, key->value);
		return false;
	}
	if (key->operation != EDIT_ASSIGN && !*key->value) {
		error("%s%s has no value", key->name, mark);
		return false;
	}
	for (i = 0; i < edit->key_count && key->operation == EDIT_ASSIGN; i++) {
		if (edit->keys[i].name == key->name)
			key->again = true;
	}
	if (key->again && !key->list)
		error("%s is there twice; take one out", key->name);
	return !key->again || key->list;
}

static bool parse_key(struct edit *edit, char *argument)
{
	struct edit_key key = { .operation = EDIT_ASSIGN };
	char *equals = strchr(argument, '=');

	if (!equals || equals == argument) {
		error("%s is no KEY=VALUE", text_show(argument));
		return false;
	}
	if (equals[-1] == '+')
		key.operation = EDIT_MERGE;
	else if (equals[-1] == '-')
		key.operation = EDIT_TAKE;
	equals[key.operation == EDIT_ASSIGN ? 0 : -1] = '\0';
	key.value = text_trim(equals + 1);
	if (!find_key(edit, text_trim(argument), &key) || !check_value(&key) ||
	    !check_operation(edit, &key))
		return false;
	edit->keys =
		memory_grow(edit->keys, edit->key_count, sizeof(*edit->keys));
	edit->keys[edit->key_count++] = key;
	return true;
}

bool edit_parse(struct edit *edit, enum edit_kind kind, int argc, char **argv)
{
	int i;

	memset(edit, 0, sizeof(*edit));
	edit->kind = kind;
	if (argc < 2) {
		error("%s takes add, set or del, a NAME, and KEY=VALUE...",
		      edit_kind_name(edit));
		return false;
	}
	edit->name = argv[1];
	if (!find_verb(edit, argv[0]) || !check_name(edit))
		return false;
	if (edit->verb == EDIT_DEL && argc > 2) {
		error("del takes a NAME only, not %s", text_show(argv[2]));
		return false;
	}
	if (edit->verb != EDIT_DEL && argc == 2) {
		error("%s takes KEY=VALUE... after the NAME", argv[0]);
		return false;
	}
	for (i = 2; i < argc; i++) {
		if (!parse_key(edit, argv[i]))
			return false;
	}
	return true;
}

void edit_free(struct edit *edit)
{
	free(edit->keys);
	memset(edit, 0, sizeof(*edit));
}
