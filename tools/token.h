/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of a mesh file: wg-quick(8)'s dialect. */
#ifndef _TOKEN_H
#define _TOKEN_H

#include "diagnostic.h"

enum token_kind {
	TOKEN_END,
	TOKEN_SECTION, /* "[Node alice]": key "Node", value "alice" */
	TOKEN_KEY, /* "Groups = a, b": key "Groups", value "a, b" */
};

/* Texts point into the file's own, which is cut into pieces. */
struct token {
	enum token_kind kind;
	unsigned int line;
	char *key;
	char *value; /* "" when there is none */
};

struct tokenizer {
	char *next; /* NULL at the end */
	unsigned int line;
	struct diagnostics *diagnostics;
};

/*
 * Reads all of @file, "-" being standard input. Returns text ended by a NUL,
 * the only one in it, or NULL after an error was added.
 */
char *token_read_file(const char *file, struct diagnostics *diagnostics);

void token_start(struct tokenizer *tokenizer, char *text,
		 struct diagnostics *diagnostics);
/* Lines that are neither are reported and skipped. */
void token_next(struct tokenizer *tokenizer, struct token *token);

/* The next item of a list in @value, trimmed, or NULL at its end. */
char *token_next_item(char **value);

#endif /* _TOKEN_H */
