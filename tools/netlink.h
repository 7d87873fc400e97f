/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the kernel, and its answers and objections. */
#ifndef _TOOLS_NETLINK_H
#define _TOOLS_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct nlattr;
struct nlmsghdr;
struct netlink;

/*
 * A message that has grown past this should be sent before more is added: the
 * kernel takes little more than 64 KiB in one nest, and 200 KiB in one message.
 */
#define NETLINK_SPLIT 49152

/*
 * Called for each message of an answer. A negative return value ends up as
 * that of the request, after the rest of the answer was read.
 */
typedef int netlink_callback(const struct nlmsghdr *header, void *data);

/* NETLINK_GENERIC or NETLINK_ROUTE. NULL after an error was printed. */
struct netlink *netlink_open(int protocol);
void netlink_close(struct netlink *netlink);

/* Number of a generic netlink family, or -errno, -ENOENT if there is none. */
int netlink_family(struct netlink *netlink, const char *name);

/* Both start a request. The first returns its header. */
struct nlmsghdr *netlink_start(struct netlink *netlink, u16 type, u16 flags);
void netlink_start_generic(struct netlink *netlink, int family, u8 command,
			   u16 flags);
/* Room for @size bytes after the header, zeroed. */
void *netlink_extra(struct netlink *netlink, size_t size);

/*
 * Attributes of the request at hand. What does not fit spoils the request:
 * netlink_fits() then says no, and sending it fails with -EMSGSIZE.
 */
void netlink_put(struct netlink *netlink, u16 type, const void *data,
		 size_t size);
void netlink_put_flag(struct netlink *netlink, u16 type);
void netlink_put_u8(struct netlink *netlink, u16 type, u8 value);
void netlink_put_u16(struct netlink *netlink, u16 type, u16 value);
void netlink_put_u32(struct netlink *netlink, u16 type, u32 value);
void netlink_put_u64(struct netlink *netlink, u16 type, u64 value);
void netlink_put_string(struct netlink *netlink, u16 type, const char *text);
struct nlattr *netlink_nest(struct netlink *netlink, u16 type);
void netlink_nest_end(struct netlink *netlink, struct nlattr *nest);
bool netlink_fits(const struct netlink *netlink);
size_t netlink_length(const struct netlink *netlink);

/*
 * Sends the request and reads its whole answer. @callback may be NULL. Returns
 * 0 or -errno, and netlink_why() has the reason.
 */
int netlink_request(struct netlink *netlink, netlink_callback *callback,
		    void *data);

/*
 * The same for a dump. When something changed while it was read, it is read
 * again, for a number of times, after @restart has thrown away what came.
 */
int netlink_dump(struct netlink *netlink, netlink_callback *callback,
		 void (*restart)(void *data), void *data);

/*
 * A callback that returns -ECANCELED has had enough of a dump. What is left of
 * it is not waited for, so the socket is of no more use.
 */

/*
 * To have several requests under way: netlink_submit() for each, then
 * netlink_collect() in the same order.
 */
int netlink_submit(struct netlink *netlink, u32 *sequence);
int netlink_collect(struct netlink *netlink, u32 sequence,
		    netlink_callback *callback, void *data);

/* The kernel's own words for the last refusal, else those for its errno. */
const char *netlink_why(const struct netlink *netlink);
/* Whether the kernel refused in words of its own. */
bool netlink_explained(const struct netlink *netlink);

/*
 * Attributes after @extra bytes of the message, or of a nest. Absent ones are
 * NULL, of several equal ones the last stays.
 */
void netlink_parse(const struct nlmsghdr *header, size_t extra,
		   const struct nlattr **table, u16 max);
void netlink_parse_generic(const struct nlmsghdr *header,
			   const struct nlattr **table, u16 max);
void netlink_parse_nest(const struct nlattr *nest, const struct nlattr **table,
			u16 max);

/* The value of an attribute, or 0 when it is absent or of another size. */
u8 netlink_u8(const struct nlattr *attribute);
u16 netlink_u16(const struct nlattr *attribute);
u32 netlink_u32(const struct nlattr *attribute);
u64 netlink_u64(const struct nlattr *attribute);
/* Copies at most @size - 1 bytes and ends them; "" when absent. */
void netlink_text(const struct nlattr *attribute, char *text, size_t size);

#endif /* _TOOLS_NETLINK_H */
