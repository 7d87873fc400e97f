/* SPDX-License-Identifier: GPL-2.0 */
/* SSH sessions that a command is given in, and what becomes of them. */
#ifndef _SESSION_H
#define _SESSION_H

#include "refusal.h"

/*
 * Refuses what would cut such a session, whether it leads through the interface
 * of @live now or would from then on. Returns 0, or -1 after that was told.
 */
int session_check(const struct live *live, const struct goal *goal,
		  refusal_tell tell);

#endif /* _SESSION_H */
