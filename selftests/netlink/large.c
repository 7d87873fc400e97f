// SPDX-License-Identifier: GPL-2.0
/*
 * A large policy: it loads, is dumped whole and in order, and decides as it
 * should. Single objects that are large. A dump during which another policy
 * comes, which has to be flagged. A device that goes while all is compiled.
 *
 * usage: large IFACE [COUNT]
 *
 * IFACE is a WireGuard interface that nothing else uses, and is deleted and
 * made again; COUNT is the number of nodes and of rules (10000, which is the
 * most).
 */

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

#define GROUPS 100
/* A message with no room for one more object is sent. */
#define FULL 150000
#define SAMPLES 1000
/* Routes of a node that has as many as it may. */
#define MANY_ROUTES 3000

static struct client *client;
static const char *ward;
static unsigned int count = 10000;

/*
 * Node N is 10.N and in group N % 100. Rule N is from group N % 100 to group
 * N / 100, so each pair of groups has one at most: TCP from N % 1000 + 1 on, as
 * many ports as N % 50 says; every tenth denies.
 */
static uint32_t node_address(unsigned int node)
{
	return htonl(0x0a000000 + node + 1);
}

static unsigned int first_port(unsigned int rule)
{
	return rule % 1000 + 1;
}

static unsigned int last_port(unsigned int rule)
{
	return first_port(rule) + rule % 50;
}

static bool denies(unsigned int rule)
{
	return rule % 10 == 3;
}

static void fail(void)
{
	tap_fatal(*client->message ? client->message : "failed");
}

static void must(int error)
{
	errno = -error;
	if (error)
		fail();
}

static void start_add(void)
{
	client_start_ward(client, WGWARD_CMD_ADD, ward);
}

/* Sends what has come together, unless there is room for more. */
static void send_full(size_t room)
{
	if (client->header.nlmsg_len < room)
		return;
	must(client_send(client, NULL, NULL));
	start_add();
}

static void put_group_name(uint16_t type, unsigned int group)
{
	char name[32];

	snprintf(name, sizeof(name), "group-%u", group);
	mnl_attr_put_strz(&client->header, type, name);
}

static void put_node(unsigned int node)
{
	uint8_t key[WGWARD_KEY_LEN] = { 7 };
	uint32_t address = node_address(node);
	struct nlattr *nest;
	char name[32];

	nest = mnl_attr_nest_start(&client->header, WGWARD_A_NODE);
	snprintf(name, sizeof(name), "node-%u", node);
	mnl_attr_put_strz(&client->header, WGWARD_NODE_A_NAME, name);
	memcpy(key + 1, &node, sizeof(node));
	mnl_attr_put(&client->header, WGWARD_NODE_A_KEY, sizeof(key), key);
	if (!node)
		mnl_attr_put_u32(&client->header, WGWARD_NODE_A_FLAGS,
				 WGWARD_NODE_F_SELF);
	mnl_attr_put(&client->header, WGWARD_NODE_A_ADDRESS, sizeof(address),
		     &address);
	put_group_name(WGWARD_NODE_A_GROUP, node % GROUPS);
	mnl_attr_nest_end(&client->header, nest);
}

static void put_selector(uint16_t type, unsigned int group)
{
	struct nlattr *nest = mnl_attr_nest_start(&client->header, type);

	put_group_name(WGWARD_SELECTOR_A_GROUP, group);
	mnl_attr_nest_end(&client->header, nest);
}

static void put_rule(unsigned int rule)
{
	struct nlattr *nest, *service;
	char name[32];

	nest = mnl_attr_nest_start(&client->header, WGWARD_A_RULE);
	snprintf(name, sizeof(name), "rule-%05u", rule);
	mnl_attr_put_strz(&client->header, WGWARD_RULE_A_NAME, name);
	mnl_attr_put_u32(&client->header, WGWARD_RULE_A_ACTION,
			 denies(rule) ? WGWARD_ACTION_DENY :
					WGWARD_ACTION_ALLOW);
	put_selector(WGWARD_RULE_A_FROM, rule % GROUPS);
	put_selector(WGWARD_RULE_A_TO, rule / GROUPS);
	service = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_SERVICE);
	mnl_attr_put_u32(&client->header, WGWARD_SERVICE_A_FIRST,
			 6 << 16 | first_port(rule));
	mnl_attr_put_u32(&client->header, WGWARD_SERVICE_A_LAST,
			 6 << 16 | last_port(rule));
	mnl_attr_nest_end(&client->header, service);
	mnl_attr_nest_end(&client->header, nest);
}

static void add_groups(void)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < GROUPS; i++) {
		nest = mnl_attr_nest_start(&client->header, WGWARD_A_GROUP);
		put_group_name(WGWARD_GROUP_A_NAME, i);
		mnl_attr_nest_end(&client->header, nest);
	}
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

