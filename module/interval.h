/* SPDX-License-Identifier: GPL-2.0 */
/* A sorted array of disjoint intervals, searched by bisection. */
#ifndef _WGWARD_INTERVAL_H
#define _WGWARD_INTERVAL_H

#include <linux/types.h>

/* A key of up to 128 bits in host order: IPv6 addresses need all of it. */
struct wgward_key128 {
	u64 hi, lo;
};

/**
 * struct wgward_interval32 - interval map over u32 keys
 * @count: number of intervals, at least 1 once built
 * @first: first key of each interval, ascending; first[0] is 0
 * @value: result of each interval, which ends before the next one begins
 *
 * For IPv4 addresses in host order and for services.
 */
struct wgward_interval32 {
	u32 count;
	u32 *first;
	u32 *value;
};

/**
 * struct wgward_interval128 - interval map over 128-bit keys
 * @count: number of intervals, at least 1 once built
 * @first: first key of each interval, ascending; first[0] is 0
 * @value: result of each interval, which ends before the next one begins
 */
struct wgward_interval128 {
	u32 count;
	struct wgward_key128 *first;
	u32 *value;
};

static inline bool wgward_key128_before(struct wgward_key128 a,
					struct wgward_key128 b)
{
	return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

static inline bool wgward_key128_equal(struct wgward_key128 a,
				       struct wgward_key128 b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

u32 wgward_interval32_find(const struct wgward_interval32 *map, u32 key);
u32 wgward_interval128_find(const struct wgward_interval128 *map,
			    struct wgward_key128 key);

int wgward_interval128_create(struct wgward_interval128 *map, u32 space);
void wgward_interval128_append(struct wgward_interval128 *map,
			       struct wgward_key128 first, u32 value);
int wgward_interval128_trim(struct wgward_interval128 *map);
int wgward_interval32_narrow(struct wgward_interval32 *map,
			     const struct wgward_interval128 *wide);
void wgward_interval32_free(struct wgward_interval32 *map);
void wgward_interval128_free(struct wgward_interval128 *map);

#endif /* _WGWARD_INTERVAL_H */
