// SPDX-License-Identifier: GPL-2.0
/* What is counted to which rule and nodes, where no flow counts by itself. */
#include <linux/in.h>
#include <linux/jiffies.h>
#include <string.h>

#include "datagram.h"
#include "judged.h"
#include "mesh.h"
#include "surroundings.h"
#include "tap.h"
#include "ward.h"

#define PORT 7
#define UNITS 6
/* Rules, by what they allow. */
#define ECHO 100
#define REDIRECT 101
#define UDP 102

static struct wgward_ward ward;
static struct wgward_view view;
static struct wgward_reason_counters reasons;

static struct wgward_policy *policy_make(bool audit)
{
	struct wgward_policy *policy = wgward_policy_create();
	const char *why;
	u32 i;

	for (i = 0; i < 3; i++)
		mesh_add_node(policy, i, NULL, 0, &why);
	/* By name: answers, redirects, datagrams. */
	mesh_add_rule(policy, 1, WGWARD_NONE, WGWARD_NONE, IPPROTO_ICMP << 16,
		      &why);
	mesh_add_rule(policy, 2, WGWARD_NONE, WGWARD_NONE,
		      IPPROTO_ICMP << 16 | 5 << 8, &why);
	mesh_add_rule(policy, 3, WGWARD_NONE, WGWARD_NONE,
		      IPPROTO_UDP << 16 | PORT, &why);
	policy->fallback = WGWARD_ACTION_DENY;
	policy->audit = audit;
	if (wgward_policy_compile(policy, &why))
		tap_note("%s", why);
	for (i = 0; i < 3; i++)
		policy->nodes[i].id = i;
	for (i = 0; i < 3; i++)
		policy->rules[i].id = ECHO + i;
	return policy;
}

static void begin(bool audit)
{
	memset(&ward, 0, sizeof(ward));
	memset(&view, 0, sizeof(view));
	memset(&reasons, 0, sizeof(reasons));
	ward.lock.held = true;
	ward.counters.reasons = &reasons;
	view.epoch = 1;
	view.policy = policy_make(audit);
	ward.view = &view;
	wgward_fragments_create(&ward.fragments);
	wgward_flows_create(&ward);
	wgward_flows_configure(&ward, view.policy);
}

static void end(void)
{
	wgward_flows_flush(&ward, NULL);
	wgward_flows_destroy(&ward);
	wgward_fragments_destroy(&ward.fragments);
	wgward_policy_free(view.policy);
	shim_grace_period();
}

/* A message from node @from to @to, both less than 3. */
static struct datagram message(u8 family, u32 from, u32 to)
{
	return (struct datagram){
		.family = family,
		.protocol = IPPROTO_UDP,
		.source = mesh_address(family, from),
		.destination = mesh_address(family, to),
		.source_port = from < to ? 5 : PORT,
		.destination_port = from < to ? PORT : 5,
	};
}

static bool judge_skb(struct sk_buff *skb, bool again)
{
	struct net_device device = { .ifindex = 7 };

	skb->dev = &device;
	skb->skb_iif = again ? 7 : 0;
	return judged(&ward, skb, WGWARD_HOOK_EGRESS) >= 0;
}

static bool pass(const struct datagram *datagram, bool again)
{
	u8 bytes[DATAGRAM_SIZE];
	struct sk_buff skb;

	datagram_build(datagram, bytes, &skb);
	return judge_skb(&skb, again);
}

/* The fragment that begins at unit @start of the datagram of that id. */
static bool pass_piece(const struct datagram *datagram, u8 id, u32 start,
		       u32 units, bool again)
{
	u8 bytes[DATAGRAM_SIZE];
	struct sk_buff skb;

	datagram_build(datagram, bytes, &skb);
	datagram_cut(&skb, id, start, units, start + units < UNITS);
	return judge_skb(&skb, again);
}

static void forget(void)
{
	memset(surrounding_traffic, 0, sizeof(surrounding_traffic));
	surrounding_told = WGWARD_NONE;
	surrounding_told_nodes[0] = WGWARD_NONE;
	surrounding_told_nodes[1] = WGWARD_NONE;
}

