// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "memory.h"
#include "output.h"

static const char *const parts[] = {
	[FINDING_WARD] = "ward",	   [FINDING_POLICY] = "policy",
	[FINDING_WIREGUARD] = "wireguard", [FINDING_INTERFACE] = "interface",
	[FINDING_BYPASS] = "bypass",	   [FINDING_NOTE] = "note",
};

static struct finding *add(struct findings *findings, enum finding_part part)
{
	struct finding *finding;

	findings->items = memory_grow(findings->items, findings->count,
				      sizeof(*findings->items));
	finding = &findings->items[findings->count++];
	memset(finding, 0, sizeof(*finding));
	finding->part = part;
	findings->notes += part == FINDING_NOTE;
	return finding;
}

void findings_add(struct findings *findings, enum finding_part part,
		  const char *format, ...)
{
	struct finding *finding = add(findings, part);
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&finding->text, format, arguments) < 0)
		memory_fail();
	va_end(arguments);
}

/* "peer bob", or "port" where there is but one. */
static char *title(const struct change *change)
{
	const char *kind = change_kind_name(change->kind);

	/* A setting of the policy goes by its name alone. */
	if (change->kind == CHANGE_POLICY && change->name)
		return memory_copy(change->name);
	return change->name ? memory_print("%s %s", kind, change->name) :
			      memory_copy(kind);
}

/* Of the policy in force, compared with the file. */
static char *tell_policy(const struct change *change, const char *what)
{
	switch (change->verb) {
	case CHANGE_ADD:
		return memory_print("%s is in the file and not in force: %s",
				    what, change->after);
	case CHANGE_REMOVE:
		return memory_print("%s is in force and not in the file: %s",
				    what, change->before);
	default:
		if (change->before)
			return memory_print("%s is %s; the file says %s", what,
					    change->before, change->after);
		return memory_print("%s is not as in the file: %s", what,
				    change->after ? change->after : "");
	}
}

/* Of a prefix, told with the peer that has it. */
static char *tell_prefix(const struct change *change, const char *what)
{
	switch (change->verb) {
	case CHANGE_ADD:
		return memory_print("%s of %s is missing", what, change->after);
	case CHANGE_REMOVE:
		return memory_print("%s is with %s, where it does not belong",
				    what, change->before);
	default:
		return memory_print("%s is with %s and not with %s", what,
				    change->before, change->after);
	}
}

/* Of a preshared key, which is not told. */
static char *tell_preshared(const struct change *change, const char *what)
{
	switch (change->verb) {
	case CHANGE_ADD:
		return memory_print("%s is missing: it is in %s", what,
				    change->after);
	case CHANGE_REMOVE:
		return memory_print("%s is there; the file says off", what);
	default:
		return memory_print("%s is not the one in %s", what,
				    change->after);
	}
}

static char *tell_object(const struct change *change, const char *what)
{
	switch (change->verb) {
	case CHANGE_ADD:
		return memory_print("%s is missing%s%s", what,
				    change->after ? ": " : "",
				    change->after ? change->after : "");
	case CHANGE_REMOVE:
		return memory_print("%s does not belong there%s%s", what,
				    change->before ? ": " : "",
				    change->before ? change->before : "");
	default:
		return memory_print("%s is %s and not %s", what,
				    change->before ? change->before : "none",
				    change->after ? change->after : "none");
	}
}

static char *copy(const char *text)
{
	return text ? memory_copy(text) : NULL;
}

void findings_add_changes(struct findings *findings, enum finding_part part,
			  const struct change_list *list)
{
	const struct change *change;
	struct finding *finding;
	char *what;
	size_t i;

	for (i = 0; i < list->count; i++) {
		change = &list->items[i];
		what = title(change);
		finding = add(findings, part);
		finding->kind = change_kind_name(change->kind);
		finding->name = copy(change->name);
		finding->found = copy(change->before);
		finding->expected = copy(change->after);
		finding->live = change->live;
		if (part == FINDING_POLICY)
			finding->text = tell_policy(change, what);
		else if (change->kind == CHANGE_PREFIX)
			finding->text = tell_prefix(change, what);
		else if (change->kind == CHANGE_PRESHARED)
			finding->text = tell_preshared(change, what);
		else
			finding->text = tell_object(change, what);
		free(what);
	}
}

/* The first that is no note from *@i on, or NULL. */
static const struct finding *next_finding(const struct findings *findings,
					  size_t *i)
{
	while (*i < findings->count && findings->items[*i].part == FINDING_NOTE)
		(*i)++;
	return *i < findings->count ? &findings->items[(*i)++] : NULL;
}

bool findings_equal(const struct findings *a, const struct findings *b)
{
	const struct finding *left, *right;
	size_t i = 0, j = 0;

	do {
		left = next_finding(a, &i);
		right = next_finding(b, &j);
		if (!left || !right)
			return left == right;
	} while (left->part == right->part && !strcmp(left->text, right->text));
	return false;
}

void findings_free(struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++) {
		free(findings->items[i].name);
		free(findings->items[i].found);
		free(findings->items[i].expected);
		free(findings->items[i].text);
	}
	free(findings->items);
	memset(findings, 0, sizeof(*findings));
}

void findings_print(const struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++)
		printf("%s: %s%s\n", parts[findings->items[i].part],
		       findings->items[i].text,
		       findings->items[i].live ? " LIVE" : "");
}

static json_t *finding_json(const struct finding *finding)
{
	json_t *object = output_object();

	output_set_text(object, "part", parts[finding->part]);
	output_set_text(object, "kind", finding->kind);
	output_set_text(object, "name", finding->name);
	output_set_text(object, "found", finding->found);
	output_set_text(object, "expected", finding->expected);
	output_set_bool(object, "live", finding->live);
	output_set_text(object, "text", finding->text);
	return object;
}

json_t *findings_json(const struct findings *findings, bool notes)
{
	json_t *array = output_array();
	size_t i;

	for (i = 0; i < findings->count; i++) {
		bool is_note = findings->items[i].part == FINDING_NOTE;

		if (is_note == notes)
			output_append(array, finding_json(&findings->items[i]));
	}
	return array;
}
