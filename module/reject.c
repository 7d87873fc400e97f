// SPDX-License-Identifier: GPL-2.0
/* What tells a sender that its packet was rejected. */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/ipv6.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>
#include <net/route.h>

#include "judge.h"
#include "reject.h"
#include "ward.h"

/* A rule that rejects is not to be one that keeps its senders waiting. */
#if !IS_ENABLED(CONFIG_NF_REJECT_IPV4)
#error "wgward needs a kernel with CONFIG_NF_REJECT_IPV4, see NFT_REJECT_IPV4"
#endif
#if IS_ENABLED(CONFIG_IPV6) && !IS_ENABLED(CONFIG_NF_REJECT_IPV6)
#error "wgward needs a kernel with CONFIG_NF_REJECT_IPV6, see NFT_REJECT_IPV6"
#endif

/**
 * DOC: answers to rejected packets
 *
 * A packet from the tunnel is answered through the tunnel: the answer comes
 * from the address that the packet was for, and goes out by the ward's device.
 * There the ward's own egress hook meets it, and would refuse it: it is part
 * of no conversation, as that was never begun. So it is exempt.
 *
 * What is exempt is this one packet and nothing else, at this ward and once.
 * Its address is noted on this CPU while it is handed to the device, and the
 * hook, which the same task calls there, compares: no other packet has that
 * address while this one lives, and the note is gone before the call that may
 * free it has returned. answer_received() turns bottom halves off, so the task
 * stays on the CPU. With PREEMPT_RT others may run there meanwhile, so the note
 * says whose it is: a packet of theirs never matches it, not even in the memory
 * of one that was freed. Should such a task note its own answer, the first is
 * judged like any packet: the worst that can come of it is an answer too few.
 * Packets in the backstop behind POST_ROUTING are judged with bottom halves on,
 * and may read the notes of two CPUs: neither is theirs.
 *
 * A packet into the tunnel has its sender on this side: a socket, or somebody
 * for whom this node forwards. The answer is routed there, as the network
 * layer would do it, and not exempt from anything: if there is a ward on that
 * way, the conversation is one of its flows. A socket that connects has TCP
 * reset, too. An ICMP error would reach it while it is still locked by the
 * very call that sent the packet, and count as a hint only: connect() would
 * take another second, until TCP has tried again.
 *
 * So many answers come from a ward in a second, and no more than a quarter of
 * them go to one sender: a node, for what comes from the tunnel, whichever of
 * the networks behind it that is from; else an address. There are few buckets
 * for that. Of nodes, each that a policy of up to 64 has finds its own by its
 * place there, and in larger ones some share. Addresses find theirs by a hash
 * that nobody can foresee, and never one of a node's. All buckets are asked
 * before anything that costs more than they do, as floods are what they are for.
 */

/* A second, of each ward, and to each sender. */
#define ANSWERS 200
#define ANSWERS_TO_ONE (ANSWERS / 4)

struct answer {
	const struct sk_buff *skb;
	const struct wgward_ward *ward;
	const struct task_struct *task;
};

static DEFINE_PER_CPU(struct answer, answer);

bool wgward_reject_is_answer(const struct wgward_judgement *judgement)
{
	if (likely(this_cpu_read(answer.skb) != judgement->skb) ||
	    this_cpu_read(answer.ward) != judgement->ward ||
	    this_cpu_read(answer.task) != current ||
	    judgement->hook != WGWARD_HOOK_EGRESS)
		return false;
	/* A tunnel may send the same buffer on through another ward. */
	this_cpu_write(answer.skb, NULL);
	return true;
}

static bool is_unicast4(__be32 address)
{
	return !ipv4_is_loopback(address) && !ipv4_is_multicast(address) &&
	       !ipv4_is_lbcast(address);
}

static bool is_broadcast4(const struct net_device *device, __be32 address)
{
	return inet_addr_type_dev_table(dev_net(device), device, address) ==
	       RTN_BROADCAST;
}

static bool is_unicast6(const struct in6_addr *address)
{
	int type = ipv6_addr_type(address);

	return type & IPV6_ADDR_UNICAST && !(type & IPV6_ADDR_LOOPBACK);
}

/*
 * Whether there is one sender who wants to know. RFC 1122 and RFC 4443 name
 * what is never answered, so that answers do not breed answers.
 */
static bool is_answerable(const struct wgward_packet *packet)
{
	if (packet->flags & (WGWARD_PACKET_RST | WGWARD_PACKET_LATER))
		return false;
	if ((packet->protocol == IPPROTO_ICMP ||
	     packet->protocol == IPPROTO_ICMPV6) &&
	    !(packet->flags & WGWARD_PACKET_START))
		return false;
	if (packet->family == AF_INET)
		return is_unicast4(packet->source.s6_addr32[0]) &&
		       is_unicast4(packet->destination.s6_addr32[0]);
	return is_unicast6(&packet->source) &&
	       is_unicast6(&packet->destination);
}

