/* SPDX-License-Identifier: GPL-2.0 */
/* The short way of what goes on in an established flow. */
#ifndef _WGWARD_HIT_H
#define _WGWARD_HIT_H

#include <linux/types.h>

#include "judge.h"

struct sk_buff;
struct wgward_view;
struct wgward_ward;

/*
 * Whether @skb is a plain packet that passes because its flow is established
 * and was judged by @view; counted there if so. If not, nothing is known. Under
 * RCU; any context but hard interrupts.
 */
bool wgward_hit_judge(struct wgward_ward *ward, const struct wgward_view *view,
		      const struct sk_buff *skb, enum wgward_hook hook);

#endif /* _WGWARD_HIT_H */
