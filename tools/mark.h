/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What scripts did to a policy since its mesh file was applied: nodes and rules
 * that they added or changed have a flag, and of those that they removed the
 * policy has the names.
 */
#ifndef _MARK_H
#define _MARK_H

#include "change.h"
#include "../module/policy.h"

/* Whether a script made or changed it. */
bool mark_node_live(const struct wgward_node *node);
bool mark_rule_live(const struct wgward_rule *rule);
/* How many nodes and rules scripts made, changed or removed; NULL: none. */
u32 mark_count(const struct wgward_policy *policy);

/* Marks in @after, not compiled, what a script makes of @before. */
void mark_script(const struct wgward_policy *before,
		 struct wgward_policy *after);
/* Whether both have the same marks; @before may be NULL. */
bool mark_equal(const struct wgward_policy *before,
		const struct wgward_policy *after);
/*
 * Of the changes from @before, which may be NULL, to @after, which the file
 * makes: those that are there because of a script are live.
 */
void mark_changes(const struct wgward_policy *before,
		  const struct wgward_policy *after, struct change_list *list);

#endif /* _MARK_H */
