/* SPDX-License-Identifier: GPL-2.0 */
/* What is not as it should be, as verify tells it. */
#ifndef _FINDING_H
#define _FINDING_H

#include <jansson.h>
#include <stdbool.h>

#include "change.h"

/* What a finding is about. */
enum finding_part {
	FINDING_WARD,
	FINDING_POLICY,
	FINDING_WIREGUARD,
	FINDING_INTERFACE,
	FINDING_BYPASS,
	FINDING_NOTE,
};

/**
 * struct finding - one thing that is not as it should be
 * @part: what it is about; a note is none that apply could mend
 * @kind: of object, or NULL
 * @name: which one, or NULL
 * @found: what it is, or NULL
 * @expected: what it should be, or NULL
 * @live: a script did that, see mark.h
 * @text: all of that in a sentence
 */
struct finding {
	enum finding_part part;
	const char *kind;
	char *name, *found, *expected;
	bool live;
	char *text;
};

/* Zero it to begin with. */
struct findings {
	struct finding *items;
	size_t count;
	size_t notes; /* of @count */
};

void findings_add(struct findings *findings, enum finding_part part,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What has to change for @part to be as it should be. */
void findings_add_changes(struct findings *findings, enum finding_part part,
			  const struct change_list *list);
/* Whether they are the same but for notes. */
bool findings_equal(const struct findings *a, const struct findings *b);
void findings_free(struct findings *findings);

/* A line each, to standard output. */
void findings_print(const struct findings *findings);
/* Those that are notes, or those that are not. */
json_t *findings_json(const struct findings *findings, bool notes);

#endif /* _FINDING_H */