/* Everything up to prepare. */
static void stage(uint64_t generation)
{
	unsigned int i;

	must(client_begin(client, ward, generation));
	start_add();
	add_groups();
	for (i = 0; i < count; i++) {
		put_node(i);
		send_full(FULL);
	}
	for (i = 0; i < count; i++) {
		put_rule(i);
		send_full(FULL);
	}
	send_full(0);
}

/* Returns how many milliseconds prepare takes. */
static double load(void)
{
	double begun = now(), added, prepared;

	stage(0);
	added = now();
	must(client_command(client, WGWARD_CMD_PREPARE, ward));
	prepared = now();
	must(client_command(client, WGWARD_CMD_COMMIT, ward));
	tap_check(true, "%u nodes and rules are loaded", count);
	tap_note("add %.0f ms, prepare %.0f ms, commit %.0f ms", added - begun,
		 prepared - added, now() - prepared);
	return prepared - added;
}

/* What a dump has told so far. */
struct told {
	unsigned int count;
	bool good;
};

static const char *text_of(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == type)
			return mnl_attr_get_str(attr);
	}
	return "";
}

static const void *data_of(const struct nlattr *nest, uint16_t type)
{
	static const uint8_t nothing[WGWARD_KEY_LEN];
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == type)
			return mnl_attr_get_payload(attr);
	}
	return nothing;
}

static const struct nlattr *object_of(const struct nlmsghdr *header)
{
	return mnl_nlmsg_get_payload_offset(header, sizeof(struct genlmsghdr));
}

static void tell_node(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *node = object_of(header);
	struct told *told = data;
	uint32_t address = node_address(told->count);
	char name[32], group[32];

	snprintf(name, sizeof(name), "node-%u", told->count);
	snprintf(group, sizeof(group), "group-%u", told->count % GROUPS);
	if (strcmp(text_of(node, WGWARD_NODE_A_NAME), name) ||
	    strcmp(text_of(node, WGWARD_NODE_A_GROUP), group) ||
	    memcmp((const uint8_t *)data_of(node, WGWARD_NODE_A_KEY) + 1,
		   &told->count, sizeof(told->count)) ||
	    memcmp(data_of(node, WGWARD_NODE_A_ADDRESS), &address,
		   sizeof(address)))
		told->good = false;
	told->count++;
}

static void tell_rule(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *rule = object_of(header), *service;
	struct told *told = data;
	uint32_t first = 6 << 16 | first_port(told->count);
	char name[32];

	snprintf(name, sizeof(name), "rule-%05u", told->count);
	if (strcmp(text_of(rule, WGWARD_RULE_A_NAME), name))
		told->good = false;
	mnl_attr_for_each_nested(service, rule) {
		if (mnl_attr_get_type(service) == WGWARD_RULE_A_SERVICE &&
		    memcmp(data_of(service, WGWARD_SERVICE_A_FIRST), &first,
			   sizeof(first)))
			told->good = false;
	}
	told->count++;
}

static int dump(uint8_t command, client_callback *callback, void *data)
{
	client_start(client, command, NLM_F_DUMP);
	mnl_attr_put_strz(&client->header, WGWARD_A_WARD, ward);
	return client_send(client, callback, data);
}

static void check_dump(uint8_t command, client_callback *callback,
		       const char *what)
{
	struct told told = { .good = true };
	double begun = now();

	must(dump(command, callback, &told));
	tap_check(told.good && told.count == count, "all %u %s are dumped",
		  told.count, what);
	tap_check(!client->interrupted, "in one piece");
	tap_note("in %.0f ms", now() - begun);
}

struct answer {
	uint32_t verdict;
	uint32_t reason;
	char rule[WGWARD_NAME_LEN + 1];
};

static void read_answer(const struct nlmsghdr *header, void *data)
{
	struct answer *answer = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == WGWARD_A_VERDICT)
			answer->verdict = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == WGWARD_A_REASON)
			answer->reason = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == WGWARD_A_RULE_NAME)
			strncpy(answer->rule, mnl_attr_get_str(attr),
				sizeof(answer->rule) - 1);
	}
}

static void expect(struct answer *answer, unsigned int source,
		   unsigned int destination, unsigned int port)
{
	unsigned int rule = source % GROUPS + destination % GROUPS * GROUPS;

	*answer = (struct answer){
		.verdict = WGWARD_VERDICT_DROP,
		.reason = WGWARD_REASON_DEFAULT,
	};
	if (rule >= count || port < first_port(rule) || port > last_port(rule))
		return;
	answer->reason = WGWARD_REASON_RULE;
	if (!denies(rule))
		answer->verdict = WGWARD_VERDICT_PASS;
	snprintf(answer->rule, sizeof(answer->rule), "rule-%05u", rule);
}

