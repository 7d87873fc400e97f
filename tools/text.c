// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "key.h"
#include "text.h"

#define SHOW_MAX 80 /* bytes of a text in a message */
#define NEAREST_MAX 32 /* nothing longer is compared */

/* Bytes of the printable UTF-8 character at @text, or 0. */
static size_t character_length(const unsigned char *text)
{
	size_t length, i;

	if (text[0] < 0x80)
		return isprint(text[0]) && text[0] != '\\';
	/* From U+00A0 on, so without the C1 controls. */
	if (text[0] == 0xc2 && text[1] < 0xa0)
		return 0;
	/* U+2000 to U+2FFF hold the marks that turn the text's direction. */
	if (text[0] == 0xe2 && (text[1] == 0x80 || text[1] == 0x81))
		return 0;
	length = text[0] >= 0xc2 && text[0] < 0xe0 ? 2 :
		 text[0] >= 0xe1 && text[0] < 0xee ? 3 :
						     0;
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

const char *text_show(const char *text)
{
	static char shown[8][SHOW_MAX * 4 + 4];
	static unsigned int turn;
	char *start = shown[turn++ % 8];
	const char *from = text;
	char *to = start;

	if (key_within(text))
		return "(a key)";
	while (*from && from - text < SHOW_MAX) {
		size_t length;

		length = character_length((const unsigned char *)from);
		if (length) {
			memcpy(to, from, length);
			to += length;
			from += length;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*from++);
		}
	}
	strcpy(to, *from ? "..." : "");
	return start;
}

bool text_printable(const char *text)
{
	size_t length;

	for (; *text; text += length) {
		length = character_length((const unsigned char *)text);
		if (!length)
			return false;
	}
	return true;
}

bool text_number(const char *text, u64 max, u64 *number)
{
	u64 value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		unsigned int digit = (unsigned char)*text - '0';

		if (digit > 9 || digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

char *text_trim(char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/*
 * How many letters have to be inserted, deleted, replaced or swapped with
 * their neighbour; cases do not count.
 */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int rows[3][NEAREST_MAX + 1];
	unsigned int *before = rows[0], *last = rows[1], *row = rows[2];
	size_t i, j, width = strlen(b);

	for (j = 0; j <= width; j++)
		last[j] = j;
	for (i = 1; a[i - 1]; i++) {
		unsigned int *spare = before;

		row[0] = i;
		for (j = 1; j <= width; j++) {
			int x = tolower((unsigned char)a[i - 1]);
			int y = tolower((unsigned char)b[j - 1]);

			row[j] = least(last[j] + 1, row[j - 1] + 1,
				       last[j - 1] + (x != y));
			if (i > 1 && j > 1 && before[j - 2] + 1 < row[j] &&
			    x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]))
				row[j] = before[j - 2] + 1;
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[width];
}

void text_nearest_try(struct text_nearest *nearest, const char *candidate)
{
	size_t length = strlen(nearest->word);
	unsigned int far;

	if (!length || length > NEAREST_MAX || strlen(candidate) > NEAREST_MAX)
		return;
	far = distance(nearest->word, candidate);
	/* A third of the letters, so that short words do not match anything. */
	if (far > (length + 1) / 3 ||
	    (nearest->best && far >= nearest->distance))
		return;
	nearest->best = candidate;
	nearest->distance = far;
}
