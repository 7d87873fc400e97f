/* SPDX-License-Identifier: GPL-2.0 */
/* What a policy means, worked out the slow and obvious way. */
#ifndef _WGWARD_MODEL_H
#define _WGWARD_MODEL_H

#include "policy.h"

bool model_prefix_holds(const struct wgward_prefix *prefix, u8 family,
			const struct in6_addr *address);
u32 model_owner(const struct wgward_policy *policy, u8 family,
		const struct in6_addr *address);
void model_judge(const struct wgward_policy *policy, u8 family,
		 const struct in6_addr *source,
		 const struct in6_addr *destination, u8 protocol, u32 service,
		 u64 now, struct wgward_verdict *verdict);

/* Judges by policy and model; false, with notes, if they differ. */
bool model_agrees(const struct wgward_policy *policy, u8 family,
		  const struct in6_addr *source,
		  const struct in6_addr *destination, u8 protocol, u32 service,
		  u64 now);

#endif /* _WGWARD_MODEL_H */
