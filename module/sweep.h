/* SPDX-License-Identifier: GPL-2.0 */
/* From the prefixes of one family to intervals of addresses. */
#ifndef _WGWARD_SWEEP_H
#define _WGWARD_SWEEP_H

#include <linux/types.h>

#include "interval.h"

struct wgward_build;

/**
 * struct wgward_span - a prefix, once, and what holds for addresses in it
 * @last: its last address
 * @outer: index of the next larger one around it, or WGWARD_NONE
 * @owner: index of a node, or WGWARD_NONE
 * @set: group set
 * @prefix: number of the smallest prefix of rules, or WGWARD_NONE
 * @identity: all that in a number
 * @network: part of the mesh's network
 */
struct wgward_span {
	struct wgward_key128 last;
	u32 outer;
	u32 owner;
	u32 set;
	u32 prefix;
	u32 identity;
	bool network;
};

int wgward_identity_of_span(struct wgward_build *build,
			    struct wgward_span *span);
int wgward_build_family(struct wgward_build *build, u8 family);

#endif /* _WGWARD_SWEEP_H */