static void explain(struct answer *answer, unsigned int source,
		    unsigned int destination, unsigned int port)
{
	uint32_t from = node_address(source), to = node_address(destination);

	memset(answer, 0, sizeof(*answer));
	client_start_ward(client, WGWARD_CMD_EXPLAIN, ward);
	mnl_attr_put(&client->header, WGWARD_A_SOURCE, sizeof(from), &from);
	mnl_attr_put(&client->header, WGWARD_A_DESTINATION, sizeof(to), &to);
	mnl_attr_put_u32(&client->header, WGWARD_A_SERVICE, 6 << 16 | port);
	must(client_send(client, read_answer, answer));
}

static void check_explain(void)
{
	unsigned int wrong = 0, by_rule = 0, passed = 0;
	unsigned int i, source, destination, port;
	struct answer expected, seen;

	for (i = 0; i < SAMPLES; i++) {
		source = random() % count;
		destination = random() % count;
		if (source == destination)
			continue;
		/* Near a rule, if there is one: few ports have any. */
		port = first_port(source % GROUPS +
				  destination % GROUPS * GROUPS) +
		       random() % 50;
		expect(&expected, source, destination, port);
		explain(&seen, source, destination, port);
		wrong += expected.verdict != seen.verdict ||
			 expected.reason != seen.reason ||
			 strcmp(expected.rule, seen.rule);
		by_rule += seen.reason == WGWARD_REASON_RULE;
		passed += seen.verdict == WGWARD_VERDICT_PASS;
	}
	tap_check(!wrong, "%u conversations are explained as they should be",
		  i);
	tap_check(by_rule > i * count / 80000 && by_rule < i &&
			  passed > i * count / 160000,
		  "%u of them by a rule, %u pass", by_rule, passed);
}

/* Nothing but self: for policies that are of no matter. */
static void commit_small(struct client *other)
{
	uint64_t generation;
	uint32_t state;
	int error;

	error = client_state(other, ward, &state, &generation);
	if (!error)
		error = client_begin(other, ward, generation);
	if (!error)
		error = client_add_self(other, ward);
	if (!error)
		error = client_command(other, WGWARD_CMD_PREPARE, ward);
	if (!error)
		error = client_command(other, WGWARD_CMD_COMMIT, ward);
	must(error);
}

static void check_interrupted(void)
{
	struct client *other = client_open();
	int status;

	if (!other)
		tap_fatal("no socket");
	client_start(client, WGWARD_CMD_NODE_GET, NLM_F_DUMP);
	mnl_attr_put_strz(&client->header, WGWARD_A_WARD, ward);
	client_submit(client);
	status = client_receive(client, NULL, NULL);
	tap_check(status == 1 && !client->interrupted,
		  "a dump comes in more than one part");
	commit_small(other);
	while (status > 0)
		status = client_receive(client, NULL, NULL);
	tap_check(!status && client->interrupted,
		  "it is flagged when another policy came in between");
	tap_check(client->messages < count, "and ends then");
	must(dump(WGWARD_CMD_NODE_GET, NULL, NULL));
	tap_check(client->messages == 1 && !client->interrupted,
		  "a second one tells the new policy");
	client_close(other);
}

/* Of 198.18.0.0/15, which is large enough for two nodes. */
static void put_routes(unsigned int first, unsigned int number)
{
	struct nlattr *nest;
	uint32_t address;
	unsigned int i;

	for (i = first; i < first + number; i++) {
		address = htonl(0xc6120000 + 4 * i);
		nest = mnl_attr_nest_start(&client->header,
					   WGWARD_NODE_A_ROUTE);
		mnl_attr_put(&client->header, WGWARD_PREFIX_A_ADDRESS,
			     sizeof(address), &address);
		mnl_attr_put_u8(&client->header, WGWARD_PREFIX_A_LENGTH, 30);
		mnl_attr_nest_end(&client->header, nest);
	}
}

static int add_large(const char *name, unsigned int number, unsigned int first,
		     unsigned int routes)
{
	uint8_t key[WGWARD_KEY_LEN] = { 8, number };
	uint32_t address = node_address(number);
	struct nlattr *nest;

	start_add();
	nest = mnl_attr_nest_start(&client->header, WGWARD_A_NODE);
	mnl_attr_put_strz(&client->header, WGWARD_NODE_A_NAME, name);
	mnl_attr_put(&client->header, WGWARD_NODE_A_KEY, sizeof(key), key);
	mnl_attr_put(&client->header, WGWARD_NODE_A_ADDRESS, sizeof(address),
		     &address);
	put_routes(first, routes);
	mnl_attr_nest_end(&client->header, nest);
	return client_send(client, NULL, NULL);
}

