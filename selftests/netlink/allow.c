// SPDX-License-Identifier: GPL-2.0
/*
 * Attaches a ward and gives it a policy that allows everything, whoever it was
 * before.
 *
 * usage: allow [-d] [-c SECONDS] IFACE
 *
 * With -c the policy is on trial for so long. With -d the ward is detached, and
 * that is all.
 */

#include <errno.h>
#include <getopt.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static int usage(void)
{
	fprintf(stderr, "usage: allow [-d] [-c SECONDS] IFACE\n");
	return 2;
}

static int say(const struct client *client, const char *what, int error)
{
	fprintf(stderr, "allow: %s: %s %s\n", what, strerror(-error),
		client->message);
	return 1;
}

static int begin(struct client *client, const char *ward)
{
	client_start_ward(client, WGWARD_CMD_BEGIN, ward);
	mnl_attr_put_u64(&client->header, WGWARD_A_GENERATION, 0);
	mnl_attr_put_u32(&client->header, WGWARD_A_DEFAULT,
			 WGWARD_ACTION_ALLOW);
	return client_send(client, NULL, NULL);
}

static int commit(struct client *client, const char *ward, uint32_t seconds)
{
	client_start_ward(client, WGWARD_CMD_COMMIT, ward);
	if (seconds)
		mnl_attr_put_u32(&client->header, WGWARD_A_CONFIRM, seconds);
	return client_send(client, NULL, NULL);
}

static int allow(struct client *client, const char *ward, uint32_t seconds)
{
	int error;

	error = client_command(client, WGWARD_CMD_ATTACH, ward);
	if (error)
		return say(client, "attach", error);
	error = begin(client, ward);
	if (error)
		return say(client, "begin", error);
	error = client_add_self(client, ward);
	if (error)
		return say(client, "add", error);
	error = client_command(client, WGWARD_CMD_PREPARE, ward);
	if (error)
		return say(client, "prepare", error);
	error = commit(client, ward, seconds);
	return error ? say(client, "commit", error) : 0;
}

int main(int argc, char **argv)
{
	bool detach = false;
	struct client *client;
	uint32_t seconds = 0;
	int option, error;

	while ((option = getopt(argc, argv, "dc:")) != -1) {
		if (option == 'd')
			detach = true;
		else if (option == 'c')
			seconds = strtoul(optarg, NULL, 0);
		else
			return usage();
	}
	if (optind != argc - 1)
		return usage();
	client = client_open();
	if (!client) {
		perror("allow: no socket");
		return 1;
	}
	error = client_command(client, WGWARD_CMD_DETACH, argv[optind]);
	if (!detach)
		error = allow(client, argv[optind], seconds);
	else if (error)
		error = say(client, "detach", error);
	client_close(client);
	return error;
}
