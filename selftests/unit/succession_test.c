// SPDX-License-Identifier: GPL-2.0
/* Which rule decides, case by case, where rules end or are audited. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "compiled.h"
#include "model.h"
#include "policy.h"
#include "tap.h"

#define MOST_RULES 8
#define MOST_QUESTIONS 10
#define POLICIES 1000
#define RANDOM_RULES 16

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

enum sides { ANY_TO_ANY, OPS_TO_ANY, ANY_TO_WEB, OPS_TO_WEB };

/* A rule for ports of TCP, 80 alone if none are given. */
struct rule {
	const char *name;
	u8 action;
	bool audit;
	u64 until;
	enum sides sides;
	u32 first, last;
};

/* What happens from alpha, of ops, to beta, of web; port 80 if none is given */
struct question {
	u64 now;
	u8 code;
	const char *rule;
	const char *audited;
	u8 audited_code;
	u32 port;
};

/**
 * struct situation - a policy and what it means
 * @name: of the test
 * @fallback: the default
 * @until: of node beta
 * @successions: how many there must be
 * @rules: up to the first without a name
 * @questions: up to the first at 0
 */
struct situation {
	const char *name;
	u8 fallback;
	u64 until;
	u32 successions;
	struct rule rules[MOST_RULES];
	struct question questions[MOST_QUESTIONS];
};

#define ALLOW WGWARD_ACTION_ALLOW
#define DENY WGWARD_ACTION_DENY
#define REJECT WGWARD_ACTION_REJECT
#define PASSES WGWARD_VERDICT_PASS
#define DROPS WGWARD_VERDICT_DROP
#define REJECTS WGWARD_VERDICT_REJECT

