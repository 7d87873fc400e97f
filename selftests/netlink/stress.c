// SPDX-License-Identifier: GPL-2.0
/*
 * Several clients at once that change, look at, take over, attach and detach
 * two wards at random, and go away in the middle of it, while their interfaces
 * are deleted, made and renamed. What counts is what the kernel's log says, and
 * that in the end everything still works.
 *
 * usage: stress SECONDS [SEED]
 *
 * In a namespace that nothing else uses.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

#define CLIENTS 4
/* So much of each has to happen; a slow machine has so many seconds more. */
#define ENOUGH 10
#define PATIENCE 600

static const char *const wards[] = { "wg0", "wg1" };
static struct client *client;

/* Of all children: that there was something to be disturbed. */
static struct counts {
	atomic_uint prepared;
	atomic_uint committed;
	atomic_uint told;
	atomic_uint decided;
} * counts;

static const char *some_ward(void)
{
	return wards[random() % 2];
}

static void begin(void)
{
	const char *ward = some_ward();
	uint64_t generation;
	uint32_t state;

	if (!client_state(client, ward, &state, &generation))
		client_begin(client, ward, generation);
}

static void commit_for(const char *ward, uint32_t seconds)
{
	client_start_ward(client, WGWARD_CMD_COMMIT, ward);
	mnl_attr_put_u32(&client->header, WGWARD_A_CONFIRM, seconds);
	client_send(client, NULL, NULL);
}

static void change(void)
{
	const char *ward = some_ward();
	uint64_t generation;
	uint32_t state;

	if (client_state(client, ward, &state, &generation) ||
	    client_begin(client, ward, generation) ||
	    client_add_self(client, ward) ||
	    client_command(client, WGWARD_CMD_PREPARE, ward))
		return;
	atomic_fetch_add(&counts->prepared, 1);
	/* Or neither, and it is there when another comes. */
	switch (random() % 16) {
	case 0:
	case 1:
	case 2:
		client_command(client, WGWARD_CMD_ABORT, ward);
		break;
	case 3:
	case 4:
		break;
	case 5:
	case 6:
		commit_for(ward, 1 + random() % 2);
		break;
	default:
		if (!client_command(client, WGWARD_CMD_COMMIT, ward))
			atomic_fetch_add(&counts->committed, 1);
	}
}

/* Some of them just wait for their time. */
static void decide(void)
{
	const char *ward = some_ward();
	uint64_t generation;
	uint32_t state;

	if (client_state(client, ward, &state, &generation))
		return;
	client_start_ward(
		client, random() % 2 ? WGWARD_CMD_CONFIRM : WGWARD_CMD_ROLLBACK,
		ward);
	mnl_attr_put_u64(&client->header, WGWARD_A_GENERATION, generation);
	if (!client_send(client, NULL, NULL))
		atomic_fetch_add(&counts->decided, 1);
}

static void look(void)
{
	static const uint8_t commands[] = {
		WGWARD_CMD_NODE_GET, WGWARD_CMD_GROUP_GET, WGWARD_CMD_RULE_GET,
		WGWARD_CMD_FLOW_GET, WGWARD_CMD_WARD_GET,
	};
	uint8_t command = commands[random() % sizeof(commands)];

	client_start(client, command, NLM_F_DUMP);
	if (command != WGWARD_CMD_WARD_GET)
		mnl_attr_put_strz(&client->header, WGWARD_A_WARD, some_ward());
	/* And some do not wait for the answer. */
	if (random() % 8 == 0)
		client_submit(client);
	else if (!client_send(client, NULL, NULL))
		atomic_fetch_add(&counts->told, client->messages);
}

static void explain(void)
{
	const uint8_t from[4] = { 10, 10, 0, 1 }, to[4] = { 10, 10, 0, 2 };

	client_start_ward(client, WGWARD_CMD_EXPLAIN, some_ward());
	mnl_attr_put(&client->header, WGWARD_A_SOURCE, sizeof(from), from);
	mnl_attr_put(&client->header, WGWARD_A_DESTINATION, sizeof(to), to);
	mnl_attr_put_u32(&client->header, WGWARD_A_SERVICE, 6 << 16 | 22);
	client_send(client, NULL, NULL);
}

static void attach(void)
{
	client_start_ward(client, WGWARD_CMD_ATTACH, some_ward());
	if (random() % 2)
		mnl_attr_put(&client->header, WGWARD_A_PASSIVE, 0, NULL);
	client_send(client, NULL, NULL);
}

static void renew(void)
{
	client_close(client);
	client = client_open();
	if (!client)
		_exit(1);
}

static void step(void)
{
	switch (random() % 16) {
	case 0:
		client_command(client, WGWARD_CMD_DETACH, some_ward());
		break;
	case 1:
	case 2:
		attach();
		break;
	case 3:
		client_command(client, WGWARD_CMD_TAKE_OVER, some_ward());
		break;
	case 4:
		client_command(client, WGWARD_CMD_ABORT, some_ward());
		break;
	case 5:
		renew();
		break;
	case 6:
		begin();
		break;
	case 7:
		explain();
		break;
	case 8:
	case 9:
		decide();
		break;
	case 10:
		look();
		break;
	default:
		change();
	}
}

