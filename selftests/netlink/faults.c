// SPDX-License-Identifier: GPL-2.0
/*
 * Lets each allocation of a change fail, one after the other. Whatever comes of
 * it, the ward enforces the policy before or the policy after, as its
 * generation says, and the next change works.
 *
 * usage: faults IFACE
 *
 * IFACE is a WireGuard interface that nothing else uses. Needs a kernel with
 * fault injection for allocations, and debugfs; exit status 4 without.
 */

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

#define SKIP 4
#define SERVICE(port) (6 << 16 | (port))
#define NODES 40
/* Far more than a change of so many nodes has. */
#define MOST 100000
/* Far beyond what a test takes. */
#define LONG 3600

static const char *ward;
static int fail_nth = -1;

/* Lets the @number-th allocation from now on fail; 0: none. */
static void set_fault(unsigned int number)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", number);

	if (pwrite(fail_nth, text, length, 0) != length)
		tap_fatal("fail-nth");
}

/* Whether it failed. */
static bool fault_happened(void)
{
	char text[16] = {};

	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 1)
		tap_fatal("fail-nth");
	return strtoul(text, NULL, 0) == 0;
}

static bool set_file(const char *path, const char *value)
{
	int file = open(path, O_WRONLY);
	bool good;

	if (file < 0)
		return false;
	good = write(file, value, strlen(value)) == (ssize_t)strlen(value);
	close(file);
	return good;
}

static bool faults_set_up(void)
{
	static const char slab[] = "/sys/kernel/debug/failslab/";
	static const char pages[] = "/sys/kernel/debug/fail_page_alloc/";
	char path[128];

	fail_nth = open("/proc/self/fail-nth", O_RDWR);
	if (fail_nth < 0)
		return false;
	/* Those that may wait are the ones of interest. */
	snprintf(path, sizeof(path), "%signore-gfp-wait", slab);
	if (!set_file(path, "N"))
		return false;
	snprintf(path, sizeof(path), "%sverbose", slab);
	set_file(path, "0");
	snprintf(path, sizeof(path), "%signore-gfp-wait", pages);
	set_file(path, "N");
	snprintf(path, sizeof(path), "%smin-order", pages);
	set_file(path, "0");
	snprintf(path, sizeof(path), "%sverbose", pages);
	set_file(path, "0");
	return true;
}

static struct client *open_client(void)
{
	struct client *client = client_open();

	if (!client)
		tap_fatal("no socket");
	return client;
}

static void put_node(struct client *client, unsigned int number)
{
	uint8_t key[WGWARD_KEY_LEN] = { 1, number + 1 };
	uint8_t address[4] = { 10, 10, 0, number + 1 };
	struct nlattr *nest;
	char name[16];

	nest = mnl_attr_nest_start(&client->header, WGWARD_A_NODE);
	snprintf(name, sizeof(name), "node-%u", number);
	mnl_attr_put_strz(&client->header, WGWARD_NODE_A_NAME, name);
	mnl_attr_put(&client->header, WGWARD_NODE_A_KEY, sizeof(key), key);
	if (!number)
		mnl_attr_put_u32(&client->header, WGWARD_NODE_A_FLAGS,
				 WGWARD_NODE_F_SELF);
	mnl_attr_put(&client->header, WGWARD_NODE_A_ADDRESS, sizeof(address),
		     address);
	mnl_attr_put_strz(&client->header, WGWARD_NODE_A_GROUP, "all");
	mnl_attr_nest_end(&client->header, nest);
}

