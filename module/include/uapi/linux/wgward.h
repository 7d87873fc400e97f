/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * wgward: groups, rules and atomic changes for WireGuard meshes.
 *
 * The description of record is Documentation/netlink/specs/wgward.yaml; a
 * test holds this header against it.
 */
#ifndef _UAPI_LINUX_WGWARD_H
#define _UAPI_LINUX_WGWARD_H

#define WGWARD_GENL_NAME "wgward"
#define WGWARD_GENL_VERSION 1

#define WGWARD_MCGRP_CONFIG "config"
#define WGWARD_MCGRP_VERDICTS "verdicts"

/* Lengths of names in bytes, without the terminating NUL. */
#define WGWARD_NAME_LEN 63
/* A group may stand for a term such as "admins+europe". */
#define WGWARD_GROUP_NAME_LEN 255
#define WGWARD_ENDPOINT_LEN 270
#define WGWARD_KEY_LEN 32

/* Limits per ward. */
#define WGWARD_MAX_NODES 65535
#define WGWARD_MAX_GROUPS 4096
#define WGWARD_MAX_RULES 65535
#define WGWARD_MAX_CLASS_PAIRS (4 * 1024 * 1024)
/* Flows that a ward has room for unless its policy says otherwise. */
#define WGWARD_MAX_FLOWS 262144
/* The most that a policy may say, with privilege; see WGWARD_A_MAX_FLOWS. */
#define WGWARD_MAX_FLOWS_PRIVILEGED 16777216
/* Seconds, of a timeout. */
#define WGWARD_MAX_TIMEOUT 1000000
/* Names of a policy in WGWARD_A_REMOVED_NODE and WGWARD_A_REMOVED_RULE. */
#define WGWARD_MAX_REMOVED 256
/* Seconds after the first policy, see WGWARD_A_ADOPTION. */
#define WGWARD_MAX_ADOPTION 600
/* Seconds, see WGWARD_A_CONFIRM. */
#define WGWARD_MAX_CONFIRM 86400
/* Of one request about flows, see WGWARD_A_SERVICE_RANGE. */
#define WGWARD_MAX_SERVICE_RANGES 16

/*
 * A service is one number of 24 bits: IP protocol << 16 | destination port,
 * or type << 8 | code below the protocol for ICMP and ICMPv6; 0 below the
 * protocol where it has neither.
 */
#define WGWARD_SERVICE_MAX 0xffffff

enum wgward_cmd {
	WGWARD_CMD_UNSPEC,
	WGWARD_CMD_WARD_GET,
	WGWARD_CMD_ATTACH,
	WGWARD_CMD_DETACH,
	WGWARD_CMD_BEGIN,
	WGWARD_CMD_ADD,
	WGWARD_CMD_PREPARE,
	WGWARD_CMD_COMMIT,
	WGWARD_CMD_ABORT,
	WGWARD_CMD_TAKE_OVER,
	WGWARD_CMD_NODE_GET,
	WGWARD_CMD_GROUP_GET,
	WGWARD_CMD_RULE_GET,
	WGWARD_CMD_FLOW_GET,
	WGWARD_CMD_EXPLAIN,
	WGWARD_CMD_EVENT,
	WGWARD_CMD_FLOW_FLUSH,
	WGWARD_CMD_VERDICT, /* a sample, to the group verdicts */
	WGWARD_CMD_CONFIRM,
	WGWARD_CMD_ROLLBACK,

	__WGWARD_CMD_MAX,
	WGWARD_CMD_MAX = __WGWARD_CMD_MAX - 1
};

enum wgward_action {
	WGWARD_ACTION_ALLOW,
	WGWARD_ACTION_DENY,
	WGWARD_ACTION_REJECT, /* deny, and tell the sender */

	__WGWARD_ACTION_MAX,
	WGWARD_ACTION_MAX = __WGWARD_ACTION_MAX - 1
};

enum wgward_verdict_code {
	WGWARD_VERDICT_PASS,
	WGWARD_VERDICT_DROP,
	WGWARD_VERDICT_REJECT,
};

