/* SPDX-License-Identifier: GPL-2.0 */
/* A change that is rolled back by itself unless it is confirmed. */
#ifndef _WGWARD_CONFIRM_H
#define _WGWARD_CONFIRM_H

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct genl_info;
struct sk_buff;
struct wgward_ward;

/**
 * struct wgward_confirm - how long there is for confirming a ward's change
 * @timer: of CLOCK_BOOTTIME, hands over to @work
 * @work: rolls back
 * @deadline: when @timer is to fire; of no meaning unless the ward's
 *	transaction is unconfirmed. Under &wgward_ward.lock
 */
struct wgward_confirm {
	struct hrtimer timer;
	struct work_struct work;
	ktime_t deadline;
};

void wgward_confirm_create(struct wgward_ward *ward);
/* When nothing can find @ward any more. Sleeps. */
void wgward_confirm_destroy(struct wgward_ward *ward);

/*
 * All three under @ward->lock. Start: its transaction is rolled back after
 * @seconds. Stop: it is not, which may be the case already. Left: seconds until
 * it is.
 */
void wgward_confirm_start(struct wgward_ward *ward, u32 seconds);
void wgward_confirm_stop(struct wgward_ward *ward);
u32 wgward_confirm_left(const struct wgward_ward *ward);

int wgward_confirm_doit(struct sk_buff *skb, struct genl_info *info);
int wgward_confirm_rollback_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _WGWARD_CONFIRM_H */
