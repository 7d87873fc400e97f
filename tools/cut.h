/* SPDX-License-Identifier: GPL-2.0 */
/* Live flows that a change of policy would cut. */
#ifndef _CUT_H
#define _CUT_H

#include <jansson.h>
#include <stdio.h>

#include "live.h"

/**
 * struct cut - a flow that would be cut
 * @flow: as it is
 * @reason: why, see semantics.md; or that an address has another owner
 * @rule: that says so, or NULL
 * @moved: an address has another owner, and this is why
 * @address: that one
 * @owner: its name, or NULL for nobody
 */
struct cut {
	struct ward_flow flow;
	const char *reason;
	const char *rule;
	bool moved;
	struct in6_addr address;
	const char *owner;
};

/**
 * struct cuts - flows that would be cut
 * @items: the first of them, sorted
 * @kept: number of @items
 * @count: how many there are
 * @unknown: the flows could not be read
 * @partial: it would have taken too long to read all of them
 */
struct cuts {
	struct cut *items;
	size_t kept;
	u64 count;
	bool unknown;
	bool partial;
};

/*
 * Asks the kernel for its flows, and @after about each, as the kernel would.
 * The policy in force, which there is, and @after are compiled. What cannot be
 * found out is no reason not to change anything, so it is warned about only.
 */
void cuts_find(struct cuts *cuts, const struct live *live,
	       const struct wgward_policy *after, u64 now);
void cuts_free(struct cuts *cuts);

/* As many as people read. */
void cuts_print(const struct cuts *cuts, FILE *stream);
/* How many, and as many of them as programs need to know; null: not known. */
json_t *cuts_json(const struct cuts *cuts);

#endif /* _CUT_H */
