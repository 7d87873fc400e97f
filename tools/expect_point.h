/* SPDX-License-Identifier: GPL-2.0 */
/* The addresses that a test is tried with. */
#ifndef _EXPECT_POINT_H
#define _EXPECT_POINT_H

#include "mesh.h"

/* An address to try. */
struct point {
	u8 family;
	struct in6_addr address;
	u32 owner; /* node, or WGWARD_NONE */
};

struct points {
	struct point *items;
	size_t count;
};

/*
 * The addresses of the selector @list, each once, in memory to be freed:
 * nodes by their addresses, networks by their first and last address and by
 * what nodes have in them. @policy is compiled.
 */
void points_collect(const struct mesh *mesh, const struct wgward_policy *policy,
		    const struct mesh_list *list, struct points *points);

/* Zero if they are the same address. */
int point_compare(const struct point *a, const struct point *b);

#endif /* _EXPECT_POINT_H */
