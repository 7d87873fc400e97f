// SPDX-License-Identifier: GPL-2.0
/* What a policy refuses to take in, and that it then is as it was. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "names.h"
#include "policy.h"
#include "tap.h"

#define LONG_NAME \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static struct wgward_prefix prefix(const char *address, u8 length)
{
	struct wgward_prefix prefix = {
		.family = strchr(address, ':') ? AF_INET6 : AF_INET,
		.length = length,
	};

	if (inet_pton(prefix.family, address, &prefix.address) != 1)
		abort();
	return prefix;
}

/* A node that can be added to small_policy(), to be spoilt. */
struct sample_node {
	struct wgward_node node;
	struct wgward_prefix addresses[2], routes[2];
	u32 groups[2];
};

static void sample_node(struct sample_node *sample)
{
	memset(sample, 0, sizeof(*sample));
	strcpy(sample->node.name, "beta");
	sample->node.key[0] = 2;
	sample->addresses[0] = prefix("10.0.0.2", 32);
	sample->addresses[1] = prefix("fd00::2", 128);
	sample->routes[0] = prefix("192.168.0.0", 16);
	sample->routes[1] = prefix("fd07::", 64);
	sample->node.address_count = 2;
	sample->node.route_count = 2;
	sample->node.group_count = 1;
	sample->node.addresses = sample->addresses;
	sample->node.routes = sample->routes;
	sample->node.groups = sample->groups;
}

struct sample_rule {
	struct wgward_rule rule;
	struct wgward_service services[2];
	struct wgward_prefix prefixes[2];
	u32 groups[2];
};

static void sample_rule(struct sample_rule *sample)
{
	memset(sample, 0, sizeof(*sample));
	strcpy(sample->rule.name, "web");
	sample->services[0].first = 6 << 16 | 80;
	sample->services[0].last = 6 << 16 | 80;
	sample->prefixes[0] = prefix("10.0.0.0", 8);
	sample->rule.service_count = 1;
	sample->rule.services = sample->services;
	sample->rule.from.group_count = 1;
	sample->rule.from.groups = sample->groups;
	sample->rule.to.prefix_count = 1;
	sample->rule.to.prefixes = sample->prefixes;
	sample->rule.from.except_prefixes = sample->prefixes + 1;
	sample->rule.from.except_groups = sample->groups + 1;
}

/* A policy of one node, alpha with 10.0.0.1, in one group, ops. */
static struct wgward_policy *small_policy(void)
{
	struct wgward_policy *policy = wgward_policy_create();
	struct sample_node sample;
	const char *why;

	sample_node(&sample);
	strcpy(sample.node.name, "alpha");
	sample.node.key[0] = 1;
	sample.node.flags = WGWARD_NODE_F_SELF;
	sample.addresses[0] = prefix("10.0.0.1", 32);
	sample.node.address_count = 1;
	sample.routes[0] = prefix("172.16.0.0", 12);
	sample.node.route_count = 1;
	if (!policy || wgward_policy_add_group(policy, "ops", &why) ||
	    wgward_policy_add_node(policy, &sample.node, &why))
		abort();
	policy->fallback = WGWARD_ACTION_DENY;
	return policy;
}

/* A refusal must say why, in one line without a newline. */
static bool refused(int error, int expected, const char **why)
{
	bool ok = error == expected && *why && strlen(*why) > 8 &&
		  !strchr(*why, '\n');

	if (!ok)
		tap_note("%d instead of %d: %s", error, expected,
			 *why ? *why : "(nothing)");
	*why = NULL;
	return ok;
}

struct bad_node {
	const char *name;
	int error;
	void (*spoil)(struct sample_node *sample);
};

