/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a policy is compiled to.
 *
 * DOC: compiled policy
 *
 * An address is looked up in an interval map, which yields its identity: the
 * node that owns it and two classes. Addresses that no rule tells apart as a
 * source have one source class, and likewise for destinations. The matrix
 * holds, for each pair of classes that some rule joins, a service map: an
 * interval map from a service to the rule that decides.
 *
 * Rules of `any`, without exceptions, would fill the matrix. They stand aside:
 * "From = ops, To = any" in the default of each row that ops has a part in,
 * "From = any, To = web" in the default of a column, "any" to "any" in one
 * place for all. A side's default is asked only if the address there is one
 * that `any` covers. So an address pair asks four service maps at most, and
 * the strongest rule found decides.
 *
 * A rule's strength is a number, its rank: the smaller, the stronger. Deny
 * beats reject beats allow, then the byte-smaller name, which is the smaller
 * index.
 *
 * Mostly an interval of services has one rank. Where the strongest rule ends
 * by itself, or is audited, it has a succession instead: two lists of ranks,
 * of the rules that are enforced and of those that are audited. A rule is in
 * its list if it will ever be the strongest: if it outlives all stronger rules
 * that are enforced and, being audited, the audited ones as well. So in either
 * list the weaker rule ends later, and the first that lives is found by
 * bisection. The strongest of the enforced rules gives the verdict; an audited
 * rule that is stronger still, and would decide otherwise, is reported. Time
 * is an argument of the look-up: nothing is built anew when a rule ends.
 *
 * Example. Nodes a (10.0.0.1, group ops), b and c (10.0.0.2 and 3, group
 * web); rule r0 allows tcp/80 from ops to web, r1 denies tcp/80 from any to
 * 10.0.0.3/32. The intervals are [0, .1), .1, .2, .3 and [.4, end], of
 * identities nobody, a, b, c and nobody. As sources, a has class 1 {r0} and
 * the rest class 0 {}. As destinations, b has class 1 {r0}, c class 2 {r0,
 * r1}, the rest class 0. The matrix has row 1: {column 1: map of r0, column 2:
 * map of r0}; r1 is in column 2's default. From a to c, tcp/80: the matrix
 * says r0, the default of column 2 says r1, which is a deny and decides.
 *
 * Let rules for tcp/80 from any to any be: d, a deny until 300; e, an audited
 * deny until 200; f, an audited deny until 400; p, an allow until 200; q and r,
 * allows without an end. Strongest first they are d e f p q r. Painted in this
 * order, e goes: it is hidden by d as long as it lives. f stays, for it
 * outlives d. p goes for the sake of d, q stays for good, r is hidden by q. The
 * succession is d q, and f. At 250, d drops. At 300 it has ended, so q passes
 * and f, which would drop, is reported; from 400 on it is only q.
 */
#ifndef _WGWARD_COMPILED_H
#define _WGWARD_COMPILED_H

#include <linux/types.h>

#include "interval.h"

struct wgward_policy;

/*
 * Ranks: the action's strength, then the rule's index. In their place a number
 * with WGWARD_RANK_SUCCESSION may stand, unless it is WGWARD_RANK_NONE.
 */
#define WGWARD_RANK_SHIFT 24
#define WGWARD_RANK_INDEX ((1U << WGWARD_RANK_SHIFT) - 1)
#define WGWARD_RANK_SUCCESSION (1U << 31)
#define WGWARD_RANK_NONE U32_MAX

enum wgward_strength {
	WGWARD_STRENGTH_DENY,
	WGWARD_STRENGTH_REJECT,
	WGWARD_STRENGTH_ALLOW,
	WGWARD_STRENGTHS,
};

/*
 * Service maps are keyed by service number; above them, by protocol, stands
 * what could not be read: only a rule for all of the protocol matches it.
 */
#define WGWARD_SERVICE_UNREAD (WGWARD_SERVICE_MAX + 1)
#define WGWARD_SERVICE_END (WGWARD_SERVICE_UNREAD + 256)

#define WGWARD_IDENTITY_UNOWNED (1 << 0) /* a mesh address of no node */
#define WGWARD_IDENTITY_ANY (1 << 1) /* `any` and groups cover it */

/**
 * struct wgward_identity - what an address is to the policy
 * @owner: index of the node, or WGWARD_NONE
 * @source_class: 0 when no rule matches it as a source, defaults aside
 * @destination_class: likewise as a destination
 * @flags: WGWARD_IDENTITY_*
 */
struct wgward_identity {
	u32 owner;
	u32 source_class;
	u32 destination_class;
	u32 flags;
};

/**
 * struct wgward_service_maps - service maps behind one another
 * @count: number of maps; map 0 is empty: no rule for any service
 * @start: where each map begins in @first and @rank, and where the last ends
 * @first: first key of each interval, ascending within a map, at first 0
 * @rank: of the rule that decides, or which succession does
 */
struct wgward_service_maps {
	u32 count;
	u32 *start;
	u32 *first;
	u32 *rank;
};

/**
 * struct wgward_successions - who decides where rules end or are audited
 * @count: number of successions
 * @start: where in @rank the rules of a succession begin that are not audited,
 *	and then those that are, for one after the other; and the end
 * @rank: ascending within each of the two; so does the time of their end
 */
struct wgward_successions {
	u32 count;
	u32 *start;
	u32 *rank;
};

/**
 * struct wgward_matrix - which service map judges a pair of classes
 * @pair_count: number of @columns and of @maps
 * @start: where the row of a source class begins in @columns and @maps, and
 *	where the last ends
 * @columns: destination classes that the row has a map for, ascending
 * @maps: the maps
 * @row_defaults: by source class: map for any node as destination
 * @column_defaults: by destination class: map for any node as source
 * @any_default: map from any node to any node
 */
struct wgward_matrix {
	u32 pair_count;
	u32 *start;
	u32 *columns;
	u32 *maps;
	u32 *row_defaults;
	u32 *column_defaults;
	u32 any_default;
};

struct wgward_compiled {
	struct wgward_interval32 ipv4;
	struct wgward_interval128 ipv6;
	struct wgward_identity *identities;
	struct wgward_service_maps services;
	struct wgward_successions successions;
	struct wgward_matrix matrix;
};

void wgward_compiled_free(struct wgward_compiled *compiled);

#endif /* _WGWARD_COMPILED_H */
