// SPDX-License-Identifier: GPL-2.0
/* Compiling a policy: its checks as a whole, and the order of the parts. */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "build.h"
#include "compiled.h"
#include "names.h"
#include "object.h"
#include "sort.h"

/**
 * wgward_build_refuse() - refuses a policy for being too big
 * @build: what is being compiled
 * @why: names the limit
 *
 * Return: -E2BIG.
 */
int wgward_build_refuse(const struct wgward_build *build, const char *why)
{
	return wgward_object_refuse(build->why, why, -E2BIG);
}

/**
 * wgward_build_pause() - lets others run, in loops that are long
 * @build: what is being compiled
 *
 * Compiling holds locks that others wait for, so it ends when it is in vain.
 *
 * Return: 0, or -EINTR when the task is being killed.
 */
int wgward_build_pause(const struct wgward_build *build)
{
	cond_resched();
	if (!fatal_signal_pending(current))
		return 0;
	return wgward_object_refuse(build->why, "Killed while compiling",
				    -EINTR);
}

static int check_relay(const struct wgward_policy *policy,
		       const struct wgward_node *node, const char **why)
{
	u32 relay = wgward_policy_find_node(policy, node->relay);

	if (relay == WGWARD_NONE)
		return wgward_object_refuse(
			why, "A relay is not among the nodes", -ENOENT);
	if (&policy->nodes[relay] == node)
		return wgward_object_refuse(why, "A node is its own relay",
					    -EINVAL);
	if (policy->nodes[relay].relay)
		return wgward_object_refuse(why, "A relay has a relay",
					    -EINVAL);
	return 0;
}

/* So that nobody has to look through the nodes for an ICMP error. */
static void mark_relays(struct wgward_policy *policy)
{
	const char *name;
	u32 i;

	for (i = 0; i < policy->node_count; i++) {
		name = policy->nodes[i].relay;
		if (name)
			policy->nodes[wgward_policy_find_node(policy, name)]
				.relays = true;
	}
}

/* One self exactly, whose index is stored, and relays that can relay. */
static int check_nodes(const struct wgward_policy *policy, u32 *self,
		       const char **why)
{
	int error;
	u32 i;

	*self = WGWARD_NONE;
	for (i = 0; i < policy->node_count; i++) {
		const struct wgward_node *node = &policy->nodes[i];

		if (node->relay) {
			error = check_relay(policy, node, why);
			if (error)
				return error;
		}
		if (!(node->flags & WGWARD_NODE_F_SELF))
			continue;
		if (*self != WGWARD_NONE)
			return wgward_object_refuse(
				why, "More than one node is self", -EINVAL);
		*self = i;
	}
	if (*self == WGWARD_NONE)
		return wgward_object_refuse(why, "No node is self", -EINVAL);
	return 0;
}

static __always_inline bool rule_before(const void *context, u32 a, u32 b)
{
	const struct wgward_rule *rules = context;

	return strcmp(rules[a].name, rules[b].name) < 0;
}

static bool rules_sorted(const struct wgward_policy *policy)
{
	u32 i;

	for (i = 1; i < policy->rule_count; i++) {
		if (rule_before(policy->rules, i, i - 1))
			return false;
	}
	return true;
}

/* Sorts the rules by name, and what finds them by name with them. */
static int sort_rules(struct wgward_policy *policy)
{
	u32 count = policy->rule_count;
	struct wgward_rule *sorted;
	u32 *order, *scratch;
	int error = -ENOMEM;
	u32 i;

	if (rules_sorted(policy))
		return 0;
	order = kvmalloc_array(count, sizeof(*order), GFP_KERNEL_ACCOUNT);
	scratch = kvmalloc_array(count, sizeof(*scratch), GFP_KERNEL_ACCOUNT);
	sorted = kvmalloc_array(count, sizeof(*sorted), GFP_KERNEL_ACCOUNT);
	if (!order || !scratch || !sorted)
		goto out;
	for (i = 0; i < count; i++)
		order[i] = i;
	wgward_sort(order, scratch, count, rule_before, policy->rules);
	for (i = 0; i < count; i++) {
		sorted[i] = policy->rules[order[i]];
		scratch[order[i]] = i;
	}
	wgward_table_renumber(&policy->names->rules, scratch);
	swap(policy->rules, sorted);
	policy->rule_space = count;
	error = 0;
out:
	kvfree(sorted);
	kvfree(scratch);
	kvfree(order);
	return error;
}