static void no_name(struct sample_node *s)
{
	s->node.name[0] = 0;
}
static void endless_name(struct sample_node *s)
{
	memset(s->node.name, 'a', sizeof(s->node.name));
}
static void capital_name(struct sample_node *s)
{
	s->node.name[0] = 'B';
}
static void plus_name(struct sample_node *s)
{
	s->node.name[1] = '+';
}
static void any_name(struct sample_node *s)
{
	strcpy(s->node.name, "any");
}
static void same_name(struct sample_node *s)
{
	strcpy(s->node.name, "alpha");
}
static void zero_key(struct sample_node *s)
{
	s->node.key[0] = 0;
}
static void same_key(struct sample_node *s)
{
	s->node.key[0] = 1;
}
static void odd_flags(struct sample_node *s)
{
	s->node.flags = WGWARD_NODE_F_CHANGED << 1;
}
static void no_address(struct sample_node *s)
{
	s->node.address_count = 0;
}
static void short_address(struct sample_node *s)
{
	s->addresses[0] = prefix("10.0.0.0", 31);
}
static void short_address6(struct sample_node *s)
{
	s->addresses[1].length = 127;
}
static void long_address(struct sample_node *s)
{
	s->addresses[0].length = 33;
}
static void long_route6(struct sample_node *s)
{
	s->routes[1].length = 129;
}
static void odd_family(struct sample_node *s)
{
	s->routes[0].family = 1;
}
static void host_bit(struct sample_node *s)
{
	s->routes[0].length = 12;
}
static void host_bit6(struct sample_node *s)
{
	s->routes[1].address.s6_addr[8] = 0x80;
}
static void rest_of_ipv4(struct sample_node *s)
{
	s->addresses[0].address.s6_addr[15] = 1;
}
static void taken_address(struct sample_node *s)
{
	s->addresses[0] = prefix("10.0.0.1", 32);
}
static void taken_route(struct sample_node *s)
{
	s->routes[1] = prefix("172.16.0.0", 12);
}
static void twice_address(struct sample_node *s)
{
	s->addresses[1] = s->addresses[0];
}
static void address_as_route(struct sample_node *s)
{
	s->routes[1] = s->addresses[1];
}
static void unknown_group(struct sample_node *s)
{
	s->groups[0] = 1;
}
static void twice_group(struct sample_node *s)
{
	s->node.group_count = 2;
}
static void bad_relay(struct sample_node *s)
{
	s->node.relay = (char *)"A";
}
static void no_endpoint(struct sample_node *s)
{
	s->node.endpoint = (char *)"";
}
static void odd_endpoint(struct sample_node *s)
{
	s->node.endpoint = (char *)"a\nb:1";
}
static void long_endpoint(struct sample_node *s)
{
	static char endpoint[WGWARD_ENDPOINT_LEN + 2];

	memset(endpoint, 'a', sizeof(endpoint) - 1);
	s->node.endpoint = endpoint;
}

static void node_until(struct sample_node *s)
{
	s->node.until = U64_MAX;
}

static const struct bad_node bad_nodes[] = {
	{ "no name", -EINVAL, no_name },
	{ "a name without an end", -EINVAL, endless_name },
	{ "a capital", -EINVAL, capital_name },
	{ "a + in a node's name", -EINVAL, plus_name },
	{ "the name any", -EINVAL, any_name },
	{ "a name that is taken", -EEXIST, same_name },
	{ "no key", -EINVAL, zero_key },
	{ "a key that is taken", -EEXIST, same_key },
	{ "unknown flags", -EINVAL, odd_flags },
	{ "no address", -EINVAL, no_address },
	{ "an IPv4 address with a length", -EINVAL, short_address },
	{ "an IPv6 address with a length", -EINVAL, short_address6 },
	{ "33 bits of IPv4", -EINVAL, long_address },
	{ "129 bits of IPv6", -EINVAL, long_route6 },
	{ "an unknown family", -EINVAL, odd_family },
	{ "host bits of IPv4", -EINVAL, host_bit },
	{ "host bits of IPv6", -EINVAL, host_bit6 },
	{ "bits behind IPv4", -EINVAL, rest_of_ipv4 },
	{ "an address that is taken", -EEXIST, taken_address },
	{ "a route that is taken", -EEXIST, taken_route },
	{ "an address given twice", -EEXIST, twice_address },
	{ "an address that is a route, too", -EEXIST, address_as_route },
	{ "an unknown group", -ENOENT, unknown_group },
	{ "a group twice", -EINVAL, twice_group },
	{ "a relay that cannot be", -EINVAL, bad_relay },
	{ "an empty endpoint", -EINVAL, no_endpoint },
	{ "a newline in an endpoint", -EINVAL, odd_endpoint },
	{ "a long endpoint", -EINVAL, long_endpoint },
	{ "an end that no clock shows", -EINVAL, node_until },
};

