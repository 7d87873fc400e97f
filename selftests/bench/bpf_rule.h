/* SPDX-License-Identifier: GPL-2.0 */
/* What the program in tc and its loader agree upon. */
#ifndef _BPF_RULE_H
#define _BPF_RULE_H

#include <linux/types.h>

#define BPF_RULE_SERVICES 8

/* Of a pair of groups; a service is a range of ports. */
struct bpf_pair {
	__u32 from;
	__u32 to;
	__u32 protocol;
};

/* A longest prefix match: first the group, then the address. */
struct bpf_prefix {
	__u32 length;
	__be32 from;
	__be32 address;
};

struct bpf_address {
	__u32 length;
	__be32 address;
};

struct bpf_service {
	__u16 first;
	__u16 last;
	__u8 protocol;
	__u8 deny;
};

struct bpf_services {
	__u32 count;
	struct bpf_service service[BPF_RULE_SERVICES];
};

#endif /* _BPF_RULE_H */
