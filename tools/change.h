/* SPDX-License-Identifier: GPL-2.0 */
/* What an apply changes, one by one, as people and scripts are told. */
#ifndef _CHANGE_H
#define _CHANGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* In the order in which they are told. */
enum change_kind {
	CHANGE_INTERFACE,
	CHANGE_WARD,
	CHANGE_KEY,
	CHANGE_PORT,
	CHANGE_PEER,
	CHANGE_PREFIX,
	CHANGE_ENDPOINT,
	CHANGE_KEEPALIVE,
	CHANGE_PRESHARED,
	CHANGE_POLICY,
	CHANGE_NODE,
	CHANGE_GROUP,
	CHANGE_RULE,
	CHANGE_ADDRESS,
	CHANGE_ROUTE,
	CHANGE_MTU,
	CHANGE_STATE,
};

enum change_verb {
	CHANGE_ADD,
	CHANGE_REMOVE,
	CHANGE_SET,
	CHANGE_MOVE,
};

/**
 * struct change - one thing that changes
 * @kind: what it is
 * @verb: what happens to it
 * @name: which it is, or NULL when there is but one
 * @before: what it was, or NULL
 * @after: what it will be, or NULL
 * @live: it undoes what a script did, see mark.h
 */
struct change {
	enum change_kind kind;
	enum change_verb verb;
	char *name, *before, *after;
	bool live;
};

/* Zero it to begin with. */
struct change_list {
	struct change *items;
	size_t count;
};

/* Copies the texts. */
void change_add(struct change_list *list, enum change_kind kind,
		enum change_verb verb, const char *name, const char *before,
		const char *after);
/* In the order of telling: by kind, then by name, whatever the file's order. */
void change_list_sort(struct change_list *list);
void change_list_free(struct change_list *list);

/* "peer", "rule" and so on. */
const char *change_kind_name(enum change_kind kind);
/* A line each, after @indent, to standard output. */
void change_list_print(const struct change_list *list, const char *indent);
/* The same to @stream. */
void change_list_write(const struct change_list *list, const char *indent,
		       FILE *stream);
json_t *change_list_json(const struct change_list *list);

#endif /* _CHANGE_H */
