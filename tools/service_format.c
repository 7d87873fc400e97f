// SPDX-License-Identifier: GPL-2.0
/* Writing services: ranges of service numbers to the file's notation. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "protocol.h"
#include "service.h"

#define LOW 0xffffu

struct printer {
	void (*part)(const char *text, void *data);
	void *data;
	bool ping; /* both echo requests are there: say "ping" */
};

static const char *format_protocol(char text[4], u8 protocol)
{
	const char *name = protocol_name(protocol);

	if (name)
		return name;
	sprintf(text, "%u", protocol);
	return text;
}

/* Ports, or what no mesh file can say, of one protocol. */
static void print_ports(const struct printer *printer, u32 first, u32 last)
{
	char text[SERVICE_TEXT_LEN], number[4];
	const char *name;

	name = format_protocol(number, first >> SERVICE_SHIFT);
	if (first == last)
		snprintf(text, sizeof(text), "%s/%u", name, first & LOW);
	else
		snprintf(text, sizeof(text), "%s/%u-%u", name, first & LOW,
			 last & LOW);
	printer->part(text, printer->data);
}

static void format_type(char *text, u32 service, bool code)
{
	u8 protocol = service >> SERVICE_SHIFT, type = service >> 8;
	const char *name = protocol_type_name(protocol, type);
	char number[4], type_number[4];

	sprintf(type_number, "%u", type);
	snprintf(text, SERVICE_TEXT_LEN, "%s/%s",
		 format_protocol(number, protocol), name ? name : type_number);
	if (code)
		sprintf(text + strlen(text), "/%u", service & 0xff);
}

static bool is_echo(u32 service)
{
	return (service & ~0xffu) == (IPPROTO_ICMP << 16 | 8 << 8) ||
	       (service & ~0xffu) == (IPPROTO_ICMPV6 << 16 | 128 << 8);
}

/* ICMP types of one protocol, with codes where not all of them are in. */
static void print_types(const struct printer *printer, u32 first, u32 last)
{
	char text[SERVICE_TEXT_LEN];

	while (first <= last) {
		bool whole = !(first & 0xff) && last >= (first | 0xff);

		format_type(text, first, !whole);
		if (!whole || !printer->ping || !is_echo(first))
			printer->part(text, printer->data);
		else if (first >> SERVICE_SHIFT == IPPROTO_ICMP)
			printer->part("ping", printer->data);
		first += whole ? 0x100 : 1;
	}
}

static void print_range(const struct printer *printer,
			const struct wgward_service *range)
{
	u32 first = range->first;
	char number[4];

	if (!first && range->last == WGWARD_SERVICE_MAX) {
		printer->part("any", printer->data);
		return;
	}
	while (first <= range->last) {
		u32 last = first | LOW;

		if (last > range->last)
			last = range->last;
		if (last - first == LOW)
			printer->part(format_protocol(number,
						      first >> SERVICE_SHIFT),
				      printer->data);
		else if (protocol_has_types(first >> SERVICE_SHIFT))
			print_types(printer, first, last);
		else
			print_ports(printer, first, last);
		first = last + 1;
	}
}

static bool has_echo(const struct wgward_service *services, u32 count,
		     u32 first)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (services[i].first == first &&
		    services[i].last == (first | 0xff))
			return true;
	}
	return false;
}

void service_each(const struct wgward_service *services, u32 count,
		  void (*part)(const char *text, void *data), void *data)
{
	struct printer printer = { .part = part, .data = data };
	u32 i;

	printer.ping =
		has_echo(services, count, IPPROTO_ICMP << 16 | 8 << 8) &&
		has_echo(services, count, IPPROTO_ICMPV6 << 16 | 128 << 8);
	for (i = 0; i < count; i++)
		print_range(&printer, &services[i]);
}

static void append(const char *part, void *data)
{
	FILE *stream = data;

	fprintf(stream, "%s%s", ftell(stream) > 0 ? ", " : "", part);
}

char *service_format(const struct wgward_service *services, u32 count)
{
	struct memory_text text;

	service_each(services, count, append, memory_text_begin(&text));
	return memory_text_end(&text);
}

char *service_format_single(char *text, u32 service)
{
	u8 protocol = service >> SERVICE_SHIFT;
	char number[4];

	if (protocol_has_types(protocol))
		format_type(text, service, service & 0xff);
	else if (protocol_has_ports(protocol) || service & LOW)
		sprintf(text, "%s/%u", format_protocol(number, protocol),
			service & LOW);
	else
		strcpy(text, format_protocol(number, protocol));
	return text;
}