/* Whether @rule and the nodes were told that much, and nothing else. */
static bool told(u32 rule, u32 starter, u32 other, u64 packets, u64 bytes,
		 u64 back_packets, u64 back_bytes)
{
	const struct wgward_traffic *traffic = surrounding_traffic;
	bool right;

	wgward_flows_fold(&ward);
	right = surrounding_told == rule &&
		surrounding_told_nodes[0] == starter &&
		surrounding_told_nodes[1] == other &&
		traffic[0].packets == packets && traffic[0].bytes == bytes &&
		traffic[1].packets == back_packets &&
		traffic[1].bytes == back_bytes;
	if (!right)
		tap_note("told %u of %u and %u: %llu %llu %llu %llu",
			 surrounding_told, surrounding_told_nodes[0],
			 surrounding_told_nodes[1],
			 (unsigned long long)traffic[0].packets,
			 (unsigned long long)traffic[0].bytes,
			 (unsigned long long)traffic[1].packets,
			 (unsigned long long)traffic[1].bytes);
	forget();
	return right;
}

static bool told_nothing(void)
{
	static const struct wgward_traffic nothing[2];
	bool right;

	wgward_flows_fold(&ward);
	right = !memcmp(surrounding_traffic, nothing, sizeof(nothing));
	forget();
	return right;
}

static u32 header_of(u8 family)
{
	return family == AF_INET ? 20 : 48;
}

static void test_fragments(u8 family)
{
	struct datagram there = message(family, 0, 1);
	struct datagram back = message(family, 1, 0);
	u32 whole = 3 * header_of(family) + UNITS * 8;
	const char *name = family == AF_INET ? "IPv4" : "IPv6";
	bool ok;

	begin(false);
	forget();
	ok = pass_piece(&there, 1, 0, 2, false) &&
	     pass_piece(&there, 1, 2, 2, false) &&
	     pass_piece(&there, 1, 4, 2, false);
	tap_result(ok && told(UDP, 0, 1, 3, whole, 0, 0),
		   "%s: all fragments of a datagram count", name);
	ok = pass_piece(&back, 2, 0, 2, false) &&
	     pass_piece(&back, 2, 4, 2, false) &&
	     pass_piece(&back, 2, 2, 2, false);
	tap_result(ok && told(UDP, 0, 1, 0, 0, 3, whole),
		   "%s: those of an answer the other way", name);
	ok = pass_piece(&there, 3, 0, 2, true) &&
	     pass_piece(&there, 3, 2, 4, true);
	tap_result(ok && told_nothing(),
		   "%s: those that a relay sends on do not", name);
	ok = pass_piece(&there, 4, 0, 2, false);
	wgward_flows_flush(&ward, NULL);
	shim_grace_period();
	ok = ok && told(UDP, 0, 1, 1, header_of(family) + 16, 0, 0) &&
	     pass_piece(&there, 4, 2, 4, false);
	tap_result(ok && !atomic_read(&ward.flows.count) &&
			   told(UDP, 0, 1, 1, header_of(family) + 32, 0, 0),
		   "%s: nor is one lost whose flow has ended", name);
	ok = pass_piece(&back, 5, 0, 2, false) ||
	     pass_piece(&back, 5, 2, 4, false);
	tap_result(!ok && told_nothing(),
		   "%s: what is dropped counts to nobody", name);
	end();
}

static struct datagram error_about(const struct datagram *quote, u32 from)
{
	return (struct datagram){
		.family = quote->family,
		.protocol = IPPROTO_ICMP,
		.type = 3,
		.source = mesh_address(quote->family, from),
		.destination = quote->source,
		.quote = quote,
	};
}

static u32 length_of(const struct datagram *datagram)
{
	u8 bytes[DATAGRAM_SIZE];
	struct sk_buff skb;

	datagram_build(datagram, bytes, &skb);
	return skb.len;
}

