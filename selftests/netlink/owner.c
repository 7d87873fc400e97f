// SPDX-License-Identifier: GPL-2.0
/*
 * Who may change a ward, and when: a change belongs to one socket, ends with
 * it or waits to be taken over, and starts from the generation that was read.
 * And who may not even look: other users, and other namespaces.
 *
 * usage: owner IFACE
 *
 * IFACE is a WireGuard interface that nothing else uses; it is deleted.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

#define NOBODY 65534

static const char *ward;
static struct client *listener;

static struct client *open_client(void)
{
	struct client *client = client_open();

	if (!client)
		tap_fatal("no socket");
	return client;
}

/* The command has to be refused in that way, and to say why. */
static void refused(struct client *client, uint8_t command, int error,
		    const char *what)
{
	int seen = client_command(client, command, ward);

	if (!tap_check(seen == -error && *client->message, "%s: %s", what,
		       client->message))
		tap_note("expected %s, seen %s", strerror(error),
			 strerror(-seen));
}

static void begin_refused(struct client *client, uint64_t generation, int error,
			  const char *what)
{
	int seen = client_begin(client, ward, generation);

	if (!tap_check(seen == -error && *client->message, "%s: %s", what,
		       client->message))
		tap_note("expected %s, seen %s", strerror(error),
			 strerror(-seen));
}

static void done(struct client *client, uint8_t command, const char *what)
{
	int seen = client_command(client, command, ward);

	if (!tap_check(!seen, "%s", what))
		tap_note("%s: %s", strerror(-seen), client->message);
}

static uint64_t generation(void)
{
	struct client *client = open_client();
	uint64_t number = 0;
	uint32_t state;

	if (client_state(client, ward, &state, &number))
		tap_fatal("no state");
	client_close(client);
	return number;
}

static void state_is(uint32_t expected, const char *what)
{
	struct client *client = open_client();
	uint64_t number = 0;
	uint32_t state = ~0;

	if (client_state(client, ward, &state, &number))
		tap_fatal("no state");
	client_close(client);
	if (!tap_check(state == expected, "%s", what))
		tap_note("expected state %u, seen %u", expected, state);
}

static void begin(struct client *client)
{
	if (client_begin(client, ward, generation()))
		tap_fatal(client->message);
}

/* A change that is ready to be committed. */
static void prepare(struct client *client)
{
	begin(client);
	if (client_add_self(client, ward) ||
	    client_command(client, WGWARD_CMD_PREPARE, ward))
		tap_fatal(client->message);
}

/* What the listener heard since the last time, -1 at the end. */
static void heard(const char *what, const int *expected)
{
	bool good = true;
	int event;

	while ((event = client_event(listener)) >= 0) {
		if (event != *expected) {
			tap_note("event %d instead of %d", event, *expected);
			good = false;
		}
		if (*expected >= 0)
			expected++;
	}
	tap_check(good && *expected < 0, "%s", what);
}

static void test_steps(void)
{
	static const int events[] = { WGWARD_EVENT_GUARD, WGWARD_EVENT_COMMIT,
				      -1 };
	struct client *client = open_client();
	uint64_t first = generation();

	refused(client, WGWARD_CMD_ADD, ENOENT, "no add before begin");
	refused(client, WGWARD_CMD_PREPARE, ENOENT, "no prepare before begin");
	refused(client, WGWARD_CMD_COMMIT, ENOENT, "no commit before begin");
	refused(client, WGWARD_CMD_ABORT, ENOENT, "no abort before begin");
	refused(client, WGWARD_CMD_TAKE_OVER, ENOENT,
		"nothing to take over before begin");
	begin_refused(client, first + 1, ESTALE, "no begin from the future");
	begin(client);
	begin_refused(client, first, EBUSY, "no second begin");
	refused(client, WGWARD_CMD_COMMIT, EINVAL, "no commit before prepare");
	refused(client, WGWARD_CMD_TAKE_OVER, EALREADY,
		"one's own is not taken over");
	refused(client, WGWARD_CMD_PREPARE, EINVAL, "no policy without self");
	refused(client, WGWARD_CMD_PREPARE, EINVAL, "nor the second time");
	done(client, WGWARD_CMD_ABORT, "it can be aborted");
	tap_check(generation() == first, "which makes no generation");

	prepare(client);
	refused(client, WGWARD_CMD_PREPARE, EINVAL, "prepare is done once");
	refused(client, WGWARD_CMD_ADD, EINVAL, "no add after prepare");
	state_is(WGWARD_STATE_GUARDED, "prepare puts the guard on");
	tap_check(generation() == first, "which makes no generation");
	done(client, WGWARD_CMD_COMMIT, "commit");
	state_is(WGWARD_STATE_ENFORCING, "commit takes it off");
	tap_check(generation() == first + 1, "and makes a generation");
	begin_refused(client, first, ESTALE, "no begin from the past");
	heard("listeners heard of the guard and the commit", events);
	client_close(client);
}

