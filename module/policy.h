/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policy of a ward: nodes, groups, rules and a default, compiled.
 *
 * Pure: depends on little of the kernel, so that the same source is tested in
 * userspace and serves the command's model of a mesh and its offline explain.
 */
#ifndef _WGWARD_POLICY_H
#define _WGWARD_POLICY_H

#include <linux/in6.h>
#include <linux/limits.h>
#include <linux/types.h>
#include <linux/wgward.h>

#include "interval.h"

#define WGWARD_NONE U32_MAX

/*
 * Limits beside those of <linux/wgward.h>, which bound the memory of a policy
 * and the time that compiling it takes.
 */
#define WGWARD_MAX_NETWORKS 64
/* The flags that nodes and rules may have. */
#define WGWARD_NODE_FLAGS                                  \
	(WGWARD_NODE_F_SELF | WGWARD_NODE_F_ROUTE_GROUPS | \
	 WGWARD_NODE_F_BEHIND_NAT | WGWARD_NODE_F_ADDED |  \
	 WGWARD_NODE_F_CHANGED)
#define WGWARD_RULE_FLAGS                                                \
	(WGWARD_RULE_F_AUDIT | WGWARD_RULE_F_LOG | WGWARD_RULE_F_ADDED | \
	 WGWARD_RULE_F_CHANGED)
/* Addresses, routes, networks and rules' prefixes, all together. */
#define WGWARD_MAX_PREFIXES (1024 * 1024)
/* Groups of nodes, and groups and services of rules, all together. */
#define WGWARD_MAX_TERMS (4 * 1024 * 1024)
/* Times that a rule takes part in a class, or in a pair of classes. */
#define WGWARD_MAX_MATCHES (64 * 1024 * 1024)
/* Rules in the different lists that classes make. */
#define WGWARD_MAX_LISTED (16 * 1024 * 1024)
/*
 * Ranges of services of each list, times the bits of their number; and how
 * often a rule that ends or is audited meets a range.
 */
#define WGWARD_MAX_SERVICE_STEPS (32 * 1024 * 1024)
/* Intervals of all service maps. */
#define WGWARD_MAX_SERVICE_INTERVALS (4 * 1024 * 1024)
/* Rules in the different successions that intervals have. */
#define WGWARD_MAX_SUCCESSORS (4 * 1024 * 1024)

/*
 * An IPv4 address stands in s6_addr32[0], the rest being zero; network order.
 * The family goes beside it.
 */
struct wgward_prefix {
	struct in6_addr address;
	u8 family; /* AF_INET or AF_INET6 */
	u8 length; /* bits; host bits of @address are zero */
};

/**
 * struct wgward_node - a machine of the mesh
 * @name: unique among nodes
 * @key: WireGuard public key, unique among nodes
 * @flags: WGWARD_NODE_F_*
 * @id: stable across policies for the same key; set by whoever publishes the
 *	policy, WGWARD_NONE before
 * @address_count: number of @addresses
 * @route_count: number of @routes
 * @group_count: number of @groups
 * @addresses: the node's own addresses, as prefixes of full length
 * @routes: the networks behind it
 * @groups: indices into the policy's groups, ascending, each once
 * @relay: name of the node that all others but it reach this node through,
 *	or NULL
 * @relays: whether another node's @relay names it, once compiled
 * @endpoint: host:port as the mesh file gave it, or NULL; the kernel only
 *	keeps it for the command
 * @listen_port: its own, or 0; kept like @endpoint
 * @until: seconds since 1970 at which its traffic ends; 0 when it does not
 */
struct wgward_node {
	char name[WGWARD_NAME_LEN + 1];
	u8 key[WGWARD_KEY_LEN];
	u32 flags;
	u32 id;
	u32 address_count;
	u32 route_count;
	u32 group_count;
	struct wgward_prefix *addresses;
	struct wgward_prefix *routes;
	u32 *groups;
	char *relay;
	bool relays;
	char *endpoint;
	u16 listen_port;
	u64 until;
};