/* What of that takes a look at the routes. */
static bool is_broadcast(const struct wgward_judgement *judgement)
{
	const struct net_device *device = judgement->skb->dev;
	const struct wgward_packet *packet = &judgement->packet;

	return packet->family == AF_INET &&
	       (is_broadcast4(device, packet->source.s6_addr32[0]) ||
		is_broadcast4(device, packet->destination.s6_addr32[0]));
}

static struct wgward_bucket *share_of(const struct wgward_judgement *judgement)
{
	struct wgward_answers *answers = &judgement->ward->answers;
	const struct wgward_policy *policy = judgement->view->policy;
	const struct wgward_packet *packet = &judgement->packet;
	u32 node = WGWARD_NONE;

	if (policy && judgement->hook == WGWARD_HOOK_INGRESS)
		node = wgward_policy_owner(policy, packet->family,
					   &packet->source);
	if (node != WGWARD_NONE)
		return &answers->nodes[node % WGWARD_ANSWER_SHARES];
	return &answers->addresses[jhash(&packet->source,
					 sizeof(packet->source), answers->seed) %
				   WGWARD_ANSWER_SHARES];
}

/* Whether the sender may have another answer, and the ward give one. */
static bool may_answer(const struct wgward_judgement *judgement)
{
	return wgward_bucket_take(share_of(judgement), ANSWERS_TO_ONE) &&
	       wgward_bucket_take(&judgement->ward->answers.all, ANSWERS);
}

static struct sk_buff *compose(const struct wgward_packet *packet,
			       struct sk_buff *skb)
{
	bool tcp = packet->protocol == IPPROTO_TCP;
	struct net_device *device = skb->dev;
	struct net *net = dev_net(device);

	if (packet->family == AF_INET)
		return tcp ? nf_reject_skb_v4_tcp_reset(net, skb, device,
							NF_INET_PRE_ROUTING) :
			     nf_reject_skb_v4_unreach(net, skb, device,
						      NF_INET_PRE_ROUTING,
						      ICMP_PKT_FILTERED);
	if (!IS_ENABLED(CONFIG_IPV6))
		return NULL;
	return tcp ? nf_reject_skb_v6_tcp_reset(net, skb, device,
						NF_INET_PRE_ROUTING) :
		     nf_reject_skb_v6_unreach(net, skb, device,
					      NF_INET_PRE_ROUTING,
					      ICMPV6_ADM_PROHIBITED);
}

/* Answers what came from the tunnel. There is no link header to be made. */
static void answer_received(const struct wgward_judgement *judgement,
			    struct sk_buff *skb)
{
	struct sk_buff *back = compose(&judgement->packet, skb);

	if (!back)
		return;
	local_bh_disable();
	this_cpu_write(answer.task, current);
	this_cpu_write(answer.ward, judgement->ward);
	this_cpu_write(answer.skb, back);
	dev_queue_xmit(back);
	this_cpu_write(answer.skb, NULL);
	local_bh_enable();
}

/* Answers what was to go into the tunnel. */
static void answer_sent(const struct wgward_packet *packet, struct sk_buff *skb)
{
	bool tcp = packet->protocol == IPPROTO_TCP;
	struct net *net = dev_net(skb->dev);

	/* The answer's route is found by the packet's; some have been given none. */
	if (!skb_valid_dst(skb) || skb_dst(skb)->ops->family != packet->family)
		return;
	if (packet->family == AF_INET && tcp)
		nf_send_reset(net, NULL, skb, NF_INET_POST_ROUTING);
	else if (packet->family == AF_INET)
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, 0);
	else if (tcp && IS_ENABLED(CONFIG_IPV6))
		nf_send_reset6(net, NULL, skb, NF_INET_POST_ROUTING);
	else
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADM_PROHIBITED,
				0);
}

/**
 * wgward_reject_answer() - tells a sender that its packet was rejected
 * @judgement: of the packet
 */
void wgward_reject_answer(const struct wgward_judgement *judgement)
{
	struct wgward_ward *ward = judgement->ward;
	struct sk_buff *skb;

	if (!is_answerable(&judgement->packet))
		return;
	if (!may_answer(judgement)) {
		wgward_counters_limit_met(&ward->counters,
					  WGWARD_LIMIT_REJECTS);
		return;
	}
	if (is_broadcast(judgement))
		return;
	/*
	 * What is made into an answer is trimmed, and a tap may hold the packet
	 * itself, of which a clone changes nothing but who shares its data.
	 */
	skb = skb_clone((struct sk_buff *)judgement->skb, GFP_ATOMIC);
	if (!skb)
		return;
	if (judgement->hook == WGWARD_HOOK_INGRESS)
		answer_received(judgement, skb);
	else
		answer_sent(&judgement->packet, skb);
	consume_skb(skb);
}
