// SPDX-License-Identifier: GPL-2.0
/* The packets, and what reading them costs. */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include "measure.h"
#include "packet.h"
#include "plain.h"

#define PAYLOAD 64
#define LENGTH (sizeof(struct iphdr) + sizeof(struct udphdr) + PAYLOAD)
#define ROUNDS 2000000

/* As selftests/bench/policy.awk has it. */
#define NODE(number) (0x0a000000 + (number))
#define GROUPS 100
#define ALLOWED 9
#define DENIED 11

/* Ports of node 1 for one node at the other end. */
#define PORTS 50000
#define FIRST_PORT 10000

struct sk_buff *measure_packet_create(struct net_device *device)
{
	struct sk_buff *skb = alloc_skb(LENGTH, GFP_KERNEL);
	struct iphdr *ip;
	struct udphdr *udp;

	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	ip = skb_put_zero(skb, LENGTH);
	udp = (struct udphdr *)(ip + 1);
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = cpu_to_be16(LENGTH);
	udp->len = cpu_to_be16(LENGTH - sizeof(*ip));
	skb->protocol = cpu_to_be16(ETH_P_IP);
	skb->dev = device;
	measure_packet_address(skb, 0, false);
	return skb;
}

/* Nodes 2, 102, 202 and so on are of one group. */
void measure_packet_address(struct sk_buff *skb, u32 number, bool answer)
{
	struct iphdr *ip = ip_hdr(skb);
	struct udphdr *udp = (struct udphdr *)(ip + 1);
	__be32 near = cpu_to_be32(NODE(1));
	__be32 far = cpu_to_be32(NODE(2 + number / PORTS * GROUPS));
	__be16 port = cpu_to_be16(FIRST_PORT + number % PORTS);

	ip->saddr = answer ? far : near;
	ip->daddr = answer ? near : far;
	udp->source = answer ? cpu_to_be16(ALLOWED) : port;
	udp->dest = answer ? port : cpu_to_be16(ALLOWED);
}

void measure_packet_deny(struct sk_buff *skb)
{
	struct udphdr *udp = (struct udphdr *)(ip_hdr(skb) + 1);

	udp->dest = cpu_to_be16(DENIED);
}

/* All of it, and where the caller could look. */
static noinline bool parse_plain(const struct sk_buff *skb,
				 struct wgward_plain_ipv4 *plain)
{
	return wgward_plain_read_ipv4(skb, plain);
}

int measure_parse(struct net_device *device)
{
	struct sk_buff *skb = measure_packet_create(device);
	struct wgward_packet packet;
	struct wgward_plain_ipv4 plain;
	u32 i, failed = 0;
	u64 start;

	if (!skb)
		return -ENOMEM;
	start = ktime_get_ns();
	for (i = 0; i < ROUNDS; i++) {
		failed += !parse_plain(skb, &plain);
		barrier();
	}
	measure_tell("parse_plain", 1, ktime_get_ns() - start, ROUNDS);
	start = ktime_get_ns();
	for (i = 0; i < ROUNDS; i++) {
		failed += !!wgward_packet_parse(skb, &packet);
		barrier();
	}
	measure_tell("parse_any", 1, ktime_get_ns() - start, ROUNDS);
	kfree_skb(skb);
	return failed ? -EINVAL : 0;
}
