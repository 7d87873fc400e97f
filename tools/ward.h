/* SPDX-License-Identifier: GPL-2.0 */
/* The module's side of a ward, over netlink. */
#ifndef _TOOLS_WARD_H
#define _TOOLS_WARD_H

#include <net/if.h>

#include "../module/policy.h"
#include "service.h"

/* Of the module, with its terminating NUL. */
#define WARD_VERSION_LEN 64

/**
 * struct ward_verdict - a verdict as a person reads it
 * @code: enum wgward_verdict_code
 * @reason: enum wgward_reason
 * @audited_code: what @audited would have decided
 * @rule: that decided; "" where there is none, like the next three
 * @audited: the rule that would have decided otherwise, were it not audited
 * @source: node
 * @destination: node
 */
struct ward_verdict {
	u8 code;
	u8 reason;
	u8 audited_code;
	char rule[WGWARD_NAME_LEN + 1];
	char audited[WGWARD_NAME_LEN + 1];
	char source[WGWARD_NAME_LEN + 1];
	char destination[WGWARD_NAME_LEN + 1];
};

/* A conversation to be judged. */
struct ward_question {
	u8 family;
	struct in6_addr source, destination;
	u32 service;
};

/* Packets of one reason; @audited: what audit let pass. */
struct ward_counter {
	u64 passed, dropped, audited;
};

/**
 * struct ward - a ward as the kernel has it
 * @name: of its interface
 * @ifindex: 0 while waiting
 * @state: enum wgward_state
 * @generation: see WGWARD_A_GENERATION
 * @rolled_back: see WGWARD_A_ROLLED_BACK; 0: none
 * @peers_change: whoever prepared a change said that peers change as well
 * @confirm: seconds in which the change is to be confirmed, if it is; 0: now
 * @has_policy: what follows, until @network_count, counts
 * @mesh: the mesh's name
 * @has_revision: @revision was given
 * @revision: of the mesh file
 * @fallback: the default action
 * @audit: everything passes, and what would not is told
 * @max_flows: that there is room for; 0: the default
 * @timeouts: seconds, by enum wgward_timeout; 0: the default
 * @listen_port: of nodes that do not say; 0: none
 * @mtu: of the mesh file; 0: none
 * @removed_count: number of @removed
 * @removed: what scripts took out of the policy, in memory of its own
 * @adoption: seconds in which connections are still taken over
 * @network_count: number of @networks
 * @networks: the mesh's, in memory of its own
 * @nodes: how many
 * @groups: how many
 * @rules: how many
 * @flows: how many
 * @counters: packets, by enum wgward_reason
 * @limits: how often each was met, by enum wgward_limit
 * @version: of the module
 */
struct ward {
	char name[IFNAMSIZ];
	u32 ifindex;
	u32 state;
	u64 generation;
	u64 rolled_back;
	bool peers_change;
	u32 confirm;
	bool has_policy;
	char mesh[WGWARD_NAME_LEN + 1];
	bool has_revision;
	u64 revision;
	u8 fallback;
	bool audit;
	u32 max_flows;
	u32 timeouts[WGWARD_TIMEOUT_MAX + 1];
	u16 listen_port;
	u32 mtu;
	u32 removed_count;
	struct wgward_removed *removed;
	u32 adoption;
	u32 network_count;
	struct wgward_prefix *networks;
	u32 nodes, groups, rules, flows;
	struct ward_counter counters[WGWARD_REASON_MAX + 1];
	u64 limits[WGWARD_LIMIT_MAX + 1];
	char version[WARD_VERSION_LEN];
};

/**
 * struct ward_flow - a tracked conversation
 * @family: of the addresses
 * @protocol: IP protocol
 * @state: enum wgward_flow_state
 * @source: who started it
 * @destination: the other end
 * @source_port: or the ICMP id
 * @destination_port: where the protocol has ports
 * @service: service number
 * @source_node: "" where there is none, like the next two
 * @destination_node: its name
 * @rule: that passed it
 * @age: ms since it started
 * @expires: ms until it ends when idle
 * @packets: from who started
 * @bytes: likewise
 * @reply_packets: from the other end
 * @reply_bytes: likewise
 */
struct ward_flow {
	u8 family;
	u8 protocol;
	u8 state;
	struct in6_addr source, destination;
	u16 source_port, destination_port;
	u32 service;
	char source_node[WGWARD_NAME_LEN + 1];
	char destination_node[WGWARD_NAME_LEN + 1];
	char rule[WGWARD_NAME_LEN + 1];
	u64 age, expires;
	u64 packets, bytes;
	u64 reply_packets, reply_bytes;
};

/**
 * struct ward_rule_counts - what a rule did
 * @hits: flows that it started, or packets that it dropped
 * @packets: of its flows, from who started
 * @bytes: likewise
 * @reply_packets: of its flows, to who started
 * @reply_bytes: likewise
 * @last_hit: seconds since 1970; 0: never
 * @audited: verdicts that it would have changed, were it not audited
 */
struct ward_rule_counts {
	u64 hits;
	u64 packets, bytes;
	u64 reply_packets, reply_bytes;
	u64 last_hit;
	u64 audited;
};

/**
 * struct ward_node_counts - what a node did
 * @flows: live ones that it started
 * @from_packets: that passed, from its addresses
 * @from_bytes: likewise
 * @to_packets: that passed, to its addresses
 * @to_bytes: likewise
 * @counters: by enum wgward_reason
 */
