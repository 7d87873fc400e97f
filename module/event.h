/* SPDX-License-Identifier: GPL-2.0 */
/* The config multicast group. */
#ifndef _WGWARD_EVENT_H
#define _WGWARD_EVENT_H

#include <linux/wgward.h>

struct wgward_ward;

/*
 * Tells the listeners in @ward's namespace. Best effort: without memory or
 * listeners nothing is sent. Under @ward->lock; sleeps.
 */
void wgward_event_send(struct wgward_ward *ward, enum wgward_event event);

#endif /* _WGWARD_EVENT_H */
