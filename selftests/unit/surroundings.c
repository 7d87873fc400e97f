// SPDX-License-Identifier: GPL-2.0
/* What the data path finds around it in the kernel: time, RCU, counters. */
#include "surroundings.h"

#include <linux/jiffies.h>
#include <linux/rcupdate.h>

#include "reject.h"
#include "sample.h"
#include "ward.h"

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
static atomic_t flow_counts[SURROUNDING_NODES + 1];
u64 surrounding_rule_hits;
u64 surrounding_rule_audits;
u64 surrounding_drops;

atomic_t *wgward_counters_flows(struct wgward_counters *counters, u32 id)
{
	(void)counters;
	return &flow_counts[id == WGWARD_NONE ? SURROUNDING_NODES : id];
}

void wgward_counters_rule_hit(struct wgward_counters *counters, u32 id)
{
	(void)counters;
	surrounding_rule_hits += id != WGWARD_NONE;
}

void wgward_counters_node_dropped(struct wgward_counters *counters, u32 id,
				  enum wgward_reason reason)
{
	(void)counters;
	(void)reason;
	surrounding_drops += id != WGWARD_NONE;
}

struct wgward_traffic surrounding_traffic[2];
u32 surrounding_told;
u32 surrounding_told_nodes[2];

void wgward_counters_traffic(struct wgward_counters *counters, u32 rule,
			     const u32 node[2],
			     const struct wgward_traffic traffic[2])
{
	unsigned int i;

	(void)counters;
	surrounding_told = rule;
	for (i = 0; i < 2; i++) {
		surrounding_told_nodes[i] = node[i];
		surrounding_traffic[i].packets += traffic[i].packets;
		surrounding_traffic[i].bytes += traffic[i].bytes;
	}
}

void wgward_counters_rule_audited(struct wgward_counters *counters, u32 id)
{
	(void)counters;
	surrounding_rule_audits += id != WGWARD_NONE;
}

/* Nobody listens, and answers go nowhere, but how many there are is known. */
u64 surrounding_answers;

void wgward_reject_answer(const struct wgward_judgement *judgement)
{
	(void)judgement;
	surrounding_answers++;
}

bool wgward_reject_is_answer(const struct wgward_judgement *judgement)
{
	(void)judgement;
	return false;
}

void wgward_sample_tell(const struct wgward_judgement *judgement, int result)
{
	(void)judgement;
	(void)result;
}

bool surrounding_flows_counted(void)
{
	int i, sum = 0;

	for (i = 0; i <= SURROUNDING_NODES; i++)
		sum |= atomic_read(&flow_counts[i]);
	return sum;
}
