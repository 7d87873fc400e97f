// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "diagnostic.h"
#include "memory.h"
#include "meshfile.h"
#include "text.h"

/* The name of a file with a secret, or of the key that gives it, is none. */
static bool names_file(const char *text)
{
	return *text == '/' || !strcasecmp(text, MESHFILE_PRESHARED);
}

/*
 * The text at fault, but never what follows the name of a secret: people paste
 * their wg0.conf, and errors end up in logs.
 */
static char *show(const char *text)
{
	static const char *const secrets[] = { "private", "preshared" };
	const char *found;
	size_t i;

	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		found = strcasestr(text, secrets[i]);
		if (found && !names_file(text))
			return memory_print("%.*s...", (int)strlen(secrets[i]),
					    found);
	}
	return memory_copy(text_show(text));
}

static void add(struct diagnostics *diagnostics, bool is_warning,
		const struct mesh_text *at, const char *format,
		va_list arguments)
{
	struct diagnostic *item;
	unsigned int *counter;
	char *message;

	if (!diagnostics)
		return;
	counter = is_warning ? &diagnostics->warnings : &diagnostics->errors;
	if ((*counter)++ >= DIAGNOSTIC_MAX)
		return;
	if (vasprintf(&message, format, arguments) < 0)
		message = memory_copy("out of memory");
	diagnostics->items = memory_grow(diagnostics->items, diagnostics->count,
					 sizeof(*diagnostics->items));
	item = &diagnostics->items[diagnostics->count++];
	item->line = at ? at->line : 0;
	item->warning = is_warning;
	item->text = at && at->text && *at->text ? show(at->text) : NULL;
	item->message = message;
}

void diagnostic_error(struct diagnostics *diagnostics,
		      const struct mesh_text *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(diagnostics, false, at, format, arguments);
	va_end(arguments);
}

void diagnostic_warning(struct diagnostics *diagnostics,
			const struct mesh_text *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(diagnostics, true, at, format, arguments);
	va_end(arguments);
}

bool diagnostic_full(const struct diagnostics *diagnostics)
{
	return diagnostics->errors > DIAGNOSTIC_MAX;
}

/* At most twice DIAGNOSTIC_MAX items; sorting by insertion keeps the order. */
static void sort(struct diagnostics *diagnostics)
{
	size_t i, j;

	for (i = 1; i < diagnostics->count; i++) {
		struct diagnostic item = diagnostics->items[i];

		for (j = i; j; j--) {
			if (diagnostics->items[j - 1].line <= item.line)
				break;
			diagnostics->items[j] = diagnostics->items[j - 1];
		}
		diagnostics->items[j] = item;
	}
}

static const char *place_of(const struct diagnostics *diagnostics,
			    unsigned int line)
{
	return line && line <= diagnostics->place_count ?
		       diagnostics->places[line - 1] :
		       NULL;
}

const char *diagnostic_line(const struct diagnostics *diagnostics,
			    unsigned int line)
{
	const char *place = diagnostics ? place_of(diagnostics, line) : NULL;
	static char texts[2][24];
	static unsigned int next;

	if (place)
		return place;
	next = !next;
	snprintf(texts[next], sizeof(texts[next]), "line %u", line);
	return texts[next];
}

static void print(const struct diagnostics *diagnostics,
		  const struct diagnostic *item)
{
	const char *place = place_of(diagnostics, item->line);

	fputs(diagnostics->file, stderr);
	if (place)
		fprintf(stderr, ": %s", place);
	else if (item->line)
		fprintf(stderr, ":%u", item->line);
	fprintf(stderr, ": %s: ", item->warning ? "warning" : "error");
	if (item->text && (!place || strcmp(place, item->text)))
		fprintf(stderr, "%s: ", item->text);
	fprintf(stderr, "%s\n", item->message);
}

void diagnostic_print(struct diagnostics *diagnostics)
{
	size_t i;

	sort(diagnostics);
	for (i = 0; i < diagnostics->count; i++)
		print(diagnostics, &diagnostics->items[i]);
	if (diagnostics->errors > DIAGNOSTIC_MAX)
		fprintf(stderr, "%s: error: too many errors, %u are shown\n",
			diagnostics->file, DIAGNOSTIC_MAX);
	if (diagnostics->warnings > DIAGNOSTIC_MAX)
		fprintf(stderr, "%s: warning: %u more warnings are not shown\n",
			diagnostics->file,
			diagnostics->warnings - DIAGNOSTIC_MAX);
}

void diagnostic_free(struct diagnostics *diagnostics)
{
	size_t i;

	for (i = 0; i < diagnostics->count; i++) {
		free(diagnostics->items[i].text);
		free(diagnostics->items[i].message);
	}
	for (i = 0; i < diagnostics->place_count; i++)
		free(diagnostics->places[i]);
	free(diagnostics->places);
	free(diagnostics->items);
	memset(diagnostics, 0, sizeof(*diagnostics));
}
