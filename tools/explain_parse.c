// SPDX-License-Identifier: GPL-2.0
/* From "alice printer tcp/631" to addresses and a service number. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "explain.h"
#include "service.h"
#include "text.h"

static char explanation[512];

__attribute__((format(printf, 1, 2))) static const char *
explain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(explanation, sizeof(explanation), format, arguments);
	va_end(arguments);
	return explanation;
}

/**
 * struct end - one end of the conversation
 * @text: as written
 * @node: named by it, or NULL
 * @family: of @address, when there is no @node
 * @address: as written
 */
struct end {
	const char *text;
	const struct wgward_node *node;
	u8 family;
	struct in6_addr address;
};

static const char *unknown_node(const struct wgward_policy *policy,
				const char *name)
{
	struct text_nearest nearest = { .word = name };
	u32 i;

	if (!policy)
		return explain("%s: the ward has no policy and knows no nodes; "
			       "write an address",
			       text_show(name));
	if (wgward_policy_find_group(policy, name) != WGWARD_NONE)
		return explain("%s: is a group; name one of its nodes",
			       text_show(name));
	for (i = 0; i < policy->node_count; i++)
		text_nearest_try(&nearest, policy->nodes[i].name);
	if (nearest.best)
		return explain("%s: is no node; did you mean %s?",
			       text_show(name), nearest.best);
	return explain("%s: is no node and no address", text_show(name));
}

static const char *parse_end(const struct wgward_policy *policy,
			     const char *text, struct end *end)
{
	u32 index = WGWARD_NONE;

	memset(end, 0, sizeof(*end));
	end->text = text;
	if (strpbrk(text, ".:")) {
		if (address_parse(text, &end->family, &end->address))
			return NULL;
		return explain("%s: is no address", text_show(text));
	}
	if (policy)
		index = wgward_policy_find_node(policy, text);
	if (index == WGWARD_NONE)
		return unknown_node(policy, text);
	end->node = &policy->nodes[index];
	return NULL;
}

static const struct in6_addr *end_address(const struct end *end, u8 family)
{
	u32 i;

	if (!end->node)
		return end->family == family ? &end->address : NULL;
	for (i = 0; i < end->node->address_count; i++) {
		if (end->node->addresses[i].family == family)
			return &end->node->addresses[i].address;
	}
	return NULL;
}

/* The family that @service cannot do without, or AF_UNSPEC. */
static u8 family_of_service(const char *service)
{
	struct wgward_service ranges[SERVICE_RANGES];
	const char *why;

	if (service_parse(service, ranges, &why) != 1)
		return AF_UNSPEC;
	return service_family(ranges[0].first);
}

static bool can_use(const struct explainer *explainer, u8 wanted, u8 family,
		    const struct end *source, const struct end *destination)
{
	return (explainer->family == AF_UNSPEC ||
		explainer->family == family) &&
	       (wanted == AF_UNSPEC || wanted == family) &&
	       end_address(source, family) && end_address(destination, family);
}

const char *explain_parse(const struct explainer *explainer, const char *source,
			  const char *destination, const char *service,
			  struct ward_question *question)
{
	u8 wanted = family_of_service(service);
	struct end from, to;
	const char *why;

	memset(question, 0, sizeof(*question));
	why = parse_end(explainer->policy, source, &from);
	if (!why)
		why = parse_end(explainer->policy, destination, &to);
	if (why)
		return why;
	if (can_use(explainer, wanted, AF_INET, &from, &to))
		question->family = AF_INET;
	else if (can_use(explainer, wanted, AF_INET6, &from, &to))
		question->family = AF_INET6;
	else
		return explain("%s and %s have no addresses of one IP version "
			       "that goes with %s",
			       text_show(source), text_show(destination),
			       text_show(service));
	question->source = *end_address(&from, question->family);
	question->destination = *end_address(&to, question->family);
	question->service =
		service_parse_single(service, question->family, &why);
	if (question->service == WGWARD_NONE)
		return explain("%s: %s", text_show(service), why);
	return NULL;
}
