// SPDX-License-Identifier: GPL-2.0
/*
 * A policy takes in and refuses what it should, with memory and without, and
 * once compiled judges as the unit tests' naive model does, next to wherever
 * the verdict may change.
 *
 * An input is a sequence of steps, one byte and an object each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "edge.h"
#include "fingerprint.h"
#include "input.h"
#include "model.h"
#include "object_input.h"
#include "policy.h"
#include "refusal.h"
#include "tap.h"

#define MOST_STEPS 64
#define LOOKUPS 48

/* Allocations until one fails; negative when none is to. */
static int countdown;

bool shim_allocation_fails(void)
{
	return countdown >= 0 && !countdown--;
}

/* Pauses until the compiler is killed; negative when it is not to be. */
static int pauses;

bool shim_killed(void)
{
	return pauses >= 0 && !pauses--;
}

enum kind {
	NETWORK,
	GROUP,
	NODE,
	RULE,
	COMPILE,
};

static const char *const kinds[] = { "network", "group", "node", "rule",
				     "compile" };

static const void *input_object(enum kind kind)
{
	static struct wgward_prefix network;

	switch (kind) {
	case NETWORK:
		network = input_prefix();
		return &network;
	case GROUP:
		return input_group();
	case NODE:
		return input_node();
	case RULE:
		return input_rule();
	default:
		return NULL;
	}
}

static int add(struct wgward_policy *policy, enum kind kind, const void *object,
	       const char **why)
{
	switch (kind) {
	case NETWORK:
		return wgward_policy_add_network(policy, object, why);
	case GROUP:
		return wgward_policy_add_group(policy, object, why);
	case NODE:
		return wgward_policy_add_node(policy, object, why);
	case RULE:
		return wgward_policy_add_rule(policy, object, why);
	default:
		return wgward_policy_compile(policy, why);
	}
}

static bool is_to_be_refused(const struct wgward_policy *policy, enum kind kind,
			     const void *object)
{
	switch (kind) {
	case NETWORK:
		return refusal_network(policy, object);
	case GROUP:
		return refusal_group(policy, object);
	case NODE:
		return refusal_node(policy, object);
	case RULE:
		return refusal_rule(policy, object);
	default:
		return refusal_compile(policy);
	}
}

/* What was added last is found. */
static bool is_found(const struct wgward_policy *policy, enum kind kind,
		     const void *object)
{
	const struct wgward_node *node = object;
	const struct wgward_rule *rule = object;

	switch (kind) {
	case GROUP:
		return wgward_policy_find_group(policy, object) ==
		       policy->group_count - 1;
	case NODE:
		return wgward_policy_find_node(policy, node->name) ==
			       policy->node_count - 1 &&
		       wgward_policy_find_node_by_key(policy, node->key) ==
			       policy->node_count - 1;
	case RULE:
		return wgward_policy_find_rule(policy, rule->name) ==
		       policy->rule_count - 1;
	default:
		return true;
	}
}

/* @object into the policy, which is unchanged if it does not go in. */
static void take_step(struct wgward_policy *policy, enum kind kind,
		      const void *object)
{
	bool refuse = is_to_be_refused(policy, kind, object);
	u64 before = fingerprint_policy(policy);
	bool starved, killed, to_starve, to_kill;
	const char *why = NULL;
	int error;

	to_starve = countdown >= 0;
	to_kill = pauses >= 0;
	error = add(policy, kind, object, &why);
	starved = to_starve && countdown < 0;
	killed = to_kill && pauses < 0;
	countdown = -1;
	pauses = -1;
	if (starved && error != -ENOMEM && !(killed && error == -EINTR))
		input_fail("%s: %d without memory", kinds[kind], error);
	if (killed && !starved && error != -EINTR)
		input_fail("%s: %d when killed", kinds[kind], error);
	if (!starved && !killed && !!error != refuse)
		input_fail("%s: %d, %s", kinds[kind], error,
			   error ? why : "but is to be refused");
	if (error && !why)
		input_fail("%s: %d without a reason", kinds[kind], error);
	if (error && fingerprint_policy(policy) != before)
		input_fail("%s: refused, and yet changed something",
			   kinds[kind]);
	if (!error && !is_found(policy, kind, object))
		input_fail("%s: added and not found", kinds[kind]);
}

