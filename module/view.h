/* SPDX-License-Identifier: GPL-2.0 */
/* What the data path sees of a ward. */
#ifndef _WGWARD_VIEW_H
#define _WGWARD_VIEW_H

#include <linux/minmax.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct wgward_policy;
struct wgward_ward;

/**
 * struct wgward_view - what the data path sees of a ward, in one pointer
 * @policy: in force, or NULL
 * @pending: also in force while the guard is on, or NULL
 * @epoch: flows that carry it were judged by this very view; never 0
 * @since: when the epoch was taken, seconds since 1970
 * @passive: without a policy everything passes
 * @free: frees the view after a grace period, and @retired with it
 * @retired: policies that no newer view refers to, or NULL
 * @ward: whose it is, for unbinding the ids of @retired; referenced from when
 *	the view is replaced
 *
 * Immutable once published in &wgward_ward.view; lives, as it was, until a
 * grace period after it was replaced.
 */
struct wgward_view {
	struct wgward_policy *policy;
	struct wgward_policy *pending;
	u32 epoch;
	u64 since;
	bool passive;
	struct rcu_work free;
	struct wgward_policy *retired[2];
	struct wgward_ward *ward;
};

/*
 * The time that ends of rules and nodes are compared with. What has ended in an
 * epoch does not live again in it because the clock was set back.
 */
static inline u64 wgward_view_now(const struct wgward_view *view)
{
	u64 now = ktime_get_real_seconds();

	return max(now, view->since);
}

/* A view to be published later, so that publishing cannot fail. */
struct wgward_view *wgward_view_create(struct wgward_ward *ward);
void wgward_view_destroy(struct wgward_view *view); /* never published */

/*
 * Publishes @view, whose policy, pending and passive the caller has set.
 * A new epoch is taken when @new_epoch, else the last view's is kept.
 * @retired, or NULL, is freed with its ids after a grace period. Under
 * @ward->lock; cannot fail; does not wait.
 */
void wgward_ward_publish(struct wgward_ward *ward, struct wgward_view *view,
			 bool new_epoch, struct wgward_policy *retired);

/* Takes a new epoch, and nothing else. Under @ward->lock; cannot fail; waits. */
void wgward_view_renew(struct wgward_ward *ward);

/*
 * Drops policy, guard, transaction and flows. Everything passes then if
 * @passive, and nothing otherwise. Uses up @ward->spare. Under @ward->lock;
 * cannot fail.
 */
void wgward_view_clear(struct wgward_ward *ward, bool passive);

#endif /* _WGWARD_VIEW_H */
