/* SPDX-License-Identifier: GPL-2.0 */
/* The module's side of a ward, over netlink. */
#ifndef _TOOLS_WARD_H
#define _TOOLS_WARD_H

#include <net/if.h>

#include "../module/policy.h"

/* Of the module, with its terminating NUL. */
#define WARD_VERSION_LEN 64

/* A verdict as a person reads it; names are "" where there is none. */
struct ward_verdict {
	u8 code;
	u8 reason;
	char rule[WGWARD_NAME_LEN + 1];
	char source[WGWARD_NAME_LEN + 1];
	char destination[WGWARD_NAME_LEN + 1];
};

/* A conversation to be judged. */
struct ward_question {
	u8 family;
	struct in6_addr source, destination;
	u32 service;
};

/**
 * struct ward - a ward as the kernel has it
 * @name: of its interface
 * @ifindex: 0 while waiting
 * @state: enum wgward_state
 * @generation: see WGWARD_A_GENERATION
 * @peers_change: whoever prepared a change said that peers change as well
 * @has_policy: what follows, until @network_count, counts
 * @mesh: the mesh's name
 * @has_revision: @revision was given
 * @revision: of the mesh file
 * @fallback: the default action
 * @network_count: number of @networks
 * @networks: the mesh's, in memory of its own
 * @nodes: how many
 * @groups: how many
 * @rules: how many
 * @flows: how many
 * @passed: packets, per reason
 * @dropped: packets, per reason
 * @version: of the module
 */
struct ward {
	char name[IFNAMSIZ];
	u32 ifindex;
	u32 state;
	u64 generation;
	bool peers_change;
	bool has_policy;
	char mesh[WGWARD_NAME_LEN + 1];
	bool has_revision;
	u64 revision;
	u8 fallback;
	u32 network_count;
	struct wgward_prefix *networks;
	u32 nodes, groups, rules, flows;
	u64 passed[WGWARD_REASON_MAX + 1];
	u64 dropped[WGWARD_REASON_MAX + 1];
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

struct ward_socket;

/*
 * Opens generic netlink and finds the family. NULL after an error was
 * printed, which says how to load the module when it is missing.
 */
struct ward_socket *ward_open(void);
void ward_close(struct ward_socket *socket);
/* Without an error when the module is missing. */
struct ward_socket *ward_open_quietly(void);

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

int ward_attach(struct ward_socket *socket, const char *interface,
		bool passive);
int ward_detach(struct ward_socket *socket, const char *interface);

/*
 * The transaction, in this order. ward_add() sends the whole of @policy. The
 * socket owns what it began or took over.
 */
int ward_begin(struct ward_socket *socket, const char *interface,
	       u64 generation, bool peers_change,
	       const struct wgward_policy *policy);
int ward_add(struct ward_socket *socket, const char *interface,
	     const struct wgward_policy *policy);
int ward_prepare(struct ward_socket *socket, const char *interface);
int ward_commit(struct ward_socket *socket, const char *interface,
		u64 *generation);
int ward_abort(struct ward_socket *socket, const char *interface);
int ward_take_over(struct ward_socket *socket, const char *interface);

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
/* The same, with the hits of each rule, in memory to be freed. */
int ward_read_rules(struct ward_socket *socket, const char *interface,
		    struct wgward_policy **policy, u64 **hits);
/* In memory to be freed. */
int ward_read_flows(struct ward_socket *socket, const char *interface,
		    struct ward_flow **flows, size_t *count);

#endif /* _TOOLS_WARD_H */
