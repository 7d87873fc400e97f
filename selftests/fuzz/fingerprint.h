/* SPDX-License-Identifier: GPL-2.0 */
/* A number that stands for all that was added to a policy. */
#ifndef _WGWARD_FINGERPRINT_H
#define _WGWARD_FINGERPRINT_H

#include "policy.h"

/* Does not depend on the order of the rules, which compiling may change. */
u64 fingerprint_policy(const struct wgward_policy *policy);

#endif /* _WGWARD_FINGERPRINT_H */
