/* SPDX-License-Identifier: GPL-2.0 */
/* Random policies in a small world, so that things meet often. */
#ifndef _WGWARD_GENERATE_H
#define _WGWARD_GENERATE_H

#include "policy.h"

/**
 * struct world - what random objects are made of
 * @base: by family (IPv4 first), the bits that all addresses share
 * @shift: by family, how many bits stand below the 8 that differ
 * @protocols: the few protocols there are
 * @plain: neither rules nor nodes end, and no rule is audited
 */
struct world {
	struct in6_addr base[2];
	u32 shift[2];
	u8 protocols[4];
	bool plain;
};

/* Nothing random ends later than that. */
#define GENERATE_LATEST 9

/* How large a policy may get. */
struct size {
	u32 networks, nodes, groups, rules;
};

void generate_world(struct world *world);

struct in6_addr generate_address(const struct world *world, u8 family);
/* Often one that the policy names. */
struct in6_addr generate_end(const struct world *world,
			     const struct wgward_policy *policy, u8 family);
/* A time, which something may end at, or before, or after. */
u64 generate_now(void);
u8 generate_family(void);
u8 generate_protocol(const struct world *world);
/* A service number next to where services of rules begin and end. */
u32 generate_service(const struct world *world,
		     const struct wgward_policy *policy);

/*
 * Objects for a policy. They stay valid until the next one of the kind is
 * generated. A name, key or prefix may be taken: adding them may fail for
 * that reason, but no other.
 */
const struct wgward_prefix *generate_network(const struct world *world);
const char *generate_group(void);
const struct wgward_node *generate_node(const struct world *world,
					const struct wgward_policy *policy,
					bool self);
const struct wgward_rule *generate_rule(const struct world *world,
					const struct wgward_policy *policy);

/* A complete policy, not compiled; NULL if something was refused. */
struct wgward_policy *generate_policy(const struct world *world,
				      const struct size *most);

#endif /* _WGWARD_GENERATE_H */
