/* SPDX-License-Identifier: GPL-2.0 */
/* Live flows that a change of policy would cut. */
#ifndef _CUT_H
#define _CUT_H

#include <jansson.h>

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
 */
struct cuts {
	struct cut *items;
	size_t kept;
	u64 count;
};

/*
 * Asks the kernel for its flows, and @after about each, as the kernel would.
 * The policy in force, which there is, and @after are compiled. Returns 0, or
 * -1 after an error was printed. cuts_free() is due in either case.
 */
int cuts_find(struct cuts *cuts, struct live *live,
	      const struct wgward_policy *after, u64 now);
void cuts_free(struct cuts *cuts);

/* As many as people read, to standard output. */
void cuts_print(const struct cuts *cuts);
/* How many, and as many of them as programs need to know. */
json_t *cuts_json(const struct cuts *cuts);

#endif /* _CUT_H */
