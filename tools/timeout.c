// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/wgward.h>

#include "text.h"
#include "timeout.h"

#define WORD_MAX 32 /* bytes of the longest word that means something */

static const char *const names[] = {
	[WGWARD_TIMEOUT_TCP_NEW] = "tcp-new",
	[WGWARD_TIMEOUT_TCP_ESTABLISHED] = "tcp-established",
	[WGWARD_TIMEOUT_TCP_CLOSING] = "tcp-closing",
	[WGWARD_TIMEOUT_UDP_NEW] = "udp-new",
	[WGWARD_TIMEOUT_UDP_ESTABLISHED] = "udp-established",
	[WGWARD_TIMEOUT_ICMP] = "icmp",
	[WGWARD_TIMEOUT_SCTP_NEW] = "sctp-new",
	[WGWARD_TIMEOUT_SCTP_ESTABLISHED] = "sctp-established",
	[WGWARD_TIMEOUT_SCTP_CLOSING] = "sctp-closing",
	[WGWARD_TIMEOUT_OTHER] = "other",
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

const char *timeout_name(u32 kind)
{
	return kind <= WGWARD_TIMEOUT_MAX ? names[kind] : NULL;
}

static const char *parse_kind(const char *word, u32 *kind)
{
	struct text_nearest nearest = { .word = word };

	for (*kind = 0; *kind <= WGWARD_TIMEOUT_MAX; (*kind)++) {
		if (!strcmp(names[*kind], word))
			return NULL;
		text_nearest_try(&nearest, names[*kind]);
	}
	if (nearest.best)
		return explain("has an unknown name; did you mean %s?",
			       nearest.best);
	return "has an unknown name; there are tcp-new, tcp-established, "
	       "tcp-closing, udp-new, udp-established, icmp, sctp-new, "
	       "sctp-established, sctp-closing and other";
}

/* "90", "90s", "15m" or "2h" in @word, which is cut. */
static const char *parse_time(const char *name, char *word, u32 *seconds)
{
	size_t length = strlen(word);
	u32 unit = 1;
	u64 number;

	switch (length ? word[length - 1] : '\0') {
	case 'h':
		unit = 3600;
		break;
	case 'm':
		unit = 60;
		break;
	case 's':
		break;
	default:
		length = 0;
	}
	if (length)
		word[length - 1] = '\0';
	if (!text_number(word, WGWARD_MAX_TIMEOUT, &number) || !number ||
	    number * unit > WGWARD_MAX_TIMEOUT)
		return explain("has no time from 1 to %u seconds; write it as "
			       "\"%s 90\", \"%s 15m\" or \"%s 2h\"",
			       WGWARD_MAX_TIMEOUT, name, name, name);
	*seconds = number * unit;
	return NULL;
}

const char *timeout_parse(const char *text, u32 *kind, u32 *seconds)
{
	static const char blanks[] = " \t\r\v\f";
	size_t length = strcspn(text, blanks);
	char name[WORD_MAX], time[WORD_MAX];
	const char *rest = text + length;
	const char *why;

	rest += strspn(rest, blanks);
	if (!length)
		return "is an empty item; take out a comma";
	if (!*rest)
		return "has no time; write a name and seconds, as in "
		       "\"udp-new 30\"";
	if (length >= sizeof(name) || strlen(rest) >= sizeof(time))
		return "is too long for a timeout; write it as \"udp-new 30\"";
	memcpy(name, text, length);
	name[length] = '\0';
	strcpy(time, rest);
	why = parse_kind(name, kind);
	return why ? why : parse_time(name, time, seconds);
}
