/* SPDX-License-Identifier: GPL-2.0 */
/* What an apply does not do without being told so by an option. */
#ifndef _REFUSAL_H
#define _REFUSAL_H

#include "goal.h"
#include "live.h"

/**
 * struct refusal_options - what the user said
 * @adopt: the interface is ours now, whoever made it
 * @force: an older file is meant
 */
struct refusal_options {
	bool adopt, force;
};

/* Returns 0, or -1 after an error was printed for each refusal. */
int refusal_check(const struct live *live, const struct goal *goal,
		  const struct refusal_options *options);

#endif /* _REFUSAL_H */
