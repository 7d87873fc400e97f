// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "helper.h"
#include "scope.h"

/*
 * The command and the helper each have an end of a pair of sockets. The helper
 * says that it wants to detach; from when the command has agreed, no signal
 * ends the command any more, and its end is not the helper's. Then the helper
 * tells the exit status. One that ends before that has told nothing.
 */

/* In the helper: what it has to talk to the command. */
static int report = -1;

static int status_of(pid_t helper)
{
	int status;

	while (waitpid(helper, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_ERROR;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	error("ended by signal %d, %s", WTERMSIG(status),
	      strsignal(WTERMSIG(status)));
	return EXIT_ERROR;
}

static bool send_byte(int socket, unsigned char byte)
{
	return send(socket, &byte, 1, MSG_NOSIGNAL) == 1;
}

static bool receive_byte(int socket, unsigned char *byte)
{
	ssize_t count;

	do {
		count = recv(socket, byte, 1, 0);
	} while (count < 0 && errno == EINTR);
	return count == 1;
}

static int wait_for(pid_t helper, int socket)
{
	unsigned char byte;
	sigset_t all;

	if (!receive_byte(socket, &byte))
		return status_of(helper);
	/* It is going to change things: we wait for what comes of it. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	send_byte(socket, byte);
	return receive_byte(socket, &byte) ? byte : status_of(helper);
}

/* Whoever ends the command before the helper is detached ends both. */
static void follow(pid_t command)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != command)
		_exit(EXIT_ERROR);
}

bool helper_start(int *status)
{
	pid_t command = getpid(), helper;
	int ends[2];

	*status = EXIT_ERROR;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		error("cannot make a socket: %s", strerror(errno));
		return false;
	}
	/* Ignored, as it may be by who started us, it takes the status away. */
	signal(SIGCHLD, SIG_DFL);
	helper = fork();
	if (!helper) {
		close(ends[0]);
		report = ends[1];
		follow(command);
		return true;
	}
	close(ends[1]);
	if (helper < 0)
		error("cannot make a process: %s", strerror(errno));
	else
		*status = wait_for(helper, ends[0]);
	close(ends[0]);
	return false;
}

/* It may keep a private key, and lives for long. */
static void keep_secrets(void)
{
	const struct rlimit none = { 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

/*
 * A machine that is short of memory has to be reached, too. Who may not say so
 * is root of a namespace at most.
 */
static void survive(void)
{
	int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (file < 0)
		return;
	if (write(file, "-900", 4) != 4 && errno != EACCES)
		warning("the helper cannot be kept from being killed for want "
			"of memory: %s",
			strerror(errno));
	close(file);
}

/* By somebody at the terminal, or by the command's end, before we began. */
static bool is_ended(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGINT) ||
	       sigismember(&pending, SIGQUIT) ||
	       sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP);
}

int helper_detach(void)
{
	unsigned char byte = 0;

	if (!send_byte(report, byte) || !receive_byte(report, &byte)) {
		error("the command has ended: nothing is changed");
		return -1;
	}
	prctl(PR_SET_PDEATHSIG, 0);
	/* A session of its own has no terminal. */
	setsid();
	if (is_ended())
		return -1;
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	survive();
	scope_enter();
	keep_secrets();
	return 0;
}

/* Each error is a line of the log, so it has to be written in one piece. */
static void replace_standard_files(void)
{
	static char line[1024];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	dup2(log >= 0 ? log : null, STDERR_FILENO);
	setvbuf(stderr, line, _IOLBF, sizeof(line));
}

/* All but these two and the standard ones; so the lock of the change, too. */
static void close_others(int one, int other)
{
	int low = one < other ? one : other;
	int high = one < other ? other : one;
	int first = STDERR_FILENO + 1;

	if (low > first)
		close_range(first, low - 1, 0);
	if (low >= first)
		first = low + 1;
	if (high > first)
		close_range(first, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

void helper_release(int status, int kept)
{
	replace_standard_files();
	close_others(report, kept);
	if (chdir("/"))
		warning("cannot leave the directory: %s", strerror(errno));
	/* Last, as the command, and its lock, are gone from then on. */
	send_byte(report, status);
	close(report);
}
