/* SPDX-License-Identifier: GPL-2.0 */
/* Files that are gone with the kernel that they tell of. */
#ifndef _RUNTIME_H
#define _RUNTIME_H

#include <stddef.h>

#define RUNTIME_PATH_LEN 128

/*
 * The file of @kind about @name, which may be an interface's, in this network
 * namespace. Makes the directory. Returns 0, or -1 with errno set.
 */
int runtime_path(char path[RUNTIME_PATH_LEN], const char *name,
		 const char *kind);

/*
 * Calls @each with each name for which there is a file of @kind in this network
 * namespace.
 */
void runtime_walk(const char *kind, void (*each)(const char *name, void *data),
		  void *data);

#endif /* _RUNTIME_H */
