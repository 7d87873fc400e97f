/* SPDX-License-Identifier: GPL-2.0 */
/* What passes an interface that has no policy yet. */
#ifndef _UNWARDED_H
#define _UNWARDED_H

#include "live.h"

/*
 * The policy that an interface without one amounts to, for comparison with
 * @after, whose nodes and groups it has: anybody may do anything with anybody,
 * as far as WireGuard has the addresses and routes of @after today. Compiled,
 * or NULL when that is nobody.
 */
struct wgward_policy *unwarded_policy(const struct live *live,
				      const struct wgward_policy *after);

#endif /* _UNWARDED_H */