struct wgward_group {
	char *name;
	u32 node_count;
};

/**
 * struct wgward_selector - what a side of a rule matches
 * @any: every node's addresses
 * @group_count: number of @groups
 * @prefix_count: number of @prefixes
 * @except_group_count: number of @except_groups
 * @except_prefix_count: number of @except_prefixes
 * @groups: indices into the policy's groups
 * @prefixes: any address within, whoever owns it
 * @except_groups: taken out again
 * @except_prefixes: taken out again
 */
struct wgward_selector {
	bool any;
	u32 group_count;
	u32 prefix_count;
	u32 except_group_count;
	u32 except_prefix_count;
	u32 *groups;
	struct wgward_prefix *prefixes;
	u32 *except_groups;
	struct wgward_prefix *except_prefixes;
};

/* Service numbers, see WGWARD_SERVICE_MAX; both included. */
struct wgward_service {
	u32 first, last;
};

struct wgward_rule {
	char name[WGWARD_NAME_LEN + 1];
	u32 id; /* as a node's, by name */
	u8 action; /* enum wgward_action */
	u32 flags; /* WGWARD_RULE_F_* */
	u64 until; /* seconds since 1970 at which it ends; 0: it does not */
	u32 service_count;
	struct wgward_service *services;
	struct wgward_selector from, to;
};

/* A node or rule of the mesh file that the policy lacks. */
struct wgward_removed {
	bool is_rule;
	char name[WGWARD_NAME_LEN + 1];
};

struct wgward_compiled; /* private to policy_build.c and policy.c */

/**
 * struct wgward_policy - what a ward enforces
 * @fallback: the default action, enum wgward_action; none at first, which
 *	cannot be compiled
 * @mesh: the mesh's name
 * @has_revision: whether @revision was given
 * @revision: of the mesh file
 * @audit: the ward passes everything and tells what it would not have passed
 * @max_flows: of the ward; 0: WGWARD_MAX_FLOWS
 * @timeouts: seconds, by enum wgward_timeout; 0: wgward_timeout_defaults
 * @listen_port: of nodes that do not say; 0: none. Kept for the command, like
 *	@mtu and @removed
 * @mtu: of the interface; 0: none
 * @removed_count: number of @removed
 * @network_count: number of @networks
 * @node_count: number of @nodes
 * @group_count: number of @groups
 * @rule_count: number of @rules
 * @removed: what scripts took out since the file was applied
 * @networks: addresses within them that no node owns are dropped
 * @nodes: in the order they were added
 * @groups: in the order they were added
 * @rules: in the order they were added; sorted by name when compiled, so that
 *	a smaller index is a byte-smaller name
 * @node_space: room in @nodes
 * @group_space: room in @groups
 * @rule_space: room in @rules
 * @prefix_count: prefixes of all objects, see WGWARD_MAX_PREFIXES
 * @term_count: terms of all objects, see WGWARD_MAX_TERMS
 * @self: index of self in @nodes, once compiled
 * @names: what is in use, for finding and refusing duplicates
 * @compiled: NULL until wgward_policy_compile()
 *
 * Built by one owner, immutable once compiled.
 */
struct wgward_policy {
	u8 fallback;
	char mesh[WGWARD_NAME_LEN + 1];
	bool has_revision;
	u64 revision;
	bool audit;
	u32 max_flows;
	u32 timeouts[WGWARD_TIMEOUT_MAX + 1];
	u16 listen_port;
	u32 mtu;
	u32 removed_count;
	u32 network_count;
	u32 node_count, node_space;
	u32 group_count, group_space;
	u32 rule_count, rule_space;
	u32 prefix_count, term_count;
	struct wgward_removed *removed;
	struct wgward_prefix *networks;
	struct wgward_node *nodes;
	struct wgward_group *groups;
	struct wgward_rule *rules;
	u32 self;
	struct wgward_names *names;
	struct wgward_compiled *compiled;
};

