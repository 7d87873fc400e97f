// SPDX-License-Identifier: GPL-2.0
/*
 * The data path judges as its naive twin does, packet by packet, while
 * policies change below the flows.
 */
#include <linux/in.h>
#include <linux/jiffies.h>
#include <stdio.h>
#include <string.h>

#include "datagram.h"
#include "generate.h"
#include "judge.h"
#include "tap.h"
#include "twin.h"
#include "ward.h"

#define WORLDS 800
#define STEPS 300

#define NODES 6
#define POOL 16
#define PORTS 4

unsigned long jiffies;
u64 real_seconds;
struct workqueue_struct *wgward_workqueue;

/*
 * What is freed after a grace period. None passes within a judgement, and one
 * passes between any two.
 */
static struct rcu_head *waiting;

void call_rcu(struct rcu_head *rcu, void (*function)(struct rcu_head *rcu))
{
	rcu->function = function;
	rcu->next = waiting;
	waiting = rcu;
}

void shim_grace_period(void)
{
	struct rcu_head *rcu;

	while ((rcu = waiting)) {
		waiting = rcu->next;
		rcu->function(rcu);
	}
}

/* The counters are not part of what is tested, but their ids are. */
static atomic_t flow_counts[NODES + 1];
static u64 rule_hits;

atomic_t *wgward_counters_flows(struct wgward_counters *counters, u32 id)
{
	(void)counters;
	return &flow_counts[id == WGWARD_NONE ? NODES : id];
}

void wgward_counters_rule_hit(struct wgward_counters *counters, u32 id)
{
	(void)counters;
	rule_hits += id != WGWARD_NONE;
}

/**
 * struct scene - a ward and its twin
 * @world: what rules are made of
 * @pool: addresses by family
 * @mesh: who has them today: node of each, or NODES for nobody
 * @self: which node is self
 * @ward: what is tested
 * @view: what it has published
 * @reasons: what it counts
 * @last: packet that came, if any
 * @twin: what it is tested against
 */
struct scene {
	struct world world;
	struct in6_addr pool[2][POOL];
	u32 mesh[POOL];
	u32 self;
	struct wgward_ward ward;
	struct wgward_view view;
	struct wgward_reason_counters reasons;
	struct datagram last;
	struct twin twin;
};

/* How often things happened that the comparison is about. */
struct seen {
	u32 packets, passed[__WGWARD_REASON_MAX], dropped[__WGWARD_REASON_MAX];
	u32 hits, guarded, commits, aborts, losses, expiries;
};

static u8 family_of(u32 index)
{
	return index ? AF_INET6 : AF_INET;
}

static void scene_begin(struct scene *scene)
{
	static const u8 protocols[] = { IPPROTO_TCP, IPPROTO_UDP, 47,
					IPPROTO_ICMP };
	u32 family, i;

	memset(scene, 0, sizeof(*scene));
	generate_world(&scene->world);
	memcpy(scene->world.protocols, protocols, sizeof(protocols));
	if (random_once_in(2))
		scene->world.protocols[3] = IPPROTO_ICMPV6;
	for (family = 0; family < 2; family++) {
		for (i = 0; i < POOL; i++)
			scene->pool[family][i] = generate_address(
				&scene->world, family_of(family));
	}
	for (i = 0; i < POOL; i++)
		scene->mesh[i] = i < NODES ? i : random_below(NODES + 1);
	scene->ward.counters.reasons = &scene->reasons;
	scene->view.epoch = ++scene->ward.epoch;
	scene->ward.view = &scene->view;
	wgward_fragments_create(&scene->ward.fragments);
	wgward_flows_create(&scene->ward);
}

static void scene_end(struct scene *scene)
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
				family_of(family);
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
	policy->fallback = random_below(2);
	if (wgward_policy_compile(policy, &why)) {
		/* Self without an address, as others have them all. */
		wgward_policy_free(policy);
		return NULL;
	}
	give_ids(policy);
	return policy;
}

static void publish(struct scene *scene, bool new_epoch)
{
	if (new_epoch)
		scene->view.epoch = ++scene->ward.epoch;
	scene->twin.policy = scene->view.policy;
	scene->twin.pending = scene->view.pending;
	scene->twin.passive = scene->view.passive;
}

