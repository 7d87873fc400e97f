// SPDX-License-Identifier: GPL-2.0
/*
 * A policy without state, for comparison: an address's group is found by its
 * longest prefix, and the rules by a hash of both groups. A packet passes if a
 * rule allows it or its answer, so an answer's port is all that has to fit.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf_rule.h"

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct bpf_address);
	__type(value, __u32);
} groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct bpf_pair);
	__type(value, struct bpf_services);
} pairs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct bpf_prefix);
	__type(value, struct bpf_services);
} prefixes SEC(".maps");

enum opinion { NONE, ALLOW, DENY };

static __always_inline enum opinion ask(const struct bpf_services *services,
					__u8 protocol, __u16 port)
{
	const struct bpf_service *service;
	enum opinion opinion = NONE;
	__u32 i;

	for (i = 0; i < BPF_RULE_SERVICES && i < services->count; i++) {
		service = &services->service[i];
		if (service->protocol != protocol || service->first > port ||
		    service->last < port)
			continue;
		if (service->deny)
			return DENY;
		opinion = ALLOW;
	}
	return opinion;
}

static __always_inline __u32 group_of(__be32 address)
{
	struct bpf_address key = { .length = 32, .address = address };
	const __u32 *group = bpf_map_lookup_elem(&groups, &key);

	return group ? *group : 0;
}

static __always_inline bool allowed(__u32 from, __u32 to, __be32 address,
				    __u8 protocol, __u16 port)
{
	struct bpf_prefix prefix = {
		.length = 64,
		.from = bpf_htonl(from),
		.address = address,
	};
	struct bpf_pair pair = { from, to, protocol };
	const struct bpf_services *services;
	enum opinion by_prefix = NONE, by_pair = NONE;

	services = bpf_map_lookup_elem(&prefixes, &prefix);
	if (services)
		by_prefix = ask(services, protocol, port);
	if (by_prefix == DENY)
		return false;
	services = bpf_map_lookup_elem(&pairs, &pair);
	if (services)
		by_pair = ask(services, protocol, port);
	return by_pair != DENY && (by_pair == ALLOW || by_prefix == ALLOW);
}

struct ports {
	__be16 source, destination;
};

SEC("tc")
int judge(struct __sk_buff *skb)
{
	__u32 from, to;
	struct ports ports;
	struct iphdr ip;

	if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.version != 4 ||
	    ip.frag_off & bpf_htons(0x1fff))
		return TC_ACT_SHOT;
	if (ip.protocol != IPPROTO_TCP && ip.protocol != IPPROTO_UDP)
		return ip.protocol == IPPROTO_ICMP ? TC_ACT_OK : TC_ACT_SHOT;
	if (bpf_skb_load_bytes(skb, ip.ihl * 4, &ports, sizeof(ports)))
		return TC_ACT_SHOT;
	from = group_of(ip.saddr);
	to = group_of(ip.daddr);
	if (allowed(from, to, ip.daddr, ip.protocol,
		    bpf_ntohs(ports.destination)) ||
	    allowed(to, from, ip.saddr, ip.protocol, bpf_ntohs(ports.source)))
		return TC_ACT_OK;
	return TC_ACT_SHOT;
}

char judge_license[] SEC("license") = "GPL";
