/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces, by rtnetlink, without a program of their own. */
#ifndef _LINK_H
#define _LINK_H

#include <stdbool.h>

/* One of WireGuard's. 0 or -errno, as for the next. */
int link_make(const char *name);
int link_up(const char *name);
bool link_is_up(const char *name);

#endif /* _LINK_H */
