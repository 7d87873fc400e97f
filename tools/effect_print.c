// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "effect_internal.h"
#include "memory.h"
#include "output.h"
#include "service.h"
#include "timestamp.h"

/* More is for programs to read. */
#define MOST_LINES 500
#define MOST_NAMES 16
/* And of that, even programs can have too much. */
#define MOST_OBJECTS 2000
/* Naming both ends of a line takes a look at all that has names. */
#define NAMING_STEPS_MAX 200000000ULL
/* A list of services that has more protocols is told by what is not in it. */
#define MOST_PROTOCOLS 100

/**
 * struct told - a line with its names
 * @gain: services are gained
 * @from: who starts
 * @to: with whom
 * @services: ranges
 * @by: number of what decides
 * @was: of the rule that did, if that is to be told
 */
struct told {
	bool gain;
	struct effect_names from, to;
	struct service_list services;
	u32 by, was;
};

static struct told tell(const struct effect *effect,
			const struct effect_line *line)
{
	struct wgward_service range;
	struct told told = { 0 };
	size_t length, i;
	const u32 *piece;

	piece = intern_list(&effect->services.pieces, line->piece, &length);
	told.gain = piece[EFFECT_PIECE_GAIN];
	told.by = piece[EFFECT_PIECE_BY];
	told.was = piece[EFFECT_PIECE_WAS];
	for (i = EFFECT_PIECE_HEAD; i < length; i += 2) {
		range.first = piece[i];
		range.last = piece[i + 1];
		service_list_add(&told.services, &range, 1);
	}
	effect_name_line(effect, line, &told.from, &told.to);
	return told;
}

static void untell(struct told *told)
{
	effect_free_names(&told->from);
	effect_free_names(&told->to);
	service_list_free(&told->services);
}

static const struct wgward_rule *rule_of(const struct effect *effect,
					 u32 number)
{
	const struct effect_rule *rule = &effect->services.rules[number];
	unsigned int side = rule->index[1] != WGWARD_NONE;

	return &effect->policies[side]->rules[rule->index[side]];
}

static bool is_rule(const struct effect *effect, u32 number)
{
	return number < effect->services.rule_count;
}

/* The reason that the kernel would have; WireGuard keeps nobodys out. */
static const char *reason_of(const struct effect *effect, u32 number)
{
	if (is_rule(effect, number))
		return output_reason(WGWARD_REASON_RULE);
	if (number == EFFECT_SPECIAL(EFFECT_UNOWNED))
		return output_reason(WGWARD_REASON_UNOWNED);
	if (number == EFFECT_SPECIAL(EFFECT_EXPIRED))
		return output_reason(WGWARD_REASON_NODE_EXPIRED);
	if (number == EFFECT_SPECIAL(EFFECT_NOBODY))
		return "no-node";
	return output_reason(WGWARD_REASON_DEFAULT);
}

/* What passes by audit does so for no rule's sake. */
static bool is_audit(const struct effect *effect, const struct told *told)
{
	return told->gain && effect->policies[1]->audit;
}

/* In service_format()'s words, but short also for nearly everything. */
static char *format_services(const struct service_list *services)
{
	struct service_list rest = { 0 };
	struct wgward_service gap;
	char *text, *without;
	u32 i, covered = 0;
	u32 next = 0;

	for (i = 0; i < services->count; i++)
		covered +=
			services->items[i].last - services->items[i].first + 1;
	if (covered <= MOST_PROTOCOLS << SERVICE_SHIFT ||
	    covered > WGWARD_SERVICE_MAX)
		return service_format(services->items, services->count);
	for (i = 0; i <= services->count; i++) {
		gap.first = next;
		gap.last = i < services->count ? services->items[i].first - 1 :
						 WGWARD_SERVICE_MAX;
		if (i < services->count)
			next = services->items[i].last + 1;
		if (gap.first <= gap.last && gap.last <= WGWARD_SERVICE_MAX)
			service_list_add(&rest, &gap, 1);
	}
	without = service_format(rest.items, rest.count);
	text = memory_print("any but %s", without);
	free(without);
	service_list_free(&rest);
	return text;
}

