// SPDX-License-Identifier: GPL-2.0
/*
 * The [Test] sections: what a file says about itself.
 *
 * A test is tried between every address of its From and every one of its To:
 * nodes by their addresses, networks by their first and last address and by
 * what nodes have in them. Services need no such choice: between two places
 * where a rule's services begin or end, verdicts do not change, so trying one
 * service of each such stretch tries all of them.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "diagnostic.h"
#include "expect_point.h"
#include "memory.h"
#include "output.h"
#include "service.h"
#include "text.h"

/* Verdicts that are asked for one service of a test, at most. */
#define VERDICTS_MAX 1000000ULL

/**
 * struct runner - a run of the tests
 * @mesh: whose tests
 * @policy: compiled
 * @diagnostics: where failures go
 * @edges: service numbers where a rule's services begin, or have ended
 * @edge_count: number of @edges
 * @test: at hand
 * @from: its addresses
 * @to: likewise
 */
struct runner {
	const struct mesh *mesh;
	const struct wgward_policy *policy;
	struct diagnostics *diagnostics;
	u32 *edges;
	size_t edge_count;
	const struct mesh_test *test;
	struct points from, to;
};

/**
 * struct outcome - what came of one service of a test
 * @tried: verdicts asked for
 * @failed: those that were not as expected
 * @source: of the first of them
 * @destination: of the first of them
 * @service: of the first of them
 * @verdict: of the first of them
 */
struct outcome {
	u64 tried, failed;
	const struct point *source, *destination;
	u32 service;
	struct wgward_verdict verdict;
};

static int compare_numbers(const void *left, const void *right)
{
	u32 a = *(const u32 *)left, b = *(const u32 *)right;

	return a < b ? -1 : a > b;
}

static void collect_edges(struct runner *runner)
{
	const struct wgward_policy *policy = runner->policy;
	size_t kept = 0;
	u32 i, j;

	for (i = 0; i < policy->rule_count; i++) {
		const struct wgward_rule *rule = &policy->rules[i];

		for (j = 0; j < rule->service_count; j++) {
			u32 edges[] = { rule->services[j].first,
					rule->services[j].last + 1 };

			runner->edges = memory_grow(
				runner->edges, runner->edge_count, sizeof(u32));
			runner->edges[runner->edge_count++] = edges[0];
			runner->edges = memory_grow(
				runner->edges, runner->edge_count, sizeof(u32));
			runner->edges[runner->edge_count++] = edges[1];
		}
	}
	if (!runner->edge_count)
		return;
	qsort(runner->edges, runner->edge_count, sizeof(u32), compare_numbers);
	for (i = 1; i < runner->edge_count; i++) {
		if (runner->edges[i] != runner->edges[kept])
			runner->edges[++kept] = runner->edges[i];
	}
	runner->edge_count = kept + 1;
}

/* Who expects a drop expects that nothing passes, answered or not. */
static bool is_expected(u8 code, u8 expected)
{
	if (expected == WGWARD_VERDICT_DROP)
		return code != WGWARD_VERDICT_PASS;
	return code == expected;
}

static void try(const struct runner *runner, const struct point *source,
		const struct point *destination, u32 service, u8 expected,
		struct outcome *outcome)
{
	u8 family = service_family(service);
	struct wgward_verdict verdict;

	if (family != AF_UNSPEC && family != source->family)
		return;
	wgward_policy_judge(runner->policy, source->family, &source->address,
			    &destination->address, service >> SERVICE_SHIFT,
			    service, time(NULL), &verdict);
	outcome->tried++;
	if (is_expected(verdict.code, expected))
		return;
	if (!outcome->failed++) {
		outcome->source = source;
		outcome->destination = destination;
		outcome->service = service;
		outcome->verdict = verdict;
	}
}

