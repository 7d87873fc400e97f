// SPDX-License-Identifier: GPL-2.0
/* Conversations that are older than the first policy. */

#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/math.h>

#include "adoption.h"
#include "ward.h"

void wgward_adoption_begin(struct wgward_ward *ward, bool guard)
{
	struct wgward_adoption *adoption = &ward->adoption;

	lockdep_assert_held(&ward->lock);

	if (!adoption->seconds)
		return;
	/* 0 would say that there is none. */
	WRITE_ONCE(adoption->end, (jiffies + adoption->seconds * HZ) | 1);
	if (!guard)
		adoption->seconds = 0;
}

void wgward_adoption_stop(struct wgward_ward *ward)
{
	lockdep_assert_held(&ward->lock);

	WRITE_ONCE(ward->adoption.end, 0);
}

u32 wgward_adoption_left(const struct wgward_ward *ward)
{
	const struct wgward_adoption *adoption = &ward->adoption;
	unsigned long now = jiffies;

	lockdep_assert_held(&ward->lock);

	if (adoption->seconds)
		return adoption->seconds;
	if (!adoption->end || time_after_eq(now, adoption->end))
		return 0;
	return DIV_ROUND_UP(adoption->end - now, HZ);
}