/* What a transaction, or the loss of the device, does to the view. */
static void step_policy(struct scene *scene, struct seen *seen)
{
	struct wgward_view *view = &scene->view;

	if (random_once_in(40)) {
		wgward_policy_free(view->policy);
		wgward_policy_free(view->pending);
		view->policy = NULL;
		view->pending = NULL;
		view->passive = random_once_in(2);
		publish(scene, true);
		wgward_flows_flush(&scene->ward);
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

static void step_time(struct scene *scene, struct seen *seen)
{
	u32 seconds = random_below(25);

	if (random_once_in(4))
		seconds = random_below(9000);
	scene->twin.now += seconds;
	jiffies += seconds * HZ;
	seen->expiries += seconds > 30;
	/* The collector may come, and may not. */
	if (random_once_in(3) && scene->ward.flows.collect.work.pending) {
		scene->ward.flows.collect.work.pending = false;
		scene->ward.flows.collect.work.function(
			&scene->ward.flows.collect.work);
	}
}

static void random_transport(const struct scene *scene,
			     struct datagram *datagram)
{
	static const u8 flags[] = {
		DATAGRAM_SYN, DATAGRAM_SYN | DATAGRAM_ACK, DATAGRAM_ACK,
		DATAGRAM_ACK, DATAGRAM_FIN | DATAGRAM_ACK, DATAGRAM_RST
	};
	static const u8 types4[] = { 8, 8, 0, 13, 14 };
	static const u8 types6[] = { 128, 129 };

	datagram->protocol = scene->world.protocols[random_below(4)];
	if (datagram->protocol == IPPROTO_ICMP && datagram->family == AF_INET6)
		datagram->protocol = IPPROTO_ICMPV6;
	if (datagram->protocol == IPPROTO_ICMPV6 && datagram->family == AF_INET)
		datagram->protocol = IPPROTO_ICMP;
	if (datagram->protocol == IPPROTO_TCP)
		datagram->flags = flags[random_below(6)];
	if (datagram->protocol == IPPROTO_ICMP)
		datagram->type = types4[random_below(5)];
	if (datagram->protocol == IPPROTO_ICMPV6)
		datagram->type = types6[random_below(2)];
	if (datagram->protocol == 47)
		return;
	datagram->source_port = random_below(PORTS);
	if (datagram->protocol == IPPROTO_TCP ||
	    datagram->protocol == IPPROTO_UDP)
		datagram->destination_port = random_below(PORTS);
}

static struct datagram random_datagram(const struct scene *scene)
{
	u32 family = random_below(2);
	struct datagram datagram = {
		.family = family_of(family),
		.source = scene->pool[family][random_below(POOL)],
		.destination = scene->pool[family][random_below(POOL)],
	};

	random_transport(scene, &datagram);
	return datagram;
}

/* Another packet of @first's conversation, either way. */
static struct datagram next_datagram(const struct datagram *first)
{
	static const u8 flags[] = { DATAGRAM_ACK,
				    DATAGRAM_ACK,
				    DATAGRAM_ACK,
				    DATAGRAM_SYN,
				    DATAGRAM_SYN | DATAGRAM_ACK,
				    DATAGRAM_FIN | DATAGRAM_ACK,
				    DATAGRAM_RST };
	struct datagram datagram = *first;

	if (datagram.protocol == IPPROTO_TCP)
		datagram.flags = flags[random_below(7)];
	if (random_once_in(2))
		return datagram;
	datagram.source = first->destination;
	datagram.destination = first->source;
	if (datagram.protocol == IPPROTO_ICMP ||
	    datagram.protocol == IPPROTO_ICMPV6) {
		/* The answer, or a question the other way with the same id. */
		if (random_once_in(4))
			return datagram;
		if (datagram.type == 8)
			datagram.type = 0;
		else if (datagram.type == 13)
			datagram.type = 14;
		else if (datagram.type == 128)
			datagram.type = 129;
		return datagram;
	}
	datagram.source_port = first->destination_port;
	datagram.destination_port = first->source_port;
	return datagram;
}

/* An error about @quote, mostly from where it should come. */
static struct datagram error_datagram(const struct scene *scene,
				      const struct datagram *quote)
{
	u32 family = quote->family == AF_INET6;
	struct datagram datagram = {
		.family = quote->family,
		.protocol = family ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
		.type = family ? 1 : 3,
		.source = quote->destination,
		.destination = quote->source,
		.quote = quote,
	};

	if (random_once_in(2))
		datagram.source = scene->pool[family][random_below(POOL)];
	if (random_once_in(6))
		datagram.destination = scene->pool[family][random_below(POOL)];
	return datagram;
}

/*
 * Which counter moved: true for a pass. *@reason is FLOW when none did, as
 * established flows are counted in themselves.
 */
static bool reason_of(const struct wgward_reason_counters *before,
		      const struct wgward_reason_counters *after,
		      enum wgward_reason *reason)
{
	u32 i;

	for (i = 0; i < __WGWARD_REASON_MAX; i++) {
		*reason = i;
		if (after->passed[i] != before->passed[i])
			return true;
		if (after->dropped[i] != before->dropped[i])
			return false;
	}
	*reason = WGWARD_REASON_FLOW;
	return true;
}

static bool judge_datagram(struct scene *scene, const struct datagram *datagram,
			   struct seen *seen)
{
	struct wgward_reason_counters before = scene->reasons;
	bool ingress = random_once_in(2), again, passed, counted;
	struct net_device device = { .ifindex = 7 };
	struct twin_verdict expected;
	enum wgward_reason reason;
	u8 bytes[DATAGRAM_SIZE];
	struct sk_buff skb;

	datagram_build(datagram, bytes, &skb);
	skb.dev = &device;
	again = !ingress && random_once_in(8);
	skb.skb_iif = again ? 7 : random_below(2) * 8;
	passed = wgward_judge(&scene->ward, &skb,
			      ingress ? WGWARD_HOOK_INGRESS :
					WGWARD_HOOK_EGRESS);
	shim_grace_period();
	counted = reason_of(&before, &scene->reasons, &reason);
	expected = twin_judge(&scene->twin, datagram, ingress);

	seen->packets++;
	seen->guarded += !!scene->view.pending;
	if (passed)
		seen->passed[expected.reason]++;
	else
		seen->dropped[expected.reason]++;
	if (passed != expected.pass || passed != counted) {
		tap_note("passed %d, counted %d, expected %d", passed, counted,
			 expected.pass);
		goto differ;
	}
	/* A pass is not counted the second time. */
	if (reason != expected.reason && !(again && passed))
		goto differ;
	return true;

differ:
	tap_note(
		"reason %d, expected %d: family %u protocol %u ports %u %u flags %x type %u ingress %d again %d guard %d quote %d",
		reason, expected.reason, datagram->family, datagram->protocol,
		datagram->source_port, datagram->destination_port,
		datagram->flags, datagram->type, ingress, again,
		!!scene->view.pending, !!datagram->quote);
	return false;
}

static bool step_packet(struct scene *scene, struct seen *seen)
{
	const struct talk *talk = NULL;
	struct datagram datagram, quote;

	if (!random_once_in(3))
		talk = twin_any(&scene->twin);
	if (talk)
		datagram = next_datagram(&talk->first);
	else if (scene->last.family && random_once_in(4))
		datagram = next_datagram(&scene->last);
	else
		datagram = random_datagram(scene);
	scene->last = datagram;
	if (random_once_in(6)) {
		quote = datagram;
		datagram = error_datagram(scene, &quote);
	}
	return judge_datagram(scene, &datagram, seen);
}

/* The limits' numbers must be those of the flows that there are. */
static bool counts_hold(struct scene *scene)
{
	int i, sum = 0;

	wgward_flows_flush(&scene->ward);
	shim_grace_period();
	for (i = 0; i <= NODES; i++)
		sum |= atomic_read(&flow_counts[i]);
	sum |= atomic_read(&scene->ward.flows.count);
	if (sum)
		tap_note("flows are counted that are not there");
	return !sum;
}

static bool play(struct seen *seen)
{
	static struct scene scene;
	bool ok = true;
	u32 i;

	scene_begin(&scene);
	for (i = 0; ok && i < STEPS; i++) {
		if (random_once_in(15))
			step_policy(&scene, seen);
		else if (random_once_in(15))
			step_time(&scene, seen);
		else
			ok = step_packet(&scene, seen);
	}
	ok = ok && counts_hold(&scene);
	scene_end(&scene);
	return ok;
}

static const enum wgward_reason drops[] = {
	WGWARD_REASON_RULE,	    WGWARD_REASON_DEFAULT,
	WGWARD_REASON_NO_POLICY,    WGWARD_REASON_GUARD,
	WGWARD_REASON_UNOWNED,	    WGWARD_REASON_SPOOFED,
	WGWARD_REASON_SAME_ADDRESS, WGWARD_REASON_ICMP_ERROR,
};

static const enum wgward_reason passes[] = {
	WGWARD_REASON_RULE,
	WGWARD_REASON_DEFAULT,
	WGWARD_REASON_FLOW,
	WGWARD_REASON_PASSIVE,
};

static void compare(void)
{
	struct seen seen = { 0 };
	bool ok = true, all = true;
	u32 i;

	for (i = 0; ok && i < WORLDS; i++)
		ok = play(&seen);
	tap_result(ok, "%u worlds: every packet judged as by the twin", i);
	tap_note(
		"%u packets, %u under a guard, %u commits, %u aborts, %u losses",
		seen.packets, seen.guarded, seen.commits, seen.aborts,
		seen.losses);
	for (i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		tap_note("dropped, reason %d: %u", drops[i],
			 seen.dropped[drops[i]]);
		all = all && seen.dropped[drops[i]];
	}
	for (i = 0; i < sizeof(passes) / sizeof(passes[0]); i++) {
		tap_note("passed, reason %d: %u", passes[i],
			 seen.passed[passes[i]]);
		all = all && seen.passed[passes[i]];
	}
	tap_result(all && seen.packets >= 100000 && seen.commits &&
			   seen.aborts && seen.losses && rule_hits,
		   "all kinds of verdicts were met, in 100,000 packets");
}

int main(void)
{
	if (wgward_flow_init())
		return 1;
	random_begin();
	compare();
	wgward_flow_exit();
	return tap_end();
}