static bool enough(void)
{
	return counts->committed > ENOUGH && counts->told > ENOUGH;
}

static bool goes_on(time_t end)
{
	time_t now = time(NULL);

	return now < end || (now < end + PATIENCE && !enough());
}

static void run_client(time_t end)
{
	client = client_open();
	if (!client)
		_exit(1);
	while (goes_on(end)) {
		/* An answer that nobody gives would be a hang. */
		alarm(60);
		step();
	}
	_exit(0);
}

static void run_interfaces(time_t end)
{
	static const char *const commands[] = {
		"ip link delete wg0",
		"ip link delete wg1",
		"ip link add wg0 type wireguard",
		"ip link add wg1 type wireguard",
		"ip link set wg0 up",
		"ip link set wg1 up",
		"ip link set wg0 name wg1",
		"ip link set wg1 name wg0",
	};

	if (!freopen("/dev/null", "w", stderr))
		_exit(1);
	while (goes_on(end)) {
		/* Half of them do not fit, and fail. */
		if (system(commands[random() % 8]) == -1)
			_exit(1);
		usleep(20000);
	}
	_exit(0);
}

static pid_t start(void (*run)(time_t end), time_t end, unsigned int seed)
{
	pid_t child = fork();

	if (child)
		return child;
	srandom(seed);
	run(end);
	_exit(1);
}

static void count_unconfirmed(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attr;
	unsigned int *count = data;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == WGWARD_A_STATE &&
		    mnl_attr_get_u32(attr) == WGWARD_STATE_UNCONFIRMED)
			(*count)++;
	}
}

/* Nobody decides any more, but time does: it was two seconds at most. */
static void check_decided(void)
{
	unsigned int count, tries = 0;

	client = client_open();
	if (!client)
		tap_fatal("no socket");
	do {
		sleep(1);
		count = 0;
		client_start(client, WGWARD_CMD_WARD_GET, NLM_F_DUMP);
		if (client_send(client, count_unconfirmed, &count))
			tap_fatal(client->message);
	} while (count && ++tries < 10);
	tap_check(!count, "no change waits for ever, and %u were decided on",
		  counts->decided);
	client_close(client);
}

/* One more time, alone. */
static void check_works(const char *ward)
{
	uint64_t generation;
	uint32_t state;
	int error;

	client_command(client, WGWARD_CMD_DETACH, ward);
	error = client_command(client, WGWARD_CMD_ATTACH, ward);
	if (!error)
		error = client_begin(client, ward, 0);
	if (!error)
		error = client_add_self(client, ward);
	if (!error)
		error = client_command(client, WGWARD_CMD_PREPARE, ward);
	if (!error)
		error = client_command(client, WGWARD_CMD_COMMIT, ward);
	if (!error)
		error = client_state(client, ward, &state, &generation);
	tap_check(!error && state == WGWARD_STATE_ENFORCING && generation,
		  "%s still works: %s", ward, client->message);
	client_command(client, WGWARD_CMD_DETACH, ward);
}

int main(int argc, char **argv)
{
	unsigned int seed = time(NULL), i;
	pid_t children[CLIENTS + 1];
	bool good = true;
	int status;
	time_t end;

	if (argc < 2) {
		fprintf(stderr, "usage: %s SECONDS [SEED]\n", argv[0]);
		return 2;
	}
	if (argc > 2)
		seed = strtoul(argv[2], NULL, 0);
	tap_note("seed %u", seed);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		tap_fatal("no memory");
	end = time(NULL) + strtol(argv[1], NULL, 0);
	for (i = 0; i < CLIENTS; i++)
		children[i] = start(run_client, end, seed + i);
	children[i] = start(run_interfaces, end, seed + i);
	for (i = 0; i <= CLIENTS; i++) {
		waitpid(children[i], &status, 0);
		if (status)
			tap_note("child %u ended with %#x", i, status);
		good &= !status;
	}
	tap_check(good, "%u clients and changes of interfaces all end",
		  CLIENTS);
	check_decided();
	tap_check(
		enough(),
		"meanwhile %u changes were prepared and %u committed, and %u objects told",
		counts->prepared, counts->committed, counts->told);

	client = client_open();
	if (!client)
		tap_fatal("no socket");
	if (system("ip link delete wg0 2>/dev/null;"
		   "ip link delete wg1 2>/dev/null;"
		   "ip link add wg0 type wireguard;"
		   "ip link add wg1 type wireguard"))
		tap_fatal("no interfaces");
	/* Two wards may wait for one name: the first to come has it. */
	for (i = 0; i < 8; i++) {
		client_command(client, WGWARD_CMD_DETACH, wards[0]);
		client_command(client, WGWARD_CMD_DETACH, wards[1]);
	}
	check_works(wards[0]);
	check_works(wards[1]);
	client_start(client, WGWARD_CMD_WARD_GET, NLM_F_DUMP);
	tap_check(!client_send(client, NULL, NULL) && !client->messages,
		  "no ward is left");
	client_close(client);
	return tap_end();
}
