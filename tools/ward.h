/* SPDX-License-Identifier: GPL-2.0 */
/* The module's side of a ward, over netlink. */
#ifndef _TOOLS_WARD_H
#define _TOOLS_WARD_H

#include "../module/policy.h"

/* A verdict as a person reads it; names are "" where there is none. */
struct ward_verdict {
	u8 code;
	u8 reason;
	char rule[WGWARD_NAME_LEN + 1];
	char source[WGWARD_NAME_LEN + 1];
	char destination[WGWARD_NAME_LEN + 1];
};

struct ward_socket;

/*
 * Opens generic netlink and finds the family. NULL after an error was
 * printed, which says how to load the module when it is missing.
 */
struct ward_socket *ward_open(void);
void ward_close(struct ward_socket *socket);

/* The kernel's verdict. Returns 0, or -1 after an error was printed. */
int ward_explain(struct ward_socket *socket, const char *interface, u8 family,
		 const struct in6_addr *source,
		 const struct in6_addr *destination, u32 service,
		 struct ward_verdict *verdict);

/*
 * Reads the policy in force, uncompiled, as mesh_policy() would have made it;
 * consistent: read again when a change came in between. @policy is NULL when
 * the ward has none. Returns 0, or -1 after an error was printed.
 */
int ward_read_policy(struct ward_socket *socket, const char *interface,
		     struct wgward_policy **policy);

#endif /* _TOOLS_WARD_H */
