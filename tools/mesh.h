/* SPDX-License-Identifier: GPL-2.0 */
/* The mesh as its file describes it, before it becomes a policy. */
#ifndef _MESH_H
#define _MESH_H

#include <linux/types.h>
#include <linux/wgward.h>

#include "../module/policy.h"

struct mesh_text {
	char *text;	/* as written, for messages */
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
	struct wgward_prefix *addresses;	/* full length */
	size_t address_count;
	struct wgward_prefix *routes;
	size_t route_count;
	char *endpoint;		/* "host:port", port filled in; or NULL */
	u16 listen_port;	/* its own, or the mesh's */
	bool behind_nat;
	bool route_groups;
	char *relay;		/* name, or NULL */
	struct mesh_list groups;
};

struct mesh_rule {
	char *name;
	unsigned int line;
	struct mesh_list from, to, services;	/* terms as written */
	u8 action;				/* enum wgward_action */
};

struct mesh_test {
	char *name;
	unsigned int line;
	struct mesh_list from, to, pass, drop;
};

/**
 * struct mesh - a mesh file
 * @file: its name, for messages
 * @name: [Mesh] Name
 * @networks: [Mesh] Network; @network_addresses as written has the length
 * @listen_port: default of the nodes
 * @mtu: 0 when not given
 * @fallback: the default action
 */
struct mesh {
	char *file;
	char *name;
	struct wgward_prefix *networks;
	size_t network_count;
	u16 listen_port;
	unsigned int mtu;
	u8 fallback;
	bool has_revision;
	u64 revision;
	struct mesh_node *nodes;
	size_t node_count;
	struct mesh_rule *rules;
	size_t rule_count;
	struct mesh_test *tests;
	size_t test_count;
};

/*
 * Reads @file ("-": standard input). Every error and warning is printed with
 * file, line, the text at fault and what would be right. NULL after errors.
 * At most 64 MiB.
 */
struct mesh *mesh_read(const char *file);
void mesh_free(struct mesh *mesh);

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

/*
 * Runs the file's [Test] sections on the compiled @policy; prints failures
 * with file and line. Returns how many assertions failed.
 */
unsigned int mesh_test(const struct mesh *mesh,
		       const struct wgward_policy *policy);

#endif /* _MESH_H */
