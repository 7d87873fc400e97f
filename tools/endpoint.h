/* SPDX-License-Identifier: GPL-2.0 */
/* Where a peer is, as text. */
#ifndef _ENDPOINT_H
#define _ENDPOINT_H

#include <stdbool.h>

#include "wireguard.h"

/* "[" address "%" scope "]:" port and the terminating NUL. */
#define ENDPOINT_TEXT_LEN 80

/*
 * Looks up "host:port"; an IPv6 address as host is in brackets. False, with
 * *@why set, when the name does not resolve.
 */
bool endpoint_resolve(const char *text, union wireguard_endpoint *endpoint,
		      const char **why);
/* Whether it has a name to look up, and not an address. */
bool endpoint_has_name(const char *text);
/* Returns @text, which has room for ENDPOINT_TEXT_LEN; "" for none. */
char *endpoint_format(char *text, const union wireguard_endpoint *endpoint);

#endif /* _ENDPOINT_H */