/**
 * struct wgward_verdict - what happens to a packet, and why
 * @code: enum wgward_verdict_code
 * @reason: enum wgward_reason
 * @audited_code: what @audited would have decided; @code if there is none
 * @rule: index of the rule that decided, or WGWARD_NONE
 * @audited: index of the audited rule that would have decided otherwise, were
 *	it not for its audit; or WGWARD_NONE
 * @source: index of the source's node, or WGWARD_NONE
 * @destination: index of the destination's node, or WGWARD_NONE
 */
struct wgward_verdict {
	u8 code;
	u8 reason;
	u8 audited_code;
	u32 rule;
	u32 audited;
	u32 source;
	u32 destination;
};

/*
 * The functions that take @why set it to a fixed English sentence, without a
 * newline, when they refuse. They may sleep. -EINVAL: refused; -EEXIST: the
 * name, key or address is taken; -ENOENT: names something unknown; -E2BIG:
 * beyond a limit, which @why names; -EINTR: the task is being killed; -ENOMEM.
 */
struct wgward_policy *wgward_policy_create(void);
void wgward_policy_free(struct wgward_policy *policy);

int wgward_policy_add_network(struct wgward_policy *policy,
			      const struct wgward_prefix *network,
			      const char **why);
int wgward_policy_add_group(struct wgward_policy *policy, const char *name,
			    const char **why);
int wgward_policy_add_removed(struct wgward_policy *policy, bool is_rule,
			      const char *name, const char **why);
/* Deep copies of @node and @rule are taken; @node->id, @rule->id ignored. */
int wgward_policy_add_node(struct wgward_policy *policy,
			   const struct wgward_node *node, const char **why);
int wgward_policy_add_rule(struct wgward_policy *policy,
			   const struct wgward_rule *rule, const char **why);

/* Index, or WGWARD_NONE. */
u32 wgward_policy_find_group(const struct wgward_policy *policy,
			     const char *name);
u32 wgward_policy_find_node(const struct wgward_policy *policy,
			    const char *name);
u32 wgward_policy_find_node_by_key(const struct wgward_policy *policy,
				   const u8 *key);
u32 wgward_policy_find_rule(const struct wgward_policy *policy,
			    const char *name);

/* Checks what spans objects (one self, relays exist), sorts the rules. */
int wgward_policy_compile(struct wgward_policy *policy, const char **why);

/*
 * The index of the node that owns @address, or WGWARD_NONE. Longest prefix
 * wins. For compiled policies; any context.
 */
u32 wgward_policy_owner(const struct wgward_policy *policy, u8 family,
			const struct in6_addr *address);

/*
 * The verdict on a conversation that @source starts with @destination, by
 * rules alone: same address, unowned, rules, default. @service may be
 * WGWARD_NONE when it could not be read: then only rules for every service
 * of @protocol match. Rules and nodes whose time is up at @now, seconds since
 * 1970, have ended. For compiled policies; any context, no locks.
 */
void wgward_policy_judge(const struct wgward_policy *policy, u8 family,
			 const struct in6_addr *source,
			 const struct in6_addr *destination, u8 protocol,
			 u32 service, u64 now, struct wgward_verdict *verdict);

/* Whether the node @index, which may be WGWARD_NONE, has ended at @now. */
bool wgward_policy_node_ended(const struct wgward_policy *policy, u32 index,
			      u64 now);

/*
 * When, after @now, the first rule or node of @policy ends: seconds since
 * 1970, or 0 if none does. For compiled policies.
 */
u64 wgward_policy_next_end(const struct wgward_policy *policy, u64 now);

/* Seconds, by enum wgward_timeout. */
extern const u32 wgward_timeout_defaults[WGWARD_TIMEOUT_MAX + 1];

bool wgward_name_valid(const char *name);
bool wgward_group_name_valid(const char *name);

#endif /* _WGWARD_POLICY_H */
