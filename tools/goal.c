// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "goal.h"
#include "key.h"
#include "live.h"

/* As wg(8) and others recommend for what is behind a NAT. */
#define KEEPALIVE_SECONDS 25

int goal_read_key(struct goal *goal, const char *interface,
		  const char *key_file, const u8 *present)
{
	char path[64];
	int result;

	snprintf(path, sizeof(path), "/etc/wgward/%s.key", interface);
	result = private_key_read(key_file ? key_file : path, &goal->key);
	if (result < 0)
		return -1;
	goal->has_key = result;
	if (result) {
		memcpy(goal->target.key, goal->key.public, WGWARD_KEY_LEN);
		return 0;
	}
	if (key_file) {
		error("%s: there is no such file", key_file);
		return -1;
	}
	if (present) {
		memcpy(goal->target.key, present, WGWARD_KEY_LEN);
		return 0;
	}
	error("there is no private key: put this node's into %s (mode 600), "
	      "or say --key FILE",
	      path);
	return -1;
}

static int find_policy(struct goal *goal, const struct mesh_node *self)
{
	unsigned int failures;
	const char *why;

	goal->policy = mesh_policy(goal->mesh, self);
	if (!goal->policy)
		return -1;
	if (wgward_policy_compile(goal->policy, &why)) {
		error("%s: %s", mesh_file_name(goal->mesh->file), why);
		return -1;
	}
	failures = mesh_test(goal->mesh, goal->policy);
	if (!failures)
		return 0;
	error("%s: %u of its own tests failed, so nothing is changed",
	      mesh_file_name(goal->mesh->file), failures);
	return -1;
}

int goal_read(struct goal *goal, const char *file)
{
	memset(goal, 0, sizeof(*goal));
	goal->mesh = mesh_read(file);
	return goal->mesh ? 0 : -1;
}

const struct wgward_node *goal_self(const struct wgward_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->node_count; i++) {
		if (policy->nodes[i].flags & WGWARD_NODE_F_SELF)
			return &policy->nodes[i];
	}
	return NULL;
}

void goal_aim(struct target *target, struct wgward_policy *policy)
{
	const struct wgward_node *self = goal_self(policy);
	u16 port = self ? self->listen_port : 0;
	bool behind_nat = self && self->flags & WGWARD_NODE_F_BEHIND_NAT;

	target->policy = policy;
	target->port = port ? port : policy->listen_port;
	target->keepalive = behind_nat ? KEEPALIVE_SECONDS : 0;
	target->mtu = policy->mtu;
}

int goal_be(struct goal *goal, const char *interface)
{
	const struct mesh_node *self;
	char key[KEY_TEXT_LEN];

	self = mesh_find_key(goal->mesh, goal->target.key);
	if (!self) {
		error("%s: no node has this machine's public key, %s",
		      mesh_file_name(goal->mesh->file),
		      key_format(key, goal->target.key));
		return -1;
	}
	if (find_policy(goal, self))
		return -1;
	goal->target.interface = interface;
	goal_aim(&goal->target, goal->policy);
	return preshared_read(&goal->target.preshared, goal->mesh,
			      goal->policy);
}

int goal_find(struct goal *goal, const char *key_file, const struct live *live)
{
	const struct wireguard_device *device = live->device;
	const u8 *present = device && device->has_key ? device->key : NULL;

	if (goal_read_key(goal, live->interface, key_file, present))
		return -1;
	return goal_be(goal, live->interface);
}

int goal_take(struct goal *goal, const struct live *live, struct mesh *mesh,
	      struct wgward_policy *policy)
{
	const struct wgward_node *self = &policy->nodes[policy->self];
	const struct wireguard_device *device = live->device;

	memset(goal, 0, sizeof(*goal));
	goal->mesh = mesh;
	goal->policy = policy;
	if (!device || !device->has_key ||
	    memcmp(device->key, self->key, WGWARD_KEY_LEN)) {
		error("%s has not the key of node %s, which it is: apply puts "
		      "that right",
		      live->interface, self->name);
		return -1;
	}
	memcpy(goal->target.key, self->key, WGWARD_KEY_LEN);
	goal->target.interface = live->interface;
	goal_aim(&goal->target, policy);
	return 0;
}

void goal_free(struct goal *goal)
{
	if (goal->policy)
		wgward_policy_free(goal->policy);
	if (goal->mesh)
		mesh_free(goal->mesh);
	private_key_forget(&goal->key);
	preshared_forget(&goal->target.preshared);
}
