// SPDX-License-Identifier: GPL-2.0
/* Large policies are right, and those beyond a limit are refused by name. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "compiled.h"
#include "generate.h"
#include "mesh.h"
#include "model.h"
#include "policy.h"
#include "tap.h"

#define ALL WGWARD_NONE

static u32 all_groups[WGWARD_MAX_GROUPS];

static void die(const char *why)
{
	tap_note("%s", why);
	exit(1);
}

/* Compares @points pairs of nodes' addresses, and of others, with the model. */
static bool sample(const struct wgward_policy *policy, u32 points)
{
	u32 nodes = policy->node_count + 3;
	struct in6_addr source, destination;
	u32 i, service;
	u8 family;

	for (i = 0; i < points; i++) {
		family = random_once_in(2) ? AF_INET : AF_INET6;
		source = mesh_address(family, random_below(nodes));
		destination = mesh_address(family, random_below(nodes));
		service = 6 << 16 | random_below(1024);
		if (policy->rule_count && !random_once_in(4))
			service =
				policy->rules[random_below(policy->rule_count)]
					.services[0]
					.first;
		if (!model_agrees(policy, family, &source, &destination, 6,
				  service, generate_now()))
			return false;
	}
	return true;
}

/*
 * Whether it compiles, judges as the model does and joins so many @pairs of
 * classes, if not ALL; frees it.
 */
static void expect_right(struct wgward_policy *policy, u32 points, u32 pairs,
			 const char *what)
{
	const char *why = NULL;
	bool ok;

	ok = !wgward_policy_compile(policy, &why);
	if (!ok)
		tap_note("%s", why);
	ok = ok && sample(policy, points);
	tap_result(ok, "%s", what);
	if (ok && pairs != ALL)
		tap_result(policy->compiled->matrix.pair_count == pairs,
			   "%s: %u pairs of classes", what,
			   policy->compiled->matrix.pair_count);
	wgward_policy_free(policy);
}

/* Whether compiling is refused for the limit that is called @limit. */
static void expect_refused(struct wgward_policy *policy, const char *limit,
			   const char *what)
{
	const char *why = "nothing";
	int error = wgward_policy_compile(policy, &why);

	if (!tap_result(error == -E2BIG && strstr(why, limit) &&
				!policy->compiled,
			"%s: %s", what, why))
		tap_note("%d", error);
	wgward_policy_free(policy);
}

/* A policy of @count groups with one node each and no rules. */
static struct wgward_policy *ring(u32 count)
{
	struct wgward_policy *policy = wgward_policy_create();
	const char *why = "no policy";
	u32 i;

	if (!policy || mesh_add_groups(policy, count, &why))
		die(why);
	for (i = 0; i < count; i++) {
		if (mesh_add_node(policy, i, &i, 1, &why))
			die(why);
	}
	policy->fallback = WGWARD_ACTION_DENY;
	return policy;
}

static void add_rule(struct wgward_policy *policy, u32 i, u32 from, u32 to,
		     u32 service)
{
	const char *why;

	if (mesh_add_rule(policy, i, from, to, service, &why))
		die(why);
}

/* Adds a rule for all services, from and to selectors as they are given. */
static void add_wide(struct wgward_policy *policy,
		     const struct wgward_selector *from,
		     const struct wgward_selector *to)
{
	struct wgward_service all = { 0, WGWARD_SERVICE_MAX };
	struct wgward_rule rule = {
		.service_count = 1,
		.services = &all,
		.from = *from,
		.to = *to,
	};
	const char *why;

	snprintf(rule.name, sizeof(rule.name), "wide-%u", policy->rule_count);
	if (wgward_policy_add_rule(policy, &rule, &why))
		die(why);
}

static struct wgward_selector groups_from(u32 first, u32 count)
{
	return (struct wgward_selector){
		.group_count = count,
		.groups = all_groups + first,
	};
}

