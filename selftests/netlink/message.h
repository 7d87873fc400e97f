/* SPDX-License-Identifier: GPL-2.0 */
/* Requests as trees of attributes, one of which may be damaged. */
#ifndef _MESSAGE_H
#define _MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

struct client;

enum kind {
	FLAG,
	NUMBER8,
	NUMBER16,
	NUMBER32,
	NUMBER64,
	TEXT,
	BYTES,
	NEST,
};

/**
 * struct field - an attribute of a sound request
 * @name: for people; NULL ends a list
 * @type: its number
 * @kind: of its value
 * @required: the request is refused without it
 * @several: the same one may be given twice
 * @number: its value, if a number
 * @text: its value, if a text
 * @bytes: its value, if it is bytes, @length of them
 * @longest: bytes of a text or of bytes that are let pass
 * @wrong: numbers of its size that are refused; 0 is none
 * @not_zero: 0 is refused, too
 * @wrong_text: texts of good length that are refused
 * @wrong_bytes: bytes of the same length that are refused
 * @fields: what is in it, if it is a nest
 * @reply_only: a number that is known there, but not in requests; or 0
 */
struct field {
	const char *name;
	uint16_t type;
	enum kind kind;
	bool required;
	bool several;
	uint64_t number;
	const char *text;
	const void *bytes;
	uint16_t length;
	uint16_t longest;
	uint64_t wrong[2];
	bool not_zero;
	const char *wrong_text[2];
	const void *wrong_bytes;
	const struct field *fields;
	uint16_t reply_only;
};

/* What can be done to a field. */
enum damage {
	SOUND,
	ABSENT,
	TWICE,
	EMPTY,
	SHORT,
	LONG,
	WRONG,
	WRONG_TOO,
	ZERO,
	OPEN, /* a text without NUL */
	TAIL, /* a text that goes on after its NUL */
	UNKNOWN, /* an attribute in it that nobody knows */
	REPLY_ONLY, /* one that only answers have */
	NESTED_FLAG, /* said to be a nest, or not to be */
	PAST_END, /* longer than what it is in */
	BELOW_HEADER, /* shorter than an attribute can be */
	OTHER_NEST, /* with what belongs into none of its kind */
	DAMAGES,
};

extern const char *const damage_names[DAMAGES];

/* Whether @damage makes sense for @field, and has to be refused. */
bool message_damageable(const struct field *field, enum damage damage);

/* Where the kernel may point to, in bytes from the header. */
struct place {
	uint32_t offset[8];
	unsigned int count;
};

/*
 * Puts @fields into the request of @client; @target among them or in their
 * nests is damaged. NULL: none is.
 */
void message_put(struct client *client, const struct field *fields,
		 const struct field *target, enum damage damage,
		 struct place *place);

#endif /* _MESSAGE_H */
