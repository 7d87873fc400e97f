// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "command.h"
#include "cut.h"
#include "memory.h"
#include "output.h"
#include "service.h"
#include "show.h"

#define MOST_LINES 20
#define MOST_OBJECTS 1000
/* Room for as many again, so that sorting them is rare. */
#define KEEP_OBJECTS 2000
/* Of millions of flows, only those are looked at that this is enough for. */
#define PATIENCE_SECONDS 5

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
 * @end: when it has taken too long, of CLOCK_MONOTONIC
 */
struct search {
	struct cuts *cuts;
	const struct wgward_policy *before, *after;
	u64 now;
	time_t end;
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

static time_t seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void note(struct cuts *cuts, const struct cut *cut)
{
	cuts->count++;
	if (cuts->kept == KEEP_OBJECTS)
		sort(cuts);
	cuts->items[cuts->kept++] = *cut;
}

static bool look_at(const struct ward_flow *flow, void *data)
{
	struct cut cut = { .flow = *flow };
	struct search *search = data;

	if (would_be_cut(&cut, search->before, search->after, search->now))
		note(search->cuts, &cut);
	return seconds() <= search->end;
}

static void forget(void *data)
{
	struct search *search = data;

	search->cuts->kept = 0;
	search->cuts->count = 0;
}

static void search_flows(struct search *search, const struct live *live,
			 struct ward_socket *socket)
{
	const struct ward_filter all = { 0 };
	struct cuts *cuts = search->cuts;
	int result;

	result = ward_walk_flows(socket, live->interface, &all, look_at, forget,
				 search);
	cuts->partial = result == -ECANCELED;
	cuts->unknown = result && !cuts->partial;
	if (cuts->unknown)
		warning("%s: which flows would be cut is not known: %s",
			live->interface, ward_why(socket));
	sort(cuts);
}

void cuts_find(struct cuts *cuts, const struct live *live,
	       const struct wgward_policy *after, u64 now)
{
	struct search search = {
		.cuts = cuts,
		.before = live->policy,
		.after = after,
		.now = now,
		.end = seconds() + PATIENCE_SECONDS,
	};
	/* Of its own, as it may have to be closed in the midst of an answer. */
	struct ward_socket *socket = ward_open();

	memset(cuts, 0, sizeof(*cuts));
	cuts->items = memory_zero(KEEP_OBJECTS, sizeof(*cuts->items));
	if (socket)
		search_flows(&search, live, socket);
	else
		cuts->unknown = true;
	ward_close(socket);
}

void cuts_free(struct cuts *cuts)
{
	free(cuts->items);
}

static void print_why(const struct cut *cut, FILE *stream)
{
	char text[ADDRESS_TEXT_LEN];

	if (cut->moved)
		fprintf(stream, "%s goes to %s",
			address_format(text, cut->flow.family, &cut->address),
			cut->owner ? cut->owner : "nobody");
	else
		fprintf(stream, "%s%s%s", cut->reason, cut->rule ? " " : "",
			cut->rule ? cut->rule : "");
}

static void print(const struct cut *cut, FILE *stream)
{
	char *source = show_flow_source(&cut->flow);
	char *destination = show_flow_destination(&cut->flow);
	char service[SERVICE_TEXT_LEN];

	fprintf(stream, "CUT %s -> %s  %s (", source, destination,
		service_format_single(service, cut->flow.service));
	print_why(cut, stream);
	fputs(")\n", stream);
	free(source);
	free(destination);
}

void cuts_print(const struct cuts *cuts, FILE *stream)
{
	size_t i;

	for (i = 0; i < cuts->kept && i < MOST_LINES; i++)
		print(&cuts->items[i], stream);
	if (i < cuts->count)
		fprintf(stream, "CUT %llu more flows\n",
			(unsigned long long)cuts->count - i);
	if (cuts->partial)
		fprintf(stream,
			"CUT may not be all: after %u seconds, no more flows "
			"were looked at\n",
			PATIENCE_SECONDS);
}

static void set_owner(json_t *object, const struct cut *cut)
{
	char text[ADDRESS_TEXT_LEN];

	if (cut->moved)
		address_format(text, cut->flow.family, &cut->address);
	output_set_text(object, "address", cut->moved ? text : NULL);
	output_set_text(object, "owner", cut->owner);
}

json_t *cuts_json(const struct cuts *cuts)
{
	json_t *object, *array, *flow;
	const struct cut *cut;
	size_t i;

	if (cuts->unknown)
		return json_null();
	object = output_object();
	array = output_array();
	for (i = 0; i < cuts->kept; i++) {
		cut = &cuts->items[i];
		flow = show_flow_json(&cut->flow);
		output_set_text(flow, "reason", cut->reason);
		output_set_text(flow, "refused_by", cut->rule);
		set_owner(flow, cut);
		output_append(array, flow);
	}
	output_set_number(object, "count", cuts->count);
	output_set_bool(object, "complete", !cuts->partial);
	output_set(object, "flows", array);
	return object;
}
