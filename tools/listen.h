/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel tells without being asked. */
#ifndef _LISTEN_H
#define _LISTEN_H

#include <linux/types.h>

struct nlmsghdr;
struct listener;

typedef void listener_message(const struct nlmsghdr *header, void *data);

/*
 * Joins multicast group @group of the generic netlink family @family. NULL
 * after an error was printed.
 */
struct listener *listener_open(const char *family, const char *group);
void listener_close(struct listener *listener);

/* To wait for; readable when there is something to read. */
int listener_descriptor(const struct listener *listener);

/*
 * Passes the messages of the family on that have come. Returns 0, -ENOBUFS if
 * some were lost before them, or another -errno.
 */
int listener_read(struct listener *listener, listener_message *message,
		  void *data);

#endif /* _LISTEN_H */
