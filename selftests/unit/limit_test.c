// SPDX-License-Identifier: GPL-2.0
/* Limits, what makes room at them, and what flows tell of their counts. */
#include <linux/in.h>
#include <linux/jiffies.h>
#include <string.h>

#include "flow_fold.h"
#include "scene.h"
#include "tap.h"

/* Of the ward; a node's share is an eighth of it. */
#define LIMIT 32
#define SHARE (LIMIT / 8)

static struct wgward_ward ward;
static struct wgward_reason_counters reasons;
static u16 last_port;

static void configure(u32 limit)
{
	struct wgward_policy policy = { .max_flows = limit };

	wgward_flows_configure(&ward, &policy);
}

static void begin(u32 limit)
{
	memset(&ward, 0, sizeof(ward));
	memset(&reasons, 0, sizeof(reasons));
	memset(surrounding_traffic, 0, sizeof(surrounding_traffic));
	ward.lock.held = true;
	ward.counters.reasons = &reasons;
	wgward_flows_create(&ward);
	configure(limit);
}

static void end(void)
{
	wgward_flows_flush(&ward, NULL);
	wgward_flows_destroy(&ward);
	shim_grace_period();
}

/* A flow that @node starts, or self if @node is WGWARD_NONE. */
static struct wgward_flow *start(u32 node, u8 state)
{
	struct wgward_flow model = {
		.tuple = { .family = AF_INET, .protocol = IPPROTO_UDP },
		.rule = 7,
		.node = { node == WGWARD_NONE ? 0 : node, 0 },
		.started = jiffies,
		.seen = jiffies,
		.self = node == WGWARD_NONE ? 1 : 2,
		.state = state,
	};

	model.tuple.port[0] = ++last_port;
	return wgward_flow_start(&ward, &model);
}

static u32 start_some(u32 node, u8 state, u32 count)
{
	u32 started = 0;

	while (count--)
		started += !IS_ERR(start(node, state));
	return started;
}

static u32 kept(void)
{
	return atomic_read(&ward.flows.count);
}

static bool is_there(const struct wgward_tuple *tuple)
{
	return wgward_flow_find(&ward, tuple);
}

static void test_ward(void)
{
	begin(LIMIT);
	tap_result(start_some(WGWARD_NONE, WGWARD_FLOW_ESTABLISHED, LIMIT) ==
			   LIMIT,
		   "a ward has room for what its policy says");
	tap_result(!start_some(WGWARD_NONE, WGWARD_FLOW_NEW, 3) &&
			   kept() == LIMIT,
		   "what is established makes no room");
	tap_result(reasons.limits[WGWARD_LIMIT_FLOWS_WARD] == 3,
		   "the ward's limit was met each time");
	configure(LIMIT / 2);
	tap_result(!start_some(WGWARD_NONE, WGWARD_FLOW_NEW, 1) &&
			   kept() == LIMIT,
		   "a lower limit ends nothing");
	configure(LIMIT + 1);
	tap_result(start_some(WGWARD_NONE, WGWARD_FLOW_NEW, 1) == 1,
		   "a higher one lets another in");
	tap_result(start_some(WGWARD_NONE, WGWARD_FLOW_NEW, 5) == 5 &&
			   kept() == LIMIT + 1,
		   "what was never answered makes room for its like");
	tap_result(reasons.limits[WGWARD_LIMIT_FLOWS_EVICTED] == 5,
		   "which is counted");
	end();
}

/* A flow to self that @node's packet made and self may have started. */
static bool adopt(u32 node)
{
	struct wgward_flow model = {
		.tuple = { .family = AF_INET, .protocol = IPPROTO_TCP },
		.rule = 7,
		.node = { 0, node },
		.started = jiffies,
		.seen = jiffies,
		.self = 1,
		.adopted = 1,
		.state = WGWARD_FLOW_ADOPTED,
	};

	model.tuple.port[0] = ++last_port;
	return !IS_ERR(wgward_flow_start(&ward, &model));
}

static void test_adopted(void)
{
	u32 i, adopted = 0;

	begin(LIMIT);
	for (i = 0; i < SHARE; i++)
		adopted += adopt(1);
	tap_result(adopted == SHARE && kept() == SHARE,
		   "a node may have its share adopted");
	tap_result(adopt(1) && kept() == SHARE &&
			   reasons.limits[WGWARD_LIMIT_FLOWS_EVICTED] == 1,
		   "and beyond it in place of another, though self started it");
	tap_result(start_some(2, WGWARD_FLOW_NEW, SHARE) == SHARE,
		   "which takes nothing from others");
	end();
}

static void test_lowered(void)
{
	begin(LIMIT);
	start_some(WGWARD_NONE, WGWARD_FLOW_NEW, LIMIT);
	configure(LIMIT / 2);
	tap_result(!start_some(WGWARD_NONE, WGWARD_FLOW_NEW, 4) &&
			   kept() == LIMIT,
		   "below a lowered limit nothing is evicted in vain");
	end();
}

static void test_share(void)
{
	begin(LIMIT);
	tap_result(start_some(1, WGWARD_FLOW_ESTABLISHED, LIMIT) == SHARE,
		   "a node has an eighth");
	tap_result(reasons.limits[WGWARD_LIMIT_FLOWS_NODE] == LIMIT - SHARE,
		   "its limit was met each time after it");
	tap_result(start_some(2, WGWARD_FLOW_NEW, SHARE) == SHARE,
		   "another has its own");
	tap_result(start_some(1, WGWARD_FLOW_NEW, 1) == 0 &&
			   kept() == 2 * SHARE,
		   "which the first cannot take from");
	tap_result(start_some(2, WGWARD_FLOW_NEW, 1) == 1 &&
			   kept() == 2 * SHARE,
		   "but the other itself can");
	end();
	begin(4);
	tap_result(start_some(1, WGWARD_FLOW_ESTABLISHED, 3) == 1,
		   "an eighth of few is one");
	end();
}