static void classes_free(struct wgward_classes *classes)
{
	kvfree(classes->of_signature);
	wgward_vector_free(&classes->start);
	wgward_vector_free(&classes->rules);
}

static void services_free(struct wgward_service_build *services)
{
	kvfree(services->range_start);
	wgward_vector_free(&services->range_first);
	wgward_vector_free(&services->range_last);
	wgward_vector_free(&services->list_start);
	wgward_vector_free(&services->list_rules);
	wgward_table_free(&services->lists);
	kvfree(services->single);
	wgward_vector_free(&services->start);
	wgward_vector_free(&services->first);
	wgward_vector_free(&services->rank);
	wgward_vector_free(&services->edges);
	wgward_vector_free(&services->colour);
	wgward_vector_free(&services->bare);
	wgward_vector_free(&services->scratch);
	wgward_build_chains_free(&services->chains);
}

static void build_free(struct wgward_build *build)
{
	kvfree(build->node_set);
	kvfree(build->node_identity);
	kvfree(build->term_prefix);
	wgward_vector_free(&build->set_node);
	wgward_vector_free(&build->prefix_outer);
	wgward_vector_free(&build->signature_set);
	wgward_vector_free(&build->signature_prefix);
	wgward_table_free(&build->signatures);
	wgward_vector_free(&build->identity_owner);
	wgward_vector_free(&build->identity_flags);
	wgward_vector_free(&build->identity_signature);
	classes_free(&build->classes[WGWARD_SIDE_FROM]);
	classes_free(&build->classes[WGWARD_SIDE_TO]);
	services_free(&build->services);
}

/* Tells the identities their classes. */
static void classify_identities(struct wgward_build *build)
{
	const u32 *source = build->classes[WGWARD_SIDE_FROM].of_signature;
	const u32 *destination = build->classes[WGWARD_SIDE_TO].of_signature;
	struct wgward_identity *identities = build->compiled->identities;
	u32 i, signature;

	for (i = 0; i < build->identity_signature.count; i++) {
		signature = build->identity_signature.data[i];
		identities[i].source_class = source[signature];
		identities[i].destination_class = destination[signature];
	}
}

static int build_all(struct wgward_build *build)
{
	int error;

	error = wgward_build_identities(build);
	if (!error)
		error = wgward_build_classes(build, WGWARD_SIDE_FROM);
	if (!error)
		error = wgward_build_classes(build, WGWARD_SIDE_TO);
	if (!error)
		error = wgward_build_services(build);
	if (!error)
		error = wgward_build_chains(build);
	if (!error)
		error = wgward_build_matrix(build);
	if (!error)
		error = wgward_build_services_end(build);
	if (!error)
		error = wgward_build_successions_end(build);
	if (!error)
		classify_identities(build);
	return error;
}

static int build_compiled(struct wgward_policy *policy, const char **why)
{
	struct wgward_build build = { .policy = policy, .why = why };
	int error;

	build.compiled = kvzalloc(sizeof(*build.compiled), GFP_KERNEL_ACCOUNT);
	if (!build.compiled)
		return -ENOMEM;
	error = build_all(&build);
	build_free(&build);
	if (error)
		wgward_compiled_free(build.compiled);
	else
		policy->compiled = build.compiled;
	return error;
}

/**
 * wgward_policy_compile() - makes a policy ready to judge
 * @policy: complete; when this fails it can be added to or tried again
 * @why: see policy.h
 *
 * Return: 0 or a negative error.
 */
int wgward_policy_compile(struct wgward_policy *policy, const char **why)
{
	int error;
	u32 self;

	error = wgward_object_check_open(policy, why);
	if (error)
		return error;
	if (policy->fallback > WGWARD_ACTION_MAX)
		return wgward_object_refuse(
			why, "The default must be allow, deny or reject",
			-EINVAL);
	error = check_nodes(policy, &self, why);
	if (error)
		return error;
	error = sort_rules(policy);
	if (!error)
		error = build_compiled(policy, why);
	if (error == -ENOMEM)
		return wgward_object_no_memory(why);
	if (error)
		return error;
	policy->self = self;
	mark_relays(policy);
	/* Nothing can be added any more, so nothing can clash. */
	wgward_table_free(&policy->names->prefixes);
	return 0;
}