struct ward_node_counts {
	u32 flows;
	u64 from_packets, from_bytes;
	u64 to_packets, to_bytes;
	struct ward_counter counters[WGWARD_REASON_MAX + 1];
};

/**
 * struct ward_counts - the counters of a policy's objects
 * @rules: as many as the policy has, in its order
 * @nodes: likewise
 */
struct ward_counts {
	struct ward_rule_counts *rules;
	struct ward_node_counts *nodes;
};

/**
 * struct ward_filter - which flows
 * @node: that one of the ends belongs to, or NULL
 * @rule: that passed them, or NULL
 * @services: those whose service is in one of these
 * @service_count: number of @services; 0: all
 */
struct ward_filter {
	const char *node;
	const char *rule;
	struct wgward_service services[SERVICE_RANGES];
	u32 service_count;
};

struct ward_socket;

/*
 * Opens generic netlink and finds the family. NULL after an error was
 * printed, which says how to load the module when it is missing.
 */
struct ward_socket *ward_open(void);
void ward_close(struct ward_socket *socket);
/* Without an error when the module is missing; errno is ENOENT then. */
struct ward_socket *ward_open_quietly(void);
/* A number that the module has until it is unloaded. */
int ward_family(const struct ward_socket *socket);

/*
 * Unless said otherwise the following return 0, or -1 after an error was
 * printed.
 */

/* Returns 1, or 0 when there is no such ward. */
int ward_get(struct ward_socket *socket, const char *interface,
	     struct ward *ward);
/* All of the namespace, in memory to be freed by ward_free_all(). */
int ward_get_all(struct ward_socket *socket, struct ward **wards,
		 size_t *count);
void ward_free(struct ward *ward);
void ward_free_all(struct ward *wards, size_t count);

/* For each connection to send something, either way. */
#define WARD_ADOPTION_SECONDS 60

/*
 * @adoption: seconds after the first policy, in which TCP that was under way
 * is taken over, whichever end sends next; 0: none.
 */
int ward_attach(struct ward_socket *socket, const char *interface, bool passive,
		u32 adoption);
int ward_detach(struct ward_socket *socket, const char *interface);

/*
 * The transaction, in this order. ward_add() sends the whole of @policy. The
 * socket owns what it began or took over. *@rival says whether ward_begin()
 * failed, without an error then, because another client has changed the policy
 * or is about to; NULL: that is an error like others.
 */
int ward_begin(struct ward_socket *socket, const char *interface,
	       u64 generation, bool peers_change,
	       const struct wgward_policy *policy, bool *rival);
int ward_add(struct ward_socket *socket, const char *interface,
	     const struct wgward_policy *policy);
int ward_prepare(struct ward_socket *socket, const char *interface);
/* With @seconds other than 0, it is rolled back unless confirmed in them. */
int ward_commit(struct ward_socket *socket, const char *interface, u32 seconds,
		u64 *generation);
int ward_abort(struct ward_socket *socket, const char *interface);
int ward_take_over(struct ward_socket *socket, const char *interface);
/* Of what was committed to be confirmed, as @generation: it stays, or not. */
int ward_confirm(struct ward_socket *socket, const char *interface,
		 u64 generation);
/* Returns 1, without an error, if that was decided meanwhile. */
int ward_rollback(struct ward_socket *socket, const char *interface,
		  u64 generation);

/* Why the last request was refused. */
const char *ward_why(const struct ward_socket *socket);

/* The kernel's verdict. */
int ward_explain(struct ward_socket *socket, const char *interface, u8 family,
		 const struct in6_addr *source,
		 const struct in6_addr *destination, u32 service,
		 struct ward_verdict *verdict);
/* Many at once, without waiting for each. */
int ward_explain_all(struct ward_socket *socket, const char *interface,
		     const struct ward_question *questions, size_t count,
		     struct ward_verdict *verdicts);

/*
 * Reads the policy in force, uncompiled, as mesh_policy() would have made it;
 * consistent: read again when a change came in between. @policy is NULL when
 * the ward has none.
 */
int ward_read_policy(struct ward_socket *socket, const char *interface,
		     struct wgward_policy **policy);
/* The same, with the counters of its nodes and rules. */
int ward_read_counted(struct ward_socket *socket, const char *interface,
		      struct wgward_policy **policy,
		      struct ward_counts *counts);
void ward_counts_free(struct ward_counts *counts);

/*
 * Tells @each every flow, of which there may be very many, until it returns
 * false; @restart, when all of them come again. Returns 0, or -errno, for which
 * ward_why() has words; -ECANCELED: @each has had enough, and the socket has to
 * be closed.
 */
typedef bool ward_flow_callback(const struct ward_flow *flow, void *data);
int ward_walk_flows(struct ward_socket *socket, const char *interface,
		    const struct ward_filter *filter, ward_flow_callback *each,
		    void (*restart)(void *data), void *data);
/* In memory to be freed. */
int ward_read_flows(struct ward_socket *socket, const char *interface,
		    const struct ward_filter *filter, struct ward_flow **flows,
		    size_t *count);
/* Ends flows; their next packet is judged anew. @count: how many. */
int ward_flush_flows(struct ward_socket *socket, const char *interface,
		     const struct ward_filter *filter, u32 *count);

#endif /* _TOOLS_WARD_H */
