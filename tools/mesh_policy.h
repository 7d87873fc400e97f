/* SPDX-License-Identifier: GPL-2.0 */
/* A policy while it is made of a mesh. */
#ifndef _MESH_POLICY_H
#define _MESH_POLICY_H

#include "mesh.h"
#include "selector.h"

/**
 * struct builder_group - a group of the policy
 * @name: as the kernel will have it
 * @term: what it stands for, when no node says that it is in it
 * @group: when nodes say so; else NULL
 */
struct builder_group {
	char *name;
	struct term term;
	const struct mesh_group *group;
};

/**
 * struct builder - a policy in the making
 * @mesh: what from
 * @policy: what of
 * @diagnostics: where errors go
 * @groups: in the order of their names, as in @policy
 * @group_count: number of @groups
 * @joined: the groups of each node, ascending
 * @joined_count: how many these are
 */
struct builder {
	const struct mesh *mesh;
	struct wgward_policy *policy;
	struct diagnostics *diagnostics;
	struct builder_group *groups;
	size_t group_count;
	u32 **joined;
	u32 *joined_count;
};

/* Says why the object of line @line cannot be. Returns false. */
bool builder_refuse(struct builder *builder, const char *kind, const char *name,
		    unsigned int line, const char *why);

/* Groups of nodes, and those that rules need. False after an error. */
bool builder_add_groups(struct builder *builder);
/* Number of the group for @term, which is of TERM_NAMES. */
u32 builder_find_group(const struct builder *builder, const struct term *term);
void builder_free_groups(struct builder *builder);

/* Bytes of a node and a rule in a message to the module. */
size_t builder_node_size(const struct builder *builder,
			 const struct wgward_node *node);
size_t builder_rule_size(const struct builder *builder,
			 const struct wgward_rule *rule);

#endif /* _MESH_POLICY_H */
