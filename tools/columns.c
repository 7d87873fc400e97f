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

void columns_print(struct columns *columns, const char *indent)
{
	size_t widths[COLUMNS_MAX] = { 0 };
	size_t i, column, length;

	for (i = 0; i < columns->cell_count; i++) {
		length = strlen(columns->cells[i]);
		if (length > widths[i % columns->count])
			widths[i % columns->count] = length;
	}
	for (i = 0; i < columns->cell_count; i++) {
		column = i % columns->count;
		if (!column)
			fputs(indent, stdout);
		if (column + 1 == columns->count)
			printf("%s\n", columns->cells[i]);
		else
			printf("%-*s  ", (int)widths[column],
			       columns->cells[i]);
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