/* Why a verdict fell. The names in output are these, lower case. */
enum wgward_reason {
	WGWARD_REASON_RULE, /* a rule matched */
	WGWARD_REASON_DEFAULT, /* no rule matched */
	WGWARD_REASON_FLOW, /* part of a live flow */
	WGWARD_REASON_PASSIVE, /* attached to watch, no policy yet */
	WGWARD_REASON_NO_POLICY, /* the ward has no policy */
	WGWARD_REASON_GUARD, /* refused by the policy to come */
	WGWARD_REASON_UNOWNED, /* mesh address that no node owns */
	WGWARD_REASON_SPOOFED, /* received from self's own address */
	WGWARD_REASON_SAME_ADDRESS, /* source equals destination */
	WGWARD_REASON_MALFORMED, /* lengths, versions or headers lie */
	WGWARD_REASON_SOURCE_ROUTE, /* IPv4 source route, IPv6 routing */
	WGWARD_REASON_EXTENSION_HEADER, /* unknown IPv6 extension header */
	WGWARD_REASON_FRAGMENT_ORPHAN, /* no first fragment was passed */
	WGWARD_REASON_FRAGMENT_OVERLAP, /* overlaps, or too short a first */
	WGWARD_REASON_FRAGMENT_LIMIT, /* too many datagrams in fragments */
	WGWARD_REASON_ICMP_ERROR, /* quotes no live flow */
	WGWARD_REASON_FLOW_LIMIT, /* too many flows */
	WGWARD_REASON_NO_MEMORY,
	WGWARD_REASON_NODE_EXPIRED, /* a node's time has run out */
	WGWARD_REASON_AUDIT, /* passed because the ward only audits */

	__WGWARD_REASON_MAX,
	WGWARD_REASON_MAX = __WGWARD_REASON_MAX - 1
};

enum wgward_state {
	WGWARD_STATE_WAITING, /* the device is gone; drops all */
	WGWARD_STATE_NO_POLICY, /* attached; drops all */
	WGWARD_STATE_PASSIVE, /* attached; passes all */
	WGWARD_STATE_ENFORCING,
	WGWARD_STATE_GUARDED, /* old and new policy must pass */
	WGWARD_STATE_INTERRUPTED, /* guarded, and the owner is gone */
	WGWARD_STATE_UNCONFIRMED, /* enforcing, on trial */

	__WGWARD_STATE_MAX,
	WGWARD_STATE_MAX = __WGWARD_STATE_MAX - 1
};

enum wgward_event {
	WGWARD_EVENT_ATTACH,
	WGWARD_EVENT_DETACH,
	WGWARD_EVENT_WAITING,
	WGWARD_EVENT_GUARD,
	WGWARD_EVENT_COMMIT,
	WGWARD_EVENT_ABORT,
	WGWARD_EVENT_INTERRUPTED,
	WGWARD_EVENT_TAKEN_OVER,
	WGWARD_EVENT_RENAME,
	WGWARD_EVENT_EXPIRED, /* a rule or a node has ended by its time */
	WGWARD_EVENT_CONFIRMED, /* what was on trial stays */
	WGWARD_EVENT_ROLLING_BACK, /* it does not: guarded meanwhile */
	WGWARD_EVENT_ROLLED_BACK, /* it did not: the former policy is back */
};

/* Idle times after which flows end; those of SCTP serve DCCP, too. */
enum wgward_timeout {
	WGWARD_TIMEOUT_TCP_NEW, /* not answered yet */
	WGWARD_TIMEOUT_TCP_ESTABLISHED,
	WGWARD_TIMEOUT_TCP_CLOSING,
	WGWARD_TIMEOUT_UDP_NEW,
	WGWARD_TIMEOUT_UDP_ESTABLISHED,
	WGWARD_TIMEOUT_ICMP,
	WGWARD_TIMEOUT_SCTP_NEW,
	WGWARD_TIMEOUT_SCTP_ESTABLISHED,
	WGWARD_TIMEOUT_SCTP_CLOSING,
	WGWARD_TIMEOUT_OTHER,

	__WGWARD_TIMEOUT_MAX,
	WGWARD_TIMEOUT_MAX = __WGWARD_TIMEOUT_MAX - 1
};

/* Where a packet was judged. */
enum wgward_direction {
	WGWARD_DIRECTION_RECEIVED, /* from the tunnel, decrypted */
	WGWARD_DIRECTION_SENT, /* into the tunnel, not yet encrypted */
};