static void test_strangers(void)
{
	struct client *owner = open_client(), *other = open_client();

	begin(owner);
	begin_refused(other, generation(), EBUSY, "one change at a time");
	refused(other, WGWARD_CMD_ADD, EPERM, "another socket cannot add");
	refused(other, WGWARD_CMD_PREPARE, EPERM, "nor prepare");
	refused(other, WGWARD_CMD_ABORT, EPERM, "nor abort");
	client_close(owner);
	tap_check(!client_begin(other, ward, generation()),
		  "a change vanishes with its socket");
	client_close(other);
	state_is(WGWARD_STATE_ENFORCING, "and leaves nothing behind");
}

static void test_take_over(void)
{
	static const int events[] = { WGWARD_EVENT_GUARD,
				      WGWARD_EVENT_TAKEN_OVER,
				      WGWARD_EVENT_ABORT, -1 };
	struct client *owner = open_client(), *other = open_client();
	uint64_t first = generation();

	prepare(owner);
	begin_refused(other, first, EBUSY, "no begin under the guard");
	refused(other, WGWARD_CMD_COMMIT, EPERM, "another cannot commit");
	refused(other, WGWARD_CMD_ABORT, EPERM, "nor abort");
	done(other, WGWARD_CMD_TAKE_OVER, "but take over");
	refused(owner, WGWARD_CMD_COMMIT, EPERM, "then the first cannot");
	client_close(owner);
	state_is(WGWARD_STATE_GUARDED, "whose end is of no matter then");
	done(other, WGWARD_CMD_ABORT, "the second can abort");
	state_is(WGWARD_STATE_ENFORCING, "which takes the guard off");
	tap_check(generation() == first, "and makes no generation");
	heard("listeners heard of it", events);
	client_close(other);
}

static void test_stuck(void)
{
	struct client *owner = open_client(), *other = open_client();

	begin(owner);
	if (client_add_self(owner, ward))
		tap_fatal(owner->message);
	done(other, WGWARD_CMD_TAKE_OVER, "a stuck change is taken over");
	refused(owner, WGWARD_CMD_PREPARE, ENOENT, "which discards it");
	tap_check(!client_begin(other, ward, generation()),
		  "and lets another begin");
	client_close(owner);
	refused(other, WGWARD_CMD_PREPARE, EINVAL,
		"which has nothing of the first's");
	client_close(other);
	while (client_event(listener) >= 0)
		;
}

/* A client that is killed with a change of its own. */
static void die(bool prepared)
{
	pid_t child = fork();
	struct client *client;

	if (!child) {
		client = open_client();
		if (prepared)
			prepare(client);
		else
			begin(client);
		kill(getpid(), SIGKILL);
	}
	waitpid(child, NULL, 0);
}

static void test_death(void)
{
	static const int events[] = { WGWARD_EVENT_GUARD,
				      WGWARD_EVENT_INTERRUPTED,
				      WGWARD_EVENT_TAKEN_OVER,
				      WGWARD_EVENT_COMMIT, -1 };
	struct client *client = open_client();
	uint64_t first = generation();

	die(false);
	tap_check(!client_begin(client, ward, first),
		  "the change of a client that was killed is gone");
	done(client, WGWARD_CMD_ABORT, "abort");
	die(true);
	state_is(WGWARD_STATE_INTERRUPTED, "after prepare, it is interrupted");
	begin_refused(client, first, EUCLEAN, "no begin then");
	refused(client, WGWARD_CMD_COMMIT, EPERM, "no commit either");
	done(client, WGWARD_CMD_TAKE_OVER, "it is taken over");
	state_is(WGWARD_STATE_GUARDED, "and is guarded again");
	done(client, WGWARD_CMD_COMMIT, "and committed");
	tap_check(generation() == first + 1, "which makes a generation");
	heard("listeners heard of it", events);
	client_close(client);
}

