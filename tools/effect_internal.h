/* SPDX-License-Identifier: GPL-2.0 */
/* What the files about effects share. */
#ifndef _EFFECT_INTERNAL_H
#define _EFFECT_INTERNAL_H

#include "effect.h"
#include "intern.h"
#include "span.h"
#include "../module/relation.h"

/**
 * enum effect_mode - what a policy says of an address before it asks any rule
 * @EFFECT_LIVE: it has a node
 * @EFFECT_NOBODY: it has none, so WireGuard takes it from no one and to no one
 * @EFFECT_UNOWNED: likewise, within the mesh's network
 * @EFFECT_EXPIRED: its node has ended
 */
enum effect_mode {
	EFFECT_LIVE,
	EFFECT_NOBODY,
	EFFECT_UNOWNED,
	EFFECT_EXPIRED,
};

/*
 * What decides about a service: the number of a rule, see struct
 * effect_services, or what is above all numbers, a mode or the default.
 */
#define EFFECT_DEFAULT U32_MAX
#define EFFECT_SPECIAL(mode) (EFFECT_DEFAULT - (mode))

/**
 * struct effect_view - what a policy makes of an atom
 * @mode: enum effect_mode; unless it is live, the rest is zero
 * @any: `any` covers it
 * @source_class: as compiled
 * @destination_class: as compiled
 */
struct effect_view {
	u32 mode;
	u32 any;
	u32 source_class;
	u32 destination_class;
};

/**
 * struct effect_atom - all spans that neither policy tells apart
 * @view: of the former and of the later policy
 * @families: whose addresses are in it: 1 IPv4, 2 IPv6
 */
struct effect_atom {
	struct effect_view view[SPAN_SIDES];
	u32 families;
};

/**
 * struct effect_rule - a rule of either policy, or of both
 * @action: enum wgward_action; rules of another action are other rules
 * @index: in the former and in the later policy, or WGWARD_NONE
 */
struct effect_rule {
	u8 action;
	u32 index[SPAN_SIDES];
};

/**
 * struct effect_services - services, and what decides about them
 * @rules: of both policies, the stronger the smaller its number
 * @rule_count: number of @rules
 * @number: by side and index, a rule's number
 * @of_map: by side and service map, its function, or WGWARD_NONE
 * @functions: pairs of a first service and what decides from there on
 * @merges: pairs of functions that were merged
 * @merged: by number in @merges, the function that came of it
 * @changes: pairs of functions, one after the other
 * @deltas: by number in @changes, the number of a list of pieces
 * @lists: lists of pieces; list 0 is empty
 * @pieces: whether services are gained, what decides, what decided before if
 *	that is to be told, and pairs of the first and last of services
 */
struct effect_services {
	struct effect_rule *rules;
	u32 rule_count;
	u32 *number[SPAN_SIDES];
	u32 *of_map[SPAN_SIDES];
	struct intern functions;
	struct intern merges;
	u32 *merged;
	struct intern changes;
	u32 *deltas;
	struct intern lists;
	struct intern pieces;
};

/* What is before the services in a piece. */
enum effect_piece {
	EFFECT_PIECE_GAIN,
	EFFECT_PIECE_BY,
	EFFECT_PIECE_WAS,
	EFFECT_PIECE_HEAD,
};

/**
 * struct effect_naming - what names there are, for one side
 * @groups: those of the file, the largest first
 * @group_count: number of @groups
 * @members: nodes by group
 * @total: by node, how many spans its name stands for
 * @changed: by node, whether the other side has it with other addresses
 */
struct effect_naming {
	u32 *groups;
	u32 group_count;
	struct wgward_relation members;
	u32 *total;
	bool *changed;
};

/**
 * struct effect_line - a piece, and between whom it changes
 * @piece: its number
 * @from: atoms that start, ascending
 * @from_count: number of @from
 * @to: number of a list of pairs, of first and last of atoms
 */
struct effect_line {
	u32 piece;
	u32 *from;
	u32 from_count;
	u32 to;
};

/**
 * struct effect - what a change of policy means
 * @policies: the former, or NULL, and the later one
 * @now: the time at which it is
 * @spans: of all addresses
 * @atom_of: by span, its atom, or WGWARD_NONE for what is nobody's
 * @atoms: what of spans is equal
 * @atom_count: number of @atoms
 * @members: spans by atom
 * @services: what the rules say
 * @naming: by side
 * @destinations: see struct effect_line
 * @lines: what there is to tell
 * @line_count: number of @lines
 * @work: steps that were taken
 * @kept: words that are in memory for it
 * @complete: neither was too much
 */
struct effect {
	const struct wgward_policy *policies[SPAN_SIDES];
	u64 now;
	struct spans spans;
	u32 *atom_of;
	struct effect_atom *atoms;
	u32 atom_count;
	struct wgward_relation members;
	struct effect_services services;
	struct effect_naming naming[SPAN_SIDES];
	struct intern destinations;
	struct effect_line *lines;
	size_t line_count;
	u64 work;
	u64 kept;
	bool complete;
};

/* effect_atom.c */
void effect_make_atoms(struct effect *effect);

/* effect_service.c */
void effect_begin_services(struct effect *effect);
void effect_free_services(struct effect *effect);
/* The function of a service map; of an address that is not live. */
u32 effect_function(struct effect *effect, unsigned int side, u32 map);
u32 effect_function_special(struct effect *effect, u32 mode);
/* The one in which the stronger of both decides. */
u32 effect_merge(struct effect *effect, u32 a, u32 b);
/* The list of what changes from one function to another. */
u32 effect_delta(struct effect *effect, u32 before, u32 after);
/* Whether equal functions let the same pass on both sides. */
bool effect_same_rest(const struct effect *effect);

/* effect_row.c */
void effect_make_lines(struct effect *effect);
/* Counts steps. False: it gets too much. */
bool effect_step(struct effect *effect, u64 steps);

/* effect_name.c */

/**
 * struct effect_name - how a part of a set of addresses is called
 * @text: in memory to be freed
 * @nodes: how many nodes it stands for, 1 for what is no node
 */
struct effect_name {
	char *text;
	u32 nodes;
};

struct effect_names {
	struct effect_name *items;
	size_t count;
};

void effect_begin_naming(struct effect *effect);
void effect_free_naming(struct effect *effect);

/*
 * What the addresses of @atoms are called, as in a selector of a mesh file.
 * @side: whose nodes and groups are meant. @except: a node that it makes no
 * difference for, being alone at the other end; or WGWARD_NONE.
 */
void effect_name_set(const struct effect *effect, unsigned int side,
		     const u32 *atoms, u32 count, u32 except,
		     struct effect_names *names);
void effect_free_names(struct effect_names *names);
/* How many nodes and members of groups there are to name. */
u64 effect_named(const struct effect *effect);
/* The node that all of these addresses are of, or WGWARD_NONE. */
u32 effect_only_node(const struct effect *effect, unsigned int side,
		     const u32 *atoms, u32 count);

/* effect.c */
/* The atoms of a line's far end, in memory to be freed. */
u32 *effect_line_to(const struct effect *effect, const struct effect_line *line,
		    u32 *count);
/* The names of both ends of a line. */
void effect_name_line(const struct effect *effect,
		      const struct effect_line *line, struct effect_names *from,
		      struct effect_names *to);

#endif /* _EFFECT_INTERNAL_H */
