/* SPDX-License-Identifier: GPL-2.0 */
/* What an apply does not do without being told so by an option. */
#ifndef _REFUSAL_H
#define _REFUSAL_H

#include "goal.h"
#include "live.h"

/**
 * struct refusal_options - what the user said
 * @adopt: the interface is ours now, whoever made it
 * @force: an older file is meant, and what cuts the session
 * @confirm: what cuts the session is gone back from
 * @queued: addresses may change hands although packets wait in between
 */
struct refusal_options {
	bool adopt, force, confirm, queued;
};

/* error() of an apply, warning() of a plan. */
typedef void refusal_tell(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * Returns 0, or -1 after each refusal was told. May compile the policy in force
 * of @live.
 */
int refusal_check(struct live *live, const struct goal *goal,
		  const struct refusal_options *options, refusal_tell *tell);

#endif /* _REFUSAL_H */
