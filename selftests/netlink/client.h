/* SPDX-License-Identifier: GPL-2.0 */
/* A client that takes nothing on trust, for tests. */
#ifndef _CLIENT_H
#define _CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>
#include <linux/wgward.h>

/* A request has to fit into a socket's send buffer. */
#define CLIENT_REQUEST 200000
#define CLIENT_ANSWER (128 * 1024)

struct mnl_socket;

/**
 * struct client - a socket, the request to be sent on it, and what came of it
 * @socket: bound, with extended acknowledgements
 * @family: number of the family
 * @group: number of its multicast group of changes
 * @sequence: of the last request
 * @request: being built
 * @message: what the kernel said of the last request, or ""
 * @offset: of the attribute at fault, or 0
 * @missing: number of the attribute that was missing, or 0
 * @interrupted: the last dump was flagged
 * @messages: of the last answer
 * @largest: bytes that came in one piece in the last answer
 */
struct client {
	struct mnl_socket *socket;
	uint16_t family;
	uint32_t group;
	uint32_t sequence;
	union {
		struct nlmsghdr header;
		uint8_t request[CLIENT_REQUEST];
	};
	char message[256];
	uint32_t offset;
	uint32_t missing;
	bool interrupted;
	unsigned int messages;
	size_t largest;
};

/* Called for each message of an answer. */
typedef void client_callback(const struct nlmsghdr *header, void *data);

/* NULL: errno says why. */
struct client *client_open(void);
void client_close(struct client *client);
/* 0 or -errno. */
int client_join(struct client *client);

/* A request, which gets its attributes by libmnl; then the ward's name. */
struct nlmsghdr *client_start(struct client *client, uint8_t command,
			      uint16_t flags);
struct nlmsghdr *client_start_ward(struct client *client, uint8_t command,
				   const char *ward);
/* Sends it and reads the answer. 0 or -errno. */
int client_send(struct client *client, client_callback *callback, void *data);
/* The same in steps: the answer in parts, 1 while there is more. */
int client_submit(struct client *client);
int client_receive(struct client *client, client_callback *callback,
		   void *data);

/* The next event, or -1 if there is none. */
int client_event(struct client *client);

/* Number of an interface's state, and its generation. */
int client_state(struct client *client, const char *ward, uint32_t *state,
		 uint64_t *generation);
/* A command that takes but the ward. */
int client_command(struct client *client, uint8_t command, const char *ward);
int client_begin(struct client *client, const char *ward, uint64_t generation);
/* The same, not sent yet. */
struct nlmsghdr *client_start_begin(struct client *client, const char *ward,
				    uint64_t generation);
/* Adds a policy of one node, self, and nothing else. */
int client_add_self(struct client *client, const char *ward);

#endif /* _CLIENT_H */
