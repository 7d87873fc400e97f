// SPDX-License-Identifier: GPL-2.0
/*
 * Lists as values of keys: what is in them is compared by what it means, not
 * by how it is written.
 */
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "describe.h"
#include "edit.h"
#include "memory.h"
#include "service.h"
#include "text.h"
#include "token.h"

static bool is_services(const char *key)
{
	return !strcmp(key, "Allow") || !strcmp(key, "Deny") ||
	       !strcmp(key, "Reject");
}

/* Takes the services in @text for ranges. */
static bool read_services(const char *key, const char *text,
			  struct service_list *list)
{
	struct wgward_service ranges[SERVICE_RANGES];
	char *copy = memory_copy(text), *rest = copy, *item;
	unsigned int count = 1;
	const char *why;

	while (count && (item = token_next_item(&rest))) {
		count = service_parse(item, ranges, &why);
		if (count)
			service_list_add(list, ranges, count);
		else
			error("%s: %s: %s", key, text_show(item), why);
	}
	free(copy);
	service_list_merge(list);
	return count;
}

static char *change_services(const char *key, const char *text,
			     const char *items, bool merge)
{
	struct service_list list = { .items = NULL },
			    others = { .items = NULL };
	char *result = NULL;
	u32 i;

	if (!read_services(key, items, &others) ||
	    (text && !read_services(key, text, &list)))
		goto out;
	if (merge)
		service_list_add(&list, others.items, others.count);
	for (i = 0; !merge && i < others.count; i++)
		service_list_take(&list, &others.items[i]);
	service_list_merge(&list);
	result = service_format(list.items, list.count);
out:
	service_list_free(&list);
	service_list_free(&others);
	return result;
}

static int compare_texts(const void *left, const void *right)
{
	const char *const *a = left, *const *b = right;

	return strcmp(*a, *b);
}

/* "b+a+b" is "a+b". */
static char *sort_names(char *names)
{
	char *rest = names, *sorted, *end, *name;
	const char **list = NULL;
	size_t count = 0, i;

	sorted = memory_zero(strlen(names) + 1, 1);
	end = sorted;
	while ((name = strsep(&rest, "+"))) {
		list = memory_grow(list, count, sizeof(*list));
		list[count++] = name;
	}
	qsort(list, count, sizeof(*list), compare_texts);
	for (i = 0; i < count; i++) {
		if (i && !strcmp(list[i], list[i - 1]))
			continue;
		if (i)
			*end++ = '+';
		end = stpcpy(end, list[i]);
	}
	free(list);
	return sorted;
}

/* Equal items have equal texts. What is no item stays as it is. */
static char *tidy(const char *item)
{
	const char *mark = *item == '!' ? "!" : "";
	const char *rest = item + strlen(mark);
	char *copy, *sorted, *result;
	char text[PREFIX_TEXT_LEN];
	struct wgward_prefix prefix;

	if (strpbrk(rest, ".:/"))
		return prefix_parse(rest, &prefix) ?
			       memory_copy(item) :
			       memory_print("%s%s", mark,
					    describe_prefix(text, &prefix));
	copy = memory_copy(rest);
	sorted = sort_names(copy);
	result = memory_print("%s%s", mark, sorted);
	free(sorted);
	free(copy);
	return result;
}

struct items {
	char **texts;
	size_t count;
};

static void items_free(struct items *items)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		free(items->texts[i]);
	free(items->texts);
}

static size_t find(const struct items *items, const char *text)
{
	size_t i = 0;

	while (i < items->count && strcmp(items->texts[i], text))
		i++;
	return i;
}

static void take(struct items *items, char *text)
{
	size_t i = find(items, text);

	free(text);
	if (i == items->count)
		return;
	free(items->texts[i]);
	items->count--;
	memmove(&items->texts[i], &items->texts[i + 1],
		(items->count - i) * sizeof(*items->texts));
}

static void merge(struct items *items, char *text)
{
	if (find(items, text) < items->count) {
		free(text);
		return;
	}
	items->texts =
		memory_grow(items->texts, items->count, sizeof(*items->texts));
	items->texts[items->count++] = text;
}

static void for_each(struct items *items, const char *list,
		     void (*act)(struct items *items, char *text))
{
	char *copy = memory_copy(list), *rest = copy, *item;

	while ((item = token_next_item(&rest)))
		act(items, tidy(item));
	free(copy);
}

static char *join(const struct items *items)
{
	size_t length = 1, i;
	char *text, *end;

	for (i = 0; i < items->count; i++)
		length += strlen(items->texts[i]) + strlen(", ");
	text = memory_zero(length, 1);
	end = text;
	for (i = 0; i < items->count; i++) {
		if (i)
			end = stpcpy(end, ", ");
		end = stpcpy(end, items->texts[i]);
	}
	return text;
}

static char *change_items(const char *list, const char *items,
			  void (*act)(struct items *items, char *text))
{
	struct items all = { .texts = NULL };
	char *text;

	if (list)
		for_each(&all, list, merge);
	for_each(&all, items, act);
	text = join(&all);
	items_free(&all);
	return text;
}

char *edit_merge(const char *key, const char *list, const char *items)
{
	if (is_services(key))
		return change_services(key, list, items, true);
	return change_items(list, items, merge);
}

/* What is taken out is in no file, where anybody else would check it. */
static bool check_items(const char *key, const char *items)
{
	char *copy = memory_copy(items), *rest = copy, *item;
	struct wgward_prefix prefix;
	const char *why = NULL;

	while (!why && (item = token_next_item(&rest))) {
		if (!*item)
			why = "is an empty item; take out a comma";
		else if (strpbrk(item, ".:/"))
			why = prefix_parse(item + (*item == '!'), &prefix);
		if (why)
			error("%s: \"%s\" %s", key, text_show(item), why);
	}
	free(copy);
	return !why;
}

char *edit_take(const char *key, const char *list, const char *items)
{
	if (is_services(key))
		return change_services(key, list, items, false);
	if (!check_items(key, items))
		return NULL;
	return change_items(list, items, take);
}
