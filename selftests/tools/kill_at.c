// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command and kills it with SIGKILL at one of its system calls: at its
 * entry, when it has not been done, or at its exit, when nothing else has. Each
 * of the two is a step; a command of which every step is tried can leave nothing
 * behind that was not looked at.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __x86_64__
#include <sys/reg.h>
#endif

/* Exit status of a command that was killed, as of a shell. */
#define STATUS_KILLED (128 + SIGKILL)

/* A command that makes processes has few of them. */
#define PROCESSES 16

/* What somebody else can see the effect of, or waits for. */
static const int seen_calls[] = {
	SYS_socket,   SYS_bind,	   SYS_sendto, SYS_sendmsg,
	SYS_recvfrom, SYS_recvmsg, SYS_ioctl,  SYS_openat,
	SYS_flock,    SYS_write,   SYS_clone,  SYS_setsid,
};

static struct {
	unsigned long step; /* 0: none, just count */
	bool seen_only;
	bool one; /* of several processes only the one that makes the call */
} options;

static struct {
	pid_t pid;
	bool entered; /* the next stop is a system call's exit */
	long call; /* its number */
} processes[PROCESSES];

static bool running; /* it is not us any more */
static bool killed;
static unsigned long steps;

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(125);
}

/* The number of the system call that @pid enters. */
static long call_of(pid_t pid)
{
#ifdef __x86_64__
	/* User-mode Linux knows no other way. */
	return ptrace(PTRACE_PEEKUSER, pid, ORIG_RAX * sizeof(long), NULL);
#else
	struct __ptrace_syscall_info info = { 0 };

	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
	return info.entry.nr;
#endif
}

static bool is_seen(long call)
{
	size_t i;

	for (i = 0; i < sizeof(seen_calls) / sizeof(seen_calls[0]); i++)
		if (seen_calls[i] == call)
			return true;
	return false;
}

static size_t process_find(pid_t pid)
{
	size_t i;

	for (i = 0; i < PROCESSES; i++)
		if (processes[i].pid == pid)
			return i;
	for (i = 0; i < PROCESSES; i++) {
		if (processes[i].pid)
			continue;
		processes[i].pid = pid;
		processes[i].entered = false;
		return i;
	}
	errno = E2BIG;
	fail("kill_at");
}

static void kill_now(pid_t pid)
{
	size_t i;

	for (i = 0; i < PROCESSES; i++)
		if (processes[i].pid == pid ||
		    (processes[i].pid && !options.one))
			kill(processes[i].pid, SIGKILL);
	killed = true;
}

static void step(pid_t pid)
{
	size_t i = process_find(pid);

	processes[i].entered = !processes[i].entered;
	if (processes[i].entered)
		processes[i].call = call_of(pid);
	if (!running || killed ||
	    (options.seen_only && !is_seen(processes[i].call)))
		return;
	if (++steps != options.step)
		return;
	fprintf(stderr, "kill_at: step %lu, %s of system call %ld\n", steps,
		processes[i].entered ? "entry" : "exit", processes[i].call);
	kill_now(pid);
}

/* Returns the signal that the process is to get. */
static int stopped(pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	if (signal == (SIGTRAP | 0x80)) {
		step(pid);
		return 0;
	}
	if (!event)
		return signal;
	/* From here on it is the command, in the middle of execve(). */
	if (event == PTRACE_EVENT_EXEC && !running) {
		running = true;
		processes[process_find(pid)].entered = true;
		processes[process_find(pid)].call = SYS_execve;
	}
	return 0;
}

/* What is left goes on, untraced, when we end. */
static bool done(bool command_ended)
{
	size_t i;

	if (options.one)
		return command_ended;
	for (i = 0; i < PROCESSES; i++)
		if (processes[i].pid)
			return false;
	return true;
}

static pid_t start(char **argv)
{
	int gate[2];
	char byte;
	pid_t pid;

	if (pipe2(gate, 0))
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid) {
		close(gate[1]);
		/* The tracer is ready when it closes its end. */
		if (read(gate[0], &byte, 1))
			_exit(125);
		close(gate[0]);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	close(gate[0]);
	if (ptrace(PTRACE_SEIZE, pid, NULL,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			   PTRACE_O_TRACEEXEC))
		fail("PTRACE_SEIZE");
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		fail("PTRACE_INTERRUPT");
	process_find(pid);
	close(gate[1]);
	return pid;
}

/* Returns the command's exit status. */
static int trace(pid_t command)
{
	bool command_ended = false;
	int status, result = 125;
	pid_t pid;

	while (!done(command_ended)) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			fail("waitpid");
		if (WIFSTOPPED(status)) {
			process_find(pid);
			/* If it is dead by now, that is told next. */
			ptrace(PTRACE_SYSCALL, pid, NULL,
			       (void *)(long)stopped(pid, status));
			continue;
		}
		processes[process_find(pid)].pid = 0;
		if (pid != command)
			continue;
		command_ended = true;
		result = WIFEXITED(status) ? WEXITSTATUS(status) :
					     128 + WTERMSIG(status);
	}
	return result;
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: kill_at [options] [--] COMMAND [ARGUMENT]...\n"
	      "  -n STEP   which one; without, the command is not killed\n"
	      "  -s        steps are only those calls that others can notice\n"
	      "  -1        of several processes kill only the one whose step it\n"
	      "            is, and leave the others alone once COMMAND has ended\n"
	      "  -c FILE   write how many steps there were\n"
	      "Ends with 137 if something was killed, else as COMMAND.\n",
	      stderr);
	exit(125);
}

static void write_count(const char *name)
{
	FILE *file = fopen(name, "w");

	if (!file || fprintf(file, "%lu\n", steps) < 0 || fclose(file))
		fail(name);
}

int main(int argc, char **argv)
{
	const char *count_file = NULL;
	int option, status;

	while ((option = getopt(argc, argv, "+n:s1c:")) != -1) {
		switch (option) {
		case 'n':
			options.step = strtoul(optarg, NULL, 10);
			break;
		case 's':
			options.seen_only = true;
			break;
		case '1':
			options.one = true;
			break;
		case 'c':
			count_file = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind == argc)
		usage();
	status = trace(start(argv + optind));
	if (count_file)
		write_count(count_file);
	return killed ? STATUS_KILLED : status;
}
