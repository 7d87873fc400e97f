// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "memory.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* 32 bytes are 42 digits of 6 bits, one of 4, and one "=". */
bool key_parse(const char *text, u8 key[WGWARD_KEY_LEN])
{
	unsigned int bits = 0, value = 0, i;
	size_t length = 0;

	if (strlen(text) != KEY_TEXT_LEN - 1 || text[KEY_TEXT_LEN - 2] != '=')
		return false;
	for (i = 0; i < KEY_TEXT_LEN - 2; i++) {
		const char *digit = strchr(digits, text[i]);

		if (!digit)
			return false;
		value = value << 6 | (digit - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			key[length++] = value >> bits;
			value &= (1 << bits) - 1;
		}
	}
	return !value;
}

/* A long name or path is no key: it has neither upper case nor "+". */
bool key_within(const char *text)
{
	static const char in_names[] = "abcdefghijklmnopqrstuvwxyz0123456789/";
	size_t length;

	for (; *text; text += length + !!text[length]) {
		length = strspn(text, digits);
		if (length >= KEY_TEXT_LEN - 2 &&
		    strspn(text, in_names) < length)
			return true;
	}
	return false;
}

char *key_format(char *text, const u8 key[WGWARD_KEY_LEN])
{
	unsigned int bits = 0, value = 0, i;
	char *to = text;

	for (i = 0; i < WGWARD_KEY_LEN; i++) {
		value = value << 8 | key[i];
		for (bits += 8; bits >= 6; bits -= 6)
			*to++ = digits[value >> (bits - 6) & 63];
		value &= 0xff;
	}
	*to++ = digits[value << (6 - bits) & 63];
	*to++ = '=';
	*to = '\0';
	return text;
}

bool key_is_zero(const u8 key[WGWARD_KEY_LEN])
{
	static const u8 zero[WGWARD_KEY_LEN];

	return !memcmp(key, zero, WGWARD_KEY_LEN);
}

u8 *key_copy(const u8 *key)
{
	u8 *copy;

	if (!key)
		return NULL;
	copy = memory_zero(WGWARD_KEY_LEN, 1);
	memcpy(copy, key, WGWARD_KEY_LEN);
	return copy;
}

void key_free(u8 *key)
{
	if (key)
		explicit_bzero(key, WGWARD_KEY_LEN);
	free(key);
}
