// SPDX-License-Identifier: GPL-2.0
/* Requests as trees of attributes, one of which may be damaged. */

#include <libmnl/libmnl.h>
#include <string.h>

#include "client.h"
#include "message.h"

/* In no list of attributes. */
#define UNKNOWN_TYPE 200

const char *const damage_names[DAMAGES] = {
	[SOUND] = "sound",
	[ABSENT] = "absent",
	[TWICE] = "given twice",
	[EMPTY] = "empty",
	[SHORT] = "too short",
	[LONG] = "too long",
	[WRONG] = "out of range",
	[WRONG_TOO] = "wrong otherwise",
	[ZERO] = "zero",
	[OPEN] = "without its NUL",
	[TAIL] = "with text after its NUL",
	[UNKNOWN] = "with an unknown attribute",
	[REPLY_ONLY] = "with an attribute of answers",
	[NESTED_FLAG] = "with the flag of nests wrong",
	[PAST_END] = "longer than what it is in",
	[BELOW_HEADER] = "shorter than its header",
	[OTHER_NEST] = "with what belongs elsewhere",
};

static bool is_number(const struct field *field)
{
	return field->kind == NUMBER8 || field->kind == NUMBER16 ||
	       field->kind == NUMBER32 || field->kind == NUMBER64;
}

static bool has_wrong(const struct field *field, unsigned int i)
{
	if (field->kind == TEXT)
		return field->wrong_text[i];
	if (field->kind == BYTES)
		return !i && field->wrong_bytes;
	return is_number(field) && field->wrong[i];
}

bool message_damageable(const struct field *field, enum damage damage)
{
	switch (damage) {
	case ABSENT:
		return field->required;
	case TWICE:
		return !field->several;
	case EMPTY:
		return field->kind != FLAG;
	case SHORT:
		return (is_number(field) && field->kind != NUMBER8) ||
		       field->kind == BYTES;
	case LONG:
		return field->kind != NEST;
	case WRONG:
		return has_wrong(field, 0);
	case WRONG_TOO:
		return has_wrong(field, 1);
	case ZERO:
		return is_number(field) && field->not_zero;
	case OPEN:
	case TAIL:
		return field->kind == TEXT;
	case UNKNOWN:
	case OTHER_NEST:
		return field->kind == NEST;
	case REPLY_ONLY:
		return field->kind == NEST && field->reply_only;
	case NESTED_FLAG:
	case PAST_END:
	case BELOW_HEADER:
		return true;
	default:
		return false;
	}
}

static uint16_t number_length(const struct field *field)
{
	switch (field->kind) {
	case NUMBER8:
		return 1;
	case NUMBER16:
		return 2;
	case NUMBER32:
		return 4;
	default:
		return 8;
	}
}

/* All numbers are put as they are in memory, from their low bytes on. */
static void put_number(struct nlmsghdr *header, const struct field *field,
		       enum damage damage)
{
	uint64_t value[2] = { field->number, 0 };
	uint16_t length = number_length(field);

	if (damage == WRONG || damage == WRONG_TOO)
		value[0] = field->wrong[damage - WRONG];
	if (damage == ZERO)
		value[0] = 0;
	if (damage == EMPTY)
		length = 0;
	if (damage == SHORT)
		length--;
	if (damage == LONG)
		length++;
	mnl_attr_put(header, field->type, length, value);
}

static void put_text(struct nlmsghdr *header, const struct field *field,
		     enum damage damage)
{
	const char *text = field->text;
	char changed[1024] = {};
	size_t length;

	if (damage == WRONG || damage == WRONG_TOO)
		text = field->wrong_text[damage - WRONG];
	strncpy(changed, text, sizeof(changed) - 1);
	length = strlen(text) + 1;
	switch (damage) {
	case EMPTY:
		length = 0;
		break;
	case OPEN:
		length--;
		break;
	case TAIL:
		strcpy(changed + length, "on");
		length += strlen("on") + 1;
		break;
	case LONG:
		length = field->longest + 2;
		memset(changed, 'a', length - 1);
		break;
	default:
		break;
	}
	mnl_attr_put(header, field->type, length, changed);
}

