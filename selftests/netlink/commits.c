// SPDX-License-Identifier: GPL-2.0
/*
 * Commits one policy after the other. All of them allow what self starts with
 * its two neighbours over UDP, TCP and ICMP, each for another reason: by a rule
 * of a group, by one of prefixes, by a rule with a smaller name, by default.
 * With -c it is one that cuts what self has with the second over TCP.
 *
 * usage: commits [-c] [-m MAX_FLOWS] WARD COUNT SELF4 SELF6 PEER4 PEER6 OTHER4
 *                OTHER6
 *
 * Prints how many were committed, and how long it took.
 */

#include <arpa/inet.h>
#include <getopt.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "client.h"

#define VARIANTS 5
/* The one that cuts. */
#define CUT VARIANTS

static const char *const node_names[] = { "self", "peer", "other" };

static struct client *client;
static const char *ward;
static char **addresses; /* two of each node */
static uint32_t max_flows;

static void __attribute__((noreturn)) fail(const char *what, int error)
{
	fprintf(stderr, "commits: %s: %s %s\n", what, strerror(-error),
		client->message);
	exit(1);
}

static void put_address(uint16_t type, const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1) {
		mnl_attr_put(&client->header, type, 4, bytes);
	} else if (inet_pton(AF_INET6, text, bytes) == 1) {
		mnl_attr_put(&client->header, type, 16, bytes);
	} else {
		fprintf(stderr, "commits: not an address: %s\n", text);
		exit(2);
	}
}

static void put_prefix(uint16_t type, const char *text, uint8_t length)
{
	struct nlattr *nest = mnl_attr_nest_start(&client->header, type);

	put_address(WGWARD_PREFIX_A_ADDRESS, text);
	mnl_attr_put_u8(&client->header, WGWARD_PREFIX_A_LENGTH, length);
	mnl_attr_nest_end(&client->header, nest);
}

static void put_group(const char *name)
{
	struct nlattr *nest;

	nest = mnl_attr_nest_start(&client->header, WGWARD_A_GROUP);
	mnl_attr_put_strz(&client->header, WGWARD_GROUP_A_NAME, name);
	mnl_attr_nest_end(&client->header, nest);
}

/* The other node has a network behind it in every second policy. */
static void put_node(unsigned int node, unsigned int variant)
{
	const uint8_t key[WGWARD_KEY_LEN] = { 'k', node };
	struct nlattr *nest;

	nest = mnl_attr_nest_start(&client->header, WGWARD_A_NODE);
	mnl_attr_put_strz(&client->header, WGWARD_NODE_A_NAME,
			  node_names[node]);
	mnl_attr_put(&client->header, WGWARD_NODE_A_KEY, sizeof(key), key);
	mnl_attr_put_u32(&client->header, WGWARD_NODE_A_FLAGS,
			 node ? 0 : WGWARD_NODE_F_SELF);
	put_address(WGWARD_NODE_A_ADDRESS, addresses[2 * node]);
	put_address(WGWARD_NODE_A_ADDRESS, addresses[2 * node + 1]);
	if (node == 2 && variant % 2)
		put_prefix(WGWARD_NODE_A_ROUTE, "192.168.0.0", 16);
	if (!node && variant != 3)
		mnl_attr_put_strz(&client->header, WGWARD_NODE_A_GROUP,
				  "staff");
	if (node && variant == 1)
		mnl_attr_put_strz(&client->header, WGWARD_NODE_A_GROUP,
				  "others");
	mnl_attr_nest_end(&client->header, nest);
}

static void put_services(uint32_t protocol, uint16_t first, uint16_t last)
{
	struct nlattr *nest;

	nest = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_SERVICE);
	mnl_attr_put_u32(&client->header, WGWARD_SERVICE_A_FIRST,
			 protocol << 16 | first);
	mnl_attr_put_u32(&client->header, WGWARD_SERVICE_A_LAST,
			 protocol << 16 | last);
	mnl_attr_nest_end(&client->header, nest);
}

static struct nlattr *rule_start(const char *name, uint32_t action)
{
	struct nlattr *nest;

	nest = mnl_attr_nest_start(&client->header, WGWARD_A_RULE);
	mnl_attr_put_strz(&client->header, WGWARD_RULE_A_NAME, name);
	mnl_attr_put_u32(&client->header, WGWARD_RULE_A_ACTION, action);
	return nest;
}

static void put_any(uint16_t type)
{
	struct nlattr *nest = mnl_attr_nest_start(&client->header, type);

	mnl_attr_put(&client->header, WGWARD_SELECTOR_A_ANY, 0, NULL);
	mnl_attr_nest_end(&client->header, nest);
}

static void put_all_services(void)
{
	put_services(IPPROTO_TCP, 0, UINT16_MAX);
	put_services(IPPROTO_UDP, 0, UINT16_MAX);
	put_services(IPPROTO_ICMP, 0, UINT16_MAX);
	put_services(IPPROTO_ICMPV6, 0, UINT16_MAX);
}