/* Attributes at the top of every message. */
enum wgward_attr {
	WGWARD_A_UNSPEC,
	WGWARD_A_PAD,
	WGWARD_A_WARD, /* string, interface name */
	WGWARD_A_IFINDEX, /* u32, 0 while waiting */
	WGWARD_A_STATE, /* u32, enum wgward_state */
	WGWARD_A_GENERATION, /* u64, of the policy; 0: never had one */
	WGWARD_A_EPOCH, /* u32 */
	WGWARD_A_FORCE, /* flag, attach to any device */
	WGWARD_A_PASSIVE, /* flag, pass until the first policy */
	WGWARD_A_PEERS_CHANGE, /* flag, the client changes peers */
	WGWARD_A_MESH, /* string, the mesh's name */
	WGWARD_A_REVISION, /* u64, of the mesh file */
	WGWARD_A_DEFAULT, /* u32, enum wgward_action */
	WGWARD_A_NETWORK, /* nest, prefix; several */
	WGWARD_A_NODE, /* nest, node; several */
	WGWARD_A_GROUP, /* nest, group; several */
	WGWARD_A_RULE, /* nest, rule; several */
	WGWARD_A_FLOW, /* nest, flow */
	WGWARD_A_NODES, /* u32, how many */
	WGWARD_A_GROUPS, /* u32, how many */
	WGWARD_A_RULES, /* u32, how many */
	WGWARD_A_FLOWS, /* u32, how many */
	WGWARD_A_COUNTER, /* nest, counter; several */
	WGWARD_A_SOURCE, /* binary, 4 or 16 bytes */
	WGWARD_A_DESTINATION, /* binary, 4 or 16 bytes */
	WGWARD_A_SERVICE, /* u32, service number */
	WGWARD_A_VERDICT, /* u32, enum wgward_verdict_code */
	WGWARD_A_REASON, /* u32, enum wgward_reason */
	WGWARD_A_RULE_NAME, /* string */
	WGWARD_A_SOURCE_NODE, /* string */
	WGWARD_A_DESTINATION_NODE, /* string */
	WGWARD_A_EVENT, /* u32, enum wgward_event */
	WGWARD_A_VERSION, /* string, the module's version */
	WGWARD_A_AUDIT, /* flag, the ward passes all; a sample: but for audit */
	WGWARD_A_TIMEOUT, /* nest, timeout; several */
	WGWARD_A_MAX_FLOWS, /* u32, of the ward; privileged above 262,144 */
	WGWARD_A_ADOPTION, /* u32, seconds; in replies, what is left */
	WGWARD_A_NODE_NAME, /* string, of flows to tell or flush */
	WGWARD_A_SERVICE_RANGE, /* nest, service; several, likewise */
	WGWARD_A_DIRECTION, /* u32, enum wgward_direction */
	WGWARD_A_PROTOCOL, /* u8 */
	WGWARD_A_SOURCE_PORT, /* u16 */
	WGWARD_A_DESTINATION_PORT, /* u16 */
	WGWARD_A_LENGTH, /* u32, bytes of the packet */
	WGWARD_A_SUPPRESSED, /* u64, samples not sent since the last */
	WGWARD_A_LIMIT, /* nest, limit; several */
	WGWARD_A_AUDITED_RULE, /* string, would decide but for its audit */
	WGWARD_A_AUDITED_VERDICT, /* u32, enum wgward_verdict_code, what */
	WGWARD_A_LISTEN_PORT, /* u16, of nodes that do not say; kept only */
	WGWARD_A_MTU, /* u32, of the interface; kept only */
	WGWARD_A_REMOVED_NODE, /* string; several, kept only */
	WGWARD_A_REMOVED_RULE, /* string; several, kept only */
	WGWARD_A_CONFIRM, /* u32, seconds; in replies, what is left */
	WGWARD_A_PENDING, /* flag, of the policy to come */
	WGWARD_A_ROLLED_BACK, /* u64, generation that was rolled back last */

	__WGWARD_A_MAX,
	WGWARD_A_MAX = __WGWARD_A_MAX - 1
};

enum wgward_timeout_attr {
	WGWARD_TIMEOUT_A_UNSPEC,
	WGWARD_TIMEOUT_A_KIND, /* u32, enum wgward_timeout */
	WGWARD_TIMEOUT_A_SECONDS, /* u32 */

	__WGWARD_TIMEOUT_A_MAX,
	WGWARD_TIMEOUT_A_MAX = __WGWARD_TIMEOUT_A_MAX - 1
};

/* What is bounded, and how often the bound was met. */
enum wgward_limit {
	WGWARD_LIMIT_FLOWS_WARD,
	WGWARD_LIMIT_FLOWS_NODE, /* of one starting node */
	WGWARD_LIMIT_FLOWS_MODULE, /* of all wards */
	WGWARD_LIMIT_FLOWS_EVICTED, /* half-open ones that made room */
	WGWARD_LIMIT_FRAGMENTS, /* datagrams that made room for others */
	WGWARD_LIMIT_REJECTS, /* answers not sent: too many a second */
	WGWARD_LIMIT_SAMPLES, /* verdicts not told: too many a second */

