/* SPDX-License-Identifier: GPL-2.0 */
/* Rules and nodes that end by themselves. */
#ifndef _WGWARD_EXPIRY_H
#define _WGWARD_EXPIRY_H

#include <linux/hrtimer.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct wgward_ward;

/**
 * struct wgward_expiry - when rules and nodes of a ward end
 * @timer: of CLOCK_REALTIME, for the next end; hands over to @work
 * @work: looks what has ended, and sets @timer for what comes
 * @fired: @timer did, and @work has not seen to it yet
 */
struct wgward_expiry {
	struct hrtimer timer;
	struct delayed_work work;
	bool fired;
};

void wgward_expiry_create(struct wgward_ward *ward);
/* When nothing can find @ward any more. Sleeps. */
void wgward_expiry_destroy(struct wgward_ward *ward);

/*
 * @ward is about to publish other policies. Under @ward->lock; cannot fail.
 */
void wgward_expiry_publish(struct wgward_ward *ward);

#endif /* _WGWARD_EXPIRY_H */
