// SPDX-License-Identifier: GPL-2.0
/*
 * Gives a ward the policy of a table as policy.awk makes them, and tells what
 * that took.
 *
 * usage: policy_load [-f] [-m FLOWS] IFACE SELF <TABLE
 *
 *   -f        attach to any kind of device
 *   -m FLOWS  room for so many
 *
 * Prints the time of the CPU that went into each step: "add NANOSECONDS",
 * "prepare NANOSECONDS" and "commit NANOSECONDS". What the program itself does
 * meanwhile counts for "add" only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../netlink/client.h"

/* A message with no room for one more object is sent. */
#define FULL 150000
#define GROUPS_MAX 4096

static struct client *client;
static const char *ward;

/* Names of groups that the kernel knows already. */
static char groups[GROUPS_MAX][WGWARD_NAME_LEN + 1];
static unsigned int group_count;

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "policy_load: %s\n", what);
	exit(1);
}

static void must(int error)
{
	if (error)
		fail(*client->message ? client->message : strerror(-error));
}

static uint64_t cpu_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
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

static void put_group(const char *name)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < group_count; i++)
		if (!strcmp(groups[i], name))
			return;
	if (group_count == GROUPS_MAX || strlen(name) > WGWARD_NAME_LEN)
		fail("too many groups, or too long a name");
	strcpy(groups[group_count++], name);
	nest = mnl_attr_nest_start(&client->header, WGWARD_A_GROUP);
	mnl_attr_put_strz(&client->header, WGWARD_GROUP_A_NAME, name);
	mnl_attr_nest_end(&client->header, nest);
}

/* Keys are but numbers: nobody else sees them. */
static void put_node(const char *name, const char *address, const char *group,
		     const char *self)
{
	static uint32_t number;
	uint8_t key[WGWARD_KEY_LEN] = { 1 };
	struct in_addr in;
	struct nlattr *nest;

	number++;
	memcpy(key + 1, &number, sizeof(number));
	if (inet_pton(AF_INET, address, &in) != 1)
		fail(address);
	put_group(group);
	nest = mnl_attr_nest_start(&client->header, WGWARD_A_NODE);
	mnl_attr_put_strz(&client->header, WGWARD_NODE_A_NAME, name);
	mnl_attr_put(&client->header, WGWARD_NODE_A_KEY, sizeof(key), key);
	if (!strcmp(name, self))
		mnl_attr_put_u32(&client->header, WGWARD_NODE_A_FLAGS,
				 WGWARD_NODE_F_SELF);
	mnl_attr_put(&client->header, WGWARD_NODE_A_ADDRESS, sizeof(in), &in);
	mnl_attr_put_strz(&client->header, WGWARD_NODE_A_GROUP, group);
	mnl_attr_nest_end(&client->header, nest);
}

static void put_prefix(char *text)
{
	char *slash = strchr(text, '/');
	struct nlattr *nest;
	struct in_addr in;

	*slash = '\0';
	if (inet_pton(AF_INET, text, &in) != 1)
		fail(text);
	nest = mnl_attr_nest_start(&client->header, WGWARD_SELECTOR_A_PREFIX);
	mnl_attr_put(&client->header, WGWARD_PREFIX_A_ADDRESS, sizeof(in), &in);
	mnl_attr_put_u8(&client->header, WGWARD_PREFIX_A_LENGTH,
			strtoul(slash + 1, NULL, 10));
	mnl_attr_nest_end(&client->header, nest);
}

static void put_selector(uint16_t type, char *text)
{
	struct nlattr *nest = mnl_attr_nest_start(&client->header, type);

	if (strchr(text, '/'))
		put_prefix(text);
	else
		mnl_attr_put_strz(&client->header, WGWARD_SELECTOR_A_GROUP,
				  text);
	mnl_attr_nest_end(&client->header, nest);
}

static void put_rule(char *name, const char *action, char *from, char *to,
		     const char *protocol, uint32_t first, uint32_t last)
{
	uint32_t base = (strcmp(protocol, "tcp") ? 17 : 6) << 16;
	struct nlattr *nest, *service;

	put_group(from);
	if (!strchr(to, '/'))
		put_group(to);
	nest = mnl_attr_nest_start(&client->header, WGWARD_A_RULE);
	mnl_attr_put_strz(&client->header, WGWARD_RULE_A_NAME, name);
	mnl_attr_put_u32(&client->header, WGWARD_RULE_A_ACTION,
			 strcmp(action, "deny") ? WGWARD_ACTION_ALLOW :
						  WGWARD_ACTION_DENY);
	put_selector(WGWARD_RULE_A_FROM, from);
	put_selector(WGWARD_RULE_A_TO, to);
	service = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_SERVICE);
	mnl_attr_put_u32(&client->header, WGWARD_SERVICE_A_FIRST, base | first);
	mnl_attr_put_u32(&client->header, WGWARD_SERVICE_A_LAST, base | last);
	mnl_attr_nest_end(&client->header, service);
	mnl_attr_nest_end(&client->header, nest);
}

static void put_line(char *line, const char *self)
{
	char name[64], action[16], from[64], to[64], protocol[16];
	unsigned int first, last;

	if (sscanf(line, "node %63s %63s %63s", name, from, to) == 3)
		put_node(name, from, to, self);
	else if (sscanf(line, "rule %63s %15s %63s %63s %15s %u %u", name,
			action, from, to, protocol, &first, &last) == 7)
		put_rule(name, action, from, to, protocol, first, last);
	else
		fail(line);
}

static void add_all(const char *self)
{
	char line[512];

	start_add();
	while (fgets(line, sizeof(line), stdin)) {
		put_line(line, self);
		send_full(FULL);
	}
	send_full(0);
}

static void begin(uint32_t flows)
{
	struct nlmsghdr *header;
	uint64_t generation;
	uint32_t state;

	must(client_state(client, ward, &state, &generation));
	header = client_start_ward(client, WGWARD_CMD_BEGIN, ward);
	mnl_attr_put_u64(header, WGWARD_A_GENERATION, generation);
	mnl_attr_put_u32(header, WGWARD_A_DEFAULT, WGWARD_ACTION_DENY);
	if (flows)
		mnl_attr_put_u32(header, WGWARD_A_MAX_FLOWS, flows);
	must(client_send(client, NULL, NULL));
}

static void attach(bool force)
{
	struct nlmsghdr *header;
	int error;

	header = client_start_ward(client, WGWARD_CMD_ATTACH, ward);
	if (force)
		mnl_attr_put(header, WGWARD_A_FORCE, 0, NULL);
	error = client_send(client, NULL, NULL);
	if (error != -EEXIST)
		must(error);
}

static uint64_t step(const char *name, uint64_t since)
{
	uint64_t now = cpu_time();

	printf("%s %llu\n", name, (unsigned long long)(now - since));
	return cpu_time();
}

int main(int argc, char **argv)
{
	uint32_t flows = 0;
	bool force = false;
	uint64_t time;
	int option;

	while ((option = getopt(argc, argv, "fm:")) != -1) {
		if (option == 'f')
			force = true;
		else if (option == 'm')
			flows = strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	ward = argv[optind];
	client = client_open();
	if (!client)
		fail("no socket, or no module");
	attach(force);
	begin(flows);
	time = cpu_time();
	add_all(argv[optind + 1]);
	time = step("add", time);
	must(client_command(client, WGWARD_CMD_PREPARE, ward));
	time = step("prepare", time);
	must(client_command(client, WGWARD_CMD_COMMIT, ward));
	step("commit", time);
	client_close(client);
	return 0;
}