	__WGWARD_LIMIT_MAX,
	WGWARD_LIMIT_MAX = __WGWARD_LIMIT_MAX - 1
};

enum wgward_limit_attr {
	WGWARD_LIMIT_A_UNSPEC,
	WGWARD_LIMIT_A_PAD,
	WGWARD_LIMIT_A_KIND, /* u32, enum wgward_limit */
	WGWARD_LIMIT_A_MET, /* u64, how often */

	__WGWARD_LIMIT_A_MAX,
	WGWARD_LIMIT_A_MAX = __WGWARD_LIMIT_A_MAX - 1
};

enum wgward_prefix_attr {
	WGWARD_PREFIX_A_UNSPEC,
	WGWARD_PREFIX_A_ADDRESS, /* binary, 4 or 16 bytes */
	WGWARD_PREFIX_A_LENGTH, /* u8 */

	__WGWARD_PREFIX_A_MAX,
	WGWARD_PREFIX_A_MAX = __WGWARD_PREFIX_A_MAX - 1
};

#define WGWARD_NODE_F_SELF (1 << 0) /* this kernel's node */
#define WGWARD_NODE_F_ROUTE_GROUPS (1 << 1) /* routes carry groups too */
/* The kernel only keeps these for the client. */
#define WGWARD_NODE_F_BEHIND_NAT (1 << 2) /* it sends keepalives */
#define WGWARD_NODE_F_ADDED (1 << 3) /* the mesh file does not have it */
#define WGWARD_NODE_F_CHANGED (1 << 4) /* the mesh file has it otherwise */

enum wgward_node_attr {
	WGWARD_NODE_A_UNSPEC,
	WGWARD_NODE_A_NAME, /* string */
	WGWARD_NODE_A_KEY, /* binary, 32 bytes, public key */
	WGWARD_NODE_A_FLAGS, /* u32, WGWARD_NODE_F_* */
	WGWARD_NODE_A_ADDRESS, /* binary, 4 or 16 bytes; several */
	WGWARD_NODE_A_ROUTE, /* nest, prefix; several */
	WGWARD_NODE_A_GROUP, /* string; several */
	WGWARD_NODE_A_RELAY, /* string, the node it is behind */
	WGWARD_NODE_A_ENDPOINT, /* string, as the file gave it */
	WGWARD_NODE_A_ID, /* u32, reply only */
	WGWARD_NODE_A_PAD,
	WGWARD_NODE_A_UNTIL, /* u64, seconds since 1970 */
	WGWARD_NODE_A_FLOWS, /* u32, live ones it started, reply only */
	WGWARD_NODE_A_FROM_PACKETS, /* u64, passed, reply only */
	WGWARD_NODE_A_FROM_BYTES, /* u64, likewise */
	WGWARD_NODE_A_TO_PACKETS, /* u64, likewise */
	WGWARD_NODE_A_TO_BYTES, /* u64, likewise */
	WGWARD_NODE_A_COUNTER, /* nest, counter; several, drops, reply only */
	WGWARD_NODE_A_LISTEN_PORT, /* u16, its own, as the file gave it */

	__WGWARD_NODE_A_MAX,
	WGWARD_NODE_A_MAX = __WGWARD_NODE_A_MAX - 1
};

enum wgward_group_attr {
	WGWARD_GROUP_A_UNSPEC,
	WGWARD_GROUP_A_NAME, /* string */
	WGWARD_GROUP_A_NODES, /* u32, members, reply only */

	__WGWARD_GROUP_A_MAX,
	WGWARD_GROUP_A_MAX = __WGWARD_GROUP_A_MAX - 1
};

/* One of the first three at least; what the last two match is left out. */
enum wgward_selector_attr {
	WGWARD_SELECTOR_A_UNSPEC,
	WGWARD_SELECTOR_A_ANY, /* flag, any node */
	WGWARD_SELECTOR_A_GROUP, /* string; several */
	WGWARD_SELECTOR_A_PREFIX, /* nest, prefix; several */
	WGWARD_SELECTOR_A_EXCEPT_GROUP, /* string; several */
	WGWARD_SELECTOR_A_EXCEPT_PREFIX, /* nest, prefix; several */

	__WGWARD_SELECTOR_A_MAX,
	WGWARD_SELECTOR_A_MAX = __WGWARD_SELECTOR_A_MAX - 1
};

enum wgward_service_attr {
	WGWARD_SERVICE_A_UNSPEC,
	WGWARD_SERVICE_A_FIRST, /* u32, service number */
	WGWARD_SERVICE_A_LAST, /* u32, service number, included */

