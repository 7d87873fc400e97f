// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"

#define WORD(table, index)                                                \
	((index) < sizeof(table) / sizeof((table)[0]) && (table)[index] ? \
		 (table)[index] :                                         \
		 "unknown")

static const char *const verdicts[] = {
	[WGWARD_VERDICT_PASS] = "pass",
	[WGWARD_VERDICT_DROP] = "drop",
	[WGWARD_VERDICT_REJECT] = "reject",
};

static const char *const reasons[] = {
	[WGWARD_REASON_RULE] = "rule",
	[WGWARD_REASON_DEFAULT] = "default",
	[WGWARD_REASON_FLOW] = "flow",
	[WGWARD_REASON_PASSIVE] = "passive",
	[WGWARD_REASON_NO_POLICY] = "no-policy",
	[WGWARD_REASON_GUARD] = "guard",
	[WGWARD_REASON_UNOWNED] = "unowned",
	[WGWARD_REASON_SPOOFED] = "spoofed",
	[WGWARD_REASON_SAME_ADDRESS] = "same-address",
	[WGWARD_REASON_MALFORMED] = "malformed",
	[WGWARD_REASON_SOURCE_ROUTE] = "source-route",
	[WGWARD_REASON_EXTENSION_HEADER] = "extension-header",
	[WGWARD_REASON_FRAGMENT_ORPHAN] = "fragment-orphan",
	[WGWARD_REASON_FRAGMENT_OVERLAP] = "fragment-overlap",
	[WGWARD_REASON_FRAGMENT_LIMIT] = "fragment-limit",
	[WGWARD_REASON_ICMP_ERROR] = "icmp-error",
	[WGWARD_REASON_FLOW_LIMIT] = "flow-limit",
	[WGWARD_REASON_NO_MEMORY] = "no-memory",
	[WGWARD_REASON_NODE_EXPIRED] = "node-expired",
	[WGWARD_REASON_AUDIT] = "audit",
};

static const char *const actions[] = {
	[WGWARD_ACTION_ALLOW] = "allow",
	[WGWARD_ACTION_DENY] = "deny",
	[WGWARD_ACTION_REJECT] = "reject",
};

static const char *const states[] = {
	[WGWARD_STATE_WAITING] = "waiting",
	[WGWARD_STATE_NO_POLICY] = "no-policy",
	[WGWARD_STATE_PASSIVE] = "passive",
	[WGWARD_STATE_ENFORCING] = "enforcing",
	[WGWARD_STATE_GUARDED] = "guarded",
	[WGWARD_STATE_INTERRUPTED] = "interrupted",
	[WGWARD_STATE_UNCONFIRMED] = "unconfirmed",
};

static const char *const limits[] = {
	[WGWARD_LIMIT_FLOWS_WARD] = "flows-ward",
	[WGWARD_LIMIT_FLOWS_NODE] = "flows-node",
	[WGWARD_LIMIT_FLOWS_MODULE] = "flows-module",
	[WGWARD_LIMIT_FLOWS_EVICTED] = "flows-evicted",
	[WGWARD_LIMIT_FRAGMENTS] = "fragments",
	[WGWARD_LIMIT_REJECTS] = "rejects",
	[WGWARD_LIMIT_SAMPLES] = "samples",
};

static const char *const events[] = {
	[WGWARD_EVENT_ATTACH] = "attach",
	[WGWARD_EVENT_DETACH] = "detach",
	[WGWARD_EVENT_WAITING] = "waiting",
	[WGWARD_EVENT_GUARD] = "guard",
	[WGWARD_EVENT_COMMIT] = "commit",
	[WGWARD_EVENT_ABORT] = "abort",
	[WGWARD_EVENT_INTERRUPTED] = "interrupted",
	[WGWARD_EVENT_TAKEN_OVER] = "taken-over",
	[WGWARD_EVENT_RENAME] = "rename",
	[WGWARD_EVENT_EXPIRED] = "expired",
	[WGWARD_EVENT_CONFIRMED] = "confirmed",
	[WGWARD_EVENT_ROLLING_BACK] = "rolling-back",
	[WGWARD_EVENT_ROLLED_BACK] = "rolled-back",
};

const char *output_verdict(u8 code)
{
	return WORD(verdicts, code);
}

const char *output_reason(u8 reason)
{
	return WORD(reasons, reason);
}

const char *output_action(u8 action)
{
	return WORD(actions, action);
}

const char *output_state(u32 state)
{
	return WORD(states, state);
}

const char *output_limit(u32 limit)
{
	return WORD(limits, limit);
}

const char *output_event(u32 event)
{
	return WORD(events, event);
}

static void check(bool done)
{
	if (!done) {
		error("out of memory");
		exit(EXIT_ERROR);
	}
}

json_t *output_object(void)
{
	json_t *object = json_object();

	check(object);
	return object;
}

json_t *output_array(void)
{
	json_t *array = json_array();

	check(array);
	return array;
}

/* Text from outside may be no UTF-8, which JSON cannot say. */
static json_t *string(const char *value)
{
	json_t *text = json_string(value);
	char *ascii;
	size_t i;

	if (text)
		return text;
	ascii = strdup(value);
	check(ascii);
	for (i = 0; ascii[i]; i++) {
		if (ascii[i] & 0x80)
			ascii[i] = '?';
	}
	text = json_string(ascii);
	check(text);
	free(ascii);
	return text;
}

void output_set_text(json_t *object, const char *key, const char *value)
{
	output_set(object, key, value ? string(value) : json_null());
}

void output_set_number(json_t *object, const char *key, u64 value)
{
	output_set(object, key, json_integer((json_int_t)value));
}

void output_set_time(json_t *object, const char *key, u64 seconds)
{
	if (seconds)
		output_set_number(object, key, seconds);
	else
		output_set(object, key, json_null());
}

void output_set_bool(json_t *object, const char *key, bool value)
{
	output_set(object, key, json_boolean(value));
}

void output_set(json_t *object, const char *key, json_t *value)
{
	check(value && !json_object_set_new(object, key, value));
}

void output_append(json_t *array, json_t *value)
{
	check(value && !json_array_append_new(array, value));
}

void output_append_text(json_t *array, const char *value)
{
	output_append(array, string(value));
}

void output_json(json_t *object, bool one_line)
{
	json_dumpf(object, stdout, one_line ? JSON_COMPACT : JSON_INDENT(2));
	putchar('\n');
	json_decref(object);
}

int output_end(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	error("writing to standard output: %s", strerror(errno));
	return EXIT_ERROR;
}
