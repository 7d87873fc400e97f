// SPDX-License-Identifier: GPL-2.0
/* What a verdict costs, by the number of nodes and rules. */
#include <linux/in.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/socket.h>

#include "measure.h"
#include "policy.h"

#define GROUPS 100
#define QUESTIONS 4096
#define ROUNDS 500

static int add_groups(struct wgward_policy *policy, const char **why)
{
	char name[WGWARD_NAME_LEN + 1];
	int error = 0;
	u32 i;

	for (i = 0; !error && i < GROUPS; i++) {
		snprintf(name, sizeof(name), "group-%02u", i);
		error = wgward_policy_add_group(policy, name, why);
	}
	return error;
}

static int add_node(struct wgward_policy *policy, u32 number, const char **why)
{
	struct wgward_prefix address = { .family = AF_INET, .length = 32 };
	u32 group = number % GROUPS;
	struct wgward_node node = {
		.flags = number ? 0 : WGWARD_NODE_F_SELF,
		.address_count = 1,
		.addresses = &address,
		.group_count = 1,
		.groups = &group,
	};

	address.address.s6_addr32[0] = cpu_to_be32(0x0a000000 + number);
	snprintf(node.name, sizeof(node.name), "node-%05u", number);
	memcpy(node.key, &number, sizeof(number));
	node.key[31] = 1;
	return wgward_policy_add_node(policy, &node, why);
}

/* One for each pair of groups, as far as that goes; one in five denies. */
static int add_rule(struct wgward_policy *policy, u32 number, const char **why)
{
	u32 protocol = number % 3 ? IPPROTO_TCP : IPPROTO_UDP;
	u32 from = number % GROUPS, to = number / GROUPS % GROUPS;
	struct wgward_service service = {
		.first = protocol << 16 | (number % 1000 + 1),
		.last = protocol << 16 | (number % 1000 + 1 + number % 200),
	};
	struct wgward_rule rule = {
		.action = number % 5 ? WGWARD_ACTION_ALLOW : WGWARD_ACTION_DENY,
		.service_count = 1,
		.services = &service,
		.from = { .group_count = 1, .groups = &from },
		.to = { .group_count = 1, .groups = &to },
	};

	snprintf(rule.name, sizeof(rule.name), "rule-%05u", number);
	return wgward_policy_add_rule(policy, &rule, why);
}

static struct wgward_policy *policy_create(u32 size)
{
	struct wgward_policy *policy = wgward_policy_create();
	const char *why = "";
	int error;
	u32 i;

	if (!policy)
		return NULL;
	policy->fallback = WGWARD_ACTION_DENY;
	error = add_groups(policy, &why);
	for (i = 0; !error && i < size; i++)
		error = add_node(policy, i, &why);
	for (i = 0; !error && i < size; i++)
		error = add_rule(policy, i, &why);
	if (!error)
		error = wgward_policy_compile(policy, &why);
	if (!error)
		return policy;
	pr_err("no policy: %d %s\n", error, why);
	wgward_policy_free(policy);
	return NULL;
}

struct question {
	struct in6_addr source, destination;
	u32 service;
};

/* About ports that rules are about, between any two nodes. */
static void ask(struct question *questions, u32 size)
{
	u32 i;

	memset(questions, 0, QUESTIONS * sizeof(*questions));
	for (i = 0; i < QUESTIONS; i++) {
		questions[i].source.s6_addr32[0] =
			cpu_to_be32(0x0a000000 + get_random_u32() % size);
		questions[i].destination.s6_addr32[0] =
			cpu_to_be32(0x0a000000 + get_random_u32() % size);
		questions[i].service = IPPROTO_TCP << 16 |
				       (get_random_u32() % 1200 + 1);
	}
}

int measure_policy(u32 size)
{
	struct question *questions, *one;
	struct wgward_policy *policy;
	struct wgward_verdict verdict;
	u64 start, taken = 0;
	u32 round, i;

	questions = kvmalloc_array(QUESTIONS, sizeof(*questions), GFP_KERNEL);
	policy = policy_create(size);
	if (!questions || !policy)
		goto err_free;
	ask(questions, size);
	for (round = 0; round < ROUNDS; round++) {
		start = ktime_get_ns();
		for (i = 0; i < QUESTIONS; i++) {
			one = &questions[i];
			wgward_policy_judge(policy, AF_INET, &one->source,
					    &one->destination, IPPROTO_TCP,
					    one->service, 1, &verdict);
			barrier();
		}
		taken += ktime_get_ns() - start;
		cond_resched();
	}
	measure_tell("verdict", size, taken, QUESTIONS * ROUNDS);
	wgward_policy_free(policy);
	kvfree(questions);
	return 0;

err_free:
	kvfree(questions);
	if (policy)
		wgward_policy_free(policy);
	return -ENOMEM;
}
