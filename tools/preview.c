// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "memory.h"
#include "output.h"
#include "preview.h"
#include "unwarded.h"

/* Until its first policy, an interface that was there before us does. */
static bool passes_all(const struct live *live, const struct plan *plan)
{
	return plan->passive ||
	       (live->warded && live->ward.state == WGWARD_STATE_PASSIVE);
}

void preview_make(struct preview *preview, struct live *live,
		  const struct goal *goal, const struct plan *plan)
{
	u64 now = time(NULL);

	memset(preview, 0, sizeof(*preview));
	preview->changes = &plan->list;
	if (!plan->policy)
		return;
	if (live_compile(live)) {
		warning("%s: what the change means is not known",
			live->interface);
		preview->cuts.unknown = true;
		preview->unknown = true;
		return;
	}
	if (passes_all(live, plan))
		preview->unwarded = unwarded_policy(live, goal->policy);
	preview->effect = effect_make(preview->unwarded ? preview->unwarded :
							  live->policy,
				      goal->policy, now);
	if (live->policy)
		cuts_find(&preview->cuts, live, goal->policy, now);
}

void preview_free(struct preview *preview)
{
	effect_free(preview->effect);
	if (preview->unwarded)
		wgward_policy_free(preview->unwarded);
	cuts_free(&preview->cuts);
}

static char *make_text(const struct preview *preview)
{
	struct memory_text text;
	FILE *stream = memory_text_begin(&text);

	change_list_write(preview->changes, "", stream);
	if (preview->effect)
		effect_print(preview->effect, stream);
	cuts_print(&preview->cuts, stream);
	return memory_text_end(&text);
}

static void set_effect(json_t *object, const struct preview *preview)
{
	const struct effect *effect = preview->effect;
	bool complete = !preview->unknown;
	json_t *list;

	if (effect)
		list = effect_json(effect, &complete);
	else
		list = complete ? output_array() : json_null();
	output_set(object, "effect", list);
	output_set_number(object, "effect_lines",
			  effect ? effect_count(effect) : 0);
	output_set_bool(object, "effect_complete", complete);
}

static json_t *make_object(const struct preview *preview, const char *kind,
			   const char *name)
{
	json_t *object = output_object();

	output_set_text(object, kind, name);
	output_set_bool(object, "changed", preview->changes->count);
	output_set(object, "changes", change_list_json(preview->changes));
	set_effect(object, preview);
	output_set(object, "cut", cuts_json(&preview->cuts));
	return object;
}

void preview_tell(const struct preview *preview, const char *kind,
		  const char *name, struct preview_told *told)
{
	memset(told, 0, sizeof(*told));
	if (option_json)
		told->object = make_object(preview, kind, name);
	else
		told->text = make_text(preview);
}

void preview_told_print(struct preview_told *told)
{
	if (told->object)
		output_json(told->object, false);
	else
		fputs(told->text, stdout);
	told->object = NULL;
}

void preview_told_free(struct preview_told *told)
{
	json_decref(told->object);
	free(told->text);
	memset(told, 0, sizeof(*told));
}