static void put_bytes(struct nlmsghdr *header, const struct field *field,
		      enum damage damage)
{
	uint8_t changed[256] = {};
	uint16_t length = field->length;

	memcpy(changed, field->bytes, length);
	if (damage == WRONG)
		memcpy(changed, field->wrong_bytes, length);
	if (damage == EMPTY)
		length = 0;
	if (damage == SHORT)
		length--;
	if (damage == LONG)
		length = field->longest + 1;
	mnl_attr_put(header, field->type, length, changed);
}

static void put_fields(struct nlmsghdr *header, const struct field *fields,
		       const struct field *target, enum damage damage,
		       struct place *place);

static void note(struct place *place, const struct nlmsghdr *header)
{
	place->offset[place->count++] = MNL_ALIGN(header->nlmsg_len);
}

static void put_nest(struct nlmsghdr *header, const struct field *field,
		     const struct field *target, enum damage damage,
		     struct place *place)
{
	struct nlattr *nest = mnl_attr_nest_start(header, field->type);

	if (field == target && damage == OTHER_NEST) {
		note(place, header);
		mnl_attr_put(header, 1, 3, "odd");
	} else if (field != target || damage != EMPTY) {
		put_fields(header, field->fields, target, damage, place);
	}
	if (field == target && damage == UNKNOWN) {
		note(place, header);
		mnl_attr_put(header, UNKNOWN_TYPE, 4, "what");
	}
	if (field == target && damage == REPLY_ONLY) {
		note(place, header);
		mnl_attr_put_u32(header, field->reply_only, 1);
	}
	mnl_attr_nest_end(header, nest);
}

static void put_value(struct nlmsghdr *header, const struct field *field,
		      const struct field *target, enum damage damage,
		      struct place *place)
{
	enum damage own = field == target ? damage : SOUND;

	switch (field->kind) {
	case FLAG:
		mnl_attr_put(header, field->type, own == LONG ? 4 : 0, "flag");
		break;
	case NUMBER8:
	case NUMBER16:
	case NUMBER32:
	case NUMBER64:
		put_number(header, field, own);
		break;
	case TEXT:
		put_text(header, field, own);
		break;
	case BYTES:
		put_bytes(header, field, own);
		break;
	case NEST:
		put_nest(header, field, target, damage, place);
		break;
	}
}

/* What can be damaged of an attribute that is there already. */
static void spoil(struct nlattr *attr, enum damage damage)
{
	if (damage == NESTED_FLAG)
		attr->nla_type ^= NLA_F_NESTED;
	if (damage == PAST_END)
		attr->nla_len = UINT16_MAX;
	if (damage == BELOW_HEADER)
		attr->nla_len = NLA_HDRLEN - 1;
}

static void put_field(struct nlmsghdr *header, const struct field *field,
		      const struct field *target, enum damage damage,
		      struct place *place)
{
	struct nlattr *attr = mnl_nlmsg_get_payload_tail(header);

	note(place, header);
	put_value(header, field, target, damage, place);
	if (field != target)
		return;
	if (damage == TWICE) {
		note(place, header);
		put_value(header, field, NULL, SOUND, place);
	}
	spoil(attr, damage);
}

/* Whether @target is @field or in it. */
static bool contains(const struct field *field, const struct field *target)
{
	const struct field *inner;

	if (field == target)
		return true;
	if (field->kind != NEST)
		return false;
	for (inner = field->fields; inner->name; inner++) {
		if (contains(inner, target))
			return true;
	}
	return false;
}

static void put_fields(struct nlmsghdr *header, const struct field *fields,
		       const struct field *target, enum damage damage,
		       struct place *place)
{
	struct place elsewhere = {};
	const struct field *field;

	for (field = fields; field->name; field++) {
		if (field == target && damage == ABSENT)
			continue;
		if (target && contains(field, target)) {
			put_field(header, field, target, damage, place);
			continue;
		}
		elsewhere.count = 0;
		put_field(header, field, NULL, SOUND, &elsewhere);
	}
}

void message_put(struct client *client, const struct field *fields,
		 const struct field *target, enum damage damage,
		 struct place *place)
{
	place->count = 0;
	put_fields(&client->header, fields, target, damage, place);
}
