// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "cut.h"
#include "memory.h"
#include "output.h"
#include "service.h"
#include "show.h"

#define MOST_LINES 20
#define MOST_OBJECTS 1000
/* Room for as many again, so that sorting them is rare. */
#define KEEP_OBJECTS 2000

static struct wgward_verdict judge(const struct wgward_policy *policy,
				   const struct ward_flow *flow, u64 now)
{
	struct wgward_verdict verdict;

	wgward_policy_judge(policy, flow->family, &flow->source,
			    &flow->destination, flow->protocol, flow->service,
			    now, &verdict);
	/* That a ward audits is no reason to cut anything. */
	if (policy->audit)
		verdict.code = WGWARD_VERDICT_PASS;
	return verdict;
}

/* The key of the node that the flow is of, or NULL. */
static const u8 *key_of_name(const struct wgward_policy *policy,
			     const char *name)
{
	u32 node = *name ? wgward_policy_find_node(policy, name) : WGWARD_NONE;

	return node == WGWARD_NONE ? NULL : policy->nodes[node].key;
}

static bool has_other_owner(struct cut *cut, const struct wgward_policy *before,
			    const struct wgward_policy *after, const char *name,
			    const struct in6_addr *address)
{
	const u8 *was = key_of_name(before, name);
	u32 node;

	node = wgward_policy_owner(after, cut->flow.family, address);
	if (node == WGWARD_NONE ?
		    !was :
		    was && !memcmp(was, after->nodes[node].key, WGWARD_KEY_LEN))
		return false;
	cut->reason = "owner";
	cut->moved = true;
	cut->address = *address;
	cut->owner = node == WGWARD_NONE ? NULL : after->nodes[node].name;
	return true;
}

/* Whether the flow of @cut, which goes on today, would not. */
static bool would_be_cut(struct cut *cut, const struct wgward_policy *before,
			 const struct wgward_policy *after, u64 now)
{
	const struct ward_flow *flow = &cut->flow;
	struct wgward_verdict verdict;

	/* Which is over, or was cut before, is not cut by this. */
	if (flow->state == WGWARD_FLOW_CLOSING ||
	    judge(before, flow, now).code != WGWARD_VERDICT_PASS)
		return false;
	verdict = judge(after, flow, now);
	if (verdict.code != WGWARD_VERDICT_PASS) {
		cut->reason = output_reason(verdict.reason);
		if (verdict.rule != WGWARD_NONE)
			cut->rule = after->rules[verdict.rule].name;
		return true;
	}
	return has_other_owner(cut, before, after, flow->source_node,
			       &flow->source) ||
	       has_other_owner(cut, before, after, flow->destination_node,
			       &flow->destination);
}

static int compare_cuts(const void *left, const void *right)
{
	const struct ward_flow *a = &((const struct cut *)left)->flow;
	const struct ward_flow *b = &((const struct cut *)right)->flow;
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(&a->source, &b->source, sizeof(a->source));
	if (!order)
		order = memcmp(&a->destination, &b->destination,
			       sizeof(a->destination));
	if (order)
		return order;
	if (a->service != b->service)
		return a->service < b->service ? -1 : 1;
	return a->source_port < b->source_port ?
		       -1 :
		       a->source_port > b->source_port;
}

/**
 * struct search - for flows that would be cut
 * @cuts: those found
 * @before: policy in force
 * @after: policy to come
 * @now: seconds since 1970
 */
struct search {
	struct cuts *cuts;
	const struct wgward_policy *before, *after;
	u64 now;
};

/* Only the first are told, so the rest goes. */
static void sort(struct cuts *cuts)
{
	if (cuts->kept)
		qsort(cuts->items, cuts->kept, sizeof(*cuts->items),
		      compare_cuts);
	if (cuts->kept > MOST_OBJECTS)
		cuts->kept = MOST_OBJECTS;
}

static void look_at(const struct ward_flow *flow, void *data)
{
	struct cut cut = { .flow = *flow };
	struct search *search = data;
	struct cuts *cuts = search->cuts;

	if (!would_be_cut(&cut, search->before, search->after, search->now))
		return;
	cuts->count++;
	if (cuts->kept == KEEP_OBJECTS)
		sort(cuts);
	cuts->items[cuts->kept++] = cut;
}

static void forget(void *data)
{
	struct search *search = data;

	search->cuts->kept = 0;
	search->cuts->count = 0;
}

int cuts_find(struct cuts *cuts, struct live *live,
	      const struct wgward_policy *after, u64 now)
{
	const struct ward_filter all = { 0 };
	struct search search = {
		.cuts = cuts,
		.before = live->policy,
		.after = after,
		.now = now,
	};

	memset(cuts, 0, sizeof(*cuts));
	cuts->items = memory_zero(KEEP_OBJECTS, sizeof(*cuts->items));
	if (ward_walk_flows(live->wards, live->interface, &all, look_at, forget,
			    &search))
		return -1;
	sort(cuts);
	return 0;
}

void cuts_free(struct cuts *cuts)
{
	free(cuts->items);
}

static void print_why(const struct cut *cut)
{
	char text[ADDRESS_TEXT_LEN];

	if (cut->moved)
		printf("%s goes to %s",
		       address_format(text, cut->flow.family, &cut->address),
		       cut->owner ? cut->owner : "nobody");
	else
		printf("%s%s%s", cut->reason, cut->rule ? " " : "",
		       cut->rule ? cut->rule : "");
}

static void print(const struct cut *cut)
{
	char *source = show_flow_source(&cut->flow);
	char *destination = show_flow_destination(&cut->flow);
	char service[SERVICE_TEXT_LEN];

	printf("CUT %s -> %s  %s (", source, destination,
	       service_format_single(service, cut->flow.service));
	print_why(cut);
	puts(")");
	free(source);
	free(destination);
}

void cuts_print(const struct cuts *cuts)
{
	size_t i;

	for (i = 0; i < cuts->kept && i < MOST_LINES; i++)
		print(&cuts->items[i]);
	if (i < cuts->count)
		printf("CUT %llu more flows\n",
		       (unsigned long long)cuts->count - i);
}

json_t *cuts_json(const struct cuts *cuts)
{
	json_t *object = output_object(), *array = output_array();
	const struct cut *cut;
	json_t *flow;
	size_t i;

	for (i = 0; i < cuts->kept; i++) {
		cut = &cuts->items[i];
		flow = show_flow_json(&cut->flow);
		output_set_text(flow, "reason", cut->reason);
		output_set_text(flow, "refused_by", cut->rule);
		output_append(array, flow);
	}
	output_set_number(object, "count", cuts->count);
	output_set(object, "flows", array);
	return object;
}
