/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A mesh file in the making: sections with keys, to be changed, printed, and
 * read like any other.
 */
#ifndef _DRAFT_H
#define _DRAFT_H

#include <stdio.h>

#include "meshfile.h"

struct draft_key {
	const char *name; /* as documented */
	char *value;
};

/**
 * struct draft_section - a section
 * @kind: of section
 * @name: "" for [Mesh]
 * @live: scripts made or changed it, which a comment tells
 * @keys: in the order of printing
 * @key_count: number of @keys
 */
struct draft_section {
	enum meshfile_section kind;
	char *name;
	bool live;
	struct draft_key *keys;
	size_t key_count;
};

/* Zero it to begin with. */
struct draft {
	struct draft_section *sections;
	size_t count;
};

/* What makes @policy, its groups that stand for terms left out. */
void draft_from_policy(struct draft *draft, const struct wgward_policy *policy);
/*
 * Whether that makes @policy again: another program may have made one that no
 * file makes, of which a part would be lost. If not, errors were printed, in
 * which @where is the policy's ward.
 */
bool draft_check(const struct draft *draft, const struct wgward_policy *policy,
		 const char *where, struct diagnostics *diagnostics);
void draft_free(struct draft *draft);

/* NULL when there is none; valid until the next is added or removed. */
struct draft_section *draft_find(const struct draft *draft,
				 enum meshfile_section kind, const char *name);
/* At the end, without keys. */
struct draft_section *draft_add(struct draft *draft, enum meshfile_section kind,
				const char *name);
void draft_remove(struct draft *draft, struct draft_section *section);

/* NULL when it is not there. */
const char *draft_get(const struct draft_section *section, const char *key);
/* Takes over @value; "" or NULL takes the key out. */
void draft_set(struct draft_section *section, const char *key, char *value);
void draft_clear(struct draft_section *section);

void draft_print(const struct draft *draft, FILE *stream);
/*
 * As mesh_load() would read it from a file, with errors and warnings in
 * @diagnostics, whose file is what the user knows it by. They name section and
 * key, since the lines are in no file.
 */
struct mesh *draft_read(const struct draft *draft,
			struct diagnostics *diagnostics);

#endif /* _DRAFT_H */
