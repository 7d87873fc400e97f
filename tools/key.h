/* SPDX-License-Identifier: GPL-2.0 */
/* WireGuard keys as text. */
#ifndef _KEY_H
#define _KEY_H

#include <stdbool.h>

#include <linux/types.h>
#include <linux/wgward.h>

#define KEY_TEXT_LEN 45 /* with the terminating NUL */

/* Strict base64 of 32 bytes. */
bool key_parse(const char *text, u8 key[WGWARD_KEY_LEN]);
/*
 * Whether there is a key in @text, with or without its "=": private ones look
 * like public ones, and are not shown.
 */
bool key_within(const char *text);
/* Returns @text, which has room for KEY_TEXT_LEN bytes. */
char *key_format(char *text, const u8 key[WGWARD_KEY_LEN]);

/* No key is all zero, so that stands for none. */
bool key_is_zero(const u8 key[WGWARD_KEY_LEN]);
/*
 * A secret in memory of its own, which no growing array leaves behind when it
 * moves, and its end. Either may be given NULL.
 */
u8 *key_copy(const u8 *key);
void key_free(u8 *key);

#endif /* _KEY_H */
