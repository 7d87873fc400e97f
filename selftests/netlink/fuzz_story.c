// SPDX-License-Identifier: GPL-2.0
/*
 * Sound requests, each of which fits what was asked for before. What they
 * consist of is the specification's; here is what it says in words only: what
 * cannot be left out, what is a new name and what one that is known.
 */

#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fuzz_dice.h"
#include "fuzz_story.h"

enum sense {
	PLAIN, /* any value of its kind */
	WARD,
	GENERATION,
	NEW_NAME,
	NODE_NAME,
	RELAY_NAME, /* of one of the nodes before */
	GROUP_NAME,
	RULE_NAME,
	GONE_NAME, /* of what is not there */
	KEY,
	ADDRESS, /* of a new node */
	SOME_ADDRESS, /* all of a request in one family */
	PREFIX_ADDRESS,
	PREFIX_LENGTH,
	FIRST,
	LAST,
	COUNT, /* which of its kind it is in what it is in */
	NODE_FLAGS,
	UNTIL,
};

static const struct meaning {
	const char *set;
	const char *attr;
	bool needed;
	enum sense sense;
} meanings[] = {
	{ "wgward", "ward", true, WARD },
	{ "wgward", "generation", true, GENERATION },
	{ "wgward", "default", true, PLAIN },
	{ "wgward", "mesh", false, GONE_NAME },
	{ "wgward", "source", true, SOME_ADDRESS },
	{ "wgward", "destination", true, SOME_ADDRESS },
	{ "wgward", "service", true, PLAIN },
	{ "wgward", "node-name", false, NODE_NAME },
	{ "wgward", "rule-name", false, RULE_NAME },
	{ "wgward", "removed-node", false, GONE_NAME },
	{ "wgward", "removed-rule", false, GONE_NAME },
	{ "timeout", "kind", true, COUNT },
	{ "timeout", "seconds", true, PLAIN },
	{ "prefix", "address", true, PREFIX_ADDRESS },
	{ "prefix", "length", true, PREFIX_LENGTH },
	{ "node", "name", true, NEW_NAME },
	{ "node", "key", true, KEY },
	{ "node", "flags", true, NODE_FLAGS },
	{ "node", "address", true, ADDRESS },
	{ "node", "group", false, GROUP_NAME },
	{ "node", "relay", false, RELAY_NAME },
	{ "node", "endpoint", false, GONE_NAME },
	{ "node", "until", false, UNTIL },
	{ "group", "name", true, NEW_NAME },
	{ "selector", "any", true, PLAIN },
	{ "selector", "group", false, GROUP_NAME },
	{ "selector", "except-group", false, GROUP_NAME },
	{ "service", "first", true, FIRST },
	{ "service", "last", true, LAST },
	{ "rule", "name", true, NEW_NAME },
	{ "rule", "action", true, PLAIN },
	{ "rule", "from", true, PLAIN },
	{ "rule", "to", true, PLAIN },
	{ "rule", "service", true, PLAIN },
	{ "rule", "until", false, UNTIL },
};

#define MEANINGS (sizeof(meanings) / sizeof(*meanings))

static const struct meaning nothing;

/**
 * struct place - where a value is going to be
 * @story: what was said before
 * @request: the request
 * @set: the attributes that it is one of
 * @parent: number of the nest that it is in
 * @index: how many of its kind are in that already
 * @rank: the same of the nest that it is in
 * @v6: the family of its addresses, and of all of the request's if it matters
 * @base: where its ranges of services begin
 */
struct place {
	struct story *story;
	struct request *request;
	const struct grammar_set *set;
	int parent;
	unsigned int index;
	unsigned int rank;
	bool v6;
	uint32_t base;
};

static const struct meaning *mean(const struct grammar_set *set,
				  const struct grammar_attr *attr)
{
	unsigned int i;

	for (i = 0; i < MEANINGS; i++) {
		if (!strcmp(meanings[i].attr, attr->name) &&
		    !strcmp(meanings[i].set, set->name))
			return &meanings[i];
	}
	return &nothing;
}

void story_begin(struct story *story)
{
	story->nodes = 0;
	story->groups = 0;
	story->rules = 0;
	story->prefixes = 0;
	story->addresses = 0;
	story->self = false;
}

/* Small ones are more likely, and so are the edges. */
static uint64_t some_number(const struct grammar_attr *attr)
{
	uint64_t span = attr->high - attr->low;

	switch (roll(8)) {
	case 0:
		return attr->low;
	case 1:
		return attr->high;
	default:
		if (span < UINT64_MAX)
			return attr->low + (dice() >> roll(64)) % (span + 1);
		return dice() >> roll(64);
	}
}

static uint64_t number_of(struct place *place, const struct grammar_attr *attr,
			  enum sense sense)
{
	uint64_t number;

	switch (sense) {
	case GENERATION:
		return place->story->generation;
	case COUNT:
		return place->rank;
	case PREFIX_LENGTH:
		return place->v6 ? 48 : 24;
	case FIRST:
		return place->base + place->rank * 1000;
	case LAST:
		return place->base + place->rank * 1000 + roll(1000);
	case UNTIL:
		return rarely(4) ? time(NULL) + roll(3) :
				   1 + some_number(attr) / 2;
	case NODE_FLAGS:
		number = dice() & attr->high & ~1ULL;
		if (!place->story->self)
			number |= !rarely(8);
		place->story->self |= number & 1;
		return number;
	default:
		return some_number(attr);
	}
}

static void put_number(struct place *place, const struct grammar_attr *attr,
		       enum sense sense)
{
	static const uint8_t lengths[] = { 1, 2, 4, 8 };
	uint64_t number = number_of(place, attr, sense);

