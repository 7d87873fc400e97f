// SPDX-License-Identifier: GPL-2.0
/* Rules and nodes that end by themselves. */

#include <linux/ktime.h>
#include <linux/minmax.h>

#include "event.h"
#include "expiry.h"
#include "ward.h"

/**
 * DOC: ends
 *
 * A policy's look-ups compare the ends of rules and nodes with the clock, so
 * what has ended decides nothing from that very second on. What remains to be
 * done are flows that were let in before: they pass without a look-up while
 * their epoch is the view's. So an end takes a new epoch, and each flow is
 * judged again at its next packet.
 *
 * The clock is CLOCK_REALTIME, which may be set. Set forward beyond an end, it
 * makes the timer fire at once. Set back behind one, it makes the rule live
 * again, and nobody tells: so while there are ends in the past the clock is
 * looked at now and then. Both are the same to the work: it knows at which
 * time the flows of this epoch were judged, and if an end lies between that
 * time and now, whichever is the earlier, they are to be judged again.
 *
 * Nothing here can fail: an epoch needs a view, and the ward has had one in
 * store from its beginning. The view that it replaces is the next in store.
 */

/* How often the clock is looked at while ends are in the past. */
#define LOOK_INTERVAL (30 * HZ)

/* When, after @now, the first thing ends in any policy of @view; 0: none. */
static u64 next_end(const struct wgward_view *view, u64 now)
{
	u64 end = 0, other = 0;

	if (view->policy)
		end = wgward_policy_next_end(view->policy, now);
	if (view->pending)
		other = wgward_policy_next_end(view->pending, now);
	return end && other ? min(end, other) : end ?: other;
}

static bool ends_between(const struct wgward_view *view, u64 one, u64 other)
{
	u64 end = next_end(view, min(one, other));

	return end && end <= max(one, other);
}

/*
 * The clock that look-ups read goes by ticks: a moment after the end's second
 * has begun it may still show the one before.
 */
static void timer_set(struct wgward_expiry *expiry, u64 end)
{
	ktime_t at = ktime_set(min_t(u64, end, KTIME_SEC_MAX), 0);

	if (end)
		hrtimer_start(&expiry->timer, ktime_add_ns(at, 2 * TICK_NSEC),
			      HRTIMER_MODE_ABS);
	else
		hrtimer_cancel(&expiry->timer);
}

static void look(struct work_struct *work)
{
	struct wgward_ward *ward = container_of(
		to_delayed_work(work), struct wgward_ward, expiry.work);
	struct wgward_expiry *expiry = &ward->expiry;
	const struct wgward_view *view;
	u64 now, judged;

	mutex_lock(&ward->lock);
	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	now = ktime_get_real_seconds();
	judged = expiry->judged;
	if (ends_between(view, judged, now)) {
		expiry->judged = now;
		wgward_view_renew(ward);
		if (now > judged)
			wgward_event_send(ward, WGWARD_EVENT_EXPIRED);
		view = rcu_dereference_protected(ward->view,
						 lockdep_is_held(&ward->lock));
	}
	timer_set(expiry, next_end(view, now));
	if (ends_between(view, 0, now))
		queue_delayed_work(wgward_workqueue, &expiry->work,
				   LOOK_INTERVAL);
	mutex_unlock(&ward->lock);
}

static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	struct wgward_expiry *expiry =
		container_of(timer, struct wgward_expiry, timer);

	/* Also when it is waiting for the next look. */
	mod_delayed_work(wgward_workqueue, &expiry->work, 0);
	return HRTIMER_NORESTART;
}

void wgward_expiry_publish(struct wgward_ward *ward, bool new_epoch)
{
	lockdep_assert_held(&ward->lock);

	/* Without one, what ended meanwhile is still to be seen. */
	if (new_epoch)
		ward->expiry.judged = ktime_get_real_seconds();
	mod_delayed_work(wgward_workqueue, &ward->expiry.work, 0);
}

void wgward_expiry_create(struct wgward_ward *ward)
{
	struct wgward_expiry *expiry = &ward->expiry;

	hrtimer_setup(&expiry->timer, timer_fires, CLOCK_REALTIME,
		      HRTIMER_MODE_ABS);
	INIT_DELAYED_WORK(&expiry->work, look);
}

void wgward_expiry_destroy(struct wgward_ward *ward)
{
	struct wgward_expiry *expiry = &ward->expiry;

	/* Each may start the other, but no policy is left for that. */
	hrtimer_cancel(&expiry->timer);
	cancel_delayed_work_sync(&expiry->work);
	hrtimer_cancel(&expiry->timer);
}
