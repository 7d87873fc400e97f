/* SPDX-License-Identifier: GPL-2.0 */
/* The judgement of a packet as module/hook.c has it. */
#ifndef _WGWARD_JUDGED_H
#define _WGWARD_JUDGED_H

#include "hit.h"
#include "tap.h"

/* The short ways are none that have to be taken. */
static inline int judged(struct wgward_ward *ward, const struct sk_buff *skb,
			 enum wgward_hook hook)
{
	const struct wgward_view *view = ward->view;

	if (!random_once_in(4) && (wgward_hit_ipv4(ward, view, skb, hook) ||
				   wgward_hit_ipv6(ward, view, skb, hook)))
		return 0;
	return wgward_judge(ward, view, skb, hook);
}

#endif /* _WGWARD_JUDGED_H */
