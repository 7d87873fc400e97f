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

#endif /* _WGWARD_INTERVAL_H */
