// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "mark.h"
#include "planner.h"
#include "policy_diff.h"

struct peers *target_peers(const struct target *target)
{
	struct peers *peers =
		peers_from_policy(target->policy, target->keepalive);

	peers_preshare(peers, &target->preshared);
	return peers;
}

static void plan_interface(struct plan *plan, const struct target *target,
			   const struct present *present)
{
	plan->create = !present->link;
	if (plan->create)
		change_add(&plan->list, CHANGE_INTERFACE, CHANGE_ADD,
			   target->interface, NULL, NULL);
	plan->attach = !present->warded;
	/*
	 * What flows over a live interface goes on until the first policy says
	 * otherwise; one that is down or new has nothing to lose.
	 */
	plan->passive = plan->attach && present->link && present->link->up;
	if (plan->attach)
		change_add(&plan->list, CHANGE_WARD, CHANGE_ADD,
			   target->interface, NULL, NULL);
}

static void plan_identity(struct plan *plan, const struct target *target,
			  const struct wireguard_device *device)
{
	char before[KEY_TEXT_LEN], after[KEY_TEXT_LEN];
	bool has_key = device && device->has_key;
	bool has_port = device && device->port;

	if (!has_key || memcmp(device->key, target->key, WGWARD_KEY_LEN)) {
		plan->set_key = true;
		change_add(&plan->list, CHANGE_KEY,
			   has_key ? CHANGE_SET : CHANGE_ADD, NULL,
			   has_key ? key_format(before, device->key) : NULL,
			   key_format(after, target->key));
	}
	if (!target->port || (device && device->port == target->port))
		return;
	plan->set_port = true;
	snprintf(before, sizeof(before), "%u", device ? device->port : 0);
	snprintf(after, sizeof(after), "%u", target->port);
	change_add(&plan->list, CHANGE_PORT, has_port ? CHANGE_SET : CHANGE_ADD,
		   NULL, has_port ? before : NULL, after);
}

void plan_make(struct plan *plan, const struct target *target,
	       const struct present *present,
	       bool (*resolve)(const char *text,
			       union wireguard_endpoint *endpoint,
			       const char **why))
{
	const struct peers_context context = {
		.before = present->policy,
		.after = target->policy,
		.resolve = resolve,
	};
	struct peers *peers;

	memset(plan, 0, sizeof(*plan));
	plan_interface(plan, target, present);
	plan_identity(plan, target, present->device);
	peers = target_peers(target);
	/* Before policies are compared: it may keep endpoints as they were. */
	plan->peers = peers_diff(peers, present->device, &context, &plan->list,
				 &plan->peer_count);
	peers_free(peers);
	plan->policy =
		policy_diff(present->policy, target->policy, &plan->list);
	link_diff(target->policy, target->mtu, present->link, &plan->list, true,
		  &plan->link);
	/* A difference in what is not told is still a change. */
	if (plan->policy && !plan->list.count)
		change_add(&plan->list, CHANGE_POLICY, CHANGE_SET, NULL, NULL,
			   NULL);
	change_list_sort(&plan->list);
	plan->marks = !mark_equal(present->policy, target->policy);
}

void plan_free(struct plan *plan)
{
	change_list_free(&plan->list);
	wireguard_changes_free(plan->peers, plan->peer_count);
	link_changes_free(&plan->link);
}

bool plan_changes_peers(const struct plan *plan)
{
	return plan->peer_count || plan->set_key;
}

bool plan_needs_transaction(const struct plan *plan)
{
	return plan->policy || plan->marks || plan->peer_count ||
	       plan->set_key || plan->set_port;
}

size_t plan_unknown_peers(const struct target *target,
			  const struct present *present, const u8 **key)
{
	const struct wireguard_device *device = present->device;
	size_t count = 0;
	size_t i;

	if (present->policy || !device)
		return 0;
	for (i = 0; i < device->peer_count; i++) {
		if (wgward_policy_find_node_by_key(target->policy,
						   device->peers[i].key) !=
		    WGWARD_NONE)
			continue;
		if (!count++)
			*key = device->peers[i].key;
	}
	return count;
}
