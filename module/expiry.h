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
 * @judged: seconds since 1970 that the flows of the current epoch were, or
 *	will be, judged at or after; under the ward's lock
 */
struct wgward_expiry {
	struct hrtimer timer;
	struct delayed_work work;
	u64 judged;
};

void wgward_expiry_create(struct wgward_ward *ward);
/* When nothing can find @ward any more. Sleeps. */
void wgward_expiry_destroy(struct wgward_ward *ward);

/*
 * @ward is about to publish, or has published, other policies; in a
 * @new_epoch, all flows are judged again. Under @ward->lock; cannot fail.
 */
void wgward_expiry_publish(struct wgward_ward *ward, bool new_epoch);

#endif /* _WGWARD_EXPIRY_H */