/* After a refusal everything is as before, so the sample can be added. */
static bool still_takes_node(struct wgward_policy *policy)
{
	struct sample_node sample;
	const char *why = "";
	u32 node;

	sample_node(&sample);
	if (policy->node_count != 1 || policy->prefix_count != 2 ||
	    policy->groups[0].node_count != 1 ||
	    wgward_policy_add_node(policy, &sample.node, &why)) {
		tap_note("not as before: %s", why);
		return false;
	}
	node = wgward_policy_find_node(policy, "beta");
	return node == 1 &&
	       wgward_policy_find_node_by_key(policy, sample.node.key) == 1 &&
	       policy->nodes[1].id == WGWARD_NONE &&
	       policy->groups[0].node_count == 2 &&
	       !wgward_policy_compile(policy, &why);
}

static void test_nodes(void)
{
	struct wgward_policy *policy;
	struct sample_node sample;
	const char *why;
	bool ok;
	u32 i;

	for (i = 0; i < sizeof(bad_nodes) / sizeof(bad_nodes[0]); i++) {
		policy = small_policy();
		sample_node(&sample);
		bad_nodes[i].spoil(&sample);
		why = NULL;
		ok = refused(wgward_policy_add_node(policy, &sample.node, &why),
			     bad_nodes[i].error, &why);
		ok = still_takes_node(policy) && ok;
		tap_result(ok, "node with %s", bad_nodes[i].name);
		wgward_policy_free(policy);
	}
}

/* Whether both have the same in the same slots. */
static bool tables_equal(const struct wgward_table *a,
			 const struct wgward_table *b)
{
	return a->count == b->count && a->mask == b->mask &&
	       !memcmp(a->slots, b->slots,
		       ((size_t)a->mask + 1) * sizeof(*a->slots));
}

/*
 * A node of many addresses, the last of which is taken, is refused again and
 * again. What the earlier attempts took must not be in the way of later ones.
 */
static void test_refused_again(void)
{
	static struct wgward_prefix addresses[2000];
	struct wgward_policy *policy = small_policy();
	struct wgward_table *table = &policy->names->prefixes;
	struct wgward_table before = { 0 };
	struct sample_node sample;
	bool ok = true;
	const char *why;
	u32 i;

	sample_node(&sample);
	for (i = 0; i < 2000; i++) {
		addresses[i] = prefix("11.0.0.0", 32);
		addresses[i].address.s6_addr32[0] = htonl(0x0b000000 + i);
	}
	addresses[i - 1] = prefix("10.0.0.1", 32);
	sample.node.address_count = i;
	sample.node.addresses = addresses;
	/* As many slots as it will have, so that they can be compared. */
	if (wgward_table_reserve(table, i + 2) ||
	    wgward_table_reserve(&before, i + 4))
		abort();
	memcpy(before.slots, table->slots,
	       ((size_t)table->mask + 1) * sizeof(*table->slots));
	before.count = table->count;
	for (i = 0; ok && i < 200; i++) {
		why = NULL;
		ok = refused(wgward_policy_add_node(policy, &sample.node, &why),
			     -EEXIST, &why) &&
		     tables_equal(table, &before);
	}
	if (!ok)
		tap_note("%u prefixes instead of %u after %u attempts",
			 table->count, before.count, i);
	tap_result(ok, "a node refused 200 times leaves no prefixes");
	sample.node.address_count--;
	tap_result(!wgward_policy_add_node(policy, &sample.node, &why),
		   "it is taken without the address that was taken");
	wgward_table_free(&before);
	wgward_policy_free(policy);
}

struct bad_rule {
	const char *name;
	int error;
	void (*spoil)(struct sample_rule *sample);
};