	request_put(place->request, &number,
		    lengths[attr->kind - GRAMMAR_NUMBER8]);
}

/* A name of its own for each that was given; a few times another one. */
static void name_of(struct place *place, enum sense sense, char *name,
		    size_t size)
{
	struct story *story = place->story;

	switch (sense) {
	case WARD:
		snprintf(name, size, "%s", story->ward);
		break;
	case NEW_NAME:
		if (!strcmp(place->set->name, "node"))
			snprintf(name, size, "n%u", story->nodes++);
		else if (!strcmp(place->set->name, "group"))
			snprintf(name, size, "g%u", story->groups++);
		else
			snprintf(name, size, "r%u", story->rules++);
		break;
	case NODE_NAME:
		snprintf(name, size, "n%u", (unsigned int)roll(8));
		break;
	case RELAY_NAME:
		snprintf(name, size, "n%u",
			 (unsigned int)roll(story->nodes - 1));
		break;
	case GROUP_NAME:
		snprintf(name, size, "g%u", place->index);
		break;
	case RULE_NAME:
		snprintf(name, size, "r%u", (unsigned int)roll(8));
		break;
	default:
		snprintf(name, size, "x%u", (unsigned int)roll(10000));
	}
}

static void put_text(struct place *place, enum sense sense)
{
	char name[64];

	name_of(place, sense, name, sizeof(name));
	request_put(place->request, name, strlen(name) + 1);
}

static void put_address(struct place *place, bool v6, uint32_t number,
			bool prefix)
{
	uint8_t four[4] = { 10, 10, number >> 8, number };
	uint8_t six[16] = { 0xfd, 0, number >> 8, number };

	if (prefix) {
		four[1] = number >> 8;
		four[2] = number;
		four[3] = 0;
	}
	if (v6)
		request_put(place->request, six, sizeof(six));
	else
		request_put(place->request, four, sizeof(four));
}

static void put_bytes(struct place *place, const struct grammar_attr *attr,
		      enum sense sense)
{
	struct story *story = place->story;
	uint8_t key[32] = { 1, story->nodes >> 8, story->nodes };

	switch (sense) {
	case KEY:
		request_put(place->request, key, sizeof(key));
		break;
	case ADDRESS:
		put_address(place, rarely(2), ++story->addresses, false);
		break;
	case SOME_ADDRESS:
		put_address(place, place->v6, roll(story->addresses + 2),
			    false);
		break;
	case PREFIX_ADDRESS:
		/* Beyond the nodes' addresses. */
		put_address(place, place->v6, 0x4000 + story->prefixes++, true);
		break;
	default:
		request_put(place->request, key, attr->low);
	}
}

static void put_nest(struct place *place, const struct grammar_attr *attr,
		     int piece);

static bool put_one(struct place *place, const struct grammar_attr *attr,
		    enum sense sense)
{
	int piece = request_open(place->request, attr, place->parent);

	if (piece < 0)
		return false;
	switch (attr->kind) {
	case GRAMMAR_FLAG:
		break;
	case GRAMMAR_TEXT:
		put_text(place, sense);
		break;
	case GRAMMAR_BYTES:
		put_bytes(place, attr, sense);
		break;
	case GRAMMAR_NEST:
		put_nest(place, attr, piece);
		break;
	default:
		put_number(place, attr, sense);
	}
	request_close(place->request, piece);
	return true;
}

static bool has_name(const struct grammar_set *set)
{
	unsigned int i;

	for (i = 0; i < set->count; i++) {
		if (mean(set, &set->attrs[i])->sense == NEW_NAME)
			return true;
	}
	return false;
}

/* How many times an attribute is going to be there. */
static unsigned int times(const struct place *place,
			  const struct grammar_attr *attr)
{
	const struct meaning *meaning = mean(place->set, attr);
	unsigned int count;

	if (attr->reply)
		return 0;
	if (meaning->sense == RELAY_NAME && place->story->nodes < 2)
		return 0;
	if (!attr->several)
		return meaning->needed || rarely(meaning->sense ? 4 : 2);
	count = meaning->needed + roll(4);
	/* Changes that dumps need several messages for. */
	if (attr->nested && has_name(attr->nested) && rarely(16))
		count = 100 + roll(200);
	if (meaning->sense == GROUP_NAME && count > place->story->groups)
		count = place->story->groups;
	return count;
}

static void put_attr(struct place *place, const struct grammar_attr *attr)
{
	enum sense sense = mean(place->set, attr)->sense;
	unsigned int count = times(place, attr);

	for (place->index = 0; place->index < count; place->index++) {
		if (!put_one(place, attr, sense))
			return;
	}
}

static void put_nest(struct place *place, const struct grammar_attr *attr,
		     int piece)
{
	struct place inner = *place;
	unsigned int i;

	inner.set = attr->nested;
	inner.parent = piece;
	inner.rank = place->index;
	inner.v6 = rarely(2);
	for (i = 0; i < inner.set->count; i++)
		put_attr(&inner, &inner.set->attrs[i]);
}

void story_request(struct story *story, struct request *request,
		   uint16_t family, const struct grammar_command *command,
		   bool dump, uint32_t sequence)
{
	const struct grammar_attr *const *attr = dump ? command->dumps :
							command->takes;
	struct place place = {
		.story = story,
		.request = request,
		.set = grammar_top,
		.parent = REQUEST_TOP,
		.v6 = rarely(2),
		.base = roll(0xf00000),
	};

	request_start(request, family, command->number,
		      dump ? NLM_F_DUMP : NLM_F_ACK, sequence);
	for (; *attr; attr++)
		put_attr(&place, *attr);
	request_end(request);
}
