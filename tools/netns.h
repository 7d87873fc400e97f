/* SPDX-License-Identifier: GPL-2.0 */
/* Network namespaces. */
#ifndef _NETNS_H
#define _NETNS_H

#include <stdbool.h>

/* Goes into @name, of /run/netns or a path. False after an error. */
bool netns_enter(const char *name);

/* Whether it is that of init, where what starts at boot belongs. */
bool netns_is_first(void);

#endif /* _NETNS_H */
