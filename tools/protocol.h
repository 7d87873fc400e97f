/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of IP protocols and ICMP types. The tables are our own, since a file
 * has to mean the same whatever /etc/protocols of a machine says.
 */
#ifndef _PROTOCOL_H
#define _PROTOCOL_H

#include <stdbool.h>

#include <linux/types.h>

/* Number of @name, which may be a number itself, or -1. */
int protocol_parse(const char *name);
/* Name of @protocol, or NULL. */
const char *protocol_name(u8 protocol);
/* Whether the service number holds a port, or ICMP type and code. */
bool protocol_has_ports(u8 protocol);
bool protocol_has_types(u8 protocol);
/* The name nearest to @name, or NULL. */
const char *protocol_nearest(const char *name);

/* The same for the types of icmp and icmp6. */
int protocol_type_parse(u8 protocol, const char *name);
const char *protocol_type_name(u8 protocol, u8 type);
const char *protocol_type_nearest(u8 protocol, const char *name);

#endif /* _PROTOCOL_H */
