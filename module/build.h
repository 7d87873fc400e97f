/* SPDX-License-Identifier: GPL-2.0 */
/* What is needed while a policy is compiled, and no longer. */
#ifndef _WGWARD_BUILD_H
#define _WGWARD_BUILD_H

#include "policy.h"
#include "relation.h"
#include "table.h"
#include "vector.h"

struct wgward_compiled;

enum wgward_side { WGWARD_SIDE_FROM, WGWARD_SIDE_TO, WGWARD_SIDES };

/* The four lists of prefixes that a rule has, by side, exceptions second. */
#define WGWARD_PREFIX_LISTS (2 * WGWARD_SIDES)

/**
 * struct wgward_classes - the classes of one side
 * @of_signature: class by signature
 * @start: by class, where the rules that match it begin in @rules; one more
 *	for the end of the last. Class 0 has none
 * @rules: indices, ascending in each class
 */
struct wgward_classes {
	u32 *of_signature;
	struct wgward_vector start;
	struct wgward_vector rules;
};

/**
 * struct wgward_chains - rules that succeed one another where they are painted
 * @before: by chain, the chain in front of its last rule; chain 0 has none
 * @rank: by chain, of its last rule
 * @enforced: by chain, rank of the last rule that is not audited: none in it
 *	lives longer
 * @audited: likewise of those that are
 * @succession: by chain, its number in @start, or WGWARD_NONE as long as no
 *	map has it
 * @table: chains by hash of @before and @rank
 * @start: as in struct wgward_successions
 * @ranks: likewise
 */
struct wgward_chains {
	struct wgward_vector before, rank;
	struct wgward_vector enforced, audited;
	struct wgward_vector succession;
	struct wgward_table table;
	struct wgward_vector start, ranks;
};

/**
 * struct wgward_service_build - service maps as they are found necessary
 * @range_start: by rule, where its ranges begin; one more for the end
 * @range_first: first keys of the ranges of services, disjoint, ascending
 * @range_last: last keys
 * @list_start: by map, where its rules begin in @list_rules; one more
 * @list_rules: the rules that each map is of
 * @lists: maps of several rules, by hash of their rules
 * @single: by rule, the map of it alone, or WGWARD_NONE
 * @start: as in struct wgward_service_maps
 * @first: likewise
 * @rank: likewise
 * @edges: where ranges of the map at hand begin and end
 * @colour: by edge, what is from there to the next edge: a rank, or a chain,
 *	which has WGWARD_RANK_SUCCESSION
 * @bare: by edge, an edge from which on there may be room that no rule without
 *	audit and without an end has taken for good
 * @scratch: for sorting
 * @steps: taken for all maps, see WGWARD_MAX_SERVICE_STEPS
 * @chains: of all maps
 */
struct wgward_service_build {
	u32 *range_start;
	struct wgward_vector range_first, range_last;
	struct wgward_vector list_start, list_rules;
	struct wgward_table lists;
	u32 *single;
	struct wgward_vector start, first, rank;
	struct wgward_vector edges, colour, bare, scratch;
	u64 steps;
	struct wgward_chains chains;
};

/**
 * struct wgward_build - a policy being compiled
 * @policy: the policy, its rules sorted
 * @compiled: what it is compiled to
 * @why: what to say when it is refused
 * @node_set: group set by node
 * @set_node: by group set, a node that has it; set 0 is that of addresses
 *	which neither groups nor `any` cover
 * @term_prefix: by place where a rule has a prefix, in the order of
 *	wgward_rule_prefixes(), number of the prefix
 * @prefix_outer: by number of a prefix, the next larger around it
 * @signature_set: by signature, the group set
 * @signature_prefix: by signature, the smallest prefix of rules around the
 *	address, or WGWARD_NONE; what is @prefix_outer of it is around it, too
 * @signatures: those with a prefix, by hash
 * @identity_signature: by identity
 * @identity_owner: by identity
 * @identity_flags: by identity
 * @node_identity: by node, the identity made latest, or WGWARD_NONE
 * @stranger: likewise for addresses of no node
 * @classes: by side
 * @services: service maps
 */
struct wgward_build {
	const struct wgward_policy *policy;
	struct wgward_compiled *compiled;
	const char **why;
	u32 *node_set;
	struct wgward_vector set_node;
	u32 *term_prefix;
	struct wgward_vector prefix_outer;
	struct wgward_vector signature_set, signature_prefix;
	struct wgward_table signatures;
	struct wgward_vector identity_owner, identity_flags;
	struct wgward_vector identity_signature;
	u32 *node_identity;
	u32 stranger;
	struct wgward_classes classes[WGWARD_SIDES];
	struct wgward_service_build services;
};

static inline const struct wgward_selector *
wgward_rule_side(const struct wgward_rule *rule, enum wgward_side side)
{
	return side == WGWARD_SIDE_FROM ? &rule->from : &rule->to;
}

/* All nodes without exception: stands in defaults, not in classes. */
static inline bool wgward_selector_wild(const struct wgward_selector *selector)
{
	return selector->any && !selector->except_group_count &&
	       !selector->except_prefix_count;
}

/* Prefix list @list of a rule: from, from's exceptions, to, to's exceptions. */
static inline const struct wgward_prefix *
wgward_rule_prefixes(const struct wgward_rule *rule, u32 list, u32 *count)
{
	const struct wgward_selector *selector;

	selector = wgward_rule_side(rule, list / 2);
	*count = list % 2 ? selector->except_prefix_count :
			    selector->prefix_count;
	return list % 2 ? selector->except_prefixes : selector->prefixes;
}

static inline bool wgward_rule_has_prefix(const struct wgward_rule *rule)
{
	return rule->from.prefix_count | rule->from.except_prefix_count |
	       rule->to.prefix_count | rule->to.except_prefix_count;
}

static inline const u32 *
wgward_class_rules(const struct wgward_classes *classes, u32 class, u32 *count)
{
	u32 start = classes->start.data[class];

	*count = classes->start.data[class + 1] - start;
	return classes->rules.data + start;
}

static inline u32 wgward_class_count(const struct wgward_classes *classes)
{
	return classes->start.count - 1;
}

int wgward_build_refuse(const struct wgward_build *build, const char *why);
int wgward_build_pause(const struct wgward_build *build);

int wgward_build_identities(struct wgward_build *build);
int wgward_build_classes(struct wgward_build *build, enum wgward_side side);
int wgward_build_services(struct wgward_build *build);
int wgward_build_list_map(struct wgward_build *build, const u32 *rules,
			  u32 count, u32 *map);
int wgward_build_services_end(struct wgward_build *build);
int wgward_build_steps(struct wgward_build *build, u64 steps);
int wgward_build_chains(struct wgward_build *build);
int wgward_build_succeed(struct wgward_build *build, u32 *colour, u32 rank);
int wgward_build_succession(struct wgward_build *build, u32 *colour);
int wgward_build_successions_end(struct wgward_build *build);
void wgward_build_chains_free(struct wgward_chains *chains);
int wgward_build_matrix(struct wgward_build *build);

/* The same; most lists are of one rule, which was there before. */
static inline int wgward_build_service_map(struct wgward_build *build,
					   const u32 *rules, u32 count,
					   u32 *map)
{
	if (count == 1) {
		*map = build->services.single[rules[0]];
		if (*map != WGWARD_NONE)
			return 0;
	}
	return wgward_build_list_map(build, rules, count, map);
}

#endif /* _WGWARD_BUILD_H */
