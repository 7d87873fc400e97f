// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "memory.h"
#include "output.h"

static const char *const kinds[] = {
	[CHANGE_INTERFACE] = "interface",
	[CHANGE_WARD] = "ward",
	[CHANGE_KEY] = "key",
	[CHANGE_PORT] = "port",
	[CHANGE_PEER] = "peer",
	[CHANGE_PREFIX] = "prefix",
	[CHANGE_ENDPOINT] = "endpoint",
	[CHANGE_KEEPALIVE] = "keepalive",
	[CHANGE_PRESHARED] = "preshared-key",
	[CHANGE_POLICY] = "policy",
	[CHANGE_NODE] = "node",
	[CHANGE_GROUP] = "group",
	[CHANGE_RULE] = "rule",
	[CHANGE_ADDRESS] = "address",
	[CHANGE_ROUTE] = "route",
	[CHANGE_MTU] = "mtu",
	[CHANGE_STATE] = "state",
};

static const char *const verbs[] = {
	[CHANGE_ADD] = "add",
	[CHANGE_REMOVE] = "remove",
	[CHANGE_SET] = "set",
	[CHANGE_MOVE] = "move",
};

static const char *const marks[] = {
	[CHANGE_ADD] = "+",
	[CHANGE_REMOVE] = "-",
	[CHANGE_SET] = "~",
	[CHANGE_MOVE] = "MOVE",
};

static char *copy(const char *text)
{
	return text ? memory_copy(text) : NULL;
}

void change_add(struct change_list *list, enum change_kind kind,
		enum change_verb verb, const char *name, const char *before,
		const char *after)
{
	list->items =
		memory_grow(list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = (struct change){
		.kind = kind,
		.verb = verb,
		.name = copy(name),
		.before = copy(before),
		.after = copy(after),
	};
}

static int compare_texts(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : !!a - !!b;
}

static int compare(const void *left, const void *right)
{
	const struct change *a = left, *b = right;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = compare_texts(a->name, b->name);
	if (!order && a->verb != b->verb)
		order = a->verb < b->verb ? -1 : 1;
	if (!order)
		order = compare_texts(a->before, b->before);
	return order ? order : compare_texts(a->after, b->after);
}

void change_list_sort(struct change_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare);
}

void change_list_free(struct change_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].before);
		free(list->items[i].after);
	}
	free(list->items);
	memset(list, 0, sizeof(*list));
}

const char *change_kind_name(enum change_kind kind)
{
	return kinds[kind];
}

static void print(const struct change *change, FILE *stream)
{
	fprintf(stream, "%s %s", marks[change->verb], kinds[change->kind]);
	if (change->name)
		fprintf(stream, " %s", change->name);
	if (change->before || change->after)
		fputs(change->name ? ": " : " ", stream);
	if (change->before)
		fputs(change->before, stream);
	if (change->before && change->after)
		fputs(" -> ", stream);
	if (change->after)
		fputs(change->after, stream);
	if (change->live)
		fputs(" LIVE", stream);
	fputc('\n', stream);
}

void change_list_write(const struct change_list *list, const char *indent,
		       FILE *stream)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		fputs(indent, stream);
		print(&list->items[i], stream);
	}
}

void change_list_print(const struct change_list *list, const char *indent)
{
	change_list_write(list, indent, stdout);
}

json_t *change_list_json(const struct change_list *list)
{
	json_t *array = output_array();
	json_t *object;
	size_t i;

	for (i = 0; i < list->count; i++) {
		object = output_object();
		output_set_text(object, "kind", kinds[list->items[i].kind]);
		output_set_text(object, "change", verbs[list->items[i].verb]);
		output_set_text(object, "name", list->items[i].name);
		output_set_text(object, "before", list->items[i].before);
		output_set_text(object, "after", list->items[i].after);
		output_set_bool(object, "live", list->items[i].live);
		output_append(array, object);
	}
	return array;
}
