/* SPDX-License-Identifier: GPL-2.0 */
/* The steps from a mesh file's text to a checked struct mesh. */
#ifndef _MESHFILE_H
#define _MESHFILE_H

#include "diagnostic.h"
#include "mesh.h"

enum meshfile_section {
	MESHFILE_NONE, /* before the first section */
	MESHFILE_SKIP, /* in one that is unknown: was told */
	MESHFILE_MESH,
	MESHFILE_NODE,
	MESHFILE_RULE,
	MESHFILE_TEST,
};

/* The one key whose value is of use on this machine alone. */
#define MESHFILE_PRESHARED "PresharedKeyFile"

/* Upper bound of the number of keys of a section. */
#define MESHFILE_KEYS 16

/**
 * struct meshfile_parser - where in the file we are
 * @mesh: what was understood so far; the section's object is its last one
 * @diagnostics: what was not
 * @section: the kind of section
 * @header: of the section, "[Node alice]", for messages
 * @seen: the line of each key of the section, 0: not there yet
 */
struct meshfile_parser {
	struct mesh *mesh;
	struct diagnostics *diagnostics;
	enum meshfile_section section;
	struct mesh_text header;
	unsigned int seen[MESHFILE_KEYS];
};

/**
 * struct meshfile_key - a key of a section
 * @name: as documented; cases do not count
 * @needed: the section is wrong without it
 * @list: may be repeated
 * @read: takes over the value, which is not empty
 */
struct meshfile_key {
	const char *name;
	bool needed;
	bool list;
	void (*read)(struct meshfile_parser *parser, struct mesh_text *value);
};

/* Ends with a NULL name. */
extern const struct meshfile_key meshfile_mesh_keys[];
extern const struct meshfile_key meshfile_node_keys[];
extern const struct meshfile_key meshfile_rule_keys[];
extern const struct meshfile_key meshfile_test_keys[];

/* Fills @mesh from @text, which it keeps and cuts into pieces. */
void meshfile_parse(struct mesh *mesh, char *text,
		    struct diagnostics *diagnostics);

/* Sorts names, keys and groups, so that they can be found. */
void mesh_index(struct mesh *mesh);

/* Says what is wrong with a name of a @what, such as "node". */
bool lint_name(struct diagnostics *diagnostics, const struct mesh_text *at,
	       const char *what);
/* Everything that spans sections. */
void lint_mesh(struct mesh *mesh, struct diagnostics *diagnostics);
void lint_endpoint(const struct mesh *mesh, struct mesh_node *node,
		   struct diagnostics *diagnostics);
void lint_prefixes(const struct mesh *mesh, struct diagnostics *diagnostics);
void lint_rules(const struct mesh *mesh, struct diagnostics *diagnostics);
void lint_rescue(const struct mesh *mesh, struct diagnostics *diagnostics);
/* What is allowed and yet hardly meant. Of a mesh without errors. */
void lint_warn(const struct mesh *mesh, struct diagnostics *diagnostics);
void lint_control(const struct mesh *mesh, struct diagnostics *diagnostics);
void lint_rescue_warn(const struct mesh *mesh, struct diagnostics *diagnostics);

#endif /* _MESHFILE_H */
