/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets in namespaces, and what the kernel answers on them. */
#ifndef _FUZZ_PORT_H
#define _FUZZ_PORT_H

#include <stdbool.h>
#include <stdint.h>

struct request;

/**
 * struct port - a socket
 * @fd: of it
 * @sequence: of its last request
 * @unread: there is something on it that was not read
 */
struct port {
	int fd;
	uint32_t sequence;
	bool unread;
};

/**
 * struct answer - what was said of a request
 * @error: negative if it was refused
 * @wordless: it was refused without a message
 * @stray: the attribute at fault is not in the request
 * @messages: that came with it
 */
struct answer {
	int error;
	bool wordless;
	bool stray;
	unsigned int messages;
};

/* Messages of dumps that another policy came into. */
extern unsigned long port_cut;

struct nlmsghdr;
typedef void port_callback(const struct nlmsghdr *header, void *data);

/* Number of the family; ends the program when there is none. */
uint16_t port_family(void);
/* In the namespace that the program is in just now. */
void port_open(struct port *port);
void port_close(struct port *port);
/*
 * Sends a request, and reads what there is to read: the kernel has answered
 * when the request is sent. Nothing is waited for, so there may be no answer.
 */
void port_send(struct port *port, const struct request *request,
	       struct answer *answer, port_callback *callback, void *data);
/* Sends one and reads nothing. */
void port_leave(struct port *port, const struct request *request);

#endif /* _FUZZ_PORT_H */
