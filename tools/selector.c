// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "memory.h"
#include "selector.h"
#include "text.h"

static void unknown_name(const struct mesh *mesh, const struct mesh_text *text,
			 const char *name, struct diagnostics *diagnostics)
{
	struct text_nearest nearest = { .word = name };
	size_t i;

	if (!diagnostics || diagnostic_full(diagnostics))
		return;
	for (i = 0; i < mesh->group_count; i++)
		text_nearest_try(&nearest, mesh->groups[i].name);
	for (i = 0; i < mesh->node_count; i++)
		text_nearest_try(&nearest, mesh->nodes[i].name);
	if (nearest.best)
		diagnostic_error(diagnostics, text,
				 "\"%s\" is no node, and no group that a node "
				 "is in; did you mean %s?",
				 text_show(name), nearest.best);
	else
		diagnostic_error(diagnostics, text,
				 "\"%s\" is no node, and no group that a node "
				 "is in; add it to the Groups of one",
				 text_show(name));
}

static bool find_name(const struct mesh *mesh, const struct mesh_text *text,
		      const char *name, struct diagnostics *diagnostics,
		      struct term_name *found)
{
	if (!*name) {
		diagnostic_error(diagnostics, text,
				 "lacks a name; write \"admins\", or "
				 "\"admins+europe\" for those in both");
		return false;
	}
	if (!strcmp(name, "any")) {
		diagnostic_error(diagnostics, text,
				 "\"any\" cannot be joined with others; leave "
				 "\"any\" out");
		return false;
	}
	if (strpbrk(name, ".:/")) {
		diagnostic_error(diagnostics, text,
				 "only groups and nodes can be joined with "
				 "\"+\"; \"%s\" is neither",
				 text_show(name));
		return false;
	}
	if (*name == '!') {
		diagnostic_error(diagnostics, text,
				 "has \"!\" within; it stands before a whole "
				 "term, as in \"admins, !devices\"");
		return false;
	}
	found->group = mesh_find_group(mesh, name);
	found->node = found->group ? NULL : mesh_find_node(mesh, name);
	if (!found->group && !found->node)
		unknown_name(mesh, text, name, diagnostics);
	return found->group || found->node;
}

static const char *name_of(const struct term_name *name)
{
	return name->group ? name->group->name : name->node->name;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(name_of(left), name_of(right));
}

/* "b+a+b" is "a+b": one intersection has one name. */
static void sort_names(struct term *term)
{
	size_t i, kept = 0;

	qsort(term->names, term->name_count, sizeof(*term->names),
	      compare_names);
	for (i = 1; i < term->name_count; i++) {
		if (strcmp(name_of(&term->names[kept]),
			   name_of(&term->names[i])))
			term->names[++kept] = term->names[i];
	}
	term->name_count = kept + 1;
}

static size_t group_name_length(const struct term *term)
{
	size_t i, length = term->name_count - 1;

	for (i = 0; i < term->name_count; i++)
		length += strlen(name_of(&term->names[i]));
	return length;
}

static bool parse_names(const struct mesh *mesh, const struct mesh_text *text,
			const char *names, struct diagnostics *diagnostics,
			struct term *term)
{
	char *copy = memory_copy(names), *rest = copy, *name;
	bool good = true;

	term->kind = TERM_NAMES;
	while ((name = strsep(&rest, "+"))) {
		term->names = memory_grow(term->names, term->name_count,
					  sizeof(*term->names));
		memset(&term->names[term->name_count], 0, sizeof(*term->names));
		good = find_name(mesh, text, name, diagnostics,
				 &term->names[term->name_count++]);
		if (!good)
			break;
	}
	free(copy);
	if (!good)
		return false;
	sort_names(term);
	if (group_name_length(term) <= WGWARD_GROUP_NAME_LEN)
		return true;
	diagnostic_error(diagnostics, text,
			 "is too long; the names of an intersection have at "
			 "most %u bytes together",
			 WGWARD_GROUP_NAME_LEN);
	return false;
}

static bool parse_prefix(const struct mesh_text *text, const char *prefix,
			 struct diagnostics *diagnostics, struct term *term)
{
	const char *why = prefix_parse(prefix, &term->prefix);
	char right[PREFIX_TEXT_LEN];

