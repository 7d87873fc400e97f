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
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "lock.h"

#define LOCK_DIRECTORY "/run/wgward"

/* How often it is looked whether a helper has ended. */
#define LOOK_INTERVAL_NS 50000000

/* What lock_take() took. */
static int taken = -1;

/* The lock's file, or -1 with errno set. It stays: others may wait at it. */
static int open_file(const char *name, const char *kind)
{
	struct stat space;
	char path[128];

	if (stat("/proc/self/ns/net", &space))
		return -1;
	if (mkdir(LOCK_DIRECTORY, 0700) && errno != EEXIST)
		return -1;
	snprintf(path, sizeof(path), LOCK_DIRECTORY "/%llu-%s.%s",
		 (unsigned long long)space.st_ino, name, kind);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int lock_take(const char *interface)
{
	int file = open_file(interface, "lock");

	/* Who may not write there has a namespace of its own, and no rival. */
	if (file < 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
		return 0;
	if (file < 0) {
		error("cannot lock %s: %s", interface, strerror(errno));
		return -1;
	}
	taken = file;
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

void lock_give(void)
{
	if (taken >= 0)
		close(taken);
	taken = -1;
}

/* Interfaces change their names while a helper waits, but not their numbers. */
static int open_helper(u32 ifindex)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", ifindex);
	return open_file(number, "helper");
}

int lock_take_helper(u32 ifindex)
{
	int file = open_helper(ifindex);

	/* That of the last change may still wait for the lock that we have. */
	if (file >= 0)
		flock(file, LOCK_SH);
	return file;
}

bool lock_wait_helper(u32 ifindex, unsigned int seconds)
{
	const struct timespec moment = { .tv_nsec = LOOK_INTERVAL_NS };
	unsigned long looks = seconds * (1000000000UL / LOOK_INTERVAL_NS);
	int file = open_helper(ifindex);
	bool alive = false;

	if (file < 0)
		return false;
	while (flock(file, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK &&
	       looks--) {
		alive = true;
		nanosleep(&moment, NULL);
	}
	close(file);
	return alive;
}
