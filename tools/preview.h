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
 */
struct preview {
	const struct change_list *changes;
	struct effect *effect;
	struct cuts cuts;
};

/*
 * Compiles the policy in force of @live. Returns 0, or -1 after an error was
 * printed. preview_free() is due in either case, as long as @live, @goal and
 * @plan are as they were.
 */
int preview_make(struct preview *preview, struct live *live,
		 const struct goal *goal, const struct plan *plan);
void preview_free(struct preview *preview);

void preview_print(const struct preview *preview);
void preview_json(const struct preview *preview, json_t *object);

#endif /* _PREVIEW_H */