static void test_meshes(void)
{
	static const struct mesh mesh = { 10000, 100, 10000 };
	static const struct mesh most = { WGWARD_MAX_NODES, 64,
					  WGWARD_MAX_RULES };
	struct wgward_policy *policy;
	u32 i;

	expect_right(mesh_policy(&mesh), 400, ALL,
		     "10000 nodes, 10000 rules, 100 groups");
	expect_right(mesh_policy(&most), 40, ALL,
		     "65535 nodes, 65535 rules, 64 groups");

	/* Most pairs of many classes have nothing to do with one another. */
	policy = ring(WGWARD_MAX_GROUPS);
	for (i = 0; i < WGWARD_MAX_GROUPS; i++)
		add_rule(policy, i, i, (i + 1) % WGWARD_MAX_GROUPS,
			 6 << 16 | i % 1024);
	expect_right(policy, 400, WGWARD_MAX_GROUPS,
		     "4096 groups, each with the next");
}

static void test_wildcards(void)
{
	struct wgward_policy *policy = ring(1000);
	u32 i;

	for (i = 0; i < 10000; i++)
		add_rule(policy, i, ALL, ALL, 6 << 16 | i);
	expect_right(policy, 400, 0, "10000 rules from any to any");

	policy = ring(1000);
	for (i = 0; i < 10000; i++)
		add_rule(policy, i, i % 2 ? ALL : i % 1000,
			 i % 2 ? i % 1000 : ALL, 6 << 16 | i % 1024);
	expect_right(policy, 400, 0, "10000 rules from or to any");
}

static void test_many_prefixes(void)
{
	struct wgward_prefix *prefixes;
	struct wgward_selector from = { .prefix_count =
						WGWARD_MAX_PREFIXES - 4 };
	struct wgward_selector to = { .any = true };
	struct wgward_policy *policy = ring(2);
	const char *why = "";
	struct in6_addr source, destination;
	struct wgward_prefix one;
	bool ok = true;
	u32 i;

	prefixes = calloc(from.prefix_count, sizeof(*prefixes));
	if (!prefixes)
		die("no memory");
	for (i = 0; i < from.prefix_count; i++) {
		prefixes[i].family = AF_INET;
		prefixes[i].length = 31 + i % 2;
		/* Half of them inside the other half. */
		prefixes[i].address.s6_addr32[0] =
			htonl(0x0b000000 + i / 2 * 4);
	}
	from.prefixes = prefixes;
	add_wide(policy, &from, &to);
	one = prefixes[0];
	ok = wgward_policy_add_network(policy, &one, &why) == -E2BIG &&
	     strstr(why, "1048576");
	tap_result(ok, "one prefix more: %s", why);
	ok = !wgward_policy_compile(policy, &why);
	for (i = 0; ok && i < 20; i++) {
		memset(&source, 0, sizeof(source));
		source.s6_addr32[0] =
			htonl(0x0b000000 + random_below(0x210000));
		destination = mesh_address(AF_INET, i % 2);
		ok = model_agrees(policy, AF_INET, &source, &destination, 6,
				  6 << 16, 0);
	}
	tap_result(ok, "1048576 prefixes");
	wgward_policy_free(policy);
	free(prefixes);
}