static void rule_no_name(struct sample_rule *s)
{
	s->rule.name[0] = 0;
}
static void rule_endless(struct sample_rule *s)
{
	memset(s->rule.name, 'a', sizeof(s->rule.name));
}
static void rule_action(struct sample_rule *s)
{
	s->rule.action = WGWARD_ACTION_MAX + 1;
}
static void rule_flags(struct sample_rule *s)
{
	s->rule.flags = WGWARD_RULE_F_AUDIT | WGWARD_RULE_F_CHANGED << 1;
}
static void rule_until(struct sample_rule *s)
{
	s->rule.until = 1ULL << 63;
}
static void no_service(struct sample_rule *s)
{
	s->rule.service_count = 0;
}
static void service_order(struct sample_rule *s)
{
	s->services[0].last--;
}
static void service_range(struct sample_rule *s)
{
	s->services[0].last = WGWARD_SERVICE_MAX + 1;
}
static void nothing_from(struct sample_rule *s)
{
	s->rule.from.group_count = 0;
	s->rule.from.except_group_count = 1;
}
static void nothing_to(struct sample_rule *s)
{
	s->rule.to.prefix_count = 0;
}
static void from_unknown(struct sample_rule *s)
{
	s->groups[0] = 7;
}
static void except_unknown(struct sample_rule *s)
{
	s->groups[1] = 1;
	s->rule.from.except_group_count = 1;
}
static void to_host_bits(struct sample_rule *s)
{
	s->prefixes[0].length = 4;
}
static void except_family(struct sample_rule *s)
{
	s->rule.from.except_prefix_count = 1;
}

static const struct bad_rule bad_rules[] = {
	{ "no name", -EINVAL, rule_no_name },
	{ "a name without an end", -EINVAL, rule_endless },
	{ "an unknown action", -EINVAL, rule_action },
	{ "unknown flags", -EINVAL, rule_flags },
	{ "an end that no clock shows", -EINVAL, rule_until },
	{ "no service", -EINVAL, no_service },
	{ "a service backwards", -EINVAL, service_order },
	{ "a service of 25 bits", -EINVAL, service_range },
	{ "exceptions alone", -EINVAL, nothing_from },
	{ "nothing to match", -EINVAL, nothing_to },
	{ "an unknown group", -ENOENT, from_unknown },
	{ "an unknown group excepted", -ENOENT, except_unknown },
	{ "host bits", -EINVAL, to_host_bits },
	{ "an excepted prefix without family", -EINVAL, except_family },
};

static void test_rules(void)
{
	struct wgward_policy *policy = small_policy();
	struct sample_rule sample;
	const char *why;
	u32 i;

	for (i = 0; i < sizeof(bad_rules) / sizeof(bad_rules[0]); i++) {
		sample_rule(&sample);
		bad_rules[i].spoil(&sample);
		why = NULL;
		tap_result(refused(wgward_policy_add_rule(policy, &sample.rule,
							  &why),
				   bad_rules[i].error, &why) &&
				   !policy->rule_count &&
				   policy->term_count == 1 &&
				   policy->prefix_count == 2,
			   "rule with %s", bad_rules[i].name);
	}
	sample_rule(&sample);
	tap_result(!wgward_policy_add_rule(policy, &sample.rule, &why),
		   "the rule that was spoilt is good");
	why = NULL;
	tap_result(refused(wgward_policy_add_rule(policy, &sample.rule, &why),
			   -EEXIST, &why),
		   "a rule's name that is taken");
	wgward_policy_free(policy);
}

