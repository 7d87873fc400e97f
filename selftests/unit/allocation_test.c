// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation can fail, one after the other, without changing a policy
 * or leaking (leaks are LeakSanitizer's business). Likewise
 * compiling can be interrupted wherever it pauses.
 */
#include <errno.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <string.h>

#include "generate.h"
#include "model.h"
#include "policy.h"
#include "tap.h"

#define POLICIES 150
#define PACKETS 20

/* Allocations until one fails; negative when none is to. */
static int countdown = -1;

bool shim_allocation_fails(void)
{
	return countdown >= 0 && !countdown--;
}

/* Pauses until a fatal signal is pending; negative when none is to be. */
static int pauses = -1;

bool shim_killed(void)
{
	return pauses >= 0 && !pauses--;
}

/* What must be the same after a failure. */
struct shape {
	u32 networks, groups, nodes, rules, removed, prefixes, terms, members;
	bool compiled;
};

static struct shape shape_of(const struct wgward_policy *policy)
{
	struct shape shape;
	u32 i;

	memset(&shape, 0, sizeof(shape));
	shape.networks = policy->network_count;
	shape.groups = policy->group_count;
	shape.nodes = policy->node_count;
	shape.rules = policy->rule_count;
	shape.prefixes = policy->prefix_count;
	shape.terms = policy->term_count;
	shape.removed = policy->removed_count;
	shape.compiled = policy->compiled;
	for (i = 0; i < policy->group_count; i++)
		shape.members += policy->groups[i].node_count;
	return shape;
}

enum kind {
	ADD_NETWORK,
	ADD_GROUP,
	ADD_NODE,
	ADD_RULE,
	ADD_REMOVED,
	COMPILE,
	KINDS,
};

static const char *const kind_names[] = {
	"networks", "groups",	     "nodes",
	"rules",    "removed names", "compiled policies"
};

static int run(enum kind kind, struct wgward_policy *policy, const void *object,
	       const char **why)
{
	switch (kind) {
	case ADD_NETWORK:
		return wgward_policy_add_network(policy, object, why);
	case ADD_GROUP:
		return wgward_policy_add_group(policy, object, why);
	case ADD_NODE:
		return wgward_policy_add_node(policy, object, why);
	case ADD_RULE:
		return wgward_policy_add_rule(policy, object, why);
	case ADD_REMOVED:
		return wgward_policy_add_removed(policy, false, object, why);
	default:
		return wgward_policy_compile(policy, why);
	}
}

static u32 failures[KINDS];

/*
 * Runs with the first allocation failing, then the second, until none fails.
 * Stores the result; false if a failure was not what it should be.
 */
static bool run_failing(enum kind kind, struct wgward_policy *policy,
			const void *object, int *result)
{
	struct shape before = shape_of(policy), after;
	const char *why;
	bool failed;
	int n;

	for (n = 0;; n++) {
		why = NULL;
		countdown = n;
		*result = run(kind, policy, object, &why);
		failed = countdown < 0;
		countdown = -1;
		if (!failed)
			return true;
		after = shape_of(policy);
		if (*result != -ENOMEM || !why ||
		    memcmp(&before, &after, sizeof(before))) {
			tap_note("%s, allocation %d: %d, %s", kind_names[kind],
				 n, *result, why ? why : "(nothing)");
			return false;
		}
		failures[kind]++;
	}
}

static u32 interruptions;

/* Compiles with the first pause interrupted, then later and later ones. */
static bool compile_interrupted(struct wgward_policy *policy)
{
	struct shape before = shape_of(policy), after;
	const char *why;
	int n, result;
	bool killed;

	for (n = 0;; n += 1 + n / 8) {
		why = NULL;
		pauses = n;
		result = wgward_policy_compile(policy, &why);
		killed = pauses < 0;
		pauses = -1;
		if (!killed)
			return !result;
		after = shape_of(policy);
		if (result != -EINTR || !why ||
		    memcmp(&before, &after, sizeof(before))) {
			tap_note("pause %d: %d, %s", n, result,
				 why ? why : "(nothing)");
			return false;
		}
		interruptions++;
	}
}

static bool add_failing(enum kind kind, const struct world *world,
			struct wgward_policy *policy, u32 count)
{
	const void *object;
	int result;

	while (count--) {
		if (kind == ADD_NETWORK)
			object = generate_network(world);
		else if (kind == ADD_GROUP)
			object = generate_group();
		else if (kind == ADD_NODE)
			object = generate_node(world, policy,
					       !policy->node_count);
		else if (kind == ADD_REMOVED)
			object = "gone";
		else
			object = generate_rule(world, policy);
		if (!run_failing(kind, policy, object, &result))
			return false;
		if (result && result != -EEXIST)
			return false;
	}
	return true;
}

/* Nodes until one is taken, which all of the first few may fail to be. */
static bool add_nodes(const struct world *world, struct wgward_policy *policy,
		      u32 count)
{
	bool ok = add_failing(ADD_NODE, world, policy, count);

	while (ok && !policy->node_count)
		ok = add_failing(ADD_NODE, world, policy, 1);
	return ok;
}

static bool judges_right(const struct world *world,
			 const struct wgward_policy *policy)
{
	struct in6_addr source, destination;
	u8 family, protocol;
	u32 i;

	for (i = 0; i < PACKETS; i++) {
		family = generate_family();
		source = generate_end(world, policy, family);
		destination = generate_end(world, policy, family);
		protocol = generate_protocol(world);
		if (!model_agrees(policy, family, &source, &destination,
				  protocol, generate_service(world, policy),
				  generate_now()))
			return false;
	}
	return true;
}

static struct wgward_policy *create_failing(void)
{
	struct wgward_policy *policy;
	int n;

	for (n = 0;; n++) {
		countdown = n;
		policy = wgward_policy_create();
		if (policy) {
			countdown = -1;
			return n == 2 ? policy : NULL;
		}
	}
}

static bool one_interrupted(void)
{
	struct wgward_policy *policy = wgward_policy_create();
	struct world world;
	bool ok;

	if (!policy)
		return false;
	generate_world(&world);
	ok = add_failing(ADD_GROUP, &world, policy, random_below(20)) &&
	     add_nodes(&world, policy, 1 + random_below(20)) &&
	     add_failing(ADD_RULE, &world, policy, random_below(20));
	policy->fallback = WGWARD_ACTION_ALLOW;
	ok = ok && compile_interrupted(policy) && judges_right(&world, policy);
	wgward_policy_free(policy);
	return ok;
}

static bool one_policy(void)
{
	struct wgward_policy *policy = create_failing();
	struct world world;
	int result = -1;
	bool ok;

	if (!policy)
		return false;
	generate_world(&world);
	ok = add_failing(ADD_NETWORK, &world, policy, random_below(4)) &&
	     add_failing(ADD_REMOVED, &world, policy, 1 + random_below(4)) &&
	     add_failing(ADD_GROUP, &world, policy, random_below(20)) &&
	     add_nodes(&world, policy, 1 + random_below(20)) &&
	     add_failing(ADD_RULE, &world, policy, random_below(20));
	policy->fallback = WGWARD_ACTION_ALLOW;
	ok = ok && run_failing(COMPILE, policy, NULL, &result) && !result &&
	     judges_right(&world, policy);
	wgward_policy_free(policy);
	return ok;
}

int main(void)
{
	bool ok = true;
	u32 i;

	random_begin();
	for (i = 0; ok && i < POLICIES; i++)
		ok = one_policy();
	tap_result(ok, "%u policies with every allocation failing", POLICIES);
	for (i = 0; i < KINDS; i++)
		tap_result(failures[i] > 100, "%s: %u allocations failed",
			   kind_names[i], failures[i]);
	ok = true;
	for (i = 0; ok && i < POLICIES; i++)
		ok = one_interrupted();
	tap_result(ok, "%u policies with every pause interrupted", POLICIES);
	tap_result(interruptions > 1000, "%u pauses interrupted",
		   interruptions);
	return tap_end();
}