static const struct situation situations[] = {
	{
		"the example of compiled.h",
		DENY,
		0,
		1,
		{ { "d", DENY, false, 300, ANY_TO_ANY, 0, 0 },
		  { "e", DENY, true, 200, ANY_TO_ANY, 0, 0 },
		  { "f", DENY, true, 400, ANY_TO_ANY, 0, 0 },
		  { "p", ALLOW, false, 200, ANY_TO_ANY, 0, 0 },
		  { "q", ALLOW, false, 0, ANY_TO_ANY, 0, 0 },
		  { "r", ALLOW, false, 0, ANY_TO_ANY, 0, 0 } },
		{ { 250, DROPS, "d", NULL, 0, 0 },
		  { 299, DROPS, "d", NULL, 0, 0 },
		  { 300, PASSES, "q", "f", DROPS, 0 },
		  { 399, PASSES, "q", "f", DROPS, 0 },
		  { 400, PASSES, "q", NULL, 0, 0 } },
	},
	{
		"deny before reject before allow",
		ALLOW,
		0,
		0,
		{ { "a", ALLOW, false, 0, ANY_TO_ANY, 79, 81 },
		  { "b", REJECT, false, 0, ANY_TO_ANY, 80, 81 },
		  { "c", DENY, false, 0, ANY_TO_ANY, 81, 81 } },
		{ { 1, PASSES, "a", NULL, 0, 79 },
		  { 1, REJECTS, "b", NULL, 0, 80 },
		  { 1, DROPS, "c", NULL, 0, 81 },
		  { 1, PASSES, NULL, NULL, 0, 82 } },
	},
	{
		"a default that rejects",
		REJECT,
		0,
		1,
		{ { "a", ALLOW, true, 0, ANY_TO_ANY, 0, 0 },
		  { "b", ALLOW, false, 0, ANY_TO_ANY, 81, 81 } },
		{ { 1, REJECTS, NULL, "a", PASSES, 80 },
		  { 1, PASSES, "b", NULL, 0, 81 },
		  { 1, REJECTS, NULL, NULL, 0, 82 } },
	},
	{
		"an audited denial over what is allowed",
		DENY,
		0,
		1,
		{ { "a", ALLOW, false, 0, ANY_TO_ANY, 80, 81 },
		  { "b", DENY, true, 0, ANY_TO_ANY, 0, 0 } },
		{ { 1, PASSES, "a", "b", DROPS, 80 },
		  { 1, PASSES, "a", NULL, 0, 81 } },
	},
	{
		"audited rules that change nothing",
		DENY,
		0,
		3,
		{ { "a", DENY, true, 0, ANY_TO_ANY, 80, 80 },
		  { "b", DENY, true, 0, ANY_TO_ANY, 81, 81 },
		  { "c", DENY, false, 0, ANY_TO_ANY, 81, 81 },
		  { "d", ALLOW, true, 0, ANY_TO_ANY, 82, 82 },
		  { "e", ALLOW, false, 0, ANY_TO_ANY, 82, 82 },
		  { "f", ALLOW, true, 0, ANY_TO_ANY, 83, 83 },
		  { "a0", DENY, false, 0, ANY_TO_ANY, 83, 83 } },
		{ { 1, DROPS, NULL, NULL, 0, 80 },
		  { 1, DROPS, "c", NULL, 0, 81 },
		  { 1, PASSES, "e", NULL, 0, 82 },
		  { 1, DROPS, "a0", NULL, 0, 83 } },
	},
	{
		"an audited rejection is no denial",
		DENY,
		0,
		2,
		{ { "a", REJECT, true, 0, ANY_TO_ANY, 80, 80 },
		  { "b", DENY, false, 5, ANY_TO_ANY, 0, 0 },
		  { "c", DENY, true, 0, ANY_TO_ANY, 81, 81 },
		  { "d", REJECT, false, 0, ANY_TO_ANY, 81, 81 } },
		{ { 4, DROPS, "b", NULL, 0, 80 },
		  { 5, DROPS, NULL, "a", REJECTS, 80 },
		  { 5, REJECTS, "d", "c", DROPS, 81 } },
	},
	{
		"the strongest of audited rules hides the others",
		DENY,
		0,
		1,
		{ { "a", ALLOW, true, 0, ANY_TO_ANY, 0, 0 },
		  { "b", DENY, true, 10, ANY_TO_ANY, 0, 0 },
		  { "c", REJECT, true, 20, ANY_TO_ANY, 0, 0 },
		  { "d", ALLOW, false, 30, ANY_TO_ANY, 0, 0 } },
		{ { 9, PASSES, "d", "b", DROPS, 0 },
		  { 10, PASSES, "d", "c", REJECTS, 0 },
		  { 20, PASSES, "d", NULL, 0, 0 },
		  { 30, DROPS, NULL, "a", PASSES, 0 } },
	},
	{
		"of one action, the smaller name ends first",
		DENY,
		0,
		1,
		{ { "a", ALLOW, false, 10, ANY_TO_ANY, 0, 0 },
		  { "b", ALLOW, false, 20, ANY_TO_ANY, 0, 0 } },
		{ { 9, PASSES, "a", NULL, 0, 0 },
		  { 10, PASSES, "b", NULL, 0, 0 },
		  { 20, DROPS, NULL, NULL, 0, 0 } },
	},
	{
		"of one action, the smaller name ends last",
		DENY,
		0,
		1,
		{ { "a", ALLOW, false, 20, ANY_TO_ANY, 0, 0 },
		  { "b", ALLOW, false, 10, ANY_TO_ANY, 0, 0 } },
		{ { 9, PASSES, "a", NULL, 0, 0 },
		  { 10, PASSES, "a", NULL, 0, 0 },
		  { 20, DROPS, NULL, NULL, 0, 0 } },
	},
	{
		"rules that end together",
		REJECT,
		0,
		1,
		{ { "a", ALLOW, false, 10, ANY_TO_ANY, 0, 0 },
		  { "b", DENY, false, 10, ANY_TO_ANY, 0, 0 },
		  { "c", DENY, true, 10, ANY_TO_ANY, 0, 0 } },
		{ { 9, DROPS, "b", NULL, 0, 0 },
		  { 10, REJECTS, NULL, NULL, 0, 0 } },
	},
	{
		"all three actions, one after the other",
		DENY,
		0,
		1,
		{ { "a", ALLOW, false, 0, ANY_TO_ANY, 0, 0 },
		  { "b", REJECT, false, 20, ANY_TO_ANY, 0, 0 },
		  { "c", DENY, false, 10, ANY_TO_ANY, 0, 0 } },
		{ { 9, DROPS, "c", NULL, 0, 0 },
		  { 10, REJECTS, "b", NULL, 0, 0 },
		  { 20, PASSES, "a", NULL, 0, 0 } },
	},
	{
		"an end in the middle of a range",
		DENY,
		0,
		1,
		{ { "a", ALLOW, false, 0, ANY_TO_ANY, 1, 100 },
		  { "b", DENY, false, 10, ANY_TO_ANY, 50, 60 } },
		{ { 1, PASSES, "a", NULL, 0, 49 },
		  { 1, DROPS, "b", NULL, 0, 50 },
		  { 1, DROPS, "b", NULL, 0, 60 },
		  { 1, PASSES, "a", NULL, 0, 61 },
		  { 10, PASSES, "a", NULL, 0, 50 } },
	},
	{
		"rules of all four maps",
		DENY,
		0,
		5,
		{ { "a", DENY, false, 10, OPS_TO_WEB, 0, 0 },
		  { "b", REJECT, true, 40, OPS_TO_ANY, 0, 0 },
		  { "c", REJECT, false, 20, ANY_TO_WEB, 0, 0 },
		  { "d", ALLOW, false, 30, ANY_TO_ANY, 0, 0 },
		  { "e", DENY, true, 35, ANY_TO_ANY, 81, 81 },
		  { "f", ALLOW, false, 0, OPS_TO_WEB, 81, 81 } },
		{ { 9, DROPS, "a", NULL, 0, 80 },
		  { 10, REJECTS, "c", NULL, 0, 80 },
		  { 20, PASSES, "d", "b", REJECTS, 80 },
		  { 30, DROPS, NULL, "b", REJECTS, 80 },
		  { 40, DROPS, NULL, NULL, 0, 80 },
		  { 34, PASSES, "f", "e", DROPS, 81 },
		  { 35, PASSES, "f", NULL, 0, 81 } },
	},
	{
		"the same succession in several places",
		DENY,
		0,
		3,
		{ { "a", DENY, false, 10, ANY_TO_ANY, 10, 20 },
		  { "b", ALLOW, false, 0, ANY_TO_ANY, 15, 15 },
		  { "c", ALLOW, false, 0, ANY_TO_ANY, 15, 16 } },
		{ { 9, DROPS, "a", NULL, 0, 15 },
		  { 10, PASSES, "b", NULL, 0, 15 },
		  { 10, PASSES, "c", NULL, 0, 16 },
		  { 10, DROPS, NULL, NULL, 0, 17 } },
	},
	{
		"a node that ends",
		ALLOW,
		10,
		0,
		{ { "a", ALLOW, false, 0, ANY_TO_ANY, 0, 0 } },
		{ { 9, PASSES, "a", NULL, 0, 0 },
		  { 10, DROPS, NULL, NULL, 0, 0 },
		  { 11, DROPS, NULL, NULL, 0, 0 } },
	},
};

