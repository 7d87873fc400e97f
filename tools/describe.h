/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of a policy as text, which is the same for the same meaning:
 * whatever the order in which the kernel or the file has their parts.
 */
#ifndef _DESCRIBE_H
#define _DESCRIBE_H

#include "../module/policy.h"

/* What the key at the end of a node's text comes after. */
#define DESCRIBE_KEY ", key "

/* All in memory to be freed. */
char *describe_node(const struct wgward_node *node);
char *describe_selector(const struct wgward_policy *policy,
			const struct wgward_selector *selector);
char *describe_services(const struct wgward_rule *rule);
char *describe_rule(const struct wgward_policy *policy,
		    const struct wgward_rule *rule);
/* Those that are not the default, as in the mesh file. */
char *describe_timeouts(const u32 *timeouts);
/* A single address has no length. Returns @text of PREFIX_TEXT_LEN. */
const char *describe_prefix(char *text, const struct wgward_prefix *prefix);
char *describe_prefixes(const struct wgward_prefix *prefixes, size_t count);

/*
 * The names of @count strings in their byte order, joined by ", ". Sorts
 * @names.
 */
char *describe_names(const char **names, size_t count);

/*
 * Whether a group is one of the file's, and does not stand for a single node,
 * or for a term with "+".
 */
bool describe_group_told(const struct wgward_policy *policy, const char *name);

#endif /* _DESCRIBE_H */
