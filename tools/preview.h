/* SPDX-License-Identifier: GPL-2.0 */
/* What a plan changes and what that means, as plan and apply tell it. */
#ifndef _PREVIEW_H
#define _PREVIEW_H

#include "cut.h"
#include "effect.h"
#include "goal.h"

/**
 * struct preview - a plan and what it means
 * @changes: of the plan
 * @effect: or NULL when the policy stays
 * @cuts: live flows that end
 * @unknown: neither can be found out
 * @unwarded: what @effect begins with where there is no policy in force, or NULL
 */
struct preview {
	const struct change_list *changes;
	struct effect *effect;
	struct cuts cuts;
	bool unknown;
	struct wgward_policy *unwarded;
};

/*
 * Compiles the policy in force of @live. What cannot be found out is no reason
 * not to make the change, so it is warned about only. preview_free() is due as
 * long as @live, @goal and @plan are as they were.
 */
void preview_make(struct preview *preview, struct live *live,
		  const struct goal *goal, const struct plan *plan);
void preview_free(struct preview *preview);

/**
 * struct preview_told - what is told of a preview
 * @object: as JSON, or NULL
 * @text: or for people, or NULL
 *
 * It is worked out before a change, while it is known what there was, and
 * printed after it: who reads it may stop reading, which must not stop us.
 */
struct preview_told {
	json_t *object;
	char *text;
};

/* @kind: of what @name is the name, as a key of JSON. */
void preview_tell(const struct preview *preview, const char *kind,
		  const char *name, struct preview_told *told);
/* To be called once. JSON gets all else that there is in @object first. */
void preview_told_print(struct preview_told *told);
void preview_told_free(struct preview_told *told);

#endif /* _PREVIEW_H */
