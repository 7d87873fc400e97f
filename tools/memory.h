/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that is there, or the command ends. */
#ifndef _MEMORY_H
#define _MEMORY_H

#include <stddef.h>
#include <stdio.h>

/* Ends the command for want of memory. */
void memory_fail(void) __attribute__((noreturn));
/* Zeroed. */
void *memory_zero(size_t count, size_t size);
void *memory_resize(void *memory, size_t count, size_t size);
char *memory_copy(const char *text);
char *memory_print(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * Room for one more item in an array that grows by doubling: @count items of
 * @size bytes each are in use. Returns the array, the new item unset.
 */
void *memory_grow(void *array, size_t count, size_t size);

/**
 * struct memory_text - a text that is written like a file
 * @stream: what is written to
 * @text: what was written
 * @size: of @text
 */
struct memory_text {
	FILE *stream;
	char *text;
	size_t size;
};

/* Returns the stream. */
FILE *memory_text_begin(struct memory_text *text);
/* Returns all that was written, never a part of it. */
char *memory_text_end(struct memory_text *text);

#endif /* _MEMORY_H */
