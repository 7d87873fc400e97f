/* SPDX-License-Identifier: GPL-2.0 */
/* Timeouts of flows as text: "udp-new 30s". */
#ifndef _TIMEOUT_H
#define _TIMEOUT_H

#include <linux/types.h>

/*
 * Reads an item of [Mesh] Timeouts: a name and seconds, or minutes or hours
 * with "m" or "h". Returns NULL, with @kind of enum wgward_timeout and
 * @seconds; or what is wrong and what would be right, valid until the next
 * call.
 */
const char *timeout_parse(const char *text, u32 *kind, u32 *seconds);

/* "tcp-new", or NULL for one that is not known. */
const char *timeout_name(u32 kind);

#endif /* _TIMEOUT_H */
