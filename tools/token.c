// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "key.h"
#include "memory.h"
#include "text.h"
#include "token.h"

#define FILE_MAX (64UL << 20) /* bytes */
#define READ_FIRST 65536UL /* bytes of room to begin with */

/*
 * What the file system says about a size is not asked: there may be a pipe or
 * a file that grows. Returns NULL, with the error added, when it gets too big.
 */
static char *read_all(int descriptor, size_t *length,
		      struct diagnostics *diagnostics)
{
	size_t space = READ_FIRST;
	char *text = memory_resize(NULL, space + 1, 1);
	ssize_t count;

	*length = 0;
	for (;;) {
		count = read(descriptor, text + *length, space - *length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		*length += count;
		if (*length > FILE_MAX)
			break;
		if (*length == space) {
			space *= 2;
			text = memory_resize(text, space + 1, 1);
		}
	}
	if (count == 0) {
		text[*length] = '\0';
		return text;
	}
	if (count < 0)
		diagnostic_error(diagnostics, NULL, "%s", strerror(errno));
	else
		diagnostic_error(diagnostics, NULL,
				 "is too big; a mesh file has at most %lu MiB",
				 FILE_MAX >> 20);
	free(text);
	return NULL;
}

static unsigned int count_lines(const char *text, const char *end)
{
	unsigned int lines = 1;

	while ((text = memchr(text, '\n', end - text))) {
		text++;
		lines++;
	}
	return lines;
}

/* Whether @text of @length bytes is text at all. */
static bool is_text(const char *text, size_t length,
		    struct diagnostics *diagnostics)
{
	struct mesh_text at = { .text = NULL };
	const char *zero;

	if (length >= 2 &&
	    (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
		diagnostic_error(diagnostics, NULL,
				 "is UTF-16; save it as UTF-8");
		return false;
	}
	zero = memchr(text, '\0', length);
	if (!zero)
		return true;
	at.line = count_lines(text, zero);
	diagnostic_error(diagnostics, &at,
			 "there is a NUL byte; a mesh file is text");
	return false;
}

char *token_read_file(const char *file, struct diagnostics *diagnostics)
{
	bool is_input = !strcmp(file, "-");
	int descriptor;
	size_t length;
	char *text;

	descriptor = is_input ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0) {
		diagnostic_error(diagnostics, NULL, "%s", strerror(errno));
		return NULL;
	}
	text = read_all(descriptor, &length, diagnostics);
	if (!is_input)
		close(descriptor);
	if (text && !is_text(text, length, diagnostics)) {
		free(text);
		return NULL;
	}
	return text;
}

void token_start(struct tokenizer *tokenizer, char *text,
		 struct diagnostics *diagnostics)
{
	/* Editors of other systems put a byte order mark before UTF-8. */
	if (!strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	tokenizer->next = text;
	tokenizer->line = 0;
	tokenizer->diagnostics = diagnostics;
}

/* The next line without its comment, trimmed, or NULL at the end. */
static char *next_line(struct tokenizer *tokenizer)
{
	char *line = tokenizer->next;

	if (!line)
		return NULL;
	tokenizer->next = strchr(line, '\n');
	if (tokenizer->next)
		*tokenizer->next++ = '\0';
	tokenizer->line++;
	line[strcspn(line, "#")] = '\0';
	return text_trim(line);
}

static bool read_section(struct tokenizer *tokenizer, char *line,
			 struct token *token)
{
	struct mesh_text at = { line, tokenizer->line };
	size_t length = strlen(line);

	if (line[length - 1] != ']') {
		if (strchr(line, ']'))
			diagnostic_error(tokenizer->diagnostics, &at,
					 "has something after \"]\"; "
					 "write it on a line of its own");
		else
			diagnostic_error(tokenizer->diagnostics, &at,
					 "has no \"]\"; write %s]",
					 text_show(line));
		return false;
	}
	line[length - 1] = '\0';
	token->kind = TOKEN_SECTION;
	token->key = text_trim(line + 1);
	token->value = token->key + strcspn(token->key, " \t");
	if (*token->value)
		*token->value++ = '\0';
	token->value = text_trim(token->value);
	return true;
}

static bool read_key(struct tokenizer *tokenizer, char *line,
		     struct token *token)
{
	struct mesh_text at = { line, tokenizer->line };
	char *equals = strchr(line, '=');

	if (key_within(line) && (!equals || !equals[1])) {
		diagnostic_error(tokenizer->diagnostics, &at,
				 "is no line of a mesh file; a private key's "
				 "place is /etc/wgward/IFACE.key, a public "
				 "one's is PublicKey in its [Node NAME]");
		return false;
	}
	if (!equals || equals == line) {
		diagnostic_error(tokenizer->diagnostics, &at,
				 line[0] == ';' ?
					 "is no line of a mesh file; "
					 "a comment starts with \"#\"" :
					 "is no line of a mesh file; write "
					 "\"[SECTION]\" or \"KEY = VALUE\"");
		return false;
	}
	*equals++ = '\0';
	token->kind = TOKEN_KEY;
	token->key = text_trim(line);
	token->value = text_trim(equals);
	return true;
}

void token_next(struct tokenizer *tokenizer, struct token *token)
{
	char *line;

	while ((line = next_line(tokenizer))) {
		bool good;

		if (!*line)
			continue;
		token->line = tokenizer->line;
		good = *line == '[' ? read_section(tokenizer, line, token) :
				      read_key(tokenizer, line, token);
		if (good)
			return;
		if (diagnostic_full(tokenizer->diagnostics))
			break;
	}
	token->kind = TOKEN_END;
}

char *token_next_item(char **value)
{
	char *item = *value;

	if (!item)
		return NULL;
	*value = strchr(item, ',');
	if (*value)
		*(*value)++ = '\0';
	return text_trim(item);
}