static void put_rule(struct client *client, unsigned int port)
{
	struct nlattr *rule, *nest;
	char name[16];

	rule = mnl_attr_nest_start(&client->header, WGWARD_A_RULE);
	snprintf(name, sizeof(name), "port-%u", port);
	mnl_attr_put_strz(&client->header, WGWARD_RULE_A_NAME, name);
	mnl_attr_put_u32(&client->header, WGWARD_RULE_A_ACTION,
			 WGWARD_ACTION_ALLOW);
	nest = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_FROM);
	mnl_attr_put(&client->header, WGWARD_SELECTOR_A_ANY, 0, NULL);
	mnl_attr_nest_end(&client->header, nest);
	nest = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_TO);
	mnl_attr_put_strz(&client->header, WGWARD_SELECTOR_A_GROUP, "all");
	mnl_attr_nest_end(&client->header, nest);
	nest = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_SERVICE);
	mnl_attr_put_u32(&client->header, WGWARD_SERVICE_A_FIRST,
			 SERVICE(port));
	mnl_attr_put_u32(&client->header, WGWARD_SERVICE_A_LAST, SERVICE(port));
	mnl_attr_nest_end(&client->header, nest);
	mnl_attr_nest_end(&client->header, rule);
}

static int add(struct client *client, unsigned int port)
{
	struct nlattr *nest;
	unsigned int i;

	client_start_ward(client, WGWARD_CMD_ADD, ward);
	nest = mnl_attr_nest_start(&client->header, WGWARD_A_GROUP);
	mnl_attr_put_strz(&client->header, WGWARD_GROUP_A_NAME, "all");
	mnl_attr_nest_end(&client->header, nest);
	for (i = 0; i < NODES; i++)
		put_node(client, i);
	put_rule(client, port);
	return client_send(client, NULL, NULL);
}

static int prepare(struct client *client, uint64_t generation,
		   unsigned int port, bool peers_change)
{
	int error;

	client_start_begin(client, ward, generation);
	if (peers_change)
		mnl_attr_put(&client->header, WGWARD_A_PEERS_CHANGE, 0, NULL);
	error = client_send(client, NULL, NULL);
	if (!error)
		error = add(client, port);
	if (!error)
		error = client_command(client, WGWARD_CMD_PREPARE, ward);
	return error;
}

static int commit_for(struct client *client, uint32_t seconds)
{
	client_start_ward(client, WGWARD_CMD_COMMIT, ward);
	mnl_attr_put_u32(&client->header, WGWARD_A_CONFIRM, seconds);
	return client_send(client, NULL, NULL);
}

/* Of the change that made @generation. */
static int decide(struct client *client, uint8_t number, uint64_t generation)
{
	client_start_ward(client, number, ward);
	mnl_attr_put_u64(&client->header, WGWARD_A_GENERATION, generation);
	return client_send(client, NULL, NULL);
}

static void read_verdict(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attr;
	uint32_t *verdict = data;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == WGWARD_A_VERDICT)
			*verdict = mnl_attr_get_u32(attr);
	}
}

static bool passes(struct client *client, unsigned int port)
{
	const uint8_t from[4] = { 10, 10, 0, 2 }, to[4] = { 10, 10, 0, 3 };
	uint32_t verdict = WGWARD_VERDICT_DROP;

	client_start_ward(client, WGWARD_CMD_EXPLAIN, ward);
	mnl_attr_put(&client->header, WGWARD_A_SOURCE, sizeof(from), from);
	mnl_attr_put(&client->header, WGWARD_A_DESTINATION, sizeof(to), to);
	mnl_attr_put_u32(&client->header, WGWARD_A_SERVICE, SERVICE(port));
	if (client_send(client, read_verdict, &verdict))
		tap_fatal(client->message);
	return verdict == WGWARD_VERDICT_PASS;
}

/* What is done to a policy once it is prepared. */
enum end { COMMIT, CONFIRM, ROLLBACK, ROLLBACK_GUARDED, ENDS };

static const char *const end_names[ENDS] = { "commit", "confirm", "rollback",
					     "rollback with peers" };

static int finish(struct client *client, enum end end, uint64_t generation)
{
	int error;

	if (end == COMMIT)
		return client_command(client, WGWARD_CMD_COMMIT, ward);
	error = commit_for(client, LONG);
	if (error)
		return error;
	return decide(client,
		      end == CONFIRM ? WGWARD_CMD_CONFIRM : WGWARD_CMD_ROLLBACK,
		      generation + 1);
}

