// SPDX-License-Identifier: GPL-2.0
/* Errors in the selectors and services of rules and tests. */
#include <string.h>

#include "meshfile.h"
#include "selector.h"
#include "service.h"
#include "text.h"

static void check_selector(const struct mesh *mesh,
			   const struct mesh_list *list, const char *key,
			   struct diagnostics *diagnostics)
{
	bool positive = false;
	struct term term;
	size_t i;

	for (i = 0; i < list->count && !diagnostic_full(diagnostics); i++) {
		positive |= list->items[i].text[0] != '!';
		term_parse(mesh, &list->items[i], diagnostics, &term);
		term_free(&term);
	}
	/* An empty list was told already. */
	if (list->count && !positive)
		diagnostic_error(diagnostics, &list->items[0],
				 "%s has only \"!\" terms, which leave nothing;"
				 " write \"any, %s\"",
				 key, text_show(list->items[0].text));
}

static void check_services(const struct mesh_list *list,
			   struct diagnostics *diagnostics)
{
	struct wgward_service ranges[SERVICE_RANGES];
	const char *why;
	size_t i;

	for (i = 0; i < list->count && !diagnostic_full(diagnostics); i++) {
		if (!service_parse(list->items[i].text, ranges, &why))
			diagnostic_error(diagnostics, &list->items[i], "%s",
					 why);
	}
}

void lint_rules(const struct mesh *mesh, struct diagnostics *diagnostics)
{
	size_t i;

	for (i = 0; i < mesh->rule_count && !diagnostic_full(diagnostics);
	     i++) {
		check_selector(mesh, &mesh->rules[i].from, "From", diagnostics);
		check_selector(mesh, &mesh->rules[i].to, "To", diagnostics);
		check_services(&mesh->rules[i].services, diagnostics);
	}
	for (i = 0; i < mesh->test_count && !diagnostic_full(diagnostics);
	     i++) {
		check_selector(mesh, &mesh->tests[i].from, "From", diagnostics);
		check_selector(mesh, &mesh->tests[i].to, "To", diagnostics);
		check_services(&mesh->tests[i].pass, diagnostics);
		check_services(&mesh->tests[i].drop, diagnostics);
		check_services(&mesh->tests[i].reject, diagnostics);
	}
}
