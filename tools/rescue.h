/* SPDX-License-Identifier: GPL-2.0 */
/* A machine without its module, and those who can help it. */
#ifndef _RESCUE_H
#define _RESCUE_H

#include <stdbool.h>

#include "goal.h"
#include "live.h"

/*
 * Makes the interface, with the nodes of Rescue for peers, of @goal, which was
 * read. Nothing is enforced on it, and nothing forwarded. Returns an EXIT_*.
 */
int rescue_run(struct goal *goal, const char *interface, const char *key_file);

/* Whether that was done, and nothing has come after it. */
bool rescue_is(const char *interface);

/* The same, and there is still no module. */
bool rescue_lasts(const char *interface);

/* As live_open(), then. The policy is of self and the nodes of Rescue. */
int rescue_open(struct live *live, const char *interface);

#endif /* _RESCUE_H */
