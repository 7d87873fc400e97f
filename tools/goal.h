/* SPDX-License-Identifier: GPL-2.0 */
/* What a mesh file makes of this node. */
#ifndef _GOAL_H
#define _GOAL_H

#include "mesh.h"
#include "planner.h"
#include "private_key.h"

/**
 * struct goal - a mesh file, and self in it
 * @mesh: the file
 * @policy: compiled; it passes the file's tests
 * @has_key: @key was read from a file
 * @key: self's
 * @target: for the planner; goal_free() ends its preshared keys
 */
struct goal {
	struct mesh *mesh;
	struct wgward_policy *policy;
	bool has_key;
	struct private_key key;
	struct target target;
};

struct live;

/*
 * Both return 0, or -1 after an error was printed; goal_free() is due in
 * either case. The first reads @file. The second finds self in it by the key
 * in @key_file, or in /etc/wgward/INTERFACE.key if that is NULL, or by that
 * which the interface has.
 */
int goal_read(struct goal *goal, const char *file);
int goal_find(struct goal *goal, const char *key_file, const struct live *live);
/*
 * The steps of goal_find(): finding the key, of which @present is the public
 * one if there is no file, or NULL; and the node with that key.
 */
int goal_read_key(struct goal *goal, const char *interface,
		  const char *key_file, const u8 *present);
int goal_be(struct goal *goal, const char *interface);
/*
 * What a script makes of what is live: @mesh and its compiled @policy, which
 * goal_free() frees, with the node and the key that self has already. Returns
 * 0, or -1 after an error was printed.
 */
int goal_take(struct goal *goal, const struct live *live, struct mesh *mesh,
	      struct wgward_policy *policy);
/* The node that @policy was made for, or NULL. */
const struct wgward_node *goal_self(const struct wgward_policy *policy);
/* What @policy says of the interface, into all of @target but name and keys. */
void goal_aim(struct target *target, struct wgward_policy *policy);
void goal_free(struct goal *goal);

#endif /* _GOAL_H */