static void test_object_limits(void)
{
	struct wgward_prefix network = { .family = AF_INET, .length = 32 };
	struct wgward_policy *policy = wgward_policy_create();
	struct wgward_service service = { 0, 0 };
	struct wgward_rule rule = {
		.name = "terms",
		.services = &service,
		.from.any = true,
		.to.any = true,
	};
	const char *why = "";
	int error;
	bool ok;
	u32 i;

	for (i = 0, error = 0; !error; i++) {
		network.address.s6_addr32[0] = i;
		error = wgward_policy_add_network(policy, &network, &why);
	}
	tap_result(error == -E2BIG && i == WGWARD_MAX_NETWORKS + 1, "%s", why);

	error = mesh_add_groups(policy, WGWARD_MAX_GROUPS + 1, &why);
	tap_result(error == -E2BIG && policy->group_count == WGWARD_MAX_GROUPS,
		   "%s", why);
	for (i = 0, error = 0; !error; i++)
		error = mesh_add_node(policy, i, NULL, 0, &why);
	tap_result(error == -E2BIG && policy->node_count == WGWARD_MAX_NODES,
		   "%s", why);
	for (i = 0, error = 0; !error; i++)
		error = mesh_add_rule(policy, i, ALL, ALL, 0, &why);
	tap_result(error == -E2BIG && policy->rule_count == WGWARD_MAX_RULES,
		   "%s", why);
	rule.service_count = WGWARD_MAX_TERMS;
	ok = wgward_policy_add_rule(policy, &rule, &why) == -E2BIG &&
	     strstr(why, "4194304");
	tap_result(ok, "%s", why);
	rule.service_count = 1;
	rule.from.prefix_count = U32_MAX;
	rule.from.except_prefix_count = U32_MAX;
	ok = wgward_policy_add_rule(policy, &rule, &why) == -E2BIG &&
	     strstr(why, "1048576");
	tap_result(ok, "%s", why);
	wgward_policy_free(policy);
}

static void test_compile_limits(void)
{
	struct wgward_prefix far = { .family = AF_INET, .length = 32 };
	struct wgward_selector any = { .any = true,
				       .except_prefix_count = 1,
				       .except_prefixes = &far };
	struct wgward_selector all, one, every = { .any = true };
	struct wgward_policy *policy;
	u32 i;

	all = groups_from(0, 2100);
	policy = ring(2100);
	add_wide(policy, &all, &all);
	for (i = 0; i < 2100; i++)
		add_rule(policy, i, i, i, 0);
	expect_refused(policy, "4194304", "2100 by 2100 classes");

	all = groups_from(0, 2000);
	policy = ring(2000);
	for (i = 0; i < 17; i++)
		add_wide(policy, &all, &all);
	for (i = 0; i < 2000; i++)
		add_rule(policy, i, i, i, 0);
	expect_refused(policy, "67108864", "2000 by 2000 classes, 17 rules");

	policy = ring(WGWARD_MAX_GROUPS);
	for (i = 0; i < 16500; i++)
		add_wide(policy, &any, &every);
	expect_refused(policy, "67108864", "4096 sources of 16500 rules");

	policy = ring(WGWARD_MAX_GROUPS);
	for (i = 0; i < 10; i++)
		add_wide(policy, &any, &every);
	for (i = 0; i < WGWARD_MAX_GROUPS; i++) {
		one = (struct wgward_selector){
			.any = true,
			.except_group_count = 1,
			.except_groups = all_groups + i,
		};
		add_wide(policy, &one, &every);
	}
	expect_refused(policy, "16777216", "4096 classes of 4105 rules");

	all = groups_from(0, 1000);
	policy = ring(1000);
	for (i = 0; i < 15; i++)
		add_wide(policy, &all, &all);
	for (i = 0; i < 1000; i++) {
		one = groups_from(i, 1);
		add_wide(policy, &one, &all);
		add_wide(policy, &all, &one);
	}
	expect_refused(policy, "33554432", "a million lists of 17 rules");
}

/* Every pair of classes has a service map of its own, a long one. */
static void test_service_limit(void)
{
	struct wgward_selector all = groups_from(0, 100), one;
	static struct wgward_service services[500];
	struct wgward_policy *policy = ring(100);
	struct wgward_rule rule = {
		.services = services,
		.service_count = 500,
	};
	const char *why;
	u32 i, j;

	for (i = 0; i < 200; i++) {
		one = groups_from(i / 2, 1);
		rule.from = i % 2 ? all : one;
		rule.to = i % 2 ? one : all;
		for (j = 0; j < 500; j++) {
			services[j].first = 6 << 16 | (j * 100 + i % 2 * 50);
			services[j].last = services[j].first + 10;
		}
		snprintf(rule.name, sizeof(rule.name), "services-%u", i);
		if (wgward_policy_add_rule(policy, &rule, &why))
			die(why);
	}
	expect_refused(policy, "4194304", "10000 maps of 2000 intervals");
}