/* Two wards' changes of one socket go with it, both. */
static void test_two_wards(const char *second)
{
	struct client *owner = open_client(), *other = open_client();

	if (client_command(owner, WGWARD_CMD_ATTACH, second))
		tap_fatal(owner->message);
	begin(owner);
	tap_check(!client_begin(owner, second, 0),
		  "a socket can change two wards");
	client_close(owner);
	tap_check(!client_begin(other, ward, generation()) &&
			  !client_begin(other, second, 0),
		  "and both changes go with it");
	client_close(other);
	other = open_client();
	done(other, WGWARD_CMD_WARD_GET, "get");
	client_command(other, WGWARD_CMD_DETACH, second);
	client_close(other);
}

static const struct {
	uint8_t command;
	uint16_t flags;
} all_commands[] = {
	{ WGWARD_CMD_WARD_GET, NLM_F_ACK },
	{ WGWARD_CMD_WARD_GET, NLM_F_DUMP },
	{ WGWARD_CMD_ATTACH, NLM_F_ACK },
	{ WGWARD_CMD_BEGIN, NLM_F_ACK },
	{ WGWARD_CMD_ADD, NLM_F_ACK },
	{ WGWARD_CMD_PREPARE, NLM_F_ACK },
	{ WGWARD_CMD_COMMIT, NLM_F_ACK },
	{ WGWARD_CMD_ABORT, NLM_F_ACK },
	{ WGWARD_CMD_TAKE_OVER, NLM_F_ACK },
	{ WGWARD_CMD_CONFIRM, NLM_F_ACK },
	{ WGWARD_CMD_ROLLBACK, NLM_F_ACK },
	{ WGWARD_CMD_NODE_GET, NLM_F_DUMP },
	{ WGWARD_CMD_GROUP_GET, NLM_F_DUMP },
	{ WGWARD_CMD_RULE_GET, NLM_F_DUMP },
	{ WGWARD_CMD_FLOW_GET, NLM_F_DUMP },
	{ WGWARD_CMD_EXPLAIN, NLM_F_ACK },
	{ WGWARD_CMD_DETACH, NLM_F_ACK },
};

/* How many of all commands end in another way than @error. */
static unsigned int exceptions(struct client *client, int error)
{
	unsigned int i, count = 0;

	for (i = 0; i < sizeof(all_commands) / sizeof(*all_commands); i++) {
		client_start(client, all_commands[i].command,
			     all_commands[i].flags);
		if (all_commands[i].command != WGWARD_CMD_WARD_GET ||
		    all_commands[i].flags != NLM_F_DUMP)
			mnl_attr_put_strz(&client->header, WGWARD_A_WARD, ward);
		if (client_send(client, NULL, NULL) != -error ||
		    client->messages)
			count++;
	}
	return count;
}

/* A child's answer: how many checks it failed. */
static bool child_fails_none(int (*test)(void *data), void *data)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(test(data));
	return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

static int as_nobody(void *data)
{
	struct client *opened_by_root = data, *client;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 1;
	if (exceptions(opened_by_root, EPERM))
		return 2;
	client = client_open();
	if (!client || exceptions(client, EPERM))
		return 3;
	return client_join(client) != -EPERM;
}

/* All capabilities, but in a user namespace that does not own this one. */
static int as_stranger(void *data)
{
	struct client *client;

	(void)data;
	if (setgid(NOBODY) || setuid(NOBODY) || unshare(CLONE_NEWUSER))
		return 1;
	client = client_open();
	if (!client || exceptions(client, EPERM))
		return 2;
	return client_join(client) != -EPERM;
}

