// SPDX-License-Identifier: GPL-2.0
/* Reading services: text to ranges of service numbers. */
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "protocol.h"
#include "service.h"
#include "text.h"

#define LOW 0xffffu /* what a service number has below its protocol */
#define WORD_MAX 64 /* bytes of the longest word that means something */

static const struct wgward_service echoes[SERVICE_RANGES] = {
	{ IPPROTO_ICMP << 16 | 8 << 8, IPPROTO_ICMP << 16 | 8 << 8 | 0xff },
	{ IPPROTO_ICMPV6 << 16 | 128 << 8,
	  IPPROTO_ICMPV6 << 16 | 128 << 8 | 0xff },
};

static char explanation[256];

__attribute__((format(printf, 1, 2))) static const char *
explain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(explanation, sizeof(explanation), format, arguments);
	va_end(arguments);
	return explanation;
}

/* "PORT" or "PORT-PORT" in @text. Returns what is wrong, or NULL. */
static const char *parse_ports(const char *protocol, char *text,
			       struct wgward_service *range)
{
	char *dash = strchr(text, '-');
	u64 first, last;

	if (dash)
		*dash++ = '\0';
	if (!text_number(text, LOW, &first) ||
	    !text_number(dash ? dash : text, LOW, &last))
		return explain("has no port from 0 to 65535; "
			       "write it as \"%s/443\" or \"%s/1000-2000\"",
			       protocol, protocol);
	if (last < first)
		return explain("is a range that ends before it begins; "
			       "write \"%s/%llu-%llu\"",
			       protocol, (unsigned long long)last,
			       (unsigned long long)first);
	range->last = range->first | last;
	range->first |= first;
	return NULL;
}

static const char *unknown_type(const char *protocol, u8 number,
				const char *text)
{
	const char *nearest = protocol_type_nearest(number, text);

	if (nearest)
		return explain("has an unknown type; did you mean \"%s/%s\"?",
			       protocol, nearest);
	return explain("has an unknown type; write it as "
		       "\"%s/echo-request\" or \"%s/%u\"",
		       protocol, protocol, number == IPPROTO_ICMP ? 8 : 128);
}

/* "TYPE" or "TYPE/CODE" in @text. Returns what is wrong, or NULL. */
static const char *parse_type(const char *protocol, char *text,
			      struct wgward_service *range)
{
	u8 number = range->first >> SERVICE_SHIFT;
	char *slash = strchr(text, '/');
	u64 first = 0, last = 0xff;
	int type;

	if (slash)
		*slash++ = '\0';
	type = protocol_type_parse(number, text);
	if (type < 0)
		return unknown_type(protocol, number, text);
	if (slash) {
		if (!text_number(slash, 0xff, &first))
			return explain("has no code from 0 to 255; "
				       "write it as \"%s/%s/1\"",
				       protocol, text);
		last = first;
	}
	range->last = range->first | type << 8 | last;
	range->first |= type << 8 | first;
	return NULL;
}

static const char *unknown_protocol(const char *text)
{
	const char *nearest = protocol_nearest(text);
	u64 number;

	if (!strcmp(text, "all") || !strcmp(text, "*"))
		return "is no service; write \"any\" for every service";
	if (nearest)
		return explain("is no protocol; did you mean \"%s\"?", nearest);
	if (text_number(text, ~0ULL, &number))
		return explain("is no protocol from 0 to 255; "
			       "a port is written as \"tcp/%s\"",
			       text_show(text));
	return "is no service; write it as \"tcp/443\", \"udp/1000-2000\", "
	       "\"icmp/echo-request\", \"ping\", \"47\" or \"any\"";
}

/* "443/tcp", as other tools have it. */
static bool is_reversed(const char *first, const char *second)
{
	int number = protocol_parse(second);

	return *first >= '0' && *first <= '9' && number >= 0 &&
	       (*second < '0' || *second > '9') &&
	       (protocol_has_ports(number) || protocol_has_types(number));
}

