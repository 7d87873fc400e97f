/* SPDX-License-Identifier: GPL-2.0 */
/* What the files about wards share. */
#ifndef _WARD_INTERNAL_H
#define _WARD_INTERNAL_H

#include "netlink.h"
#include "ward.h"

/**
 * struct ward_socket - a way to talk to the module
 * @netlink: the socket
 * @family: the module's number
 */
struct ward_socket {
	struct netlink *netlink;
	int family;
};

/* Starts a request about the ward of @interface, or all when it is NULL. */
void ward_start(struct ward_socket *socket, u8 command, const char *interface);
/* Sends it. Returns 0, or -1 after an error that begins with @what. */
int ward_send(struct ward_socket *socket, const char *interface,
	      const char *what, netlink_callback *callback, void *data);

/* Prints why the last request was refused with @code. Returns -1. */
int ward_refused(struct ward_socket *socket, const char *interface,
		 const char *what, int code);

/* A counter from its nest, into its place in @counters. */
void ward_read_counter(const struct nlattr *nest,
		       struct ward_counter *counters);
/* A prefix from its nest; zero when it is none. */
void ward_read_prefix(const struct nlattr *nest, struct wgward_prefix *prefix);
/* An address; returns its family, AF_UNSPEC when it is none. */
u8 ward_read_address(const struct nlattr *attribute, struct in6_addr *address);

#endif /* _WARD_INTERNAL_H */
