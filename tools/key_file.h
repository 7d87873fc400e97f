/* SPDX-License-Identifier: GPL-2.0 */
/* A file that holds one key and is nobody else's to read. */
#ifndef _KEY_FILE_H
#define _KEY_FILE_H

#include <linux/types.h>
#include <linux/wgward.h>

/**
 * struct key_kind - what a key is for
 * @name: "private key"
 * @maker: "wg genkey"
 */
struct key_kind {
	const char *name;
	const char *maker;
};

/*
 * Returns 1, or 0 when there is no such file, or -1 with what is wrong with it
 * in *@why, in memory to be freed. @key is zero then.
 */
int key_file_read(const char *file, const struct key_kind *kind,
		  u8 key[WGWARD_KEY_LEN], char **why);

#endif /* _KEY_FILE_H */
