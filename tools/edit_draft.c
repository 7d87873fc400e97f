// SPDX-License-Identifier: GPL-2.0
/* Edits of drafts. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "edit.h"
#include "memory.h"
#include "text.h"
#include "token.h"

static enum meshfile_section section_kind(const struct edit *edit)
{
	return edit->kind == EDIT_RULE ? MESHFILE_RULE : MESHFILE_NODE;
}

/* The nearest of @draft's names of @kind to @name, or NULL. */
static const char *nearest_name(const struct draft *draft,
				enum meshfile_section kind, const char *name)
{
	struct text_nearest nearest = { .word = name };
	size_t i;

	for (i = 0; i < draft->count; i++) {
		if (draft->sections[i].kind == kind)
			text_nearest_try(&nearest, draft->sections[i].name);
	}
	return nearest.best;
}

static enum edit_result absent(const struct edit *edit, const char *nearest)
{
	const char *kind = edit_kind_name(edit);
	char *hint = nearest ? memory_print("; did you mean %s?", nearest) :
			       memory_copy("");

	if (edit->verb == EDIT_SET)
		error("there is no %s %s, which \"%s add\" would make%s", kind,
		      edit->name, kind, hint);
	else
		warning("there is no %s %s%s", kind, edit->name, hint);
	free(hint);
	return edit->verb == EDIT_SET ? EDIT_FAILED : EDIT_ABSENT;
}

/* A rule has one action: who gives it another one takes the former away. */
static void replace_action(struct draft_section *section, const char *key)
{
	static const char *const actions[] = { "Allow", "Deny", "Reject" };
	const size_t count = sizeof(actions) / sizeof(actions[0]);
	size_t i;

	for (i = 0; i < count && strcmp(actions[i], key);)
		i++;
	if (i == count)
		return;
	for (i = 0; i < count; i++) {
		if (strcmp(actions[i], key))
			draft_set(section, actions[i], NULL);
	}
}

static bool change_key(const struct edit *edit, const struct edit_key *key,
		       struct draft_section *section)
{
	const char *former = draft_get(section, key->name);
	char *value = NULL;

	switch (key->operation) {
	case EDIT_ASSIGN:
		/* Two actions of a new rule are an error that is told later. */
		if (edit->verb == EDIT_SET && *key->value)
			replace_action(section, key->name);
		value = key->again && former ?
				memory_print("%s, %s", former, key->value) :
				memory_copy(key->value);
		break;
	case EDIT_MERGE:
		value = edit_merge(key->name, former, key->value);
		break;
	case EDIT_TAKE:
		value = edit_take(key->name, former, key->value);
		break;
	}
	if (!value)
		return false;
	draft_set(section, key->name, value);
	return true;
}

static enum edit_result change_section(const struct edit *edit,
				       struct draft *draft)
{
	enum meshfile_section kind = section_kind(edit);
	struct draft_section *section = draft_find(draft, kind, edit->name);
	enum edit_result result = EDIT_DONE;
	size_t i;

	if (!section && edit->verb != EDIT_ADD)
		return absent(edit, nearest_name(draft, kind, edit->name));
	if (edit->verb == EDIT_DEL) {
		draft_remove(draft, section);
		return EDIT_DONE;
	}
	if (section && edit->verb == EDIT_ADD) {
		draft_clear(section);
		result = EDIT_REPLACED;
	}
	if (!section)
		section = draft_add(draft, kind, edit->name);
	for (i = 0; i < edit->key_count; i++) {
		if (!change_key(edit, &edit->keys[i], section))
			return EDIT_FAILED;
	}
	return result;
}

static bool is_member(const struct draft_section *section, const char *group)
{
	const char *groups = draft_get(section, "Groups");
	char *copy = memory_copy(groups ? groups : ""), *rest = copy, *item;
	bool found = false;

	while (!found && (item = token_next_item(&rest)))
		found = !strcmp(item, group);
	free(copy);
	return found;
}

static void join(struct draft_section *section, const char *group, bool member)
{
	const char *groups = draft_get(section, "Groups");

	if (is_member(section, group) == member)
		return;
	draft_set(section, "Groups",
		  member ? edit_merge("Groups", groups, group) :
			   edit_take("Groups", groups, group));
}

/* Whether any node was in it; all of them leave it if so said. */
static bool find_members(struct draft *draft, const char *group, bool leave)
{
	bool some = false;
	size_t i;

	for (i = 0; i < draft->count; i++) {
		if (draft->sections[i].kind != MESHFILE_NODE)
			continue;
		some |= is_member(&draft->sections[i], group);
		if (leave)
			join(&draft->sections[i], group, false);
	}
	return some;
}

static const char *nearest_group(const struct draft *draft, const char *name)
{
	static char best[WGWARD_NAME_LEN + 1];
	struct text_nearest nearest = { .word = name };
	char *copy, *rest, *item;
	size_t i;

	for (i = 0; i < draft->count; i++) {
		const char *groups = draft_get(&draft->sections[i], "Groups");

		copy = memory_copy(groups ? groups : "");
		rest = copy;
		while ((item = token_next_item(&rest))) {
			text_nearest_try(&nearest, item);
			/* The item does not stay. */
			if (nearest.best != item)
				continue;
			snprintf(best, sizeof(best), "%s", item);
			nearest.best = best;
		}
		free(copy);
	}
	return nearest.best;
}

static bool no_node(const struct draft *draft, const char *name)
{
	const char *nearest = nearest_name(draft, MESHFILE_NODE, name);

	if (!*name)
		error("Nodes has an empty item; take out a comma");
	else if (nearest)
		error("Nodes: %s is no node; did you mean %s?", text_show(name),
		      nearest);
	else
		error("Nodes: %s is no node", text_show(name));
	return false;
}

static bool change_members(const struct edit *edit, const struct edit_key *key,
			   struct draft *draft)
{
	char *copy = memory_copy(key->value), *rest = copy, *item;
	struct draft_section *section;
	bool good = true;

	if (key->operation == EDIT_ASSIGN && !key->again)
		find_members(draft, edit->name, true);
	while (good && *key->value && (item = token_next_item(&rest))) {
		section = draft_find(draft, MESHFILE_NODE, item);
		if (section)
			join(section, edit->name, key->operation != EDIT_TAKE);
		else
			good = no_node(draft, item);
	}
	free(copy);
	return good;
}

static enum edit_result change_group(const struct edit *edit,
				     struct draft *draft)
{
	bool exists = find_members(draft, edit->name, edit->verb != EDIT_SET);
	size_t i;

	if (!exists && edit->verb != EDIT_ADD)
		return absent(edit, nearest_group(draft, edit->name));
	for (i = 0; i < edit->key_count; i++) {
		if (!change_members(edit, &edit->keys[i], draft))
			return EDIT_FAILED;
	}
	if (edit->verb == EDIT_ADD && !find_members(draft, edit->name, false)) {
		error("a group is the nodes in it; say Nodes=NAME,...");
		return EDIT_FAILED;
	}
	return exists && edit->verb == EDIT_ADD ? EDIT_REPLACED : EDIT_DONE;
}

enum edit_result edit_draft(const struct edit *edit, struct draft *draft)
{
	return edit->kind == EDIT_GROUP ? change_group(edit, draft) :
					  change_section(edit, draft);
}