/* The owner of another network namespace: allowed, and nothing is there. */
static int elsewhere(void *data)
{
	struct client *client;

	(void)data;
	if (setgid(NOBODY) || setuid(NOBODY) ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 1;
	client = client_open();
	if (!client || client_join(client))
		return 2;
	client_start(client, WGWARD_CMD_WARD_GET, NLM_F_DUMP);
	if (client_send(client, NULL, NULL) || client->messages)
		return 3;
	if (client_command(client, WGWARD_CMD_WARD_GET, ward) != -ENOENT ||
	    client_command(client, WGWARD_CMD_DETACH, ward) != -ENOENT ||
	    client_begin(client, ward, 0) != -ENOENT)
		return 4;
	return 0;
}

/* Root in another namespace hears nothing of what happens in this one. */
static int listens_elsewhere(void *data)
{
	int *pipes = data;
	struct client *client;
	char byte = 0;

	if (unshare(CLONE_NEWNET))
		return 1;
	client = client_open();
	if (!client || client_join(client))
		return 2;
	/* Ready; then wait until it happened. */
	if (write(pipes[1], &byte, 1) != 1 || read(pipes[2], &byte, 1) != 1)
		return 3;
	return client_event(client) >= 0;
}

static void test_elsewhere(void)
{
	struct client *client = open_client();
	int there[2], back[2], pipes[3], status = -1;
	pid_t child;
	char byte;

	if (pipe(there) || pipe(back))
		tap_fatal("pipe");
	pipes[1] = there[1];
	pipes[2] = back[0];
	child = fork();
	if (!child)
		_exit(listens_elsewhere(pipes));
	if (read(there[0], &byte, 1) != 1)
		tap_fatal("read");
	prepare(client);
	done(client, WGWARD_CMD_ABORT, "something happens");
	if (write(back[1], &byte, 1) != 1)
		tap_fatal("write");
	waitpid(child, &status, 0);
	tap_check(!status, "another namespace hears nothing of it");
	while (client_event(listener) >= 0)
		;
	client_close(client);
}

static void test_privileges(void)
{
	struct client *client = open_client();
	uint64_t first = generation();

	tap_check(child_fails_none(as_nobody, client),
		  "another user can neither ask, change nor listen");
	tap_check(child_fails_none(as_stranger, NULL),
		  "nor with a user namespace of its own");
	tap_check(child_fails_none(elsewhere, NULL),
		  "another network namespace sees nothing of this one");
	tap_check(generation() == first, "nothing was changed");
	client_close(client);
}

/* The device goes, and with it policy and change. */
static void test_device(void)
{
	static const int events[] = { WGWARD_EVENT_GUARD, WGWARD_EVENT_WAITING,
				      -1 };
	struct client *client = open_client();
	uint64_t first = generation();
	char text[64];

	prepare(client);
	snprintf(text, sizeof(text), "ip link delete %s", ward);
	if (system(text))
		tap_fatal("cannot delete the interface");
	state_is(WGWARD_STATE_WAITING, "the ward waits for its device");
	tap_check(generation() == first + 1,
		  "losing the policy makes a generation");
	refused(client, WGWARD_CMD_COMMIT, ENOENT, "no commit to nothing");
	begin_refused(client, first + 1, ENODEV, "no begin while it waits");
	heard("listeners heard of it", events);
	done(client, WGWARD_CMD_DETACH, "it can be detached");
	tap_check(client_command(client, WGWARD_CMD_WARD_GET, ward) == -ENOENT,
		  "and is gone then");
	client_close(client);
}

int main(int argc, char **argv)
{
	static const int events[] = { WGWARD_EVENT_ATTACH, -1 };
	struct client *client;

	if (argc != 3) {
		fprintf(stderr, "usage: %s IFACE SECOND\n", argv[0]);
		return 2;
	}
	ward = argv[1];
	listener = open_client();
	if (client_join(listener))
		tap_fatal("cannot listen");
	client = open_client();
	done(client, WGWARD_CMD_ATTACH, "attach");
	client_close(client);
	heard("listeners heard of it", events);

	test_steps();
	test_strangers();
	test_take_over();
	test_stuck();
	test_death();
	test_two_wards(argv[2]);
	while (client_event(listener) >= 0)
		;
	test_elsewhere();
	test_privileges();
	test_device();
	return tap_end();
}
