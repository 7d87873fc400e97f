// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memory.h"
#include "runtime.h"

#define RUNTIME_DIRECTORY "/run/wgward"

/* "4026531840-": of this namespace. */
static int prefix_of(char prefix[32])
{
	struct stat space;

	if (stat("/proc/self/ns/net", &space))
		return -1;
	snprintf(prefix, 32, "%llu-", (unsigned long long)space.st_ino);
	return 0;
}

int runtime_path(char path[RUNTIME_PATH_LEN], const char *name,
		 const char *kind)
{
	char prefix[32];

	if (prefix_of(prefix))
		return -1;
	if (mkdir(RUNTIME_DIRECTORY, 0700) && errno != EEXIST)
		return -1;
	snprintf(path, RUNTIME_PATH_LEN, RUNTIME_DIRECTORY "/%s%s.%s", prefix,
		 name, kind);
	return 0;
}

/* The name in the middle of @file, in memory to be freed, or NULL. */
static char *name_in(const char *file, const char *prefix, const char *kind)
{
	const char *end = strrchr(file, '.');
	size_t length = strlen(prefix);
	char *name;

	if (strncmp(file, prefix, length) || !end || strcmp(end + 1, kind))
		return NULL;
	name = memory_copy(file + length);
	name[end - file - length] = '\0';
	return name;
}

void runtime_walk(const char *kind, void (*each)(const char *name, void *data),
		  void *data)
{
	DIR *directory = opendir(RUNTIME_DIRECTORY);
	struct dirent *entry;
	char prefix[32];
	char *name;

	if (!directory)
		return;
	while (!prefix_of(prefix) && (entry = readdir(directory))) {
		name = name_in(entry->d_name, prefix, kind);
		if (name)
			each(name, data);
		free(name);
	}
	closedir(directory);
}
