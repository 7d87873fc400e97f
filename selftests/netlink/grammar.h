/* SPDX-License-Identifier: GPL-2.0 */
/* What the specification says of requests; grammar.py makes the tables. */
#ifndef _GRAMMAR_H
#define _GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

enum grammar_kind {
	GRAMMAR_FLAG,
	GRAMMAR_NUMBER8,
	GRAMMAR_NUMBER16,
	GRAMMAR_NUMBER32,
	GRAMMAR_NUMBER64,
	GRAMMAR_TEXT,
	GRAMMAR_BYTES,
	GRAMMAR_NEST,
};

struct grammar_set;

/**
 * struct grammar_attr - an attribute
 * @name: in the specification
 * @type: its number
 * @kind: of its value
 * @several: it may be given more than once
 * @reply: requests do not have it
 * @low: the least number that it may be, or of bytes that it may have
 * @high: the largest
 * @nested: what is in it, if it is a nest
 */
struct grammar_attr {
	const char *name;
	uint16_t type;
	enum grammar_kind kind;
	bool several;
	bool reply;
	uint64_t low;
	uint64_t high;
	const struct grammar_set *nested;
};

/* A list of attributes that belong together; their numbers begin at 1. */
struct grammar_set {
	const char *name;
	const struct grammar_attr *attrs;
	unsigned int count;
};

/**
 * struct grammar_command - a command
 * @name: in the specification
 * @number: of it
 * @takes: attributes of a request, up to a NULL; NULL: there is no such request
 * @dumps: the same for a dump
 */
struct grammar_command {
	const char *name;
	uint8_t number;
	const struct grammar_attr *const *takes;
	const struct grammar_attr *const *dumps;
};

extern const struct grammar_command grammar_commands[];
extern const unsigned int grammar_count;
/* What is at the top of messages, of all commands. */
extern const struct grammar_set *const grammar_top;

#endif /* _GRAMMAR_H */