static void count_routes(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attr;
	unsigned int *routes = data;

	mnl_attr_for_each_nested(attr, object_of(header))
		*routes += mnl_attr_get_type(attr) == WGWARD_NODE_A_ROUTE;
}

static void check_objects(void)
{
	unsigned int routes = 0;
	uint64_t generation;
	uint32_t state;

	must(client_state(client, ward, &state, &generation));
	must(client_begin(client, ward, generation));
	tap_check(!add_large("first", 1000, 0, MANY_ROUTES),
		  "a node may have %u routes", MANY_ROUTES);
	must(client_add_self(client, ward));
	must(add_large("last", 1001, MANY_ROUTES, MANY_ROUTES));
	must(client_command(client, WGWARD_CMD_PREPARE, ward));
	must(client_command(client, WGWARD_CMD_COMMIT, ward));
	must(dump(WGWARD_CMD_NODE_GET, count_routes, &routes));
	tap_check(routes == 2 * MANY_ROUTES && client->messages == 3,
		  "they are dumped, %u of them", routes);
	tap_note("%zu bytes in one piece", client->largest);

	must(client_begin(client, ward, generation + 1));
	tap_check(add_large("more", 1000, 0, 3260) == -E2BIG &&
			  *client->message,
		  "too many are refused: %s", client->message);
	must(client_command(client, WGWARD_CMD_ABORT, ward));
}

/* A client that prepares, says so before, and ends with what came of it. */
static void prepare_and_exit(int pipe, uint64_t generation)
{
	char byte = 0;

	client = client_open();
	if (!client)
		_exit(0);
	stage(generation);
	if (write(pipe, &byte, 1) != 1)
		_exit(0);
	_exit(-client_command(client, WGWARD_CMD_PREPARE, ward));
}

static void run(const char *format)
{
	char text[64];

	snprintf(text, sizeof(text), format, ward);
	if (system(text))
		tap_fatal(text);
}

/* Deletes the interface after @delay ms of prepare; what became of that. */
static int lose_device(double delay)
{
	uint64_t generation;
	uint32_t state;
	int pipes[2], status;
	pid_t child;
	char byte;
	FILE *ip;

	must(client_state(client, ward, &state, &generation));
	/* Started before, since that can take longer than what it is for. */
	ip = popen("ip -batch -", "w");
	if (!ip || pipe(pipes))
		tap_fatal("pipe");
	child = fork();
	if (!child)
		prepare_and_exit(pipes[1], generation);
	close(pipes[1]);
	if (read(pipes[0], &byte, 1) != 1)
		tap_fatal("the change was not staged");
	usleep(delay * 1000);
	fprintf(ip, "link delete %s\n", ward);
	if (pclose(ip))
		tap_fatal("cannot delete the interface");
	must(client_state(client, ward, &state, &generation));
	close(pipes[0]);
	waitpid(child, &status, 0);
	run("ip link add %s type wireguard");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * The device goes while the policy is compiled. That may just be over, or not
 * have begun, so it is tried with several delays.
 */
static void check_lost(double prepare)
{
	uint64_t generation;
	unsigned int tries;
	uint32_t state;
	int error = 0;

	for (tries = 1; tries <= 8 && error != ENODEV; tries++) {
		error = lose_device(prepare * (tries - 1) / 10);
		tap_note("%u: %s", tries, strerror(error));
	}
	tap_check(error == ENODEV,
		  "a device that goes meanwhile takes the change along");
	tap_note("seen at try %u", tries - 1);
	must(client_state(client, ward, &state, &generation));
	tap_check(state == WGWARD_STATE_NO_POLICY,
		  "a new one of its name has no policy");
	must(client_begin(client, ward, generation));
	must(client_add_self(client, ward));
	must(client_command(client, WGWARD_CMD_PREPARE, ward));
	must(client_command(client, WGWARD_CMD_COMMIT, ward));
	tap_check(true, "and can be given one");
}

int main(int argc, char **argv)
{
	double prepare;

	if (argc < 2) {
		fprintf(stderr, "usage: %s IFACE [COUNT]\n", argv[0]);
		return 2;
	}
	ward = argv[1];
	if (argc > 2)
		count = strtoul(argv[2], NULL, 0);
	client = client_open();
	if (!client)
		tap_fatal("no socket");
	must(client_command(client, WGWARD_CMD_ATTACH, ward));
	prepare = load();
	check_dump(WGWARD_CMD_NODE_GET, tell_node, "nodes");
	check_dump(WGWARD_CMD_RULE_GET, tell_rule, "rules");
	must(dump(WGWARD_CMD_GROUP_GET, NULL, NULL));
	tap_check(client->messages == GROUPS, "all groups are dumped");
	check_explain();
	check_interrupted();
	check_objects();
	check_lost(prepare);
	must(client_command(client, WGWARD_CMD_DETACH, ward));
	client_close(client);
	return tap_end();
}