static void test_choice(void)
{
	struct wgward_tuple old, young, closing, over;
	struct wgward_flow *flow;

	begin(4);
	start_some(WGWARD_NONE, WGWARD_FLOW_ESTABLISHED, 1);
	young = start(WGWARD_NONE, WGWARD_FLOW_NEW)->tuple;
	flow = start(WGWARD_NONE, WGWARD_FLOW_NEW);
	flow->seen -= 5 * HZ;
	old = flow->tuple;
	closing = start(WGWARD_NONE, WGWARD_FLOW_CLOSING)->tuple;
	start(WGWARD_NONE, WGWARD_FLOW_ESTABLISHED);
	tap_result(!is_there(&closing) && is_there(&old) && is_there(&young),
		   "what is closing goes first");
	start(WGWARD_NONE, WGWARD_FLOW_ESTABLISHED);
	tap_result(!is_there(&old) && is_there(&young),
		   "then what has been idle for longest");
	flow = start(WGWARD_NONE, WGWARD_FLOW_ESTABLISHED);
	tap_result(!is_there(&young), "then the rest");
	flow->seen -= 181 * HZ;
	over = flow->tuple;
	tap_result(!IS_ERR(start(WGWARD_NONE, WGWARD_FLOW_NEW)) &&
			   !is_there(&over),
		   "and what is over, whatever it was");
	tap_result(reasons.limits[WGWARD_LIMIT_FLOWS_EVICTED] == 3,
		   "which was none that could have gone on");
	end();
}

static bool told(u64 packets, u64 bytes, u64 back_packets, u64 back_bytes)
{
	const struct wgward_traffic *traffic = surrounding_traffic;
	bool right = traffic[0].packets == packets &&
		     traffic[0].bytes == bytes &&
		     traffic[1].packets == back_packets &&
		     traffic[1].bytes == back_bytes;

	if (!right)
		tap_note("told %llu %llu %llu %llu",
			 (unsigned long long)traffic[0].packets,
			 (unsigned long long)traffic[0].bytes,
			 (unsigned long long)traffic[1].packets,
			 (unsigned long long)traffic[1].bytes);
	return right;
}

static void test_fold(void)
{
	struct wgward_flow *flow;

	begin(LIMIT);
	flow = start(1, WGWARD_FLOW_ESTABLISHED);
	flow->packets[0] = 10;
	flow->bytes[0] = 1000;
	flow->packets[1] = 3;
	flow->bytes[1] = 120;
	wgward_flow_fold(&ward, flow);
	wgward_flow_fold(&ward, flow);
	tap_result(told(10, 1000, 3, 120), "what was counted is told once");
	flow->packets[0] = 8;
	flow->bytes[0] = 900;
	wgward_flow_fold(&ward, flow);
	flow->packets[0] = 12;
	flow->bytes[0] = 1300;
	wgward_flow_fold(&ward, flow);
	tap_result(told(12, 1300, 3, 120),
		   "a count that went back is told when it has caught up");
	flow->packets[0] += 1ULL << 30;
	flow->bytes[0] += 1ULL << 38;
	wgward_flow_fold(&ward, flow);
	flow->packets[0] += 7ULL << 28;
	flow->bytes[0] += 7ULL << 36;
	wgward_flow_fold(&ward, flow);
	flow->packets[0] += 7ULL << 28;
	flow->bytes[0] += 7ULL << 36;
	wgward_flow_fold(&ward, flow);
	tap_result(told(flow->packets[0], flow->bytes[0], 3, 120),
		   "more than fits what a flow remembers");
	flow->packets[1] += 2;
	flow->bytes[1] += 80;
	wgward_flow_set_rule(&ward, flow, 8);
	tap_result(surrounding_told == 7 &&
			   told(flow->packets[0], flow->bytes[0], 5, 200),
		   "the former rule is told before another takes over");
	flow->packets[1]++;
	flow->bytes[1] += 40;
	wgward_flow_set_rule(&ward, flow, 8);
	tap_result(told(flow->packets[0], flow->bytes[0], 5, 200),
		   "the same rule is no other");
	wgward_flow_end(&ward, flow);
	tap_result(surrounding_told == 8 &&
			   told(flow->packets[0], flow->bytes[0], 6, 240),
		   "the end tells the rest");
	wgward_flow_fold(&ward, flow);
	wgward_flow_set_rule(&ward, flow, 9);
	tap_result(surrounding_told == 8 &&
			   told(flow->packets[0], flow->bytes[0], 6, 240),
		   "and after it there is nothing to tell");
	end();
}

/* The collector tells what grows fast, before it is more than fits. */
static void test_much(void)
{
	struct work_struct *work = &ward.flows.collect.work;
	struct wgward_flow *flow;

	begin(LIMIT);
	flow = start(1, WGWARD_FLOW_ESTABLISHED);
	flow->bytes[0] = 1ULL << 30;
	work->function(work);
	tap_result(told(0, 0, 0, 0), "the collector leaves little alone");
	flow->bytes[0] = 1ULL << 36;
	work->function(work);
	tap_result(told(0, 1ULL << 36, 0, 0), "and tells much");
	end();
}

int main(void)
{
	if (wgward_flow_init())
		return 1;
	test_ward();
	test_lowered();
	test_share();
	test_adopted();
	test_choice();
	test_fold();
	test_much();
	tap_result(!surrounding_flows_counted(), "all nodes' counts are zero");
	wgward_flow_exit();
	return tap_end();
}
