/* SPDX-License-Identifier: GPL-2.0 */
/* One change that a script asks for: "rule set ssh From+=admins". */
#ifndef _EDIT_H
#define _EDIT_H

#include "draft.h"

enum edit_kind {
	EDIT_NODE,
	EDIT_GROUP,
	EDIT_RULE,
};

enum edit_verb {
	EDIT_ADD,
	EDIT_SET,
	EDIT_DEL,
};

enum edit_operation {
	EDIT_ASSIGN, /* KEY=VALUE */
	EDIT_MERGE, /* KEY+=VALUE */
	EDIT_TAKE, /* KEY-=VALUE */
};

/**
 * struct edit_key - what becomes of a key
 * @name: as documented, or as given where it is unknown
 * @list: it has items
 * @again: it was assigned before; items are appended
 * @operation: what is done with @value
 * @value: not empty, but for EDIT_ASSIGN, where empty takes the key out
 */
struct edit_key {
	const char *name;
	bool list;
	bool again;
	enum edit_operation operation;
	char *value;
};

/**
 * struct edit - a change
 * @kind: of what
 * @verb: what is done
 * @name: to which one
 * @keys: in the order given
 * @key_count: number of @keys
 */
struct edit {
	enum edit_kind kind;
	enum edit_verb verb;
	const char *name;
	struct edit_key *keys;
	size_t key_count;
};

/* "node", "group" or "rule". */
const char *edit_kind_name(const struct edit *edit);

/*
 * Reads "add NAME KEY=VALUE..." and the like. False after an error was printed;
 * edit_free() is due in either case. Texts of @argv are kept, and cut.
 */
bool edit_parse(struct edit *edit, enum edit_kind kind, int argc, char **argv);
void edit_free(struct edit *edit);

/* What there was before. */
enum edit_result {
	EDIT_FAILED, /* an error was printed */
	EDIT_ABSENT, /* nothing: what was to go is not there */
	EDIT_REPLACED, /* what was to be added is there, and replaced */
	EDIT_DONE,
};

/*
 * Changes @draft. What is wrong with values is left for those to find who read
 * the draft.
 */
enum edit_result edit_draft(const struct edit *edit, struct draft *draft);

/*
 * The policy that the edit makes of @before, with its mesh, compiled and marked
 * as a script's. @where is named in errors. EDIT_ABSENT and EDIT_FAILED: there
 * is none.
 */
enum edit_result edit_policy(const struct edit *edit, const char *where,
			     const struct wgward_policy *before,
			     struct mesh **mesh, struct wgward_policy **after);

/*
 * Merges items into a list, or takes some out, equal ones being one. NULL after
 * an error about @key was printed; else in memory to be freed. NULL @list: it
 * is empty.
 */
char *edit_merge(const char *key, const char *list, const char *items);
char *edit_take(const char *key, const char *list, const char *items);

#endif /* _EDIT_H */
