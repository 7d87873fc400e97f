// SPDX-License-Identifier: GPL-2.0
/* Taking networks, groups and names of what is not there into a policy. */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "names.h"
#include "object.h"
#include "policy.h"
#include "vector.h"

/**
 * wgward_policy_add_network() - takes in a network of the mesh
 * @policy: not compiled
 * @network: copied
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_add_network(struct wgward_policy *policy,
			      const struct wgward_prefix *network,
			      const char **why)
{
	struct wgward_prefix *networks;
	int error;
	u32 i;

	error = wgward_object_check_open(policy, why);
	if (!error)
		error = wgward_object_check_prefixes(network, 1, why);
	if (!error)
		error = wgward_object_check_sums(policy, 1, 0, why);
	if (error)
		return error;
	if (policy->network_count == WGWARD_MAX_NETWORKS)
		return wgward_object_refuse(why, "More than 64 networks",
					    -E2BIG);
	for (i = 0; i < policy->network_count; i++) {
		if (wgward_object_prefix_equal(&policy->networks[i], network))
			return wgward_object_refuse(
				why, "The network is given twice", -EEXIST);
	}
	networks = kvmalloc_array(i + 1, sizeof(*networks), GFP_KERNEL_ACCOUNT);
	if (!networks)
		return wgward_object_no_memory(why);
	if (i)
		memcpy(networks, policy->networks, i * sizeof(*networks));
	networks[i] = *network;
	kvfree(policy->networks);
	policy->networks = networks;
	policy->network_count++;
	policy->prefix_count++;
	return 0;
}

/**
 * wgward_policy_add_group() - takes in a group, without nodes as yet
 * @policy: not compiled
 * @name: copied
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_add_group(struct wgward_policy *policy, const char *name,
			    const char **why)
{
	struct wgward_names *names = policy->names;
	void *groups = policy->groups;
	char *copy;
	u32 hash;
	int error;

	error = wgward_object_check_open(policy, why);
	if (error)
		return error;
	if (!wgward_group_name_valid(name))
		return wgward_object_refuse(
			why,
			"A group's name must be 1 to 255 of a-z, "
			"0-9, - and +, and not any",
			-EINVAL);
	hash = wgward_names_hash(names, name);
	if (wgward_names_find_group(policy, name, hash) != WGWARD_NONE)
		return wgward_object_refuse(why, "The group's name is taken",
					    -EEXIST);
	if (policy->group_count == WGWARD_MAX_GROUPS)
		return wgward_object_refuse(why, "More than 4096 groups",
					    -E2BIG);

	error = wgward_array_grow(&groups, policy->group_count,
				  &policy->group_space,
				  sizeof(*policy->groups));
	policy->groups = groups;
	if (error || wgward_table_reserve(&names->groups, 1))
		return wgward_object_no_memory(why);
	copy = kstrdup(name, GFP_KERNEL_ACCOUNT);
	if (!copy)
		return wgward_object_no_memory(why);
	wgward_table_insert(&names->groups, hash, policy->group_count);
	policy->groups[policy->group_count++] =
		(struct wgward_group){ .name = copy };
	return 0;
}

/**
 * wgward_policy_add_removed() - notes that the mesh file has more
 * @policy: not compiled
 * @is_rule: it is a rule, else a node
 * @name: copied
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_add_removed(struct wgward_policy *policy, bool is_rule,
			      const char *name, const char **why)
{
	u32 count = policy->removed_count;
	struct wgward_removed *removed;
	int error;

	error = wgward_object_check_open(policy, why);
	if (error)
		return error;
	if (!wgward_name_valid(name))
		return wgward_object_refuse(
			why,
			"A removed name must be 1 to 63 of a-z, 0-9 "
			"and -, and not any",
			-EINVAL);
	if (count == WGWARD_MAX_REMOVED)
		return wgward_object_refuse(why, "More than 256 removed names",
					    -E2BIG);
	if (!policy->removed)
		policy->removed = kvmalloc_array(WGWARD_MAX_REMOVED,
						 sizeof(*policy->removed),
						 GFP_KERNEL_ACCOUNT);
	if (!policy->removed)
		return wgward_object_no_memory(why);
	removed = &policy->removed[count];
	removed->is_rule = is_rule;
	/* Its length was checked. */
	memcpy(removed->name, name, strlen(name) + 1);
	policy->removed_count++;
	return 0;
}
