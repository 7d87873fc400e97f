/* SPDX-License-Identifier: GPL-2.0 */
/* What is in use in a policy: from a name, key or prefix to an index. */
#ifndef _WGWARD_NAMES_H
#define _WGWARD_NAMES_H

#include <linux/siphash.h>
#include <linux/types.h>

#include "table.h"

struct wgward_policy;
struct wgward_prefix;

/**
 * struct wgward_names - from what must be unique to an index
 * @seed: secret, so that nobody can choose names that collide
 * @groups: by name
 * @nodes: by name
 * @keys: nodes by public key
 * @rules: by name
 * @prefixes: nodes by address and route; empty once the policy is compiled
 */
struct wgward_names {
	hsiphash_key_t seed;
	struct wgward_table groups;
	struct wgward_table nodes;
	struct wgward_table keys;
	struct wgward_table rules;
	struct wgward_table prefixes;
};

struct wgward_names *wgward_names_create(void);
void wgward_names_free(struct wgward_names *names);

u32 wgward_names_hash(const struct wgward_names *names, const char *name);
u32 wgward_names_hash_key(const struct wgward_names *names, const u8 *key);
u32 wgward_names_hash_prefix(const struct wgward_names *names,
			     const struct wgward_prefix *prefix);

u32 wgward_names_find_group(const struct wgward_policy *policy,
			    const char *name, u32 hash);
u32 wgward_names_find_node(const struct wgward_policy *policy, const char *name,
			   u32 hash);
u32 wgward_names_find_key(const struct wgward_policy *policy, const u8 *key,
			  u32 hash);
u32 wgward_names_find_rule(const struct wgward_policy *policy, const char *name,
			   u32 hash);

#endif /* _WGWARD_NAMES_H */
