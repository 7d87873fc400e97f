/* SPDX-License-Identifier: GPL-2.0 */
/* What the monitor prints: a line each, or an object a line. */
#ifndef _TOOLS_MONITOR_H
#define _TOOLS_MONITOR_H

#include "ward.h"

struct nlmsghdr;

/* Messages of the module, if they are of @interface, or NULL: of any. */
void monitor_print(const struct nlmsghdr *header, const char *interface);

/* What a ward is when the monitor begins, or has missed something. */
void monitor_print_ward(const struct ward *ward);

/* That messages of @group were lost. */
void monitor_print_lost(const char *group);

#endif /* _TOOLS_MONITOR_H */
