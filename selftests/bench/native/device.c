// SPDX-License-Identifier: GPL-2.0
/* What a packet costs in the hooks of a device with a ward. */
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <linux/sched.h>

#include "measure.h"

/* Between two chances for others to run. */
#define BATCH 4096
#define PACKETS 2000000
/* Far from one another: the next flow is in no cache. */
#define STRIDE 7919

enum kind { SENT, ANSWERED, DENIED };

/* Whether it passed; the packet stays in any case. */
static bool hook(struct sk_buff *skb, enum kind kind)
{
	int result = 0;

	skb_get(skb);
	if (kind == ANSWERED)
		result = nf_hook_ingress(skb);
	else if (!nf_hook_egress(skb, &result, skb->dev))
		return false;
	if (result < 0)
		return false;
	/* It was dropped otherwise, and that reference with it. */
	kfree_skb(skb);
	return true;
}

static void prepare(struct sk_buff *skb, u32 number, enum kind kind)
{
	measure_packet_address(skb, number, kind == ANSWERED);
	if (kind == DENIED)
		measure_packet_deny(skb);
}

/* Some of the conversations that measure_packet_address() numbers. */
struct flows {
	u32 first, count;
};

static u32 pick(const struct flows *flows, u32 i)
{
	return flows->first + (u64)i * STRIDE % flows->count;
}

/* Nanoseconds of so many packets, the making of which is taken off. */
static u64 run(struct sk_buff *skb, u32 first, u32 count,
	       const struct flows *flows, enum kind kind, u32 *passed)
{
	u64 start = ktime_get_ns(), middle;
	u32 i;

	rcu_read_lock_bh();
	for (i = first; i < first + count; i++) {
		prepare(skb, pick(flows, i), kind);
		skb_get(skb);
		kfree_skb(skb);
		barrier();
	}
	middle = ktime_get_ns();
	for (i = first; i < first + count; i++) {
		prepare(skb, pick(flows, i), kind);
		*passed += hook(skb, kind);
	}
	rcu_read_unlock_bh();
	return ktime_get_ns() - middle - (middle - start);
}

static u64 run_all(struct sk_buff *skb, u32 count, const struct flows *flows,
		   enum kind kind, u32 *passed)
{
	u64 ns = 0;
	u32 i;

	*passed = 0;
	for (i = 0; i < count; i += BATCH) {
		ns += run(skb, i, min_t(u32, BATCH, count - i), flows, kind,
			  passed);
		cond_resched();
	}
	return ns;
}

/**
 * measure_device() - the cost of new flows, known ones, and refusals
 * @device: has a ward with a policy as selftests/bench/policy.awk makes them
 * @flows: how many there are to be; no multiple of STRIDE
 * @made: how many there are already, in front of those
 *
 * Return: 0, -ENOMEM, or -EINVAL when something passed or not that should not.
 */
int measure_device(struct net_device *device, u32 flows, u32 *made)
{
	struct sk_buff *skb = measure_packet_create(device);
	const struct flows fresh = { *made, flows - *made };
	const struct flows all = { 0, flows };
	int error = -EINVAL;
	u32 passed;
	u64 ns;

	if (!skb)
		return -ENOMEM;
	ns = run_all(skb, fresh.count, &fresh, SENT, &passed);
	if (passed != fresh.count)
		goto err_free;
	measure_tell("new", flows, ns, fresh.count);
	run_all(skb, fresh.count, &fresh, ANSWERED, &passed);
	if (passed != fresh.count)
		goto err_free;
	ns = run_all(skb, PACKETS, &all, SENT, &passed);
	if (passed != PACKETS)
		goto err_free;
	measure_tell("hit_sent", flows, ns, PACKETS);
	ns = run_all(skb, PACKETS, &all, ANSWERED, &passed);
	if (passed != PACKETS)
		goto err_free;
	measure_tell("hit_received", flows, ns, PACKETS);
	ns = run_all(skb, PACKETS, &all, DENIED, &passed);
	if (passed)
		goto err_free;
	measure_tell("denied", flows, ns, PACKETS);
	*made = flows;
	error = 0;

err_free:
	if (error)
		pr_err("of %u flows, %u passed\n", flows, passed);
	kfree_skb(skb);
	return error;
}
