// SPDX-License-Identifier: GPL-2.0
/* Compiled policies judge as the model does. */
#include <string.h>

#include "generate.h"
#include "model.h"
#include "policy.h"
#include "tap.h"

#define POLICIES 2000
#define PACKETS 50

/* How often things happened that the comparison is about. */
struct seen {
	u32 reasons[__WGWARD_REASON_MAX];
	u32 pass, drop, reject, audited, unread, nodes;
};

static bool judge_one(const struct world *world,
		      const struct wgward_policy *policy, struct seen *seen)
{
	struct in6_addr source, destination;
	struct wgward_verdict verdict;
	u8 family = generate_family();
	u64 now = generate_now();
	u32 service;
	u8 protocol;

	source = generate_end(world, policy, family);
	destination = random_once_in(50) ? source :
					   generate_end(world, policy, family);
	service = generate_service(world, policy);
	protocol = service >> 16;
	if (random_once_in(5)) {
		service = WGWARD_NONE;
		seen->unread++;
	}
	if (!model_agrees(policy, family, &source, &destination, protocol,
			  service, now))
		return false;
	wgward_policy_judge(policy, family, &source, &destination, protocol,
			    service, now, &verdict);
	seen->reasons[verdict.reason]++;
	seen->pass += verdict.code == WGWARD_VERDICT_PASS;
	seen->drop += verdict.code == WGWARD_VERDICT_DROP;
	seen->reject += verdict.code == WGWARD_VERDICT_REJECT;
	seen->audited += verdict.audited != WGWARD_NONE;
	seen->nodes += verdict.source != WGWARD_NONE;
	return true;
}

/* Compiles must keep what was added and sort it. */
static bool order_holds(const struct wgward_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->rule_count; i++) {
		if (wgward_policy_find_rule(policy, policy->rules[i].name) != i)
			return false;
		if (i && strcmp(policy->rules[i - 1].name,
				policy->rules[i].name) >= 0)
			return false;
	}
	return policy->nodes[policy->self].flags & WGWARD_NODE_F_SELF;
}

static bool judge_policy(const struct size *most, struct seen *seen)
{
	struct wgward_policy *policy;
	const char *why = NULL;
	struct world world;
	bool ok = false;
	u32 i;

	generate_world(&world);
	policy = generate_policy(&world, most);
	if (!policy)
		return false;
	if (wgward_policy_compile(policy, &why)) {
		tap_note("not compiled: %s", why);
		goto out;
	}
	ok = order_holds(policy);
	for (i = 0; ok && i < PACKETS; i++)
		ok = judge_one(&world, policy, seen);
out:
	wgward_policy_free(policy);
	return ok;
}

static void compare(const char *what, const struct size *most, u32 policies)
{
	struct seen seen = { 0 };
	bool ok = true;
	u32 i;

	for (i = 0; ok && i < policies; i++)
		ok = judge_policy(most, &seen);
	tap_result(ok, "%s: %u policies, %u packets each", what, policies,
		   PACKETS);
	tap_note(
		"%u passed, %u dropped, %u rejected, %u audited, %u without service, by rule %u, default %u, unowned %u, expired %u, same address %u",
		seen.pass, seen.drop, seen.reject, seen.audited, seen.unread,
		seen.reasons[WGWARD_REASON_RULE],
		seen.reasons[WGWARD_REASON_DEFAULT],
		seen.reasons[WGWARD_REASON_UNOWNED],
		seen.reasons[WGWARD_REASON_NODE_EXPIRED],
		seen.reasons[WGWARD_REASON_SAME_ADDRESS]);
	tap_result(seen.pass && seen.drop && seen.reject && seen.audited &&
			   seen.unread && seen.nodes &&
			   seen.reasons[WGWARD_REASON_RULE] &&
			   seen.reasons[WGWARD_REASON_DEFAULT] &&
			   seen.reasons[WGWARD_REASON_UNOWNED] &&
			   seen.reasons[WGWARD_REASON_NODE_EXPIRED] &&
			   seen.reasons[WGWARD_REASON_SAME_ADDRESS],
		   "%s: all kinds of verdicts were met", what);
}

int main(void)
{
	static const struct size few = { 1, 3, 2, 3 };
	static const struct size some = { 2, 8, 4, 8 };
	static const struct size many = { 4, 24, 8, 40 };
	static const struct size crowd = { 1, 3, 2, 60 };

	random_begin();
	compare("few objects", &few, POLICIES);
	compare("some objects", &some, POLICIES);
	compare("many objects", &many, POLICIES / 5);
	compare("many rules of few nodes", &crowd, POLICIES / 5);
	return tap_end();
}
