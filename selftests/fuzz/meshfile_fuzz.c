// SPDX-License-Identifier: GPL-2.0
/*
 * Any text is a mesh file or is not: errors name a line that there is, blanks,
 * comments and the case of keys do not matter, and what was understood can be
 * written down and read again, in parts and as a whole.
 *
 * An input is the text.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "diagnostic.h"
#include "draft.h"
#include "fingerprint.h"
#include "input.h"
#include "memory.h"
#include "mesh.h"
#include "policy_diff.h"
#include "service.h"
#include "timestamp.h"

/**
 * struct sheet - a text that grows
 * @text: not terminated
 * @length: of @text
 * @space: room in @text
 */
struct sheet {
	char *text;
	size_t length, space;
};

static void write_text(struct sheet *sheet, const char *text, size_t length)
{
	if (sheet->length + length > sheet->space) {
		sheet->space = (sheet->length + length) * 2;
		sheet->text = memory_resize(sheet->text, sheet->space, 1);
	}
	if (length)
		memcpy(sheet->text + sheet->length, text, length);
	sheet->length += length;
}

static void write_string(struct sheet *sheet, const char *text)
{
	write_text(sheet, text, strlen(text));
}

static struct mesh *load(const struct sheet *sheet,
			 struct diagnostics *diagnostics)
{
	static char path[64];
	static int file = -1;

	if (file < 0) {
		file = memfd_create("mesh", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	}
	memset(diagnostics, 0, sizeof(*diagnostics));
	if (file < 0 || ftruncate(file, 0) ||
	    pwrite(file, sheet->text, sheet->length, 0) !=
		    (ssize_t)sheet->length)
		abort();
	return mesh_load(path, diagnostics);
}

static unsigned int count_lines(const struct sheet *sheet)
{
	unsigned int lines = 1;
	size_t i;

	for (i = 0; i < sheet->length; i++)
		lines += sheet->text[i] == '\n';
	return lines;
}

static void check_diagnostics(const struct diagnostics *diagnostics,
			      const struct mesh *mesh, unsigned int lines)
{
	const struct diagnostic *item;
	unsigned int errors = 0;
	size_t i;

	for (i = 0; i < diagnostics->count; i++) {
		item = &diagnostics->items[i];
		errors += !item->warning;
		if (item->line > lines)
			input_fail("line %u of %u: %s", item->line, lines,
				   item->message);
		if (!item->line && item->text)
			input_fail("%s has no line: %s", item->text,
				   item->message);
		if (!*item->message)
			input_fail("line %u: no message", item->line);
	}
	if (!mesh != !!diagnostics->errors ||
	    errors != (diagnostics->errors > DIAGNOSTIC_MAX ?
			       DIAGNOSTIC_MAX :
			       diagnostics->errors))
		input_fail("%u errors, %u told, and %s mesh",
			   diagnostics->errors, errors, mesh ? "a" : "no");
}

/* What errors are about must be in the line that belongs to theirs. */
static void check_same(const struct diagnostics *one,
		       const struct diagnostics *other)
{
	size_t i;

	if (one->count != other->count || one->errors != other->errors ||
	    one->warnings != other->warnings)
		input_fail("%u errors and %u warnings, with blanks %u and %u",
			   one->errors, one->warnings, other->errors,
			   other->warnings);
	for (i = 0; i < one->count; i++) {
		const struct diagnostic *a = &one->items[i];
		const struct diagnostic *b = &other->items[i];

		if (a->warning != b->warning || a->line * 2 != b->line ||
		    !a->text != !b->text ||
		    (a->text && strcmp(a->text, b->text)))
			input_fail("line %u: %s; with blanks %u: %s", a->line,
				   a->message, b->line, b->message);
	}
}

/* Before each line goes a comment, and blanks go before and behind it. */
static void add_blanks(const struct sheet *sheet, struct sheet *other)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *line = sheet->text, *end = line + sheet->length, *next;

	if (sheet->length >= 3 && !memcmp(line, mark, 3)) {
		write_text(other, line, 3);
		line += 3;
	}
	for (;;) {
		next = memchr(line, '\n', end - line);
		write_string(other, "# [Mesh]\n \t");
		write_text(other, line, (next ?: end) - line);
		write_string(other, "\t # = ]");
		if (!next)
			return;
		write_string(other, "\n");
		line = next + 1;
	}
}

/* Keys in the other case; not what is in brackets, which are names. */
static void turn_keys(struct sheet *sheet)
{
	bool key = true, first = true;
	size_t i;

	for (i = 0; i < sheet->length; i++) {
		char c = sheet->text[i];

		if (c == '\n')
			key = first = true;
		else if (c == '=' || c == '#' || (first && c == '['))
			key = false;
		else if (!isspace(c))
			first = false;
		if (key && isalpha(c))
			sheet->text[i] ^= 'a' ^ 'A';
	}
}

static struct wgward_policy *make_policy(const struct mesh *mesh)
{
	struct diagnostics diagnostics = { .file = NULL };
	struct wgward_policy *policy;