	term->kind = TERM_PREFIX;
	if (!why)
		return true;
	if (why == prefix_host_bits)
		diagnostic_error(diagnostics, text, "%s; write %s%s", why,
				 term->negative ? "!" : "",
				 prefix_format(right, &term->prefix));
	else
		diagnostic_error(diagnostics, text,
				 "%s; write a prefix as 192.168.7.0/24 or "
				 "fd00:7::/64",
				 why);
	return false;
}

bool term_parse(const struct mesh *mesh, const struct mesh_text *text,
		struct diagnostics *diagnostics, struct term *term)
{
	const char *rest = text->text;

	memset(term, 0, sizeof(*term));
	term->negative = *rest == '!';
	rest += term->negative;
	if (!strcmp(rest, "any")) {
		term->kind = TERM_ANY;
		if (!term->negative)
			return true;
		diagnostic_error(diagnostics, text,
				 "leaves nothing; name what is not meant, as "
				 "in \"any, !devices\"");
		return false;
	}
	if (strpbrk(rest, ".:/") && !strchr(rest, '+'))
		return parse_prefix(text, rest, diagnostics, term);
	return parse_names(mesh, text, rest, diagnostics, term);
}

void term_free(struct term *term)
{
	free(term->names);
	memset(term, 0, sizeof(*term));
}

char *term_group_name(const struct term *term)
{
	char *name = memory_zero(group_name_length(term) + 1, 1), *end = name;
	size_t i;

	for (i = 0; i < term->name_count; i++) {
		if (i)
			*end++ = '+';
		end = stpcpy(end, name_of(&term->names[i]));
	}
	return name;
}

static void mark_name(const struct mesh *mesh, const struct term_name *name,
		      u8 *marks)
{
	size_t i;

	if (name->node) {
		marks[name->node - mesh->nodes] = 1;
		return;
	}
	for (i = 0; i < name->group->node_count; i++)
		marks[name->group->nodes[i]] = 1;
}

void term_mark(const struct mesh *mesh, const struct term *term, u8 *marks)
{
	u8 *both, *other;
	size_t i, j;

	if (term->kind == TERM_ANY) {
		memset(marks, 1, mesh->node_count);
		return;
	}
	if (term->name_count == 1) {
		mark_name(mesh, &term->names[0], marks);
		return;
	}
	both = memory_zero(mesh->node_count, 1);
	mark_name(mesh, &term->names[0], both);
	for (i = 1; i < term->name_count; i++) {
		other = memory_zero(mesh->node_count, 1);
		mark_name(mesh, &term->names[i], other);
		for (j = 0; j < mesh->node_count; j++)
			both[j] &= other[j];
		free(other);
	}
	for (j = 0; j < mesh->node_count; j++)
		marks[j] |= both[j];
	free(both);
}

static void add_prefix(struct wgward_prefix **prefixes, size_t *count,
		       const struct wgward_prefix *prefix)
{
	*prefixes = memory_grow(*prefixes, *count, sizeof(*prefix));
	(*prefixes)[(*count)++] = *prefix;
}

static void add_term(const struct mesh *mesh, const struct term *term,
		     struct selector_set *set)
{
	if (term->kind != TERM_PREFIX)
		term_mark(mesh, term,
			  term->negative ? set->except_nodes : set->nodes);
	else if (term->negative)
		add_prefix(&set->except, &set->except_count, &term->prefix);
	else
		add_prefix(&set->prefixes, &set->prefix_count, &term->prefix);
}

void selector_set(const struct mesh *mesh, const struct mesh_list *list,
		  struct selector_set *set)
{
	struct term term;
	size_t i;

	memset(set, 0, sizeof(*set));
	set->nodes = memory_zero(mesh->node_count, 1);
	set->except_nodes = memory_zero(mesh->node_count, 1);
	for (i = 0; i < list->count; i++) {
		if (term_parse(mesh, &list->items[i], NULL, &term))
			add_term(mesh, &term, set);
		term_free(&term);
	}
	for (i = 0; i < mesh->node_count; i++)
		set->nodes[i] &= !set->except_nodes[i];
}

void selector_set_free(struct selector_set *set)
{
	free(set->nodes);
	free(set->except_nodes);
	free(set->prefixes);
	free(set->except);
	memset(set, 0, sizeof(*set));
}
