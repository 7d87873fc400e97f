/* SPDX-License-Identifier: GPL-2.0 */
/* Nanoseconds that one thing takes, in a loop of many. */
#ifndef _MEASURE_H
#define _MEASURE_H

#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/skbuff.h>
#include <linux/types.h>

/* Tenths of a nanosecond, of which a line tells: "figure NAME VALUE". */
static inline void measure_tell(const char *name, u32 size, u64 ns, u32 count)
{
	u64 tenths = div_u64(ns * 10, count);

	pr_info("figure %s-%u %llu.%llu\n", name, size, tenths / 10,
		tenths % 10);
}

/*
 * A UDP datagram of IPv4 with 64 bytes, from 10.0.0.1 to *.2, both ways what
 * rules allow between the first groups; or NULL.
 */
struct sk_buff *measure_packet_create(struct net_device *device);
/* The @number-th conversation of node 1, and whether its answer. */
void measure_packet_address(struct sk_buff *skb, u32 number, bool answer);
/* To a port that no rule is about. */
void measure_packet_deny(struct sk_buff *skb);

/* Each returns 0 or -errno. */
int measure_policy(u32 size);
int measure_parse(struct net_device *device);
int measure_device(struct net_device *device, u32 flows, u32 *made);

#endif /* _MEASURE_H */