static void put_group_rule(const char *name)
{
	struct nlattr *nest = rule_start(name, WGWARD_ACTION_ALLOW), *from;

	from = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_FROM);
	mnl_attr_put_strz(&client->header, WGWARD_SELECTOR_A_GROUP, "staff");
	mnl_attr_nest_end(&client->header, from);
	put_any(WGWARD_RULE_A_TO);
	put_all_services();
	mnl_attr_nest_end(&client->header, nest);
}

static void put_prefix_rule(const char *name)
{
	struct nlattr *nest = rule_start(name, WGWARD_ACTION_ALLOW), *from;

	from = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_FROM);
	put_prefix(WGWARD_SELECTOR_A_PREFIX, addresses[0], 32);
	put_prefix(WGWARD_SELECTOR_A_PREFIX, addresses[1], 128);
	mnl_attr_nest_end(&client->header, from);
	put_any(WGWARD_RULE_A_TO);
	put_all_services();
	mnl_attr_nest_end(&client->header, nest);
}

/* Of what self has with the other node over TCP. */
static void put_cut(void)
{
	struct nlattr *nest = rule_start("cut", WGWARD_ACTION_DENY), *to;

	put_any(WGWARD_RULE_A_FROM);
	to = mnl_attr_nest_start(&client->header, WGWARD_RULE_A_TO);
	put_prefix(WGWARD_SELECTOR_A_PREFIX, addresses[4], 32);
	put_prefix(WGWARD_SELECTOR_A_PREFIX, addresses[5], 128);
	mnl_attr_nest_end(&client->header, to);
	put_services(IPPROTO_TCP, 0, UINT16_MAX);
	mnl_attr_nest_end(&client->header, nest);
}

/* Of what nobody sends. */
static void put_denial(void)
{
	struct nlattr *nest = rule_start("denial", WGWARD_ACTION_DENY);

	put_any(WGWARD_RULE_A_FROM);
	put_any(WGWARD_RULE_A_TO);
	put_services(IPPROTO_SCTP, 0, UINT16_MAX);
	mnl_attr_nest_end(&client->header, nest);
}

static void add(unsigned int variant)
{
	unsigned int node;
	int error;

	client_start_ward(client, WGWARD_CMD_ADD, ward);
	put_group("staff");
	put_group("others");
	for (node = 0; node < 3; node++)
		put_node(node, variant);
	switch (variant) {
	case 0:
		put_group_rule("staff");
		break;
	case 1:
		put_group_rule("staff");
		put_prefix_rule("before-staff");
		break;
	case 2:
		put_denial();
		break;
	case 3:
		put_prefix_rule("self");
		put_denial();
		break;
	case CUT:
		put_group_rule("staff");
		put_cut();
		break;
	default:
		put_group_rule("other-staff");
	}
	error = client_send(client, NULL, NULL);
	if (error)
		fail("add", error);
}

static void begin(unsigned int variant)
{
	struct nlmsghdr *header;
	uint64_t generation;
	uint32_t state;
	int error;

	error = client_state(client, ward, &state, &generation);
	if (error)
		fail("state", error);
	header = client_start_ward(client, WGWARD_CMD_BEGIN, ward);
	mnl_attr_put_u64(header, WGWARD_A_GENERATION, generation);
	mnl_attr_put_u32(header, WGWARD_A_DEFAULT,
			 variant == 2 ? WGWARD_ACTION_ALLOW :
					WGWARD_ACTION_DENY);
	if (max_flows)
		mnl_attr_put_u32(header, WGWARD_A_MAX_FLOWS, max_flows);
	error = client_send(client, NULL, NULL);
	if (error)
		fail("begin", error);
}

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void commit(unsigned int variant)
{
	int error;

	begin(variant);
	add(variant);
	error = client_command(client, WGWARD_CMD_PREPARE, ward);
	if (error)
		fail("prepare", error);
	error = client_command(client, WGWARD_CMD_COMMIT, ward);
	if (error)
		fail("commit", error);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: commits [-c] [-m MAX_FLOWS] WARD COUNT SELF4 SELF6 PEER4 PEER6 OTHER4 OTHER6\n",
	      stderr);
	exit(2);
}

/* Returns whether there is to be the policy that cuts. */
static bool read_options(int argc, char **argv)
{
	bool cut = false;
	int option;

	while ((option = getopt(argc, argv, "cm:")) != -1) {
		switch (option) {
		case 'c':
			cut = true;
			break;
		case 'm':
			max_flows = strtoul(optarg, NULL, 10);
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 8)
		usage();
	return cut;
}

int main(int argc, char **argv)
{
	double start = seconds(), longest = 0, before, took;
	bool cut = read_options(argc, argv);
	unsigned long count, i;

	ward = argv[optind];
	count = strtoul(argv[optind + 1], NULL, 10);
	addresses = argv + optind + 2;
	client = client_open();
	if (!client) {
		perror("commits: no wgward");
		return 1;
	}
	for (i = 0; i < count; i++) {
		before = seconds();
		commit(cut ? CUT : i % VARIANTS);
		took = seconds() - before;
		longest = took > longest ? took : longest;
	}
	printf("commits=%lu seconds=%.1f longest_ms=%.0f\n", count,
	       seconds() - start, longest * 1000);
	client_close(client);
	return 0;
}
