// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel keeps transactions apart. But what surrounds them is one with
 * them: whoever takes back what it made must not meet somebody else's change.
 *
 * Record locks are a process's own, which no child inherits, and the kernel
 * tells whose they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "lock.h"
#include "runtime.h"

/* How often it is looked whether a helper has ended. */
#define LOOK_INTERVAL_NS 50000000
/* For a process that was killed to end. */
#define END_MS 10000

/* What lock_take() took. */
static int taken = -1;

/* Returns the file, or -1 with errno set. */
static int open_file(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* @how: as of fcntl(); @type: F_WRLCK or F_RDLCK. */
static int lock_file(int file, int how, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	int result;

	do {
		result = fcntl(file, how, &lock);
	} while (result && errno == EINTR);
	return result;
}

/* Who keeps us from having it alone; 0: nobody; -1: nobody that we can see. */
static pid_t find_holder(int file)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(file, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid ? lock.l_pid : -1;
}

/* Who may not write there has a namespace of its own, and no rival. */
static bool is_alone(int error)
{
	return error == EACCES || error == EPERM || error == EROFS;
}

static int cannot_lock(const char *interface)
{
	error("cannot lock %s: %s", interface, strerror(errno));
	return -1;
}

int lock_take(const char *interface)
{
	char path[RUNTIME_PATH_LEN];
	int file;

	/* It stays: others may wait at it. */
	file = runtime_path(path, interface, "lock") ? -1 : open_file(path);
	if (file < 0 && is_alone(errno))
		return 0;
	if (file < 0)
		return cannot_lock(interface);
	taken = file;
	if (!lock_file(file, F_SETLK, F_WRLCK))
		return 0;
	if (errno == EAGAIN || errno == EACCES) {
		warning("%s is being changed: waiting", interface);
		if (!lock_file(file, F_SETLKW, F_WRLCK))
			return 0;
	}
	return cannot_lock(interface);
}

void lock_give(void)
{
	if (taken >= 0)
		close(taken);
	taken = -1;
}

/* Ends who has the lock. Returns -1 with errno set. */
static int end_holder(int file, pid_t holder)
{
	struct pollfd process = { .events = POLLIN };
	int result = -1;

	process.fd = pidfd_open(holder, 0);
	if (process.fd < 0)
		return errno == ESRCH ? 0 : -1;
	/* It is the holder's, unless that has ended, and its number is new. */
	if (find_holder(file) != holder) {
		result = 0;
	} else if (!pidfd_send_signal(process.fd, SIGKILL, NULL, 0)) {
		result = poll(&process, 1, END_MS) == 1 ? 0 : -1;
		if (result)
			errno = ETIMEDOUT;
	}
	close(process.fd);
	return result;
}

int lock_end_holder(const char *interface)
{
	char path[RUNTIME_PATH_LEN];
	pid_t holder;
	int file, result = 0;

	file = runtime_path(path, interface, "lock") ? -1 : open_file(path);
	if (file < 0 && is_alone(errno))
		return 0;
	if (file < 0)
		return cannot_lock(interface);
	holder = find_holder(file);
	if (holder)
		result = end_holder(file, holder);
	if (result)
		error("%s: cannot end process %d, which changes it: %s",
		      interface, holder, strerror(errno));
	close(file);
	return result;
}

/* Interfaces change their names while a helper waits, but not their numbers. */
static int find_helper(u32 ifindex, char path[RUNTIME_PATH_LEN])
{
	char number[16];

	snprintf(number, sizeof(number), "%u", ifindex);
	return runtime_path(path, number, "helper");
}

int lock_take_helper(u32 ifindex)
{
	struct stat status;
	char path[RUNTIME_PATH_LEN];
	int file;

	if (find_helper(ifindex, path))
		return -1;
	for (;;) {
		file = open_file(path);
		/* That of the last change may still be there, and share it. */
		if (file < 0 || lock_file(file, F_SETLKW, F_RDLCK))
			return file;
		/* Or it has just ended, and removed the file. */
		if (fstat(file, &status) || status.st_nlink)
			return file;
		close(file);
	}
}

void lock_give_helper(int file, u32 ifindex)
{
	char path[RUNTIME_PATH_LEN];

	/* None was taken, as of a change that needs no helper. */
	if (file <= STDERR_FILENO)
		return;
	/* Another helper still has it if it is not to be had alone. */
	if (!find_helper(ifindex, path) && !lock_file(file, F_SETLK, F_WRLCK))
		unlink(path);
	close(file);
}

bool lock_wait_helper(u32 ifindex, unsigned int seconds)
{
	const struct timespec moment = { .tv_nsec = LOOK_INTERVAL_NS };
	unsigned long looks = seconds * (1000000000UL / LOOK_INTERVAL_NS);
	bool alive = false;
	char path[RUNTIME_PATH_LEN];
	int file;

	if (find_helper(ifindex, path))
		return true;
	file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return true;
	while ((alive = find_holder(file)) && looks--)
		nanosleep(&moment, NULL);
	close(file);
	return !alive;
}
