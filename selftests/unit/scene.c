// SPDX-License-Identifier: GPL-2.0
/* A ward and its naive twin: their policies and their time. */
#include "scene.h"

#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/timekeeping.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

void scene_begin(struct scene *scene)
{
	static const u8 protocols[] = { IPPROTO_TCP, IPPROTO_UDP, 47,
					IPPROTO_ICMP };
	u32 family, i;

	memset(scene, 0, sizeof(*scene));
	memset(surrounding_traffic, 0, sizeof(surrounding_traffic));
	generate_world(&scene->world);
	memcpy(scene->world.protocols, protocols, sizeof(protocols));
	if (random_once_in(2))
		scene->world.protocols[3] = IPPROTO_ICMPV6;
	for (family = 0; family < 2; family++) {
		for (i = 0; i < POOL; i++)
			scene->pool[family][i] = generate_address(
				&scene->world, scene_family(family));
	}
	for (i = 0; i < POOL; i++)
		scene->mesh[i] = i < NODES ? i : random_below(NODES + 1);
	scene->ward.lock.held = true;
	scene->ward.counters.reasons = &scene->reasons;
	scene->view.epoch = ++scene->ward.epoch;
	scene->ward.view = &scene->view;
	wgward_fragments_create(&scene->ward.fragments);
	wgward_flows_create(&scene->ward);
}

void scene_end(struct scene *scene)
{
	wgward_flows_destroy(&scene->ward);
	wgward_fragments_destroy(&scene->ward.fragments);
	wgward_policy_free(scene->view.policy);
	wgward_policy_free(scene->view.pending);
	shim_grace_period();
}

/* Somebody's address becomes another's, or another node is self. */
static void scene_shuffle(struct scene *scene)
{
	u32 i;

	if (random_once_in(3))
		scene->mesh[random_below(POOL)] = random_below(NODES + 1);
	if (random_once_in(8))
		scene->self = random_below(NODES);
	for (i = 0; i < POOL && scene->mesh[i] != scene->self; i++)
		;
	if (i == POOL)
		scene->mesh[random_below(POOL)] = scene->self;
}

static void add_node(const struct scene *scene, struct wgward_policy *policy,
		     u32 number)
{
	struct wgward_prefix addresses[2 * POOL];
	struct wgward_node node = { .addresses = addresses };
	u32 groups[] = { 0, 1, 2 };
	const char *why;
	char relay[8];
	u32 family, i;

	for (i = 0; i < POOL; i++) {
		for (family = 0; family < 2; family++) {
			if (scene->mesh[i] != number)
				continue;
			addresses[node.address_count].family =
				scene_family(family);
			addresses[node.address_count].length = family ? 128 :
									32;
			addresses[node.address_count++].address =
				scene->pool[family][i];
		}
	}
	if (!node.address_count)
		return;
	snprintf(node.name, sizeof(node.name), "n%u", number);
	memset(node.key, number + 1, sizeof(node.key));
	if (number == scene->self)
		node.flags = WGWARD_NODE_F_SELF;
	node.group_count = number % 4;
	if (scene->audits && random_once_in(9))
		node.until = generate_now();
	node.groups = groups;
	/* The first that was added relays, now and then. */
	if (policy->node_count && !policy->nodes[0].relay &&
	    random_once_in(3)) {
		strcpy(relay, policy->nodes[0].name);
		node.relay = relay;
	}
	/* Pool addresses may be equal: it has to do without then. */
	if (wgward_policy_add_node(policy, &node, &why) &&
	    number == scene->self) {
		node.address_count = 0;
		node.relay = NULL;
		wgward_policy_add_node(policy, &node, &why);
	}
}

static u32 name_hash(const char *name)
{
	u32 hash = 0;

	while (*name)
		hash = hash * 31 + *name++;
	return hash & ~(1U << 31);
}

/* As the counters do: ids by key, and by name. */
static void give_ids(struct wgward_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->node_count; i++)
		policy->nodes[i].id = policy->nodes[i].key[0] - 1;
	for (i = 0; i < policy->rule_count; i++)
		policy->rules[i].id = name_hash(policy->rules[i].name);
}

static struct wgward_policy *new_policy(const struct scene *scene)
{
	static const char *const groups[] = { "g0", "g1", "g2" };
	struct wgward_policy *policy = wgward_policy_create();
	const char *why = NULL;
	u32 i, rules;

	if (random_once_in(2))
		wgward_policy_add_network(
			policy, generate_network(&scene->world), &why);
	for (i = 0; i < 3; i++)
		wgward_policy_add_group(policy, groups[i], &why);
	for (i = 0; i < NODES; i++)
		add_node(scene, policy, i);
	rules = random_below(5);
	for (i = 0; i < rules; i++)
		wgward_policy_add_rule(
			policy, generate_rule(&scene->world, policy), &why);
	for (i = 0; i <= WGWARD_TIMEOUT_MAX; i++)
		policy->timeouts[i] = random_once_in(4) ? random_below(400) : 0;
	policy->fallback = random_below(__WGWARD_ACTION_MAX);
	policy->audit = scene->audits && random_once_in(4);
	if (wgward_policy_compile(policy, &why)) {
		/* Self without an address, as others have them all. */
		wgward_policy_free(policy);
		return NULL;
	}
	give_ids(policy);
	return policy;
}