static void test_groups_and_networks(void)
{
	static const char *const bad[] = { "",	  "any", "Ops",
					   "a b", "a_b", "\xc3\xa4" };
	struct wgward_prefix network = prefix("10.0.0.0", 8);
	struct wgward_policy *policy = small_policy();
	char name[WGWARD_GROUP_NAME_LEN + 2];
	const char *why = NULL;
	bool ok = true;
	u32 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok = refused(wgward_policy_add_group(policy, bad[i], &why),
			     -EINVAL, &why) &&
		     ok;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = 0;
	ok = refused(wgward_policy_add_group(policy, name, &why), -EINVAL,
		     &why) &&
	     ok;
	tap_result(ok, "names that no group can have");
	name[WGWARD_GROUP_NAME_LEN] = 0;
	tap_result(!wgward_policy_add_group(policy, name, &why) &&
			   !wgward_policy_add_group(policy, "a+b-0", &why),
		   "names that a group can have");
	tap_result(refused(wgward_policy_add_group(policy, "a+b-0", &why),
			   -EEXIST, &why),
		   "a group's name that is taken");
	tap_result(wgward_policy_find_group(policy, "a+b-0") == 2 &&
			   wgward_policy_find_group(policy, "a+b") ==
				   WGWARD_NONE,
		   "groups are found by name");
	tap_result(!wgward_policy_add_network(policy, &network, &why) &&
			   refused(wgward_policy_add_network(policy, &network,
							     &why),
				   -EEXIST, &why),
		   "a network given twice");
	network.length = 4;
	tap_result(refused(wgward_policy_add_network(policy, &network, &why),
			   -EINVAL, &why) &&
			   policy->network_count == 1,
		   "a network with host bits");
	wgward_policy_free(policy);
}

/* Values without memory of their own must not be lost in a copy. */
static void test_copies(void)
{
	struct wgward_policy *policy = small_policy();
	struct sample_node node;
	struct sample_rule rule;
	const char *why;

	sample_node(&node);
	node.node.until = S64_MAX;
	node.node.flags = WGWARD_NODE_F_BEHIND_NAT | WGWARD_NODE_F_ADDED;
	node.node.listen_port = 51821;
	sample_rule(&rule);
	rule.rule.action = WGWARD_ACTION_REJECT;
	rule.rule.flags = WGWARD_RULE_FLAGS;
	rule.rule.until = 7;
	policy->fallback = WGWARD_ACTION_REJECT;
	tap_result(!wgward_policy_add_node(policy, &node.node, &why) &&
			   !wgward_policy_add_rule(policy, &rule.rule, &why) &&
			   !wgward_policy_compile(policy, &why) &&
			   policy->nodes[1].until == S64_MAX &&
			   policy->nodes[1].flags == node.node.flags &&
			   policy->nodes[1].listen_port == 51821 &&
			   policy->rules[0].action == WGWARD_ACTION_REJECT &&
			   policy->rules[0].flags == rule.rule.flags &&
			   policy->rules[0].until == 7,
		   "actions, flags, ports and ends are kept");
	tap_result(wgward_policy_next_end(policy, 0) == 7 &&
			   wgward_policy_next_end(policy, 6) == 7 &&
			   wgward_policy_next_end(policy, 7) == S64_MAX &&
			   !wgward_policy_next_end(policy, S64_MAX),
		   "the next end");
	wgward_policy_free(policy);
}

/* As many as there may be, each as it was given, and not one more. */
static void test_removed(void)
{
	struct wgward_policy *policy = small_policy();
	const char *why = NULL;
	char name[16];
	bool good = true;
	u32 i;

	tap_result(refused(wgward_policy_add_removed(policy, true, "a+b", &why),
			   -EINVAL, &why) &&
			   refused(wgward_policy_add_removed(
					   policy, false, LONG_NAME "0", &why),
				   -EINVAL, &why) &&
			   !policy->removed_count,
		   "removed names that are none");
	for (i = 0; i < WGWARD_MAX_REMOVED; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		good &= !wgward_policy_add_removed(policy, i % 2, name, &why);
	}
	for (i = 0; i < policy->removed_count; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		good &= !strcmp(policy->removed[i].name, name) &&
			policy->removed[i].is_rule == i % 2;
	}
	tap_result(good && i == WGWARD_MAX_REMOVED, "removed names are kept");
	tap_result(refused(wgward_policy_add_removed(policy, true, "n", &why),
			   -E2BIG, &why),
		   "one more than there may be");
	tap_result(!wgward_policy_compile(policy, &why) &&
			   refused(wgward_policy_add_removed(policy, true, "n",
							     &why),
				   -EINVAL, &why),
		   "none for a policy that is compiled");
	wgward_policy_free(policy);
}

