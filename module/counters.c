// SPDX-License-Identifier: GPL-2.0
/* What a ward counts. */

#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "registry.h"
#include "ward.h"

void wgward_counters_sum(const struct wgward_counters *counters,
			 struct wgward_reason_counters *sum)
{
	const struct wgward_reason_counters *one;
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		one = per_cpu_ptr(counters->reasons, cpu);
		for (i = 0; i <= WGWARD_REASON_MAX; i++) {
			sum->passed[i] += READ_ONCE(one->passed[i]);
			sum->dropped[i] += READ_ONCE(one->dropped[i]);
			sum->audited[i] += READ_ONCE(one->audited[i]);
		}
		for (i = 0; i <= WGWARD_LIMIT_MAX; i++)
			sum->limits[i] += READ_ONCE(one->limits[i]);
	}
}

atomic_t *wgward_counters_flows(struct wgward_counters *counters, u32 id)
{
	struct wgward_node_counter *counter;

	if (id == WGWARD_NONE)
		return &counters->others;
	counter = wgward_registry_node(counters, id);
	return counter ? &counter->flows : NULL;
}

void wgward_counters_rule_hit(struct wgward_counters *counters, u32 id)
{
	struct wgward_rule_counter *counter;
	u64 now;

	counter = wgward_registry_rule(counters, id);
	if (!counter)
		return;
	atomic64_inc(&counter->hits);
	now = ktime_get_real_seconds();
	if (READ_ONCE(counter->last_hit) != now)
		WRITE_ONCE(counter->last_hit, now);
}

void wgward_counters_rule_audited(struct wgward_counters *counters, u32 id)
{
	struct wgward_rule_counter *counter;

	counter = wgward_registry_rule(counters, id);
	if (counter)
		atomic64_inc(&counter->audited);
}

void wgward_counters_node_dropped(struct wgward_counters *counters, u32 id,
				  enum wgward_reason reason)
{
	struct wgward_node_counter *counter;

	counter = wgward_registry_node(counters, id);
	if (counter)
		atomic64_inc(&counter->dropped[reason]);
}

static void add(struct wgward_traffic_counter *counter, unsigned int way,
		const struct wgward_traffic *traffic)
{
	/* The bytes of a packet may be told before it is. */
	if (!traffic->packets && !traffic->bytes)
		return;
	atomic64_add(traffic->packets, &counter->packets[way]);
	atomic64_add(traffic->bytes, &counter->bytes[way]);
}

/**
 * wgward_counters_traffic() - counts what passed between two nodes
 * @counters: of the ward
 * @rule: stable id of the rule that passed it, or WGWARD_NONE
 * @node: stable ids of the nodes, that of who started first, or WGWARD_NONE
 * @traffic: from who started, and to it
 */
void wgward_counters_traffic(struct wgward_counters *counters, u32 rule,
			     const u32 node[2],
			     const struct wgward_traffic traffic[2])
{
	struct wgward_node_counter *of_node;
	struct wgward_rule_counter *of_rule;
	unsigned int i;

	of_rule = wgward_registry_rule(counters, rule);
	for (i = 0; of_rule && i < 2; i++)
		add(&of_rule->traffic, i, &traffic[i]);
	for (i = 0; i < 2; i++) {
		of_node = wgward_registry_node(counters, node[i]);
		if (!of_node)
			continue;
		add(&of_node->traffic, 0, &traffic[i]);
		add(&of_node->traffic, 1, &traffic[!i]);
	}
}

static void read_traffic(struct wgward_traffic traffic[2],
			 const struct wgward_traffic_counter *counter)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		traffic[i].packets = atomic64_read(&counter->packets[i]);
		traffic[i].bytes = atomic64_read(&counter->bytes[i]);
	}
}

void wgward_counters_read_node(const struct wgward_counters *counters, u32 id,
			       struct wgward_node_numbers *numbers)
{
	const struct wgward_node_counter *counter;
	u32 i;

	memset(numbers, 0, sizeof(*numbers));
	rcu_read_lock();
	counter = wgward_registry_node(counters, id);
	if (counter) {
		numbers->flows = atomic_read(&counter->flows);
		read_traffic(numbers->traffic, &counter->traffic);
		for (i = 0; i <= WGWARD_REASON_MAX; i++)
			numbers->dropped[i] =
				atomic64_read(&counter->dropped[i]);
	}
	rcu_read_unlock();
}

void wgward_counters_read_rule(const struct wgward_counters *counters, u32 id,
			       struct wgward_rule_numbers *numbers)
{
	const struct wgward_rule_counter *counter;

	memset(numbers, 0, sizeof(*numbers));
	rcu_read_lock();
	counter = wgward_registry_rule(counters, id);
	if (counter) {
		numbers->hits = atomic64_read(&counter->hits);
		numbers->audited = atomic64_read(&counter->audited);
		numbers->last_hit = READ_ONCE(counter->last_hit);
		read_traffic(numbers->traffic, &counter->traffic);
	}
	rcu_read_unlock();
}

int wgward_counters_create(struct wgward_ward *ward)
{
	struct wgward_counters *counters = &ward->counters;

	counters->reasons = alloc_percpu_gfp(struct wgward_reason_counters,
					     GFP_KERNEL_ACCOUNT);
	if (!counters->reasons)
		return -ENOMEM;
	wgward_registry_create(counters);
	mutex_init(&counters->lock);
	atomic_set(&counters->others, 0);
	return 0;
}

void wgward_counters_destroy(struct wgward_ward *ward)
{
	struct wgward_counters *counters = &ward->counters;

	wgward_registry_destroy(counters);
	free_percpu(counters->reasons);
	mutex_destroy(&counters->lock);
}