static void must(int error, const char *const *why)
{
	if (!error)
		return;
	tap_note("%s", *why);
	exit(1);
}

static struct in6_addr address_of(u32 last_byte)
{
	struct in6_addr address = { 0 };

	address.s6_addr32[0] = htonl(0x0a000000 + last_byte);
	return address;
}

static void add_node(struct wgward_policy *policy, const char *name, u32 group,
		     u32 last_byte, u64 until)
{
	struct wgward_prefix address = { address_of(last_byte), AF_INET, 32 };
	struct wgward_node node = {
		.key = { last_byte },
		.flags = group ? 0 : WGWARD_NODE_F_SELF,
		.address_count = 1,
		.addresses = &address,
		.group_count = 1,
		.groups = &group,
		.until = until,
	};
	const char *why = NULL;

	strcpy(node.name, name);
	must(wgward_policy_add_node(policy, &node, &why), &why);
}

static void add_rule(struct wgward_policy *policy, const struct rule *given)
{
	static u32 ops, web = 1;
	u32 first = given->first ?: 80;
	struct wgward_service service = { 6 << 16 | first,
					  6 << 16 | (given->last ?: first) };
	bool from_any = given->sides == ANY_TO_ANY ||
			given->sides == ANY_TO_WEB;
	bool to_any = given->sides == ANY_TO_ANY || given->sides == OPS_TO_ANY;
	struct wgward_rule rule = {
		.action = given->action,
		/* To log must not matter. */
		.flags = given->audit ? WGWARD_RULE_F_AUDIT : WGWARD_RULE_F_LOG,
		.until = given->until,
		.service_count = 1,
		.services = &service,
		.from = { .any = from_any,
			  .group_count = !from_any,
			  .groups = &ops },
		.to = { .any = to_any, .group_count = !to_any, .groups = &web },
	};
	const char *why = NULL;

	strcpy(rule.name, given->name);
	must(wgward_policy_add_rule(policy, &rule, &why), &why);
}

