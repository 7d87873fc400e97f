/* SPDX-License-Identifier: GPL-2.0 */
/* The one secret of a node. It is never printed. */
#ifndef _PRIVATE_KEY_H
#define _PRIVATE_KEY_H

#include <linux/types.h>
#include <linux/wgward.h>

struct private_key {
	u8 secret[WGWARD_KEY_LEN];
	u8 public[WGWARD_KEY_LEN];
};

/*
 * Reads @file, which must be nobody else's to read, and derives the public
 * key. Returns 1, or 0 when there is no such file, or -1 after an error was
 * printed.
 */
int private_key_read(const char *file, struct private_key *key);
/* Overwrites the secret. */
void private_key_forget(struct private_key *key);

#endif /* _PRIVATE_KEY_H */
