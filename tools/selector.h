/* SPDX-License-Identifier: GPL-2.0 */
/* Selectors: the lists of terms after From and To. */
#ifndef _SELECTOR_H
#define _SELECTOR_H

#include "diagnostic.h"
#include "mesh.h"

enum term_kind {
	TERM_ANY,
	TERM_NAMES,
	TERM_PREFIX,
};

/* Exactly one of the two is set. */
struct term_name {
	const struct mesh_node *node;
	const struct mesh_group *group;
};

/**
 * struct term - one item of a selector
 * @kind: which of the following counts
 * @negative: it began with "!"
 * @names: the nodes and groups that "a+b" joins, in the order of their names,
 *	each once
 * @name_count: number of @names
 * @prefix: or a single address
 */
struct term {
	enum term_kind kind;
	bool negative;
	struct term_name *names;
	size_t name_count;
	struct wgward_prefix prefix;
};

/* NULL @diagnostics: the text was checked before; errors are not told. */
bool term_parse(const struct mesh *mesh, const struct mesh_text *text,
		struct diagnostics *diagnostics, struct term *term);
void term_free(struct term *term);

/* "a", "a+b": the name of the policy's group. In memory to be freed. */
char *term_group_name(const struct term *term);
/* Sets the byte of each node that @term of TERM_NAMES or TERM_ANY covers. */
void term_mark(const struct mesh *mesh, const struct term *term, u8 *marks);

/**
 * struct selector_set - what a selector means, node by node
 * @nodes: a byte for each of the mesh's nodes, 1: it is in
 * @except_nodes: likewise, 1: it is out, even of @prefixes
 * @prefixes: any address within
 * @prefix_count: number of @prefixes
 * @except: addresses that are out, whoever owns them
 * @except_count: number of @except
 */
struct selector_set {
	u8 *nodes, *except_nodes;
	struct wgward_prefix *prefixes;
	size_t prefix_count;
	struct wgward_prefix *except;
	size_t except_count;
};

/* Of a list without errors. */
void selector_set(const struct mesh *mesh, const struct mesh_list *list,
		  struct selector_set *set);
void selector_set_free(struct selector_set *set);

#endif /* _SELECTOR_H */