	__WGWARD_SERVICE_A_MAX,
	WGWARD_SERVICE_A_MAX = __WGWARD_SERVICE_A_MAX - 1
};

#define WGWARD_RULE_F_AUDIT (1 << 0) /* absent, but what it would do told */
#define WGWARD_RULE_F_LOG (1 << 1) /* its verdicts are sampled */
/* The kernel only keeps these for the client. */
#define WGWARD_RULE_F_ADDED (1 << 2) /* the mesh file does not have it */
#define WGWARD_RULE_F_CHANGED (1 << 3) /* the mesh file has it otherwise */

enum wgward_rule_attr {
	WGWARD_RULE_A_UNSPEC,
	WGWARD_RULE_A_PAD,
	WGWARD_RULE_A_NAME, /* string */
	WGWARD_RULE_A_ACTION, /* u32, enum wgward_action */
	WGWARD_RULE_A_FROM, /* nest, selector */
	WGWARD_RULE_A_TO, /* nest, selector */
	WGWARD_RULE_A_SERVICE, /* nest, service; several */
	WGWARD_RULE_A_ID, /* u32, reply only */
	WGWARD_RULE_A_HITS, /* u64, flows or drops, reply only */
	WGWARD_RULE_A_FLAGS, /* u32, WGWARD_RULE_F_* */
	WGWARD_RULE_A_UNTIL, /* u64, seconds since 1970 */
	WGWARD_RULE_A_PACKETS, /* u64, of its flows from who started */
	WGWARD_RULE_A_BYTES, /* u64, likewise */
	WGWARD_RULE_A_REPLY_PACKETS, /* u64, of its flows to who started */
	WGWARD_RULE_A_REPLY_BYTES, /* u64, likewise */
	WGWARD_RULE_A_LAST_HIT, /* u64, seconds since 1970; absent: never */
	WGWARD_RULE_A_AUDITED, /* u64, verdicts it would have changed */

	__WGWARD_RULE_A_MAX,
	WGWARD_RULE_A_MAX = __WGWARD_RULE_A_MAX - 1
};

enum wgward_flow_state {
	WGWARD_FLOW_NEW, /* the other side has not answered */
	WGWARD_FLOW_ESTABLISHED,
	WGWARD_FLOW_CLOSING, /* TCP after a FIN or RST */
};

enum wgward_flow_attr {
	WGWARD_FLOW_A_UNSPEC,
	WGWARD_FLOW_A_PAD,
	WGWARD_FLOW_A_SOURCE, /* binary, who started */
	WGWARD_FLOW_A_DESTINATION, /* binary */
	WGWARD_FLOW_A_PROTOCOL, /* u8 */
	WGWARD_FLOW_A_SOURCE_PORT, /* u16, or the ICMP id */
	WGWARD_FLOW_A_DESTINATION_PORT, /* u16 */
	WGWARD_FLOW_A_SERVICE, /* u32, service number */
	WGWARD_FLOW_A_SOURCE_NODE, /* string */
	WGWARD_FLOW_A_DESTINATION_NODE, /* string */
	WGWARD_FLOW_A_RULE, /* string, absent for the default */
	WGWARD_FLOW_A_STATE, /* u32, enum wgward_flow_state */
	WGWARD_FLOW_A_AGE, /* u64, ms since it started */
	WGWARD_FLOW_A_EXPIRES, /* u64, ms until it ends when idle */
	WGWARD_FLOW_A_PACKETS, /* u64, from who started */
	WGWARD_FLOW_A_BYTES, /* u64 */
	WGWARD_FLOW_A_REPLY_PACKETS, /* u64 */
	WGWARD_FLOW_A_REPLY_BYTES, /* u64 */

	__WGWARD_FLOW_A_MAX,
	WGWARD_FLOW_A_MAX = __WGWARD_FLOW_A_MAX - 1
};

enum wgward_counter_attr {
	WGWARD_COUNTER_A_UNSPEC,
	WGWARD_COUNTER_A_PAD,
	WGWARD_COUNTER_A_REASON, /* u32, enum wgward_reason */
	WGWARD_COUNTER_A_PASSED, /* u64, packets */
	WGWARD_COUNTER_A_DROPPED, /* u64, packets, rejected ones included */
	WGWARD_COUNTER_A_AUDITED, /* u64, packets that audit let pass */

	__WGWARD_COUNTER_A_MAX,
	WGWARD_COUNTER_A_MAX = __WGWARD_COUNTER_A_MAX - 1
};

#endif /* _UAPI_LINUX_WGWARD_H */
