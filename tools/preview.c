// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "output.h"
#include "preview.h"

int preview_make(struct preview *preview, struct live *live,
		 const struct goal *goal, const struct plan *plan)
{
	u64 now = time(NULL);

	memset(preview, 0, sizeof(*preview));
	preview->changes = &plan->list;
	if (!plan->policy)
		return 0;
	if (live_compile(live))
		return -1;
	preview->effect = effect_make(live->policy, goal->policy, now);
	if (!live->policy)
		return 0;
	return cuts_find(&preview->cuts, live, goal->policy, now);
}

void preview_free(struct preview *preview)
{
	effect_free(preview->effect);
	cuts_free(&preview->cuts);
}

void preview_print(const struct preview *preview)
{
	change_list_print(preview->changes, "");
	if (preview->effect)
		effect_print(preview->effect);
	cuts_print(&preview->cuts);
}

void preview_json(const struct preview *preview, json_t *object)
{
	bool complete = true;

	output_set(object, "changes", change_list_json(preview->changes));
	output_set(object, "effect",
		   preview->effect ? effect_json(preview->effect, &complete) :
				     output_array());
	output_set_number(object, "effect_lines",
			  preview->effect ? effect_count(preview->effect) : 0);
	output_set_bool(object, "effect_complete", complete);
	output_set(object, "cut", cuts_json(&preview->cuts));
}
