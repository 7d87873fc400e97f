/* SPDX-License-Identifier: GPL-2.0 */
/* What tells two policies apart. */
#ifndef _POLICY_DIFF_H
#define _POLICY_DIFF_H

#include "change.h"
#include "../module/policy.h"

/*
 * Adds to @list what has to change for @before, which may be NULL, to become
 * @after. Returns whether there is a difference, which can be one that is not
 * worth telling, such as in the groups that stand for single nodes.
 */
bool policy_diff(const struct wgward_policy *before,
		 const struct wgward_policy *after, struct change_list *list);

#endif /* _POLICY_DIFF_H */
