// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "helper.h"

/* In the helper: what the command waits at. */
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

/*
 * What is sent to all that runs in the terminal ends the helper as long as
 * that does not hurt; the command waits for what comes of it.
 */
static int wait_for(pid_t helper, int pipe)
{
	unsigned char status;
	sigset_t all;
	ssize_t count;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	do {
		count = read(pipe, &status, 1);
	} while (count < 0 && errno == EINTR);
	return count == 1 ? status : status_of(helper);
}

bool helper_start(int *status)
{
	int ends[2];
	pid_t helper;

	*status = EXIT_ERROR;
	if (pipe2(ends, O_CLOEXEC)) {
		error("cannot make a pipe: %s", strerror(errno));
		return false;
	}
	helper = fork();
	if (!helper) {
		close(ends[0]);
		report = ends[1];
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

void helper_detach(void)
{
	/* A session of its own has no terminal. */
	setsid();
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

static void replace_standard_files(void)
{
	int null = open("/dev/null", O_RDWR);
	int file;

	for (file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
		if (null >= 0)
			dup2(null, file);
		else
			close(file);
	}
	if (null > STDERR_FILENO)
		close(null);
}

void helper_release(int status, int kept)
{
	unsigned char byte = status;

	/* The command may be gone, which is what we are here for. */
	if (write(report, &byte, 1) != 1)
		warning("nobody is told: %s", strerror(errno));
	replace_standard_files();
	if (kept < STDERR_FILENO) {
		close_range(STDERR_FILENO + 1, ~0U, 0);
	} else {
		close_range(STDERR_FILENO + 1, kept - 1, 0);
		close_range(kept + 1, ~0U, 0);
	}
	if (chdir("/"))
		warning("cannot leave the directory: %s", strerror(errno));
}
