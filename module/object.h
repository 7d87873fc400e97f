/* SPDX-License-Identifier: GPL-2.0 */
/* What checking and copying a policy's objects have in common. */
#ifndef _WGWARD_OBJECT_H
#define _WGWARD_OBJECT_H

#include <linux/types.h>

struct wgward_policy;
struct wgward_prefix;

int wgward_object_refuse(const char **why, const char *text, int error);
int wgward_object_no_memory(const char **why);
int wgward_object_check_open(const struct wgward_policy *policy,
			     const char **why);
int wgward_object_check_sums(const struct wgward_policy *policy, u64 prefixes,
			     u64 terms, const char **why);

int wgward_object_check_until(u64 until, const char **why);
u8 wgward_object_family_bits(u8 family);
bool wgward_object_prefix_equal(const struct wgward_prefix *a,
				const struct wgward_prefix *b);
int wgward_object_check_prefixes(const struct wgward_prefix *prefixes,
				 u32 count, const char **why);

void *wgward_object_take(u8 **block, const void *source, size_t size);

#endif /* _WGWARD_OBJECT_H */
