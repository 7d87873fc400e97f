// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memory.h"

/*
 * A command that changes a ward has its transaction undone, or kept by the
 * guard, by the kernel; so ending here is as safe as being killed.
 */
void memory_fail(void)
{
	error("out of memory");
	exit(EXIT_ERROR);
}

static void *check(void *memory)
{
	if (!memory)
		memory_fail();
	return memory;
}

void *memory_zero(size_t count, size_t size)
{
	return check(calloc(count ? count : 1, size));
}

void *memory_resize(void *memory, size_t count, size_t size)
{
	return check(reallocarray(memory, count ? count : 1, size));
}

char *memory_copy(const char *text)
{
	return check(strdup(text));
}

char *memory_print(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return check(text);
}

void *memory_grow(void *array, size_t count, size_t size)
{
	/* Powers of two are where the array is full: no field for its room. */
	if (count & (count - 1))
		return array;
	return memory_resize(array, count ? count * 2 : 1, size);
}

FILE *memory_text_begin(struct memory_text *text)
{
	*text = (struct memory_text){ 0 };
	text->stream = open_memstream(&text->text, &text->size);
	return check(text->stream);
}

char *memory_text_end(struct memory_text *text)
{
	bool bad = ferror(text->stream);

	if (fclose(text->stream) || bad)
		memory_fail();
	return text->text;
}
