// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel keeps transactions apart. But what surrounds them is one with
 * them: whoever takes back what it made must not meet somebody else's change.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "command.h"
#include "lock.h"

#define LOCK_DIRECTORY "/run/wgward"

/* The lock's file, or -1 with errno set. It stays: others may wait at it. */
static int open_file(const char *interface)
{
	struct stat space;
	char path[128];

	if (stat("/proc/self/ns/net", &space))
		return -1;
	if (mkdir(LOCK_DIRECTORY, 0700) && errno != EEXIST)
		return -1;
	snprintf(path, sizeof(path), LOCK_DIRECTORY "/%llu-%s.lock",
		 (unsigned long long)space.st_ino, interface);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int lock_take(const char *interface)
{
	int file = open_file(interface);

	/* Who may not write there has a namespace of its own, and no rival. */
	if (file < 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
		return 0;
	if (file < 0) {
		error("cannot lock %s: %s", interface, strerror(errno));
		return -1;
	}
	if (!flock(file, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK) {
		warning("%s is being changed: waiting", interface);
		if (!flock(file, LOCK_EX))
			return 0;
	}
	error("cannot lock %s: %s", interface, strerror(errno));
	return -1;
}
