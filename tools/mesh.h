/* SPDX-License-Identifier: GPL-2.0 */
/* The mesh as its file describes it, before it becomes a policy. */
#ifndef _MESH_H
#define _MESH_H

#include <linux/types.h>
#include <linux/wgward.h>

#include "../module/policy.h"

struct mesh_text {
	char *text; /* as written, for messages */
	unsigned int line;
};

struct mesh_list {
	struct mesh_text *items;
	size_t count;
};

struct mesh_node {
	char *name;
	unsigned int line;
	u8 key[WGWARD_KEY_LEN];
	struct wgward_prefix *addresses; /* full length */
	size_t address_count;
	struct wgward_prefix *routes;
	size_t route_count;
	char *endpoint; /* "host:port", port filled in; or NULL */
	u16 listen_port; /* its own, or the mesh's */
	bool behind_nat;
	bool route_groups;
	char *relay; /* name, or NULL */
	char *preshared_file; /* absolute path, or NULL for off */
	u64 until; /* seconds since 1970, or 0 */
	struct mesh_list groups;
	struct mesh_list address_texts; /* of each of @addresses, as written */
	struct mesh_list route_texts; /* likewise */
	struct mesh_text key_text, endpoint_text, relay_text, until_text;
	struct mesh_text preshared_text;
};

/* A group is there because a node says that it is in it. */
struct mesh_group {
	const char *name;
	unsigned int line; /* where it is first mentioned */
	u32 *nodes; /* indices, ascending */
	size_t node_count;
};

struct mesh_rule {
	char *name;
	unsigned int line;
	struct mesh_list from, to, services; /* terms as written */
	u8 action; /* enum wgward_action */
	u32 flags; /* WGWARD_RULE_F_* */
	u64 until; /* seconds since 1970, or 0 */
	struct mesh_text until_text;
};

struct mesh_test {
	char *name;
	unsigned int line;
	struct mesh_list from, to, pass, drop, reject;
};

/**
 * struct mesh - a mesh file
 * @file: its name, for messages
 * @line: of [Mesh]
 * @name: [Mesh] Name
 * @networks: [Mesh] Network
 * @network_count: number of @networks
 * @network_texts: of each of @networks, as written
 * @network_unclear: there were others, with errors
 * @listen_port: default of the nodes; 0 when not given
 * @mtu: 0 when not given
 * @mtu_text: as written
 * @fallback: the default action
 * @audit: everything passes, and what would not is told
 * @audit_text: as written
 * @max_flows: 0 when not given
 * @timeouts: seconds, by enum wgward_timeout; 0 where not given
 * @has_revision: whether there is a Revision
 * @revision: at most INT64_MAX
 * @rescue: the group whose nodes are peers where there is no module, or NULL
 * @rescue_text: the same, as written
 * @nodes: in the file's order, as are @rules and @tests
 * @node_count: number of @nodes
 * @rules: in the file's order
 * @rule_count: number of @rules
 * @tests: in the file's order
 * @test_count: number of @tests
 * @groups: in the order of their names
 * @group_count: number of @groups
 * @by_name: indices of the nodes in the order of their names
 * @by_key: indices of the nodes in the order of their keys
 * @rules_by_name: indices of the rules in the order of their names
 * @buffer: the file's text, which names and terms point into
 * @text: the same, unchanged, if it was read from a file
 */
struct mesh {
	char *file;
	unsigned int line;
	char *name;
	struct wgward_prefix *networks;
	size_t network_count;
	struct mesh_list network_texts;
	bool network_unclear;
	u16 listen_port;
	unsigned int mtu;
	struct mesh_text mtu_text;
	u8 fallback;
	bool audit;
	struct mesh_text audit_text;
	u32 max_flows;
	u32 timeouts[WGWARD_TIMEOUT_MAX + 1];
	bool has_revision;
	u64 revision;
	char *rescue;
	struct mesh_text rescue_text;
	struct mesh_node *nodes;
	size_t node_count;
	struct mesh_rule *rules;
	size_t rule_count;
	struct mesh_test *tests;
	size_t test_count;
	struct mesh_group *groups;
	size_t group_count;
	u32 *by_name;
	u32 *by_key;
	u32 *rules_by_name;
	char *buffer;
	char *text;
};

struct diagnostics;

/*
 * Reads @file ("-": standard input). Every error and warning is printed with
 * file, line, the text at fault and what would be right. NULL after errors.
 * At most 64 MiB.
 */
struct mesh *mesh_read(const char *file);
/* The same, with errors and warnings left in @diagnostics, unprinted. */
struct mesh *mesh_load(const char *file, struct diagnostics *diagnostics);
/* Of @text, which it keeps, being what is in @diagnostics' file. */
struct mesh *mesh_parse(char *text, struct diagnostics *diagnostics);
void mesh_free(struct mesh *mesh);

/* "-" is "<stdin>". */
const char *mesh_file_name(const char *file);

const struct mesh_node *mesh_find_key(const struct mesh *mesh, const u8 *key);
const struct mesh_node *mesh_find_node(const struct mesh *mesh,
				       const char *name);

/*
 * The node that @self sends to in order to reach @node, see "Relay".
 */
const struct mesh_node *mesh_next_hop(const struct mesh *mesh,
				      const struct mesh_node *self,
				      const struct mesh_node *node);

/*
 * The policy of @mesh as node @self sees it, with selectors resolved, not yet
 * compiled. NULL self: the first node, since every node compiles the same
 * rules (offline use). NULL after errors, which are printed.
 */
struct wgward_policy *mesh_policy(const struct mesh *mesh,
				  const struct mesh_node *self);

/* The same, with errors left in @diagnostics, unprinted. */
struct wgward_policy *mesh_make_policy(const struct mesh *mesh,
				       const struct mesh_node *self,
				       struct diagnostics *diagnostics);

/* NULL when there is none. */
const struct mesh_group *mesh_find_group(const struct mesh *mesh,
					 const char *name);
/* Whether @node is in the group of @mesh's Rescue, which it has. */
bool mesh_rescues(const struct mesh *mesh, const struct mesh_node *node);
const struct mesh_rule *mesh_find_rule(const struct mesh *mesh,
				       const char *name);

/*
 * Runs the file's [Test] sections on the compiled @policy; prints failures
 * with file and line. Returns how many assertions failed.
 */
unsigned int mesh_test(const struct mesh *mesh,
		       const struct wgward_policy *policy);
/* The same, with the failures left in @diagnostics, unprinted. */
unsigned int mesh_run_tests(const struct mesh *mesh,
			    const struct wgward_policy *policy,
			    struct diagnostics *diagnostics);

#endif /* _MESH_H */