	policy = mesh_make_policy(mesh, NULL, &diagnostics);
	if (!policy != !!diagnostics.errors)
		input_fail("%u errors, and %s policy", diagnostics.errors,
			   policy ? "a" : "no");
	diagnostic_free(&diagnostics);
	return policy;
}

/* Services and ends of rules, as they are told, are read as what they are. */
static void check_services(const struct wgward_rule *rule)
{
	char *text = service_format(rule->services, rule->service_count);
	struct service_list told = { 0 }, read = { 0 };
	struct wgward_service ranges[SERVICE_RANGES];
	char *part, *rest = NULL;
	const char *why = "";
	unsigned int count;

	service_list_add(&told, rule->services, rule->service_count);
	service_list_merge(&told);
	for (part = strtok_r(text, ", ", &rest); part;
	     part = strtok_r(NULL, ", ", &rest)) {
		count = service_parse(part, ranges, &why);
		if (!count)
			input_fail("service %s: %s", part, why);
		service_list_add(&read, ranges, count);
	}
	service_list_merge(&read);
	if (told.count != read.count ||
	    memcmp(told.items, read.items, told.count * sizeof(*told.items)))
		input_fail("rule %s: services are not what they are told to be",
			   rule->name);
	service_list_free(&told);
	service_list_free(&read);
	free(text);
}

static void check_until(u64 until)
{
	char text[TIMESTAMP_TEXT_LEN];
	u64 seconds = 0;

	if (until &&
	    (timestamp_parse(timestamp_format(text, until), &seconds) ||
	     seconds != until))
		input_fail("%s is not %llu", text, (unsigned long long)until);
}

/* What is written of a policy makes the same policy. */
static void check_saved(const struct wgward_policy *policy)
{
	struct diagnostics diagnostics = { .file = "saved" };
	struct change_list list = { 0 };
	struct wgward_policy *again;
	struct draft draft;
	struct mesh *mesh;

	draft_from_policy(&draft, policy);
	mesh = draft_read(&draft, &diagnostics);
	if (!mesh)
		input_fail("what is saved is no mesh file: %s: %s",
			   diagnostic_line(&diagnostics,
					   diagnostics.items[0].line),
			   diagnostics.items[0].message);
	again = make_policy(mesh);
	if (!again || policy_diff(policy, again, &list))
		input_fail("what is saved is another policy");
	wgward_policy_free(again);
	mesh_free(mesh);
	draft_free(&draft);
	diagnostic_free(&diagnostics);
}

static void use_policy(const struct mesh *mesh, struct wgward_policy *policy)
{
	struct diagnostics diagnostics = { .file = NULL };
	const char *why;
	u32 i;

	for (i = 0; i < policy->rule_count; i++) {
		check_services(&policy->rules[i]);
		check_until(policy->rules[i].until);
	}
	for (i = 0; i < policy->node_count; i++)
		check_until(policy->nodes[i].until);
	check_saved(policy);
	if (wgward_policy_compile(policy, &why))
		input_fail("does not compile: %s", why);
	mesh_run_tests(mesh, policy, &diagnostics);
	diagnostic_free(&diagnostics);
}

/* The same file in another form has the same policy, or the same errors. */
static void check_forms(const struct sheet *sheet,
			const struct diagnostics *diagnostics, u64 fingerprint)
{
	struct diagnostics others;
	struct sheet other = { 0 };
	struct wgward_policy *policy;
	struct mesh *mesh;

	add_blanks(sheet, &other);
	if (fingerprint)
		turn_keys(&other);
	mesh = load(&other, &others);
	if (!fingerprint)
		check_same(diagnostics, &others);
	if (!mesh != !fingerprint)
		input_fail("with blanks there is %s mesh", mesh ? "a" : "no");
	if (mesh) {
		policy = make_policy(mesh);
		if (!policy || fingerprint_policy(policy) != fingerprint)
			input_fail("with blanks it is another policy");
		wgward_policy_free(policy);
	}
	mesh_free(mesh);
	diagnostic_free(&others);
	free(other.text);
}

/* What is not is told so before it has lines. */
static bool is_text(const struct sheet *sheet)
{
	const char *text = sheet->text;

	if (sheet->length < 2)
		return false;
	return memcmp(text, "\xff\xfe", 2) && memcmp(text, "\xfe\xff", 2) &&
	       !memchr(text, '\0', sheet->length);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct diagnostics diagnostics;
	struct wgward_policy *policy;
	struct sheet sheet = { 0 };
	u64 fingerprint;
	struct mesh *mesh;

	write_text(&sheet, (const char *)data, size);
	mesh = load(&sheet, &diagnostics);
	check_diagnostics(&diagnostics, mesh, count_lines(&sheet));
	if (!mesh && is_text(&sheet))
		check_forms(&sheet, &diagnostics, 0);
	if (mesh) {
		policy = make_policy(mesh);
		if (policy) {
			fingerprint = fingerprint_policy(policy);
			check_forms(&sheet, &diagnostics, fingerprint);
			use_policy(mesh, policy);
		}
		wgward_policy_free(policy);
	}
	mesh_free(mesh);
	diagnostic_free(&diagnostics);
	free(sheet.text);
	return 0;
}