static void step(struct wgward_policy *policy)
{
	static const enum kind steps[] = { NETWORK, GROUP, GROUP, NODE, NODE,
					   NODE,    RULE,  RULE,  RULE, RULE };
	u8 what = input_byte() % 16;
	enum kind kind;

	if (what < sizeof(steps) / sizeof(steps[0])) {
		kind = steps[what];
		take_step(policy, kind, input_object(kind));
	} else if (what < 12) {
		if (!policy->compiled)
			policy->fallback =
				input_byte() % (WGWARD_ACTION_MAX + 2);
	} else if (what == 12) {
		countdown = input_byte() % 8;
	} else if (what == 13) {
		/* Mostly before it is through, so that there is more to add. */
		countdown = input_byte();
		take_step(policy, COMPILE, NULL);
	} else {
		pauses = input_byte();
		take_step(policy, COMPILE, NULL);
	}
}

static void end_note(u64 until, u64 now, u64 *end)
{
	if (until > now && (!*end || until < *end))
		*end = until;
}

static void check_next_end(const struct wgward_policy *policy, u64 now)
{
	u64 end = 0;
	u32 i;

	for (i = 0; i < policy->node_count; i++)
		end_note(policy->nodes[i].until, now, &end);
	for (i = 0; i < policy->rule_count; i++)
		end_note(policy->rules[i].until, now, &end);
	if (wgward_policy_next_end(policy, now) != end)
		input_fail("after %llu, the next end is at %llu",
			   (unsigned long long)now, (unsigned long long)end);
}

/* The model goes by the rules as they stand: it needs no sorting. */
static void look_up(const struct wgward_policy *policy)
{
	struct edges edges;
	u32 i;

	edges_collect(&edges, policy);
	for (i = 0; i < LOOKUPS; i++) {
		const struct edge_address *source = edges_address(&edges);
		const struct edge_address *destination = source;
		u32 service = edges_service(&edges);
		u8 protocol = service >> 16;
		u64 now = edges_time(&edges);

		if (!random_once_in(16))
			destination = edges_address_of(&edges, source->family);
		if (random_once_in(8))
			service = WGWARD_NONE;
		if (!model_agrees(policy, source->family, &source->address,
				  &destination->address, protocol, service,
				  now))
			input_fail("the model judges otherwise");
		check_next_end(policy, now);
	}
}

/* Without self there is nothing to look up. */
static void make_complete(struct wgward_policy *policy)
{
	struct wgward_prefix address = { .family = AF_INET, .length = 32 };
	struct wgward_node self = {
		.name = "self",
		.key = { [31] = 1 },
		.flags = WGWARD_NODE_F_SELF,
		.address_count = 1,
		.addresses = &address,
	};

	address.address.s6_addr[0] = 192;
	if (!refusal_compile(policy))
		return;
	take_step(policy, NODE, &self);
	if (policy->fallback > WGWARD_ACTION_MAX)
		policy->fallback = WGWARD_ACTION_ALLOW;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct wgward_policy *policy;
	u32 steps;

	input_begin(data, size);
	countdown = -1;
	pauses = -1;
	policy = wgward_policy_create();
	if (!policy)
		abort();
	policy->fallback = WGWARD_ACTION_DENY;
	for (steps = 0; input_left() && steps < MOST_STEPS; steps++)
		step(policy);
	countdown = -1;
	pauses = -1;
	if (!policy->compiled) {
		make_complete(policy);
		take_step(policy, COMPILE, NULL);
	}
	if (policy->compiled)
		look_up(policy);
	wgward_policy_free(policy);
	return 0;
}
