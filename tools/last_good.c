// SPDX-License-Identifier: GPL-2.0
/*
 * Below /var/lib/wgward, a directory for each interface. What is to be
 * confirmed is named after the generation that it is in force with, so that
 * only its own confirmation makes it the last good one. All is written beside
 * its place and then moved there, so that a crash leaves the one or the other.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "last_good.h"
#include "memory.h"
#include "netns.h"

#define DIRECTORY "/var/lib/wgward"
#define LAST_GOOD "last-good.conf"
#define UNCONFIRMED "unconfirmed-"
#define TEMPORARY "new"

#define NAME_SIZE (sizeof(UNCONFIRMED ".conf") + 20)

const char *last_good_find(const char *interface)
{
	static char path[sizeof(DIRECTORY "//" LAST_GOOD) + IFNAMSIZ];

	snprintf(path, sizeof(path), DIRECTORY "/%s/" LAST_GOOD, interface);
	return access(path, F_OK) ? NULL : path;
}

static int sync_directory(const char *path)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = -1;

	if (directory >= 0) {
		result = fsync(directory);
		close(directory);
	}
	return result;
}

/* A new one is there only when its parent is on the disk, too. */
static int make_directory(const char *path, const char *parent)
{
	if (mkdir(path, 0700))
		return errno == EEXIST ? 0 : -1;
	return sync_directory(parent);
}

static int open_directory(const char *interface)
{
	char path[sizeof(DIRECTORY "/") + IFNAMSIZ];

	snprintf(path, sizeof(path), DIRECTORY "/%s", interface);
	if (make_directory(DIRECTORY, "/var/lib") ||
	    make_directory(path, DIRECTORY))
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int write_all(int file, const char *text)
{
	size_t length = strlen(text);
	ssize_t written;

	while (length) {
		written = write(file, text, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		text += written;
		length -= written;
	}
	return fsync(file);
}

static int write_file(int directory, const char *name, const char *text)
{
	int file, result;

	file = openat(directory, TEMPORARY,
		      O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	if (file < 0)
		return -1;
	result = write_all(file, text);
	if (close(file))
		result = -1;
	if (!result)
		result = renameat(directory, TEMPORARY, directory, name);
	return result ? result : fsync(directory);
}

/* What waits for a confirmation that cannot come any more. */
static int forget_unconfirmed(int directory)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int result = 0;

	if (!stream) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	while (!result && (entry = readdir(stream)))
		if (!strncmp(entry->d_name, UNCONFIRMED, strlen(UNCONFIRMED)))
			result = unlinkat(directory, entry->d_name, 0);
	closedir(stream);
	return result;
}

/* Whether the file @path, as seen from @directory, has just @text in it. */
static bool has_text(int directory, const char *path, const char *text)
{
	size_t length = strlen(text);
	bool same = false;
	FILE *stream;
	char *found;
	int file;

	file = openat(directory, path, O_RDONLY | O_CLOEXEC);
	stream = file < 0 ? NULL : fdopen(file, "r");
	if (!stream) {
		if (file >= 0)
			close(file);
		return false;
	}
	found = memory_resize(NULL, length + 1, 1);
	same = fread(found, 1, length + 1, stream) == length &&
	       !memcmp(found, text, length);
	free(found);
	fclose(stream);
	return same;
}

bool last_good_is(const char *text, const char *path)
{
	return has_text(AT_FDCWD, path, text);
}

static char *unconfirmed_name(char name[NAME_SIZE], u64 generation)
{
	snprintf(name, NAME_SIZE, UNCONFIRMED "%llu.conf",
		 (unsigned long long)generation);
	return name;
}

typedef int (*last_good_step)(int directory, u64 generation, const char *text);

static int keep(int directory, u64 generation, const char *text)
{
	(void)generation;
	/* First, as one that is confirmed this moment must not come after us. */
	if (forget_unconfirmed(directory))
		return -1;
	return has_text(directory, LAST_GOOD, text) ?
		       0 :
		       write_file(directory, LAST_GOOD, text);
}

static int propose(int directory, u64 generation, const char *text)
{
	char name[NAME_SIZE];

	if (forget_unconfirmed(directory))
		return -1;
	return write_file(directory, unconfirmed_name(name, generation), text);
}

static int confirm(int directory, u64 generation, const char *text)
{
	char name[NAME_SIZE];

	(void)text;
	unconfirmed_name(name, generation);
	if (renameat(directory, name, directory, LAST_GOOD))
		return errno == ENOENT ? 0 : -1;
	return fsync(directory);
}

static int run(const char *interface, last_good_step step, u64 generation,
	       const char *text)
{
	int directory, result;

	if (!netns_is_first())
		return 0;
	directory = open_directory(interface);
	/* Who may not write there has a namespace of its own, and no boot. */
	if (directory < 0 && (errno == EACCES || errno == EPERM))
		return 0;
	result = directory < 0 ? -1 : step(directory, generation, text);
	if (result)
		error("%s: the file is not kept in " DIRECTORY ", so a boot "
		      "begins with another: %s",
		      interface, strerror(errno));
	if (directory >= 0)
		close(directory);
	return result;
}

int last_good_keep(const char *interface, const char *text)
{
	return run(interface, keep, 0, text);
}

int last_good_propose(const char *interface, u64 generation, const char *text)
{
	return run(interface, propose, generation, text);
}

int last_good_confirm(const char *interface, u64 generation)
{
	return run(interface, confirm, generation, NULL);
}