/*
 * Every pair of classes has a map of many ranges, which is one interval in the
 * end: what is painted must be bounded, not only what comes out.
 */
static void test_paint_limit(void)
{
	static struct wgward_service services[1000];
	struct wgward_selector all = groups_from(0, 200);
	struct wgward_policy *policy = ring(200);
	struct wgward_rule rule = {
		.action = WGWARD_ACTION_ALLOW,
		.services = services,
		.to.any = true,
	};
	struct wgward_service most = { 0, WGWARD_SERVICE_MAX - 1 };
	const char *why;
	u32 i, j;

	for (i = 0; i < 200; i++) {
		for (j = 0; j < 1000; j++) {
			services[j].first = 2 * (j * 200 + i);
			services[j].last = services[j].first;
		}
		rule.service_count = 1000;
		rule.from = all;
		rule.from.except_group_count = 1;
		rule.from.except_groups = all_groups + i;
		snprintf(rule.name, sizeof(rule.name), "painted-%u", i);
		if (wgward_policy_add_rule(policy, &rule, &why))
			die(why);
	}
	rule = (struct wgward_rule){
		.name = "over",
		.action = WGWARD_ACTION_DENY,
		.service_count = 1,
		.services = &most,
		.from = all,
		.to.any = true,
	};
	if (wgward_policy_add_rule(policy, &rule, &why))
		die(why);
	expect_refused(policy, "33554432 steps", "200 maps of 199000 ranges");
}

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/*
 * Rules from any to any, each later in strength than the one before, which
 * end one after the other; rule i is for all services from the i-th @step on.
 */
static struct wgward_policy *ending(u32 count, u32 step)
{
	struct wgward_policy *policy = ring(2);
	struct wgward_service service = { 0, WGWARD_SERVICE_MAX };
	struct wgward_rule rule = {
		.service_count = 1,
		.services = &service,
		.from.any = true,
		.to.any = true,
	};
	const char *why;
	u32 i;

	for (i = 0; i < count; i++) {
		rule.flags = i % 3 ? 0 : WGWARD_RULE_F_AUDIT;
		rule.action = i < count / 2 ? WGWARD_ACTION_DENY :
					      WGWARD_ACTION_ALLOW;
		rule.until = 1 + i;
		service.first = i * step;
		snprintf(rule.name, sizeof(rule.name), "ends-%05u", i);
		if (wgward_policy_add_rule(policy, &rule, &why))
			die(why);
	}
	return policy;
}

/* At the beginning, in the middle, at the end of a long succession. */
static void test_succession(void)
{
	struct in6_addr source = mesh_address(AF_INET, 0);
	struct in6_addr destination = mesh_address(AF_INET, 1);
	u32 i, count = WGWARD_MAX_RULES;
	struct wgward_policy *policy = ending(count, 0);
	const char *why = NULL;
	bool ok;

	ok = !wgward_policy_compile(policy, &why);
	for (i = 0; ok && i < 40; i++)
		ok = model_agrees(policy, AF_INET, &source, &destination, 6,
				  6 << 16, random_below(count + 2));
	for (i = 0; ok && i < 4; i++)
		ok = model_agrees(policy, AF_INET, &source, &destination, 6,
				  6 << 16, i) &&
		     model_agrees(policy, AF_INET, &source, &destination, 6,
				  6 << 16, count - 2 + i);
	tap_result(ok, "65535 rules, of which each ends after the last");
	wgward_policy_free(policy);
}

/*
 * All rules end and stand on half of all @ports: those whose number has the
 * bit of the rule, of a few, so that each port has a succession of its own.
 */
static struct wgward_policy *ending_apart(u32 rules, u32 ports)
{
	struct wgward_service *services = calloc(ports, sizeof(*services));
	struct wgward_policy *policy = ring(2);
	struct wgward_rule rule = {
		.services = services,
		.from.any = true,
		.to.any = true,
	};
	const char *why;
	u32 i, port;

