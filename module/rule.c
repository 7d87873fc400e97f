// SPDX-License-Identifier: GPL-2.0
/* Checking rules and taking them into a policy. */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "names.h"
#include "object.h"
#include "policy.h"
#include "vector.h"

static int check_group_indices(const struct wgward_policy *policy,
			       const u32 *groups, u32 count, const char **why)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (groups[i] >= policy->group_count)
			return wgward_object_refuse(
				why, "A rule names an unknown group", -ENOENT);
	}
	return 0;
}

static int check_selector(const struct wgward_policy *policy,
			  const struct wgward_selector *selector,
			  const char **why)
{
	int error;

	if (!selector->any && !selector->group_count && !selector->prefix_count)
		return wgward_object_refuse(
			why, "A side of a rule matches nothing", -EINVAL);
	error = check_group_indices(policy, selector->groups,
				    selector->group_count, why);
	if (!error)
		error = check_group_indices(policy, selector->except_groups,
					    selector->except_group_count, why);
	if (!error)
		error = wgward_object_check_prefixes(
			selector->prefixes, selector->prefix_count, why);
	if (!error)
		error = wgward_object_check_prefixes(
			selector->except_prefixes,
			selector->except_prefix_count, why);
	return error;
}

static int check_services(const struct wgward_rule *rule, const char **why)
{
	u32 i;

	if (!rule->service_count)
		return wgward_object_refuse(why, "A rule needs a service",
					    -EINVAL);
	for (i = 0; i < rule->service_count; i++) {
		if (rule->services[i].first > rule->services[i].last ||
		    rule->services[i].last > WGWARD_SERVICE_MAX)
			return wgward_object_refuse(
				why,
				"A rule's services must ascend and "
				"have 24 bits",
				-EINVAL);
	}
	return 0;
}

static int check_rule(const struct wgward_policy *policy,
		      const struct wgward_rule *rule, const char **why)
{
	int error;

	if (!memchr(rule->name, 0, sizeof(rule->name)) ||
	    !wgward_name_valid(rule->name))
		return wgward_object_refuse(
			why,
			"A rule's name must be 1 to 63 of a-z, 0-9 "
			"and -, and not any",
			-EINVAL);
	if (rule->action > WGWARD_ACTION_MAX)
		return wgward_object_refuse(
			why, "A rule's action must be allow, deny or reject",
			-EINVAL);
	if (rule->flags & ~WGWARD_RULE_FLAGS)
		return wgward_object_refuse(why, "A rule has unknown flags",
					    -EINVAL);
	error = wgward_object_check_until(rule->until, why);
	if (error)
		return error;
	error = check_services(rule, why);
	if (!error)
		error = check_selector(policy, &rule->from, why);
	if (!error)
		error = check_selector(policy, &rule->to, why);
	return error;
}

static u64 selector_prefixes(const struct wgward_selector *selector)
{
	return (u64)selector->prefix_count + selector->except_prefix_count;
}

static u64 selector_groups(const struct wgward_selector *selector)
{
	return (u64)selector->group_count + selector->except_group_count;
}

static size_t selector_size(const struct wgward_selector *selector)
{
	return selector_prefixes(selector) * sizeof(*selector->prefixes) +
	       selector_groups(selector) * sizeof(*selector->groups);
}

static void selector_copy(struct wgward_selector *copy, u8 **block,
			  const struct wgward_selector *selector)
{
	copy->groups = wgward_object_take(block, selector->groups,
					  selector->group_count *
						  sizeof(*selector->groups));
	copy->prefixes = wgward_object_take(
		block, selector->prefixes,
		selector->prefix_count * sizeof(*selector->prefixes));
	copy->except_groups =
		wgward_object_take(block, selector->except_groups,
				   selector->except_group_count *
					   sizeof(*selector->except_groups));
	copy->except_prefixes =
		wgward_object_take(block, selector->except_prefixes,
				   selector->except_prefix_count *
					   sizeof(*selector->except_prefixes));
}

/* The block begins with the services, of which there is one at least. */
static int rule_copy(struct wgward_rule *copy, const struct wgward_rule *rule)
{
	size_t services = rule->service_count * sizeof(*rule->services);
	u8 *block;

	block = kvmalloc(services + selector_size(&rule->from) +
				 selector_size(&rule->to),
			 GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;
	*copy = *rule;
	copy->id = WGWARD_NONE;
	copy->services = wgward_object_take(&block, rule->services, services);
	selector_copy(&copy->from, &block, &rule->from);
	selector_copy(&copy->to, &block, &rule->to);
	return 0;
}

/**
 * wgward_policy_add_rule() - takes in a rule
 * @policy: not compiled
 * @rule: copied, with what it points to; @rule->id is ignored
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_add_rule(struct wgward_policy *policy,
			   const struct wgward_rule *rule, const char **why)
{
	u64 prefixes =
		selector_prefixes(&rule->from) + selector_prefixes(&rule->to);
	u64 terms = selector_groups(&rule->from) + selector_groups(&rule->to) +
		    rule->service_count;
	struct wgward_names *names = policy->names;
	void *rules = policy->rules;
	int error;
	u32 hash;

	error = wgward_object_check_open(policy, why);
	if (!error)
		error = wgward_object_check_sums(policy, prefixes, terms, why);
	if (!error)
		error = check_rule(policy, rule, why);
	if (error)
		return error;
	if (policy->rule_count == WGWARD_MAX_RULES)
		return wgward_object_refuse(why, "More than 65535 rules",
					    -E2BIG);
	hash = wgward_names_hash(names, rule->name);
	if (wgward_names_find_rule(policy, rule->name, hash) != WGWARD_NONE)
		return wgward_object_refuse(why, "The rule's name is taken",
					    -EEXIST);

	error = wgward_array_grow(&rules, policy->rule_count,
				  &policy->rule_space, sizeof(*policy->rules));
	policy->rules = rules;
	if (error || wgward_table_reserve(&names->rules, 1) ||
	    rule_copy(&policy->rules[policy->rule_count], rule))
		return wgward_object_no_memory(why);
	wgward_table_insert(&names->rules, hash, policy->rule_count);
	policy->prefix_count += prefixes;
	policy->term_count += terms;
	policy->rule_count++;
	return 0;
}
