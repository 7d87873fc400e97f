// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "memory.h"

void columns_add(struct columns *columns, ...)
{
	va_list texts;
	const char *text;
	size_t i;

	va_start(texts, columns);
	for (i = 0; i < columns->count; i++) {
		text = va_arg(texts, const char *);
		columns->cells = memory_grow(columns->cells,
					     columns->cell_count,
					     sizeof(*columns->cells));
		columns->cells[columns->cell_count++] =
			memory_copy(text ? text : "-");
	}
	va_end(texts);
}

/* How wide each column has to be; 0: it is left out. */
static void measure(const struct columns *columns, size_t *widths)
{
	bool filled[COLUMNS_MAX] = { false };
	size_t i, column, length;

	for (i = 0; i < columns->cell_count; i++) {
		column = i % columns->count;
		length = strlen(columns->cells[i]);
		if (length > widths[column])
			widths[column] = length;
		if (i >= columns->count && strcmp(columns->cells[i], "-"))
			filled[column] = true;
	}
	for (column = 0; columns->brief && column < columns->count; column++)
		if (!filled[column])
			widths[column] = 0;
}

static void print_row(const struct columns *columns, size_t row,
		      const size_t *widths)
{
	size_t column, pad = 0;

	for (column = 0; column < columns->count; column++) {
		const char *cell = columns->cells[row + column];

		if (!widths[column])
			continue;
		/* None after the last, so before each but the first. */
		printf("%*s%s", (int)pad, "", cell);
		pad = widths[column] - strlen(cell) + 2;
	}
	putchar('\n');
}

void columns_print(struct columns *columns, const char *indent)
{
	size_t widths[COLUMNS_MAX] = { 0 };
	size_t row;

	measure(columns, widths);
	for (row = 0; row < columns->cell_count; row += columns->count) {
		fputs(indent, stdout);
		print_row(columns, row, widths);
	}
	columns_free(columns);
}

void columns_free(struct columns *columns)
{
	size_t i;

	for (i = 0; i < columns->cell_count; i++)
		free(columns->cells[i]);
	free(columns->cells);
	columns->cells = NULL;
	columns->cell_count = 0;
}

char *columns_bytes(char *text, u64 bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };
	double value = bytes / 1024.0;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(text, COLUMNS_TEXT_LEN, "%u B", (unsigned int)bytes);
		return text;
	}
	for (; value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]);
	     unit++)
		value /= 1024;
	snprintf(text, COLUMNS_TEXT_LEN, "%.1f %s", value, units[unit]);
	return text;
}

char *columns_seconds(char *text, u64 seconds)
{
	if (seconds < 120)
		snprintf(text, COLUMNS_TEXT_LEN, "%llu s",
			 (unsigned long long)seconds);
	else if (seconds < 7200)
		snprintf(text, COLUMNS_TEXT_LEN, "%llu min",
			 (unsigned long long)seconds / 60);
	else if (seconds < 172800)
		snprintf(text, COLUMNS_TEXT_LEN, "%llu h",
			 (unsigned long long)seconds / 3600);
	else
		snprintf(text, COLUMNS_TEXT_LEN, "%llu d",
			 (unsigned long long)seconds / 86400);
	return text;
}

char *columns_number(char *text, u64 number)
{
	snprintf(text, COLUMNS_TEXT_LEN, "%llu", (unsigned long long)number);
	return text;
}