/* The generation in force, and the only port that it allows. */
static uint64_t generation;
static unsigned int port;

/* Begins anew with what was in force, be it interrupted or unconfirmed. */
static uint32_t settle(struct client *client, uint64_t *now)
{
	uint32_t state;

	if (client_state(client, ward, &state, now))
		tap_fatal(client->message);
	if (state == WGWARD_STATE_UNCONFIRMED &&
	    (decide(client, WGWARD_CMD_ROLLBACK, *now) ||
	     client_state(client, ward, &state, now)))
		tap_fatal(client->message);
	if (state == WGWARD_STATE_INTERRUPTED &&
	    (client_command(client, WGWARD_CMD_TAKE_OVER, ward) ||
	     client_command(client, WGWARD_CMD_ABORT, ward) ||
	     client_state(client, ward, &state, now)))
		tap_fatal(client->message);
	return state;
}

/*
 * Whether the old policy is in force or the new one, as it has to be. One
 * generation on, that is the new one; another on, it was rolled back.
 */
static bool is_sound(enum end end, int error)
{
	struct client *client = open_client();
	uint64_t before = generation;
	unsigned int other = port + 1;
	uint32_t state;
	bool good;

	state = settle(client, &generation);
	if (generation == before + 1) {
		other = port;
		port++;
	}
	good = state == WGWARD_STATE_ENFORCING && generation >= before &&
	       generation <= before + 2 && passes(client, port) &&
	       !passes(client, other);
	if (!error)
		good &= generation == before + (end < ROLLBACK ? 1 : 2);
	if (!good)
		tap_note("%s: state %u, generation %llu after %llu, error %d",
			 end_names[end], state, (unsigned long long)generation,
			 (unsigned long long)before, error);
	client_close(client);
	return good;
}

/* Whether its @number-th allocation was there to fail. */
static bool change(enum end end, unsigned int number, int *error)
{
	struct client *client = open_client();
	bool happened;

	/* Up to prepare, all of them do the same. */
	if (end == COMMIT)
		set_fault(number);
	*error = prepare(client, generation, port + 1, end == ROLLBACK_GUARDED);
	if (end != COMMIT)
		set_fault(number);
	if (!*error)
		*error = finish(client, end, generation);
	happened = fault_happened();
	set_fault(0);
	client_close(client);
	return happened;
}

static void try_end(enum end end)
{
	unsigned int number, refused = 0, unsound = 0;
	bool happened = true;
	int error = 0;

	for (number = 1; happened && number < MOST; number++) {
		happened = change(end, number, &error);
		refused += error != 0;
		unsound += !is_sound(end, error);
	}
	tap_check(
		!unsound,
		"%s: %u allocations failed, each by itself: old or new policy",
		end_names[end], number - 1);
	tap_check(refused > (end == COMMIT ? NODES : 1),
		  "%s: %u changes were refused for it", end_names[end],
		  refused);
	tap_check(!happened && !error,
		  "%s: the last one, when none fails, is done", end_names[end]);
}

int main(int argc, char **argv)
{
	struct client *client;
	int error;
	int end;

	if (argc < 2) {
		fprintf(stderr, "usage: %s IFACE\n", argv[0]);
		return 2;
	}
	ward = argv[1];
	if (!faults_set_up()) {
		puts("1..0 # SKIP no fault injection for allocations");
		return SKIP;
	}
	client = open_client();
	if (client_command(client, WGWARD_CMD_ATTACH, ward))
		tap_fatal(client->message);
	client_close(client);
	change(COMMIT, 0, &error);
	if (error)
		tap_fatal("no policy to begin with");
	client = open_client();
	settle(client, &generation);
	port++;
	for (end = COMMIT; end < ENDS; end++)
		try_end(end);
	tap_check(!client_command(client, WGWARD_CMD_DETACH, ward), "detach");
	client_close(client);
	return tap_end();
}
