// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "scope.h"

/* For systemd to move it: it answers before that. */
#define MOVE_TRIES 100
#define MOVE_INTERVAL_NS 20000000

struct group {
	char text[4096];
};

/* Control groups of this process; "" if there are none. */
static void read_group(struct group *group)
{
	int file = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t length = 0;

	if (file >= 0) {
		length = read(file, group->text, sizeof(group->text) - 1);
		close(file);
	}
	group->text[length > 0 ? length : 0] = '\0';
}

/* In a child: no library is needed for a single question. */
static void ask(pid_t process)
{
	char name[48], pid[16];
	int null = open("/dev/null", O_RDWR);

	snprintf(name, sizeof(name), "wgward-helper-%d.scope", process);
	snprintf(pid, sizeof(pid), "%d", process);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execlp("busctl", "busctl", "--timeout=5", "call",
	       "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
	       "org.freedesktop.systemd1.Manager", "StartTransientUnit",
	       "ssa(sv)a(sa(sv))", name, "fail", "3", "Description", "s",
	       "rolls a change of wgward back unless it is confirmed", "PIDs",
	       "au", "1", pid, "CollectMode", "s", "inactive-or-failed", "0",
	       NULL);
	_exit(EXIT_ERROR);
}

static bool asked(void)
{
	pid_t process = getpid(), child = fork();
	int status;

	if (!child)
		ask(process);
	return child > 0 && waitpid(child, &status, 0) == child &&
	       WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool is_moved(const struct group *before)
{
	const struct timespec moment = { .tv_nsec = MOVE_INTERVAL_NS };
	struct group now;
	int i;

	for (i = 0; i < MOVE_TRIES; i++) {
		read_group(&now);
		if (strcmp(now.text, before->text) != 0)
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

void scope_enter(void)
{
	struct group before;

	/* As sd_booted(3) does. */
	if (access("/run/systemd/system", F_OK))
		return;
	read_group(&before);
	if (!asked() || !is_moved(&before))
		warning("the process that rolls the change back gets no unit "
			"of its own: it ends if systemd ends all of this session "
			"or service");
}
