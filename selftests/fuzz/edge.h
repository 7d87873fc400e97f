/* SPDX-License-Identifier: GPL-2.0 */
/* Where a policy's verdicts may change: what stands next to what it names. */
#ifndef _WGWARD_EDGE_H
#define _WGWARD_EDGE_H

#include "policy.h"

#define EDGES_MOST 512

struct edge_address {
	u8 family;
	struct in6_addr address;
};

/**
 * struct edges - addresses, services and times
 * @addresses: first and last of each prefix, and their neighbours outside
 * @address_count: number of @addresses, at least one of each family
 * @services: likewise
 * @service_count: number of @services
 * @times: at which something ends, a second before and a second after
 * @time_count: number of @times
 */
struct edges {
	struct edge_address addresses[EDGES_MOST];
	u32 address_count;
	u32 services[EDGES_MOST];
	u32 service_count;
	u64 times[EDGES_MOST];
	u32 time_count;
};

void edges_collect(struct edges *edges, const struct wgward_policy *policy);

/* One of them, as the input says. */
const struct edge_address *edges_address(const struct edges *edges);
const struct edge_address *edges_address_of(const struct edges *edges,
					    u8 family);
u32 edges_service(const struct edges *edges);
u64 edges_time(const struct edges *edges);

#endif /* _WGWARD_EDGE_H */
