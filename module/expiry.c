// SPDX-License-Identifier: GPL-2.0
/* Rules and nodes that end by themselves. */

#include <linux/atomic.h>
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
 * makes the timer fire at once. Set back behind one, it would make the rule
 * live again, and nobody tells: so while there are ends in the past the clock
 * is looked at now and then, and until then look-ups go by the time at which
 * the epoch was taken. Both are the same to the work: if an end lies between
 * that time and now, whichever is the earlier, all flows are to be judged
 * again. So they are when the timer has fired and the clock is back already.
 *
 * Nothing here can fail: an epoch needs a view, and the ward has had one in
 * store from its beginning. The view that it replaces is the next in store.
 */

/* How often the clock is looked at while ends are in the past. */
#define LOOK_INTERVAL (10 * HZ)

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
	/* The clock does not get beyond the year 2262. */
	if (end && end < KTIME_SEC_MAX)
		hrtimer_start(&expiry->timer,
			      ktime_add_ns(ktime_set(end, 0), 2 * TICK_NSEC),
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
	bool fired, ended;
	u64 now, since;

	mutex_lock(&ward->lock);
	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	/* Pairs with timer_fires(): when it fires again, this runs again. */
	fired = xchg(&expiry->fired, false);
	now = ktime_get_real_seconds();
	since = view->since;
	ended = ends_between(view, since, now);
	if (ended || fired) {
		wgward_view_renew(ward);
		view = rcu_dereference_protected(ward->view,
						 lockdep_is_held(&ward->lock));
	}
	timer_set(expiry, next_end(view, view->since));
	if (ends_between(view, 0, view->since))
		queue_delayed_work(wgward_workqueue, &expiry->work,
				   LOOK_INTERVAL);
	if (ended && now > since)
		wgward_event_send(ward, WGWARD_EVENT_EXPIRED);
	mutex_unlock(&ward->lock);
}

static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	struct wgward_expiry *expiry =
		container_of(timer, struct wgward_expiry, timer);

	/* Pairs with look(). */
	xchg(&expiry->fired, true);
	/* Also when it is waiting for the next look. */
	mod_delayed_work(wgward_workqueue, &expiry->work, 0);
	return HRTIMER_NORESTART;
}

void wgward_expiry_publish(struct wgward_ward *ward)
{
	lockdep_assert_held(&ward->lock);

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