/* @word is a copy of the service that may be cut into pieces. */
static const char *parse_one(char *word, struct wgward_service *range)
{
	char *slash = strchr(word, '/');
	int number;

	if (slash)
		*slash++ = '\0';
	if (slash && is_reversed(word, slash))
		return explain("is the wrong way round; write \"%s/%s\"", slash,
			       word);
	number = protocol_parse(word);
	if (number < 0)
		return unknown_protocol(word);
	range->first = (u32)number << SERVICE_SHIFT;
	range->last = range->first | LOW;
	if (!slash)
		return NULL;
	if (protocol_has_ports(number))
		return parse_ports(word, slash, range);
	if (protocol_has_types(number))
		return parse_type(word, slash, range);
	return explain("has no ports; write \"%s\"", word);
}

unsigned int service_parse(const char *text,
			   struct wgward_service ranges[SERVICE_RANGES],
			   const char **why)
{
	char word[WORD_MAX];

	if (!strcmp(text, "any")) {
		ranges[0].first = 0;
		ranges[0].last = WGWARD_SERVICE_MAX;
		return 1;
	}
	if (!strcmp(text, "ping")) {
		memcpy(ranges, echoes, sizeof(echoes));
		return SERVICE_RANGES;
	}
	if (strlen(text) >= sizeof(word)) {
		*why = "is too long for a service";
		return 0;
	}
	strcpy(word, text);
	*why = parse_one(word, &ranges[0]);
	return *why ? 0 : 1;
}

u8 service_family(u32 service)
{
	switch (service >> SERVICE_SHIFT) {
	case IPPROTO_ICMP:
		return AF_INET;
	case IPPROTO_ICMPV6:
		return AF_INET6;
	default:
		return AF_UNSPEC;
	}
}

u32 service_parse_single(const char *text, u8 family, const char **why)
{
	struct wgward_service ranges[SERVICE_RANGES];
	unsigned int count;
	u8 needed, protocol;

	count = service_parse(text, ranges, why);
	if (!count)
		return WGWARD_NONE;
	if (count > 1)
		return ranges[family == AF_INET6].first;
	protocol = ranges[0].first >> SERVICE_SHIFT;
	if (ranges[0].last >> SERVICE_SHIFT != protocol) {
		*why = "is every service; write one, such as \"tcp/443\"";
		return WGWARD_NONE;
	}
	if (protocol_has_ports(protocol) && ranges[0].first != ranges[0].last) {
		*why = "is more than one port; write one, such as \"tcp/443\"";
		return WGWARD_NONE;
	}
	if (protocol_has_types(protocol) &&
	    ranges[0].last - ranges[0].first > 0xff) {
		*why = "has no type; write \"ping\", or a type such as "
		       "\"icmp/3\"";
		return WGWARD_NONE;
	}
	needed = service_family(ranges[0].first);
	if (needed != AF_UNSPEC && needed != family) {
		*why = family == AF_INET ? "goes with IPv6 addresses only" :
					   "goes with IPv4 addresses only";
		return WGWARD_NONE;
	}
	return ranges[0].first;
}

void service_list_add(struct service_list *list,
		      const struct wgward_service *ranges, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		list->items = memory_grow(list->items, list->count,
					  sizeof(*list->items));
		list->items[list->count++] = ranges[i];
	}
}

static int compare(const void *left, const void *right)
{
	const struct wgward_service *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return 0;
}

void service_list_merge(struct service_list *list)
{
	u32 i, kept = 0;

	if (!list->count)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare);
	for (i = 1; i < list->count; i++) {
		struct wgward_service *last = &list->items[kept];

		if (list->items[i].first > last->last + 1)
			list->items[++kept] = list->items[i];
		else if (list->items[i].last > last->last)
			last->last = list->items[i].last;
	}
	list->count = kept + 1;
}

static void keep(struct service_list *list, u32 first, u32 last)
{
	const struct wgward_service range = { first, last };

	service_list_add(list, &range, 1);
}

void service_list_take(struct service_list *list,
		       const struct wgward_service *range)
{
	struct service_list left = { .items = NULL };
	u32 i;

	for (i = 0; i < list->count; i++) {
		const struct wgward_service *item = &list->items[i];

		if (item->last < range->first || item->first > range->last) {
			keep(&left, item->first, item->last);
			continue;
		}
		if (item->first < range->first)
			keep(&left, item->first, range->first - 1);
		if (item->last > range->last)
			keep(&left, range->last + 1, item->last);
	}
	service_list_free(list);
	*list = left;
}

void service_list_free(struct service_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}
