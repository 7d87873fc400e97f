/* SPDX-License-Identifier: GPL-2.0 */
/* Large policies of a regular kind. */
#ifndef _WGWARD_MESH_H
#define _WGWARD_MESH_H

#include "policy.h"

/**
 * struct mesh - how large, and how it is spread
 * @nodes: number of nodes, each with an IPv4 and an IPv6 address
 * @groups: number of groups; each node is in one
 * @rules: number of rules, each from one group to another on one port
 */
struct mesh {
	u32 nodes, groups, rules;
};

/* The address of node @i. */
struct in6_addr mesh_address(u8 family, u32 i);

/* Adds node @i with those @groups; 0, or a negative error and @why. */
int mesh_add_node(struct wgward_policy *policy, u32 i, u32 *groups,
		  u32 group_count, const char **why);
/* Adds rule @i: from group @from to @to, either WGWARD_NONE for any. */
int mesh_add_rule(struct wgward_policy *policy, u32 i, u32 from, u32 to,
		  u32 service, const char **why);
int mesh_add_groups(struct wgward_policy *policy, u32 count, const char **why);

/* A policy, not compiled; it ends the program if something is refused. */
struct wgward_policy *mesh_policy(const struct mesh *mesh);

#endif /* _WGWARD_MESH_H */
