/* SPDX-License-Identifier: GPL-2.0 */
/* What a policy has to refuse, worked out the slow and obvious way. */
#ifndef _WGWARD_REFUSAL_H
#define _WGWARD_REFUSAL_H

#include "policy.h"

bool refusal_network(const struct wgward_policy *policy,
		     const struct wgward_prefix *network);
bool refusal_group(const struct wgward_policy *policy, const char *name);
bool refusal_node(const struct wgward_policy *policy,
		  const struct wgward_node *node);
bool refusal_rule(const struct wgward_policy *policy,
		  const struct wgward_rule *rule);
bool refusal_compile(const struct wgward_policy *policy);

#endif /* _WGWARD_REFUSAL_H */
