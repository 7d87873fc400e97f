// SPDX-License-Identifier: GPL-2.0
/* The end of a packet that was refused. */

#include <linux/errno.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "drop.h"

/**
 * DOC: what drop monitors show
 *
 * The tracepoint skb:kfree_skb, which dropwatch, perf and the kernel's drop
 * monitor listen to, carries a reason and a location. The reasons are the
 * kernel's own. There are reasons of subsystems, too, but each subsystem has a
 * number fixed in the kernel's headers and a slot in an array of just that
 * size: a module from outside has none, and to take another's slot would make
 * the kernel print the wrong names. So a packet gets the kernel's reason that
 * comes closest, which for all that rules decide is NETFILTER_DROP.
 *
 * The location is the function that freed the packet. There is one for each of
 * wgward's reasons, and so monitors do show it: as wgward_drop_spoofed and the
 * like.
 */

/* clang-format off */
/*
 * The asm keeps the compiler from making one function of two that free for the
 * same kernel's reason. No clone, lest it be one without the constant that is
 * returned, which then jumps to what frees: the location would be the caller's.
 */
#define DROP(name, reason, core)                                           \
	static noinline __noclone unsigned int wgward_drop_##name(         \
		struct sk_buff *skb)                                       \
	{                                                                  \
		asm volatile("" : : "i"(WGWARD_REASON_##reason));          \
		return NF_DROP_REASON(skb, SKB_DROP_REASON_##core, EPERM); \
	}

#define EACH_DROP(DO)							\
	DO(rule, RULE, NETFILTER_DROP)					\
	DO(default, DEFAULT, NETFILTER_DROP)				\
	DO(no_policy, NO_POLICY, NETFILTER_DROP)			\
	DO(guard, GUARD, NETFILTER_DROP)				\
	DO(unowned, UNOWNED, NETFILTER_DROP)				\
	DO(spoofed, SPOOFED, NETFILTER_DROP)				\
	DO(same_address, SAME_ADDRESS, NETFILTER_DROP)			\
	DO(malformed, MALFORMED, IP_INHDR)				\
	DO(source_route, SOURCE_ROUTE, IP_INHDR)			\
	DO(extension_header, EXTENSION_HEADER, IP_INHDR)		\
	DO(fragment_orphan, FRAGMENT_ORPHAN, NETFILTER_DROP)		\
	DO(fragment_overlap, FRAGMENT_OVERLAP, NETFILTER_DROP)		\
	DO(fragment_limit, FRAGMENT_LIMIT, NETFILTER_DROP)		\
	DO(icmp_error, ICMP_ERROR, NETFILTER_DROP)			\
	DO(flow_limit, FLOW_LIMIT, NETFILTER_DROP)			\
	DO(no_memory, NO_MEMORY, NOMEM)					\
	DO(node_expired, NODE_EXPIRED, NETFILTER_DROP)

EACH_DROP(DROP)

#define CASE(name, reason, core)					\
	case WGWARD_REASON_##reason:					\
		return wgward_drop_##name(skb);
/* clang-format on */

/**
 * wgward_drop() - frees a packet that was refused
 * @skb: the packet
 * @reason: why
 *
 * Return: the verdict for netfilter, which has the sender see -EPERM where a
 * sender sees anything.
 */
unsigned int wgward_drop(struct sk_buff *skb, enum wgward_reason reason)
{
	switch (reason) {
		EACH_DROP(CASE)
	default:
		/* Reasons to pass. */
		return NF_DROP;
	}
}