/* A policy without rules, of which beta ends at @until. */
static struct wgward_policy *make_nodes(u64 until)
{
	struct wgward_policy *policy = wgward_policy_create();
	const char *why = "no policy";

	must(!policy, &why);
	must(wgward_policy_add_group(policy, "ops", &why), &why);
	must(wgward_policy_add_group(policy, "web", &why), &why);
	add_node(policy, "alpha", 0, 1, 0);
	add_node(policy, "beta", 1, 2, until);
	return policy;
}

/* Adds the rules from number @first on, and then those before it. */
static struct wgward_policy *make(const struct situation *situation, u32 first)
{
	struct wgward_policy *policy = make_nodes(situation->until);
	const char *why = NULL;
	u32 i, rule;

	for (i = 0; i < MOST_RULES; i++) {
		rule = (first + i) % MOST_RULES;
		if (situation->rules[rule].name)
			add_rule(policy, &situation->rules[rule]);
	}
	policy->fallback = situation->fallback;
	must(wgward_policy_compile(policy, &why), &why);
	return policy;
}

static bool is_rule(const struct wgward_policy *policy, u32 index,
		    const char *name)
{
	if (index == WGWARD_NONE)
		return !name;
	return name && !strcmp(policy->rules[index].name, name);
}

static bool is_right(const struct wgward_policy *policy,
		     const struct question *question)
{
	u32 service = 6 << 16 | (question->port ?: 80);
	u8 audited = question->audited ? question->audited_code :
					 question->code;
	struct in6_addr source = address_of(1), destination = address_of(2);
	struct wgward_verdict verdict;

	wgward_policy_judge(policy, AF_INET, &source, &destination, 6, service,
			    question->now, &verdict);
	if (verdict.code == question->code && verdict.audited_code == audited &&
	    is_rule(policy, verdict.rule, question->rule) &&
	    is_rule(policy, verdict.audited, question->audited))
		return model_agrees(policy, AF_INET, &source, &destination, 6,
				    service, question->now);
	tap_note("at %llu, port %u: code %u, rule %d, audited %d, %u",
		 (unsigned long long)question->now, service & 0xffff,
		 verdict.code, verdict.rule, verdict.audited,
		 verdict.audited_code);
	return false;
}

