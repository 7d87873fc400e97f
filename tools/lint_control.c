// SPDX-License-Identifier: GPL-2.0
/* Warnings about what says when and whether: Until, Audit. */
#include <stdlib.h>
#include <time.h>

#include "memory.h"
#include "meshfile.h"

static void warn_ends(const struct mesh *mesh, u64 now,
		      struct diagnostics *diagnostics)
{
	size_t i;

	for (i = 0; i < mesh->node_count; i++) {
		if (mesh->nodes[i].until && mesh->nodes[i].until <= now)
			diagnostic_warning(diagnostics,
					   &mesh->nodes[i].until_text,
					   "is past; the traffic of the node "
					   "is dropped, take it out");
	}
	for (i = 0; i < mesh->rule_count; i++) {
		if (mesh->rules[i].until && mesh->rules[i].until <= now)
			diagnostic_warning(diagnostics,
					   &mesh->rules[i].until_text,
					   "is past; the rule has no effect "
					   "any more, take it out");
	}
}

/* Deny and Reject beat an Allow anyway, and the Default does the same. */
static void warn_idle_audits(const struct mesh *mesh,
			     struct diagnostics *diagnostics)
{
	size_t i;

	if (mesh->fallback != WGWARD_ACTION_ALLOW)
		return;
	for (i = 0; i < mesh->rule_count; i++) {
		const struct mesh_rule *rule = &mesh->rules[i];
		struct mesh_text at = { .line = rule->line };

		if (!(rule->flags & WGWARD_RULE_F_AUDIT) ||
		    rule->action != WGWARD_ACTION_ALLOW)
			continue;
		at.text = memory_print("[Rule %s]", rule->name);
		diagnostic_warning(diagnostics, &at,
				   "is audited, and has nothing to report; "
				   "Default = allow passes the same");
		free(at.text);
	}
}

void lint_control(const struct mesh *mesh, struct diagnostics *diagnostics)
{
	if (mesh->audit)
		diagnostic_warning(diagnostics, &mesh->audit_text,
				   "nothing is dropped: the ward only reports "
				   "what it would drop");
	warn_ends(mesh, time(NULL), diagnostics);
	warn_idle_audits(mesh, diagnostics);
}
