// SPDX-License-Identifier: GPL-2.0
/* What the data path sees of a ward. */

#include <linux/slab.h>

#include "transaction.h"
#include "view.h"
#include "ward.h"

/**
 * wgward_view_create() - makes a view that holds nothing
 * @ward: whose it is
 *
 * Return: what wgward_ward_publish() takes, or wgward_view_destroy() frees;
 * NULL for want of memory.
 */
struct wgward_view *wgward_view_create(struct wgward_ward *ward)
{
	struct wgward_view *view;

	view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	if (view)
		view->ward = ward;
	return view;
}

void wgward_view_destroy(struct wgward_view *view)
{
	kfree(view);
}

static void policy_retire(struct wgward_ward *ward,
			  struct wgward_policy *policy)
{
	if (!policy)
		return;
	wgward_counters_unbind(ward, policy);
	wgward_policy_free(policy);
}

static void view_free(struct work_struct *work)
{
	struct wgward_view *view =
		container_of(to_rcu_work(work), struct wgward_view, free);
	struct wgward_ward *ward = view->ward;

	policy_retire(ward, view->retired[0]);
	policy_retire(ward, view->retired[1]);
	wgward_view_destroy(view);
	/* Pairs with view_replace(). */
	wgward_ward_put(ward);
}

/* The last epoch but for those of flows, which none may carry then. */
static u32 next_epoch(struct wgward_ward *ward)
{
	if (++ward->epoch)
		return ward->epoch;
	wgward_flows_flush(ward, NULL);
	return ++ward->epoch;
}

/* Frees what is replaced, and both retired policies, when nobody reads them. */
static void view_replace(struct wgward_ward *ward, struct wgward_view *view,
			 bool new_epoch, struct wgward_policy *retired,
			 struct wgward_policy *retired_too)
{
	struct wgward_view *former;

	lockdep_assert_held(&ward->lock);

	former = rcu_dereference_protected(ward->view,
					   lockdep_is_held(&ward->lock));
	view->epoch = new_epoch ? next_epoch(ward) : former->epoch;
	view->since = new_epoch ? ktime_get_real_seconds() : former->since;
	if (view->policy)
		wgward_counters_publish(ward, view->policy);
	else if (view->pending)
		wgward_counters_publish(ward, view->pending);
	if (retired)
		wgward_counters_withdraw(ward, retired);
	if (retired_too)
		wgward_counters_withdraw(ward, retired_too);
	wgward_flows_configure(ward, view->policy ?: view->pending);
	if (view->policy || view->pending)
		wgward_adoption_begin(ward);
	else
		wgward_adoption_stop(ward);
	former->retired[0] = retired;
	former->retired[1] = retired_too;
	wgward_expiry_publish(ward);

	/* Nothing above can fail. From here on packets see the new view. */
	rcu_assign_pointer(ward->view, view);

	/* The work unbinds ids from the ward: dropped in view_free(). */
	kref_get(&ward->kref);
	INIT_RCU_WORK(&former->free, view_free);
	queue_rcu_work(wgward_workqueue, &former->free);
}

/**
 * wgward_ward_publish() - gives the data path another view
 * @ward: under its lock
 * @view: made by wgward_view_create(), its policies set; @ward's from here on
 * @new_epoch: whether all flows are to be judged again
 * @retired: a policy that @view is the first not to have, or NULL
 */
void wgward_ward_publish(struct wgward_ward *ward, struct wgward_view *view,
			 bool new_epoch, struct wgward_policy *retired)
{
	view_replace(ward, view, new_epoch, retired, NULL);
}

/**
 * wgward_view_renew() - has all flows judged again
 * @ward: under its lock
 *
 * Policies stay as they are, and nothing can fail. Waits for a grace period,
 * as the view that is replaced is the one to renew with the next time.
 */
void wgward_view_renew(struct wgward_ward *ward)
{
	struct wgward_view *view = ward->renewal, *former;

	lockdep_assert_held(&ward->lock);

	former = rcu_dereference_protected(ward->view,
					   lockdep_is_held(&ward->lock));
	view->policy = former->policy;
	view->pending = former->pending;
	view->passive = former->passive;
	view->epoch = next_epoch(ward);
	view->since = ktime_get_real_seconds();
	rcu_assign_pointer(ward->view, view);
	synchronize_net();
	ward->renewal = former;
}

/**
 * wgward_view_clear() - drops policy, guard, transaction and flows
 * @ward: under its lock; its spare view is used up
 * @passive: whether everything passes then, instead of nothing
 */
void wgward_view_clear(struct wgward_ward *ward, bool passive)
{
	struct wgward_policy *policy, *pending;
	struct wgward_view *view = ward->spare;

	lockdep_assert_held(&ward->lock);

	pending = wgward_transaction_cancel(ward);
	policy = rcu_dereference_protected(ward->view,
					   lockdep_is_held(&ward->lock))
			 ->policy;
	ward->spare = NULL;
	view->passive = passive;
	view_replace(ward, view, true, policy, pending);
	wgward_flows_flush(ward, NULL);
}