/* Whether the weaker rules of each list end later, the last perhaps never. */
static bool is_ascending(const struct wgward_policy *policy, const u32 *ranks,
			 const u32 *end)
{
	u64 until, before;

	for (; ranks + 1 < end; ranks++) {
		before = policy->rules[ranks[0] & WGWARD_RANK_INDEX].until;
		until = policy->rules[ranks[1] & WGWARD_RANK_INDEX].until;
		if (ranks[0] >= ranks[1] || !before ||
		    (until && until <= before))
			return false;
	}
	return true;
}

/* There must be no more in the successions than what is going to decide. */
static bool is_tight(const struct wgward_policy *policy)
{
	const struct wgward_successions *successions =
		&policy->compiled->successions;
	const u32 *start = successions->start;
	u32 i;

	for (i = 0; i < 2 * successions->count; i++) {
		if (!is_ascending(policy, successions->rank + start[i],
				  successions->rank + start[i + 1])) {
			tap_note("succession %u", i / 2);
			return false;
		}
	}
	return true;
}

static bool holds(const struct situation *situation, u32 first)
{
	struct wgward_policy *policy = make(situation, first);
	bool ok = is_tight(policy);
	u32 i;

	for (i = 0; i < MOST_QUESTIONS && situation->questions[i].now; i++)
		ok = is_right(policy, &situation->questions[i]) && ok;
	if (policy->compiled->successions.count != situation->successions) {
		tap_note("%u successions", policy->compiled->successions.count);
		ok = false;
	}
	wgward_policy_free(policy);
	return ok;
}

/* Rules that meet everywhere, most of which end or are audited. */
static struct wgward_policy *make_random(void)
{
	struct wgward_policy *policy = make_nodes(0);
	u32 i, count = random_below(RANDOM_RULES + 1);
	struct rule rule;
	const char *why;
	char name[2];

	for (i = 0; i < count; i++) {
		name[0] = 'a' + i;
		name[1] = 0;
		rule.name = name;
		rule.action = random_below(WGWARD_ACTION_MAX + 1);
		rule.audit = random_once_in(3);
		rule.until = random_once_in(6) ? 0 : 1 + random_below(12);
		rule.sides = random_once_in(3) ? random_below(4) : OPS_TO_WEB;
		rule.first = 1 + random_below(6);
		rule.last = rule.first + random_below(6);
		add_rule(policy, &rule);
	}
	policy->fallback = random_below(WGWARD_ACTION_MAX + 1);
	must(wgward_policy_compile(policy, &why), &why);
	return policy;
}

/* At every point of time and for every port; both ways, and from strangers. */
static bool agrees_everywhere(const struct wgward_policy *policy)
{
	struct in6_addr ends[] = { address_of(1), address_of(2),
				   address_of(3) };
	u32 port, from, to;
	u64 now;

	for (now = 0; now < 14; now++) {
		for (port = 0; port < 14; port++) {
			from = random_below(3);
			to = (from + 1 + random_below(2)) % 3;
			if (!model_agrees(policy, AF_INET, &ends[0], &ends[1],
					  6, 6 << 16 | port, now) ||
			    !model_agrees(policy, AF_INET, &ends[from],
					  &ends[to], 6, 6 << 16 | port, now))
				return false;
		}
	}
	return true;
}

static void test_random(void)
{
	struct wgward_policy *policy;
	u32 i, successions = 0;
	bool ok = true;

	for (i = 0; ok && i < POLICIES; i++) {
		policy = make_random();
		ok = is_tight(policy) && agrees_everywhere(policy);
		successions += policy->compiled->successions.count;
		wgward_policy_free(policy);
	}
	tap_result(ok && successions > POLICIES,
		   "%u policies at all times, %u successions", POLICIES,
		   successions);
}

int main(void)
{
	u32 i, first;
	bool ok;

	for (i = 0; i < LENGTH_OF(situations); i++) {
		ok = true;
		for (first = 0; first < MOST_RULES; first++)
			ok = holds(&situations[i], first) && ok;
		tap_result(ok, "%s", situations[i].name);
	}
	random_begin();
	test_random();
	return tap_end();
}