static void test_names(void)
{
	tap_result(wgward_name_valid("a") && wgward_name_valid("0-a") &&
			   wgward_name_valid(LONG_NAME) &&
			   wgward_name_valid("anya"),
		   "names that are valid");
	tap_result(!wgward_name_valid("") && !wgward_name_valid("any") &&
			   !wgward_name_valid("a+b") &&
			   !wgward_name_valid("A") &&
			   !wgward_name_valid("a.b") &&
			   !wgward_name_valid(LONG_NAME "0"),
		   "names that are not");
	tap_result(wgward_group_name_valid("a+b") &&
			   wgward_group_name_valid(LONG_NAME "0") &&
			   !wgward_group_name_valid("any") &&
			   !wgward_group_name_valid("a,b"),
		   "names of groups");
}

/* A policy with a second node that has @relay. */
static struct wgward_policy *relay_policy(const char *relay)
{
	struct wgward_policy *policy = small_policy();
	struct sample_node sample;
	const char *why;

	sample_node(&sample);
	sample.node.relay = (char *)relay;
	if (wgward_policy_add_node(policy, &sample.node, &why))
		abort();
	return policy;
}

static void expect_compile(struct wgward_policy *policy, int error,
			   const char *what)
{
	const char *why = NULL;
	int result = wgward_policy_compile(policy, &why);

	tap_result(error ? refused(result, error, &why) && !policy->compiled :
			   !result && policy->compiled,
		   "%s", what);
	wgward_policy_free(policy);
}

static void test_compile(void)
{
	struct wgward_prefix network = prefix("10.0.0.0", 8);
	struct wgward_policy *policy;
	struct sample_node sample;
	struct sample_rule rule;
	const char *why = NULL;

	expect_compile(relay_policy("alpha"), 0, "a relay");
	expect_compile(relay_policy("gamma"), -ENOENT, "an unknown relay");
	expect_compile(relay_policy("beta"), -EINVAL, "its own relay");

	policy = relay_policy("alpha");
	sample_node(&sample);
	strcpy(sample.node.name, "gamma");
	sample.node.key[0] = 3;
	sample.node.relay = (char *)"beta";
	sample.addresses[0] = prefix("10.0.0.3", 32);
	sample.node.address_count = 1;
	sample.node.route_count = 0;
	wgward_policy_add_node(policy, &sample.node, &why);
	expect_compile(policy, -EINVAL, "a relay with a relay");

	policy = small_policy();
	policy->nodes[0].flags = 0;
	expect_compile(policy, -EINVAL, "no self");

	policy = relay_policy("alpha");
	policy->nodes[1].flags = WGWARD_NODE_F_SELF;
	expect_compile(policy, -EINVAL, "two selves");

	policy = wgward_policy_create();
	policy->fallback = WGWARD_ACTION_ALLOW;
	expect_compile(policy, -EINVAL, "no nodes");

	policy = small_policy();
	policy->fallback = WGWARD_ACTION_MAX + 1;
	expect_compile(policy, -EINVAL, "a default that is no action");

	policy = wgward_policy_create();
	sample_node(&sample);
	sample.node.flags = WGWARD_NODE_F_SELF;
	sample.node.group_count = 0;
	wgward_policy_add_node(policy, &sample.node, &why);
	expect_compile(policy, -EINVAL, "a default that was not given");

	policy = small_policy();
	sample_node(&sample);
	sample_rule(&rule);
	tap_result(!wgward_policy_compile(policy, &why) &&
			   refused(wgward_policy_compile(policy, &why), -EINVAL,
				   &why) &&
			   refused(wgward_policy_add_node(policy, &sample.node,
							  &why),
				   -EINVAL, &why) &&
			   refused(wgward_policy_add_rule(policy, &rule.rule,
							  &why),
				   -EINVAL, &why) &&
			   refused(wgward_policy_add_group(policy, "x", &why),
				   -EINVAL, &why) &&
			   refused(wgward_policy_add_network(policy, &network,
							     &why),
				   -EINVAL, &why),
		   "what is compiled stays as it is");
	wgward_policy_free(policy);
	wgward_policy_free(NULL);
}

int main(void)
{
	test_names();
	test_groups_and_networks();
	test_nodes();
	test_refused_again();
	test_rules();
	test_copies();
	test_removed();
	test_compile();
	return tap_end();
}
