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

static int compare_flows(const void *left, const void *right)
{
	const struct ward_flow *a = left, *b = right;
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

int cuts_find(struct cuts *cuts, struct live *live,
	      const struct wgward_policy *after, u64 now)
{
	const struct ward_filter all = { 0 };
	size_t count, i;

	memset(cuts, 0, sizeof(*cuts));
	if (ward_read_flows(live->wards, live->interface, &all, &cuts->flows,
			    &count))
		return -1;
	if (count)
		qsort(cuts->flows, count, sizeof(*cuts->flows), compare_flows);
	for (i = 0; i < count; i++) {
		struct cut cut = { .flow = cuts->flows[i] };

		if (!would_be_cut(&cut, live->policy, after, now))
			continue;
		cuts->items = memory_grow(cuts->items, cuts->count,
					  sizeof(*cuts->items));
		cuts->items[cuts->count++] = cut;
	}
	return 0;
}

void cuts_free(struct cuts *cuts)
{
	free(cuts->flows);
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

	for (i = 0; i < cuts->count && i < MOST_LINES; i++)
		print(&cuts->items[i]);
	if (i < cuts->count)
		printf("CUT %zu more flows\n", cuts->count - i);
}

json_t *cuts_json(const struct cuts *cuts)
{
	json_t *object = output_object(), *array = output_array();
	const struct cut *cut;
	json_t *flow;
	size_t i;

	for (i = 0; i < cuts->count && i < MOST_OBJECTS; i++) {
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