/* Index of the first edge beyond @service. */
static size_t edge_beyond(const struct runner *runner, u32 service)
{
	size_t low = 0, high = runner->edge_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (runner->edges[middle] <= service)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void try_range(const struct runner *runner, const struct point *source,
		      const struct point *destination,
		      const struct wgward_service *range, u8 expected,
		      struct outcome *outcome)
{
	size_t edge = edge_beyond(runner, range->first);

	try(runner, source, destination, range->first, expected, outcome);
	for (; edge < runner->edge_count; edge++) {
		if (runner->edges[edge] > range->last)
			break;
		try(runner, source, destination, runner->edges[edge], expected,
		    outcome);
	}
}

/* Traffic of a node with itself does not pass the mesh. */
static bool is_pair(const struct point *source, const struct point *destination)
{
	return source->family == destination->family &&
	       (source->owner != destination->owner ||
		source->owner == WGWARD_NONE) &&
	       point_compare(source, destination);
}

/* How far apart the addresses are that are tried; 1: all are. */
static size_t stride(const struct runner *runner,
		     const struct wgward_service *range)
{
	u64 services = edge_beyond(runner, range->last) -
		       edge_beyond(runner, range->first) + 1;
	u64 pairs = (u64)runner->from.count * runner->to.count;
	size_t step = 1;

	while (pairs * services / ((u64)step * step) > VERDICTS_MAX)
		step++;
	return step;
}

static void try_pairs(const struct runner *runner,
		      const struct wgward_service *range, u8 expected,
		      size_t step, struct outcome *outcome)
{
	size_t i, j;

	for (i = 0; i < runner->from.count; i += step) {
		const struct point *source = &runner->from.items[i];

		for (j = 0; j < runner->to.count; j += step) {
			if (is_pair(source, &runner->to.items[j]))
				try_range(runner, source, &runner->to.items[j],
					  range, expected, outcome);
		}
	}
}

static char *describe(const struct runner *runner, const struct point *point)
{
	char address[ADDRESS_TEXT_LEN];

	address_format(address, point->family, &point->address);
	if (point->owner == WGWARD_NONE)
		return memory_copy(address);
	return memory_print("%s (%s)", runner->mesh->nodes[point->owner].name,
			    address);
}

/* After @before, "NAME in line 7"; NULL: there is no rule. */
static char *describe_rule_of(const struct runner *runner, const char *before,
			      u32 index)
{
	const char *name;

	if (index == WGWARD_NONE)
		return NULL;
	name = runner->policy->rules[index].name;
	return memory_print("%s%s in line %u", before, name,
			    mesh_find_rule(runner->mesh, name)->line);
}

static void report(const struct runner *runner, const struct mesh_text *at,
		   u8 expected, const struct outcome *outcome)
{
	char *source = describe(runner, outcome->source);
	char *destination = describe(runner, outcome->destination);
	const struct wgward_verdict *verdict = &outcome->verdict;
	char *rule = describe_rule_of(runner, " ", verdict->rule);
	char *audited = describe_rule_of(
		runner, ", not asking the audited rule ", verdict->audited);
	char service[SERVICE_TEXT_LEN];
	char *more = NULL;

	if (outcome->failed > 1)
		more = memory_print(", and %llu more",
				    (unsigned long long)outcome->failed - 1);
	diagnostic_error(runner->diagnostics, at,
			 "[Test %s] expects %s; seen from %s to %s on %s: %s, "
			 "reason %s%s%s%s",
			 text_show(runner->test->name),
			 output_verdict(expected), source, destination,
			 service_format_single(service, outcome->service),
			 output_verdict(verdict->code),
			 output_reason(verdict->reason), rule ? rule : "",
			 audited ? audited : "", more ? more : "");
	free(source);
	free(destination);
	free(rule);
	free(audited);
	free(more);
}

/* Returns whether @at, a service of the test, is as expected. */
static bool run_service(const struct runner *runner, const struct mesh_text *at,
			u8 expected)
{
	struct wgward_service ranges[SERVICE_RANGES];
	struct outcome outcome = { .tried = 0 };
	unsigned int count, i;
	size_t step = 1;
	const char *why;

	count = service_parse(at->text, ranges, &why);
	for (i = 0; i < count; i++) {
		step = stride(runner, &ranges[i]);
		try_pairs(runner, &ranges[i], expected, step, &outcome);
	}
	if (outcome.failed) {
		report(runner, at, expected, &outcome);
	} else if (!outcome.tried) {
		diagnostic_error(runner->diagnostics, at,
				 "[Test %s] tests nothing; its From and To "
				 "have no two addresses between which there "
				 "could be such traffic",
				 text_show(runner->test->name));
		return false;
	} else if (step > 1) {
		diagnostic_warning(runner->diagnostics, at,
				   "[Test %s] has too many pairs of addresses; "
				   "%llu of them were tried",
				   text_show(runner->test->name),
				   (unsigned long long)outcome.tried);
	}
	return !outcome.failed;
}

static unsigned int run_test(struct runner *runner,
			     const struct mesh_test *test)
{
	unsigned int failed = 0;
	size_t i;

	runner->test = test;
	points_collect(runner->mesh, runner->policy, &test->from,
		       &runner->from);
	points_collect(runner->mesh, runner->policy, &test->to, &runner->to);
	for (i = 0; i < test->pass.count; i++)
		failed += !run_service(runner, &test->pass.items[i],
				       WGWARD_VERDICT_PASS);
	for (i = 0; i < test->drop.count; i++)
		failed += !run_service(runner, &test->drop.items[i],
				       WGWARD_VERDICT_DROP);
	for (i = 0; i < test->reject.count; i++)
		failed += !run_service(runner, &test->reject.items[i],
				       WGWARD_VERDICT_REJECT);
	free(runner->from.items);
	free(runner->to.items);
	return failed;
}

unsigned int mesh_run_tests(const struct mesh *mesh,
			    const struct wgward_policy *policy,
			    struct diagnostics *diagnostics)
{
	struct runner runner = {
		.mesh = mesh,
		.policy = policy,
		.diagnostics = diagnostics,
	};
	unsigned int failed = 0;
	size_t i;

	if (!mesh->test_count)
		return 0;
	collect_edges(&runner);
	for (i = 0; i < mesh->test_count; i++)
		failed += run_test(&runner, &mesh->tests[i]);
	free(runner.edges);
	return failed;
}

unsigned int mesh_test(const struct mesh *mesh,
		       const struct wgward_policy *policy)
{
	struct diagnostics diagnostics = { .file = mesh->file };
	unsigned int failed;

	failed = mesh_run_tests(mesh, policy, &diagnostics);
	diagnostic_print(&diagnostics);
	diagnostic_free(&diagnostics);
	return failed;
}
