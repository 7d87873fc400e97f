// SPDX-License-Identifier: GPL-2.0
/*
 * "explain -": a triple a line on standard input, an answer a line on standard
 * output, in the same order. Lines that are empty or a comment have no answer.
 * A line that cannot be read is answered "error", a tab, why, a tab, "-".
 *
 * Answers go out whenever what has arrived so far is answered, so that a
 * program can ask, wait and ask again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "explain.h"
#include "memory.h"
#include "output.h"
#include "text.h"

#define READ_SIZE 65536UL /* bytes at a time */
#define LINE_MAX_BYTES 4096UL /* no triple is longer */

/**
 * struct batch - questions that are not answered yet
 * @explainer: who answers
 * @questions: that could be read
 * @question_count: number of @questions
 * @lines: for each line, NULL, or why it is no question
 * @line_count: number of @lines
 * @bad: there was a line that is no question
 */
struct batch {
	const struct explainer *explainer;
	struct ward_question *questions;
	size_t question_count;
	char **lines;
	size_t line_count;
	bool bad;
};

static const char *split(char *line, char *words[3])
{
	static const char blanks[] = " \t\r";
	char *rest = line;
	int i;

	for (i = 0; i < 3; i++)
		words[i] = strtok_r(i ? NULL : line, blanks, &rest);
	if (words[2] && !strtok_r(NULL, blanks, &rest))
		return NULL;
	return "write SRC DST SERVICE, as in \"alice printer tcp/631\"";
}

static void read_line(struct batch *batch, char *line)
{
	struct ward_question question;
	const char *why;
	char *words[3];

	line = text_trim(line);
	if (!*line || *line == '#')
		return;
	why = split(line, words);
	if (!why)
		why = explain_parse(batch->explainer, words[0], words[1],
				    words[2], &question);
	batch->lines = memory_grow(batch->lines, batch->line_count,
				   sizeof(*batch->lines));
	batch->lines[batch->line_count++] = why ? memory_copy(why) : NULL;
	batch->bad |= !!why;
	if (why)
		return;
	batch->questions = memory_grow(batch->questions, batch->question_count,
				       sizeof(question));
	batch->questions[batch->question_count++] = question;
}

static void print_error(const char *why)
{
	json_t *object;

	if (!option_json) {
		printf("error\t%s\t-\n", why);
		return;
	}
	object = output_object();
	output_set_text(object, "error", why);
	output_json(object, true);
}

static void print_answers(const struct batch *batch,
			  const struct ward_verdict *verdicts)
{
	const struct ward_question *question = batch->questions;
	size_t i;

	for (i = 0; i < batch->line_count; i++) {
		if (batch->lines[i]) {
			print_error(batch->lines[i]);
			continue;
		}
		if (option_json)
			explain_print(batch->explainer, question, verdicts,
				      true);
		else
			explain_print_line(verdicts);
		question++;
		verdicts++;
	}
	fflush(stdout);
}

/* Returns 0, or -1 after an error was printed. */
static int answer(struct batch *batch)
{
	struct ward_verdict *verdicts;
	int failed = 0;
	size_t i;

	verdicts = memory_zero(batch->question_count, sizeof(*verdicts));
	if (batch->question_count)
		failed = explain_answer(batch->explainer, batch->questions,
					batch->question_count, verdicts);
	if (!failed)
		print_answers(batch, verdicts);
	free(verdicts);
	for (i = 0; i < batch->line_count; i++)
		free(batch->lines[i]);
	free(batch->lines);
	free(batch->questions);
	batch->lines = NULL;
	batch->questions = NULL;
	batch->line_count = 0;
	batch->question_count = 0;
	return failed;
}

/* Reads the whole lines in @text; returns how many bytes they have. */
static size_t read_lines(struct batch *batch, char *text, size_t length)
{
	size_t used = 0;
	char *end;

	while ((end = memchr(text + used, '\n', length - used))) {
		/* A NUL ends what is read of a line, and spoils it. */
		*end = '\0';
		if (strlen(text + used) != (size_t)(end - text) - used)
			text[used] = '?';
		read_line(batch, text + used);
		used = end - text + 1;
	}
	return used;
}

static int read_input(struct batch *batch, char *text)
{
	size_t length = 0, used;
	ssize_t count;

	for (;;) {
		count = read(STDIN_FILENO, text + length, READ_SIZE);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		length += count;
		used = read_lines(batch, text, length);
		length -= used;
		memmove(text, text + used, length);
		if (answer(batch))
			return -1;
		if (length > LINE_MAX_BYTES) {
			error("a line on standard input has more than %lu "
			      "bytes",
			      LINE_MAX_BYTES);
			return -1;
		}
	}
	if (count < 0) {
		error("standard input: %s", strerror(errno));
		return -1;
	}
	text[length] = '\n';
	read_lines(batch, text, length ? length + 1 : 0);
	return answer(batch);
}

int explain_batch(const struct explainer *explainer)
{
	struct batch batch = { .explainer = explainer };
	char *text = memory_zero(READ_SIZE + LINE_MAX_BYTES + 1, 1);
	int failed;

	failed = read_input(&batch, text);
	free(text);
	return failed || batch.bad ? EXIT_ERROR : EXIT_DONE;
}
