/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a change of policy means: who gains or loses which services with whom.
 *
 * Worked out from what the two policies are compiled to, so that the work grows
 * with what the rules tell apart, and not with nodes x nodes x ports.
 */
#ifndef _EFFECT_H
#define _EFFECT_H

#include <jansson.h>
#include <stdio.h>

#include "../module/policy.h"

struct effect;

/*
 * From @before, which may be NULL, to @after, at @now, seconds since 1970. Both
 * are compiled and stay as they are until effect_free().
 */
struct effect *effect_make(const struct wgward_policy *before,
			   const struct wgward_policy *after, u64 now);
void effect_free(struct effect *effect);

/* How many lines there are to tell. */
size_t effect_count(const struct effect *effect);
/* False: there was so much that a part was left out. */
bool effect_complete(const struct effect *effect);

/* For people, as many lines as they can read. */
void effect_print(const struct effect *effect, FILE *stream);
/* As many lines as programs can use; whether these are all in *@complete. */
json_t *effect_json(const struct effect *effect, bool *complete);

#endif /* _EFFECT_H */