static void collect(struct scene *scene)
{
	struct work_struct *work = &scene->ward.flows.collect.work;

	work->pending = false;
	work->function(work);
}

/*
 * What was over by the timeouts so far shall not come to life again by others.
 * The collector may have been half way.
 */
static void settle(struct scene *scene)
{
	collect(scene);
	collect(scene);
	twin_settle(&scene->twin);
}

/* From the first view that judges on, and again from the first policy on. */
static void publish_adoption(struct scene *scene)
{
	u32 seconds;

	/* As if another ward was made, more often than there would be. */
	if (random_once_in(2))
		scene->ward.adoption.seconds = 200;
	seconds = scene->ward.adoption.seconds;
	if (!scene->view.policy && !scene->view.pending) {
		wgward_adoption_stop(&scene->ward);
		scene->twin.adopts = 0;
		return;
	}
	if (seconds)
		scene->twin.adopts = scene->twin.now + seconds;
	wgward_adoption_begin(&scene->ward);
	if (scene->view.policy)
		wgward_adoption_settle(&scene->ward);
}

static void publish(struct scene *scene, bool new_epoch)
{
	if (new_epoch) {
		scene->view.epoch = ++scene->ward.epoch;
		scene->view.since = real_seconds;
	}
	scene->twin.policy = scene->view.policy;
	scene->twin.pending = scene->view.pending;
	scene->twin.passive = scene->view.passive;
	wgward_flows_configure(&scene->ward,
			       scene->view.policy ?: scene->view.pending);
	publish_adoption(scene);
}

void scene_change_policy(struct scene *scene, struct seen *seen)
{
	struct wgward_view *view = &scene->view;

	settle(scene);
	if (random_once_in(40)) {
		wgward_policy_free(view->policy);
		wgward_policy_free(view->pending);
		view->policy = NULL;
		view->pending = NULL;
		view->passive = random_once_in(2);
		publish(scene, true);
		wgward_flows_flush(&scene->ward, NULL);
		twin_forget(&scene->twin);
		seen->losses++;
	} else if (!view->pending) {
		scene_shuffle(scene);
		view->pending = new_policy(scene);
		publish(scene, true);
	} else if (random_once_in(3)) {
		wgward_policy_free(view->pending);
		view->pending = NULL;
		publish(scene, false);
		seen->aborts++;
	} else {
		wgward_policy_free(view->policy);
		view->policy = view->pending;
		view->pending = NULL;
		view->passive = false;
		publish(scene, false);
		seen->commits++;
	}
}

static bool ends_between(const struct wgward_policy *policy, u64 one, u64 other)
{
	u64 end;

	if (!policy)
		return false;
	end = wgward_policy_next_end(policy, one < other ? one : other);
	return end && end <= (one < other ? other : one);
}

/* The clock is set; rules that end, or live again, take a new epoch. */
static void set_clock(struct scene *scene, struct seen *seen)
{
	u64 before = real_seconds;

	real_seconds = generate_now();
	if (ends_between(scene->view.policy, before, real_seconds) ||
	    ends_between(scene->view.pending, before, real_seconds)) {
		publish(scene, true);
		seen->renewals++;
	}
}

void scene_pass_time(struct scene *scene, struct seen *seen)
{
	u32 seconds = random_below(25);

	if (random_once_in(4))
		seconds = random_below(9000);
	scene->twin.now += seconds;
	jiffies += seconds * HZ;
	seen->expiries += seconds > 30;
	/* Somebody may ask what was counted. */
	if (random_once_in(4))
		wgward_flows_fold(&scene->ward);
	if (scene->audits && random_once_in(3))
		set_clock(scene, seen);
	/* The collector may come, and may not. */
	if (random_once_in(3) && scene->ward.flows.collect.work.pending)
		collect(scene);
}

bool scene_counts_hold(struct scene *scene)
{
	const struct wgward_traffic *told = surrounding_traffic;

	wgward_flows_flush(&scene->ward, NULL);
	shim_grace_period();
	if (surrounding_flows_counted() ||
	    atomic_read(&scene->ward.flows.count)) {
		tap_note("flows are counted that are not there");
		return false;
	}
	if (told[0].packets + told[1].packets == scene->heard.packets &&
	    told[0].bytes + told[1].bytes == scene->heard.bytes)
		return true;
	tap_note("flows counted %llu packets and told %llu and %llu",
		 (unsigned long long)scene->heard.packets,
		 (unsigned long long)told[0].packets,
		 (unsigned long long)told[1].packets);
	return false;
}