static void print_names(const struct effect_names *names, FILE *stream)
{
	u32 more = 0;
	size_t i;

	for (i = 0; i < names->count; i++) {
		if (i < MOST_NAMES)
			fprintf(stream, "%s%s", i ? ", " : "",
				names->items[i].text);
		else
			more += names->items[i].nodes;
	}
	if (more)
		fprintf(stream, " and %u more", more);
}

static void print_rule(const struct wgward_rule *rule, FILE *stream)
{
	char text[TIMESTAMP_TEXT_LEN];

	fprintf(stream, "rule %s", rule->name);
	if (rule->until)
		fprintf(stream, " until %s",
			timestamp_format(text, rule->until));
}

static void print_why(const struct effect *effect, const struct told *told,
		      FILE *stream)
{
	fputs(" (", stream);
	if (is_audit(effect, told))
		fputs("audit", stream);
	else if (is_rule(effect, told->by))
		print_rule(rule_of(effect, told->by), stream);
	else
		fputs(reason_of(effect, told->by), stream);
	if (is_rule(effect, told->was))
		fprintf(stream, ", was rule %s",
			rule_of(effect, told->was)->name);
	fputs(")\n", stream);
}

static void print_line(const struct effect *effect,
		       const struct effect_line *line, FILE *stream)
{
	struct told told = tell(effect, line);
	char *services = format_services(&told.services);

	fputs(told.gain ? "GAIN " : "LOSE ", stream);
	print_names(&told.from, stream);
	fputs(" -> ", stream);
	print_names(&told.to, stream);
	fprintf(stream, "  %s", services);
	print_why(effect, &told, stream);
	free(services);
	untell(&told);
}

/* How many lines are told. */
static size_t count_told(const struct effect *effect, size_t most)
{
	u64 steps = effect->spans.count + effect_named(effect);

	if (most > NAMING_STEPS_MAX / steps)
		most = NAMING_STEPS_MAX / steps;
	return effect->line_count < most ? effect->line_count : most;
}

void effect_print(const struct effect *effect, FILE *stream)
{
	size_t i, told = count_told(effect, MOST_LINES);

	for (i = 0; i < told; i++)
		print_line(effect, &effect->lines[i], stream);
	if (told < effect->line_count)
		fprintf(stream, "and %zu more lines of GAIN and LOSE\n",
			effect->line_count - told);
	if (!effect->complete)
		fputs("There is more that is gained or lost, too much to be "
		      "worked out\n",
		      stream);
}

static json_t *names_json(const struct effect_names *names)
{
	json_t *array = output_array();
	size_t i;

	for (i = 0; i < names->count; i++)
		output_append_text(array, names->items[i].text);
	return array;
}

static void append_service(const char *text, void *array)
{
	output_append_text(array, text);
}

static void set_rule(json_t *object, const char *key,
		     const struct effect *effect, u32 number)
{
	output_set_text(
		object, key,
		is_rule(effect, number) ? rule_of(effect, number)->name : NULL);
}

static json_t *line_json(const struct effect *effect,
			 const struct effect_line *line)
{
	struct told told = tell(effect, line);
	json_t *object = output_object();
	json_t *services = output_array();
	bool audit = is_audit(effect, &told);

	service_each(told.services.items, told.services.count, append_service,
		     services);
	output_set_text(object, "change", told.gain ? "gain" : "lose");
	output_set(object, "from", names_json(&told.from));
	output_set(object, "to", names_json(&told.to));
	output_set(object, "services", services);
	output_set_text(object, "reason",
			audit ? output_reason(WGWARD_REASON_AUDIT) :
				reason_of(effect, told.by));
	set_rule(object, "rule", effect, audit ? EFFECT_DEFAULT : told.by);
	set_rule(object, "was", effect, told.was);
	output_set_time(object, "until",
			!audit && is_rule(effect, told.by) ?
				rule_of(effect, told.by)->until :
				0);
	untell(&told);
	return object;
}

json_t *effect_json(const struct effect *effect, bool *complete)
{
	size_t i, told = count_told(effect, MOST_OBJECTS);
	json_t *array = output_array();

	for (i = 0; i < told; i++)
		output_append(array, line_json(effect, &effect->lines[i]));
	*complete = effect->complete && told == effect->line_count;
	return array;
}