	if (!services)
		die("no memory");
	for (i = 0; i < rules; i++) {
		rule.service_count = 0;
		for (port = 0; port < ports; port++) {
			if (port >> i % 16 & 1)
				services[rule.service_count++] =
					(struct wgward_service){ port, port };
		}
		rule.until = 1 + i;
		snprintf(rule.name, sizeof(rule.name), "apart-%05u", i);
		if (wgward_policy_add_rule(policy, &rule, &why))
			die(why);
	}
	free(services);
	return policy;
}

static void test_succession_limits(void)
{
	double begin = cpu_seconds();

	expect_refused(ending(10000, 1000), "33554432 steps",
		       "10000 rules that end, on 5000 of 10000 ranges");
	expect_refused(ending(3000, 1000), "4194304 times",
		       "3000 successions of 1500 rules");
	expect_refused(ending_apart(96, 65536), "33554432 steps",
		       "65536 ports with successions of their own");
	tap_note("%.2f s", cpu_seconds() - begin);
}

/*
 * A node in all groups, with a route that carries them and @count prefixes of
 * a rule in it, so that each prefix meets each group; the second half of the
 * groups is named by rules if @named.
 */
static struct wgward_policy *crossing(u32 count, bool named)
{
	static struct wgward_prefix prefixes[60000];
	struct wgward_prefix route = { .family = AF_INET, .length = 8 };
	struct wgward_prefix address = { mesh_address(AF_INET, 0), AF_INET,
					 32 };
	struct wgward_node node = {
		.name = "all",
		.key = { 1 },
		.flags = WGWARD_NODE_F_SELF | WGWARD_NODE_F_ROUTE_GROUPS,
		.address_count = 1,
		.addresses = &address,
		.route_count = 1,
		.routes = &route,
		.group_count = WGWARD_MAX_GROUPS,
		.groups = all_groups,
	};
	struct wgward_policy *policy = wgward_policy_create();
	struct wgward_selector from = { .prefix_count = count,
					.prefixes = prefixes };
	struct wgward_selector any = { .any = true }, one;
	const char *why = "no policy";
	u32 i;

	route.address.s6_addr32[0] = htonl(0x20000000);
	for (i = 0; i < count; i++) {
		prefixes[i] = route;
		prefixes[i].length = 32;
		prefixes[i].address.s6_addr32[0] = htonl(0x20000000 + i);
	}
	if (!policy || mesh_add_groups(policy, WGWARD_MAX_GROUPS, &why) ||
	    wgward_policy_add_node(policy, &node, &why))
		die(why);
	policy->fallback = WGWARD_ACTION_DENY;
	add_wide(policy, &from, &any);
	for (i = WGWARD_MAX_GROUPS / 2; named && i < WGWARD_MAX_GROUPS; i++) {
		one = any;
		one.except_group_count = 1;
		one.except_groups = all_groups + i;
		add_wide(policy, &from, &one);
		from.prefix_count = 1;
	}
	return policy;
}

/* Groups that no rule names cost nothing; those that a rule names, count. */
static void test_crossing(void)
{
	double begin, few, many;

	begin = cpu_seconds();
	expect_right(crossing(500, false), 10, ALL, "500 prefixes by groups");
	few = cpu_seconds() - begin;
	begin = cpu_seconds();
	expect_right(crossing(60000, false), 10, ALL,
		     "60000 prefixes by groups");
	many = cpu_seconds() - begin;
	tap_result(many < 1 + few, "it takes %.2f s, and %.2f s", few, many);
	expect_refused(crossing(40000, true), "67108864",
		       "40000 prefixes by 2048 groups");
}

int main(void)
{
	u32 i;

	random_begin();
	for (i = 0; i < WGWARD_MAX_GROUPS; i++)
		all_groups[i] = i;
	test_meshes();
	test_wildcards();
	test_many_prefixes();
	test_object_limits();
	test_compile_limits();
	test_service_limit();
	test_paint_limit();
	test_succession();
	test_succession_limits();
	test_crossing();
	return tap_end();
}
