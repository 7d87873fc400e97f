// SPDX-License-Identifier: GPL-2.0
/* Large policies of a regular kind. */
#include "mesh.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tap.h"

struct in6_addr mesh_address(u8 family, u32 i)
{
	struct in6_addr address = { 0 };

	if (family == AF_INET) {
		address.s6_addr32[0] = htonl(0x0a000001 + i);
	} else {
		address.s6_addr32[0] = htonl(0xfd000010);
		address.s6_addr32[3] = htonl(1 + i);
	}
	return address;
}

int mesh_add_node(struct wgward_policy *policy, u32 i, u32 *groups,
		  u32 group_count, const char **why)
{
	struct wgward_prefix addresses[] = {
		{ mesh_address(AF_INET, i), AF_INET, 32 },
		{ mesh_address(AF_INET6, i), AF_INET6, 128 },
	};
	struct wgward_node node = {
		.flags = i ? 0 : WGWARD_NODE_F_SELF,
		.address_count = 2,
		.addresses = addresses,
		.group_count = group_count,
		.groups = groups,
	};

	snprintf(node.name, sizeof(node.name), "node-%u", i);
	node.key[0] = 1;
	memcpy(node.key + 1, &i, sizeof(i));
	return wgward_policy_add_node(policy, &node, why);
}

int mesh_add_rule(struct wgward_policy *policy, u32 i, u32 from, u32 to,
		  u32 service, const char **why)
{
	struct wgward_service services[] = { { service, service } };
	struct wgward_rule rule = {
		.action = i % 10 ? WGWARD_ACTION_ALLOW : WGWARD_ACTION_DENY,
		.service_count = 1,
		.services = services,
		.from = { .any = from == WGWARD_NONE,
			  .group_count = from != WGWARD_NONE,
			  .groups = &from },
		.to = { .any = to == WGWARD_NONE,
			.group_count = to != WGWARD_NONE,
			.groups = &to },
	};

	snprintf(rule.name, sizeof(rule.name), "rule-%u", i);
	return wgward_policy_add_rule(policy, &rule, why);
}

int mesh_add_groups(struct wgward_policy *policy, u32 count, const char **why)
{
	int error = 0;
	char name[24];
	u32 i;

	for (i = 0; !error && i < count; i++) {
		snprintf(name, sizeof(name), "group-%u", i);
		error = wgward_policy_add_group(policy, name, why);
	}
	return error;
}

struct wgward_policy *mesh_policy(const struct mesh *mesh)
{
	struct wgward_policy *policy = wgward_policy_create();
	const char *why = "no policy";
	int error = -1;
	u32 i, group;

	if (policy)
		error = mesh_add_groups(policy, mesh->groups, &why);
	for (i = 0; !error && i < mesh->nodes; i++) {
		group = i % mesh->groups;
		error = mesh_add_node(policy, i, &group, 1, &why);
	}
	for (i = 0; !error && i < mesh->rules; i++)
		error = mesh_add_rule(policy, i, random_below(mesh->groups),
				      random_below(mesh->groups),
				      6 << 16 | random_below(1024), &why);
	if (error) {
		tap_note("%s", why);
		exit(1);
	}
	policy->fallback = WGWARD_ACTION_DENY;
	return policy;
}
