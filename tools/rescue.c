// SPDX-License-Identifier: GPL-2.0
/*
 * Without the module there is nobody to enforce the rules. Where the mesh file
 * says so, some nodes are let in all the same, for the machine is out of reach
 * otherwise: with all that they want of it, and with nothing beyond it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "barrier.h"
#include "changeover.h"
#include "command.h"
#include "endpoint.h"
#include "last_good.h"
#include "lock.h"
#include "output.h"
#include "rescue.h"

/* Whether @self can meet @node, with none but the group for relays. */
static bool is_in_reach(const struct mesh *mesh, const struct mesh_node *self,
			const struct mesh_node *node)
{
	return node != self && mesh_rescues(mesh, node) &&
	       mesh_rescues(mesh, mesh_next_hop(mesh, self, node)) &&
	       (!node->until || node->until > (u64)time(NULL));
}

/* The node of @policy without what is behind it. */
static int add_node(struct wgward_policy *reduced,
		    const struct wgward_policy *policy, const char *name)
{
	u32 index = wgward_policy_find_node(policy, name);
	struct wgward_node node = policy->nodes[index];
	const char *why;

	node.id = WGWARD_NONE;
	node.route_count = 0;
	node.group_count = 0;
	if (!wgward_policy_add_node(reduced, &node, &why))
		return 0;
	error("%s: %s", name, why);
	return -1;
}

static int add_networks(struct wgward_policy *reduced,
			const struct wgward_policy *policy)
{
	const char *why;
	u32 i;

	reduced->listen_port = policy->listen_port;
	reduced->mtu = policy->mtu;
	for (i = 0; i < policy->network_count; i++) {
		if (!wgward_policy_add_network(reduced, &policy->networks[i],
					       &why))
			continue;
		error("%s", why);
		return -1;
	}
	return 0;
}

static int fill(struct wgward_policy *reduced, const struct goal *goal)
{
	const struct mesh *mesh = goal->mesh;
	const struct mesh_node *self = mesh_find_key(mesh, goal->target.key);
	size_t i;

	if (add_networks(reduced, goal->policy) ||
	    add_node(reduced, goal->policy, self->name))
		return -1;
	for (i = 0; i < mesh->node_count; i++)
		if (is_in_reach(mesh, self, &mesh->nodes[i]) &&
		    add_node(reduced, goal->policy, mesh->nodes[i].name))
			return -1;
	if (reduced->node_count > 1)
		return 0;
	error("%s: there is nobody in group %s whom this node can reach",
	      mesh_file_name(mesh->file), mesh->rescue);
	return -1;
}

/* Leaves of @goal's policy what a rescue takes. */
static int reduce(struct goal *goal)
{
	struct wgward_policy *reduced = wgward_policy_create();

	if (!reduced) {
		error("%s", strerror(ENOMEM));
		return -1;
	}
	reduced->fallback = WGWARD_ACTION_DENY;
	if (fill(reduced, goal)) {
		wgward_policy_free(reduced);
		return -1;
	}
	wgward_policy_free(goal->policy);
	goal->policy = reduced;
	goal_aim(&goal->target, reduced);
	return 0;
}

static void unmake(struct live *live)
{
	if (!live->link && link_read(live->route, live->interface, &live->link))
		return;
	if (live->link)
		link_delete(live->route, live->interface, live->link->ifindex);
}

static int make(struct live *live, const struct goal *goal,
		const struct plan *plan)
{
	if (link_create(live->route, live->interface, "wireguard"))
		return -1;
	if (!live_read(live) && !changeover_wireguard(live, goal, plan) &&
	    !changeover_settle(live, &goal->target))
		return 0;
	unmake(live);
	return -1;
}

static void print(const char *interface, const struct goal *goal)
{
	const struct wgward_policy *policy = goal->policy;
	json_t *object, *peers;
	u32 i;

	warning("%s: there is no module: NOTHING IS ENFORCED, and the nodes of "
		"group %s are the only peers",
		interface, goal->mesh->rescue);
	if (!option_json) {
		printf("%s: UNENFORCED, for a rescue by", interface);
		for (i = 1; i < policy->node_count; i++)
			printf("%s %s", i > 1 ? "," : "",
			       policy->nodes[i].name);
		putchar('\n');
		return;
	}
	object = output_object();
	peers = output_array();
	for (i = 1; i < policy->node_count; i++)
		output_append_text(peers, policy->nodes[i].name);
	output_set_text(object, "interface", interface);
	output_set_bool(object, "enforced", false);
	output_set_text(object, "rescue", goal->mesh->rescue);
	output_set(object, "peers", peers);
	output_json(object, false);
}

static int run(struct live *live, struct goal *goal)
{
	struct present present = { 0 };
	struct plan plan;
	int result;

	if (reduce(goal))
		return -1;
	plan_make(&plan, &goal->target, &present, endpoint_resolve);
	/* First: nothing may be forwarded before. */
	result = barrier_put(live->interface, BARRIER_RESCUE, false);
	if (!result && make(live, goal, &plan)) {
		barrier_remove(live->interface, BARRIER_RESCUE, NULL);
		result = -1;
	}
	plan_free(&plan);
	return result;
}

int rescue_run(struct goal *goal, const char *interface, const char *key_file)
{
	int status = EXIT_ERROR;
	struct live live;

	if (lock_take(interface))
		return EXIT_ERROR;
	if (live_open_bare(&live, interface)) {
		status = EXIT_ERROR;
	} else if (live.link) {
		error("there is no module, and there is an interface %s, which "
		      "is left as it is",
		      interface);
	} else if (!goal_find(goal, key_file, &live) && !run(&live, goal)) {
		print(interface, goal);
		status = EXIT_DONE;
	}
	live_close(&live);
	return status;
}

bool rescue_is(const char *interface)
{
	return barrier_is_put(interface, BARRIER_RESCUE);
}

bool rescue_lasts(const char *interface)
{
	struct ward_socket *wards;

	if (!rescue_is(interface))
		return false;
	wards = ward_open_quietly();
	ward_close(wards);
	return !wards;
}

int rescue_open(struct live *live, const char *interface)
{
	const char *file = last_good_find(interface);
	struct goal goal;
	int result = -1;

	if (live_open_bare(live, interface))
		return -1;
	if (!goal_read(&goal, file ? file : command_file(NULL, interface)) &&
	    !goal_find(&goal, NULL, live)) {
		if (goal.mesh->rescue)
			result = reduce(&goal);
		else
			error("%s: has no Rescue any more", goal.mesh->file);
	}
	if (!result) {
		live->policy = goal.policy;
		goal.policy = NULL;
	}
	goal_free(&goal);
	return result;
}
