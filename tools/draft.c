// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "draft.h"
#include "memory.h"

static const char *const kinds[] = {
	[MESHFILE_MESH] = "Mesh",
	[MESHFILE_NODE] = "Node",
	[MESHFILE_RULE] = "Rule",
	[MESHFILE_TEST] = "Test",
};

struct draft_section *draft_find(const struct draft *draft,
				 enum meshfile_section kind, const char *name)
{
	size_t i;

	for (i = 0; i < draft->count; i++) {
		if (draft->sections[i].kind == kind &&
		    !strcmp(draft->sections[i].name, name))
			return &draft->sections[i];
	}
	return NULL;
}

struct draft_section *draft_add(struct draft *draft, enum meshfile_section kind,
				const char *name)
{
	struct draft_section *section;

	draft->sections = memory_grow(draft->sections, draft->count,
				      sizeof(*draft->sections));
	section = &draft->sections[draft->count++];
	memset(section, 0, sizeof(*section));
	section->kind = kind;
	section->name = memory_copy(name);
	return section;
}

void draft_clear(struct draft_section *section)
{
	size_t i;

	for (i = 0; i < section->key_count; i++)
		free(section->keys[i].value);
	free(section->keys);
	section->keys = NULL;
	section->key_count = 0;
}

void draft_remove(struct draft *draft, struct draft_section *section)
{
	size_t index = section - draft->sections;

	draft_clear(section);
	free(section->name);
	draft->count--;
	memmove(section, section + 1,
		(draft->count - index) * sizeof(*section));
}

void draft_free(struct draft *draft)
{
	size_t i;

	for (i = 0; i < draft->count; i++) {
		draft_clear(&draft->sections[i]);
		free(draft->sections[i].name);
	}
	free(draft->sections);
	memset(draft, 0, sizeof(*draft));
}

static struct draft_key *find_key(const struct draft_section *section,
				  const char *name)
{
	size_t i;

	for (i = 0; i < section->key_count; i++) {
		if (!strcmp(section->keys[i].name, name))
			return &section->keys[i];
	}
	return NULL;
}

const char *draft_get(const struct draft_section *section, const char *name)
{
	const struct draft_key *key = find_key(section, name);

	return key ? key->value : NULL;
}

static void take_out(struct draft_section *section, struct draft_key *key)
{
	size_t index = key - section->keys;

	free(key->value);
	section->key_count--;
	memmove(key, key + 1, (section->key_count - index) * sizeof(*key));
}

void draft_set(struct draft_section *section, const char *name, char *value)
{
	struct draft_key *key = find_key(section, name);

	if (!value || !*value) {
		free(value);
		if (key)
			take_out(section, key);
		return;
	}
	if (key) {
		free(key->value);
		key->value = value;
		return;
	}
	section->keys = memory_grow(section->keys, section->key_count,
				    sizeof(*section->keys));
	section->keys[section->key_count++] = (struct draft_key){ name, value };
}

/* "[Node alice]", in memory to be freed. */
static char *header_of(const struct draft_section *section)
{
	return memory_print("[%s%s%s]", kinds[section->kind],
			    *section->name ? " " : "", section->name);
}

static void print_section(const struct draft_section *section, FILE *stream)
{
	char *header = header_of(section);
	size_t i;

	fprintf(stream, "%s%s\n", header, section->live ? " # LIVE" : "");
	for (i = 0; i < section->key_count; i++)
		fprintf(stream, "%s = %s\n", section->keys[i].name,
			section->keys[i].value);
	free(header);
}

void draft_print(const struct draft *draft, FILE *stream)
{
	size_t i;

	for (i = 0; i < draft->count; i++) {
		if (i)
			fputc('\n', stream);
		print_section(&draft->sections[i], stream);
	}
}

static void add_place(struct diagnostics *diagnostics, char *place)
{
	diagnostics->places = memory_grow(diagnostics->places,
					  diagnostics->place_count,
					  sizeof(*diagnostics->places));
	diagnostics->places[diagnostics->place_count++] = place;
}

/* The lines are those of draft_print(). */
static void add_places(const struct draft *draft,
		       struct diagnostics *diagnostics)
{
	const struct draft_section *section;
	char *header;
	size_t i, j;

	for (i = 0; i < draft->count; i++) {
		section = &draft->sections[i];
		header = header_of(section);
		if (i)
			add_place(diagnostics, memory_copy(""));
		add_place(diagnostics, memory_copy(header));
		for (j = 0; j < section->key_count; j++)
			add_place(diagnostics,
				  memory_print("%s %s", header,
					       section->keys[j].name));
		free(header);
	}
}

struct mesh *draft_read(const struct draft *draft,
			struct diagnostics *diagnostics)
{
	struct memory_text text;

	add_places(draft, diagnostics);
	draft_print(draft, memory_text_begin(&text));
	return mesh_parse(memory_text_end(&text), diagnostics);
}