/* A later fragment prolongs nothing: the first one did. */
static void test_life(void)
{
	struct datagram there = message(AF_INET, 0, 1);
	struct datagram about_there = error_about(&there, 1);

	begin(false);
	forget();
	pass_piece(&there, 1, 0, 2, false);
	jiffies += 29 * HZ;
	tap_result(pass_piece(&there, 1, 2, 2, false) &&
			   told(UDP, 0, 1, 2, 2 * 20 + 32, 0, 0),
		   "a fragment that comes late counts");
	jiffies += HZ;
	tap_result(!pass(&about_there, false), "and keeps no flow alive");
	end();
}

static void test_errors(void)
{
	struct datagram there = message(AF_INET, 0, 1);
	struct datagram back = message(AF_INET, 1, 0);
	struct datagram about_there = error_about(&there, 1);
	struct datagram about_back = error_about(&back, 0);
	u32 length = length_of(&there), error = length_of(&about_there);

	begin(false);
	forget();
	tap_result(pass(&there, false) && pass(&about_there, false) &&
			   told(UDP, 0, 1, 1, length, 1, error),
		   "an error counts to the flow that it is about, as answer");
	tap_result(pass(&about_back, false) && told(UDP, 0, 1, 1, error, 0, 0),
		   "one about an answer the other way");
	tap_result(pass(&about_there, true) && told_nothing(),
		   "and none twice at a relay");
	jiffies += 29 * HZ;
	pass(&about_there, false);
	jiffies += HZ;
	tap_result(!pass(&about_there, false), "it keeps no flow alive");
	end();
}

static void test_alone(void)
{
	struct datagram redirect = {
		.family = AF_INET,
		.protocol = IPPROTO_ICMP,
		.type = 5,
		.source = mesh_address(AF_INET, 1),
		.destination = mesh_address(AF_INET, 2),
	};
	struct datagram answer = redirect, other = redirect;
	u32 length = length_of(&redirect);

	answer.type = 0;
	other.type = 9;
	begin(false);
	forget();
	tap_result(pass(&redirect, false) &&
			   told(REDIRECT, 1, 2, 1, length, 0, 0),
		   "what has no flow counts to its rule and nodes");
	tap_result(pass(&answer, false) && !atomic_read(&ward.flows.count) &&
			   told(ECHO, 1, 2, 1, length, 0, 0),
		   "and so does an answer that nobody asked for");
	tap_result(pass(&redirect, true) && pass(&answer, true) &&
			   !pass(&other, false) && told_nothing(),
		   "not at a relay again, nor if it is dropped");
	tap_result(pass_piece(&redirect, 1, 0, 2, false) &&
			   told(REDIRECT, 1, 2, 1, 20 + 16, 0, 0) &&
			   pass_piece(&redirect, 1, 2, 4, false) &&
			   told(REDIRECT, 1, 2, 1, 20 + 32, 0, 0),
		   "its fragments do, too");
	end();
	begin(true);
	forget();
	tap_result(pass(&other, false) &&
			   told(WGWARD_NONE, 1, 2, 1, length, 0, 0),
		   "what only an audit passes is no rule's, but the nodes'");
	end();
}

/* Room is made by the oldest, which is counted. */
static void test_limit(void)
{
	struct datagram there = message(AF_INET, 0, 1);
	u32 i;
	bool ok = true;

	begin(false);
	for (i = 0; i < 520; i++) {
		u8 bytes[DATAGRAM_SIZE];
		struct sk_buff skb;

		datagram_build(&there, bytes, &skb);
		datagram_cut(&skb, 0, 0, 2, true);
		bytes[4] = i >> 8;
		bytes[5] = i;
		ok = ok && judge_skb(&skb, false);
	}
	tap_result(ok && reasons.limits[WGWARD_LIMIT_FRAGMENTS] == 8,
		   "datagrams that made room for others are counted");
	end();
}

int main(void)
{
	if (wgward_flow_init())
		return 1;
	test_fragments(AF_INET);
	test_fragments(AF_INET6);
	test_life();
	test_errors();
	test_alone();
	test_limit();
	tap_result(!surrounding_flows_counted(), "all nodes' counts are zero");
	wgward_flow_exit();
	return tap_end();
}
