// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: confirm and rollback
 *
 * A commit may be on trial: P' is in force, and P, which it replaced, is kept.
 *
 *	                  view            the transaction's policy
 *	commit on trial   {P', -}         P       the epoch of the guard
 *	confirm           {P', -}         none    the same epoch; P is freed
 *	rollback          {P, -}          none    a new epoch; P' is freed
 *	rollback, guarded {P, P'}         P'      a new epoch; interrupted
 *
 * Without a confirmation in time there is the rollback: at once where
 * WireGuard's peers did not change, else by way of the guard that the change
 * began with. From there all is as with any change that was interrupted:
 * whoever has put the peers back takes it over, and aborts.
 *
 * Nobody has to be alive for that, and nothing can fail: views were made with
 * those of the transaction, and P has kept its ids. The time is CLOCK_BOOTTIME:
 * it goes on while the machine sleeps, and nobody can set it.
 */

#include <linux/math64.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "adoption.h"
#include "attribute.h"
#include "confirm.h"
#include "event.h"
#include "netlink.h"
#include "transaction.h"
#include "ward.h"

static struct wgward_policy *policy_of(const struct wgward_ward *ward)
{
	return rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock))
		->policy;
}

static bool is_unconfirmed(const struct wgward_ward *ward)
{
	return ward->transaction && ward->transaction->unconfirmed;
}

/* Tells whose trial it was that ended, as P has another generation now. */
static void advance(struct wgward_ward *ward)
{
	u64 rolled_back = ward->generation;

	wgward_ward_advance(ward);
	ward->rolled_back = rolled_back;
}

/* WireGuard is still as P' wants it, so both judge until it is put back. */
static void roll_back_guarded(struct wgward_ward *ward)
{
	struct wgward_transaction *transaction = ward->transaction;

	transaction->policy = policy_of(ward);
	transaction->unconfirmed = false;
	transaction->prepared = true;
	advance(ward);
	wgward_ward_publish(ward, transaction->guard, true, NULL);
	transaction->guard = NULL;
	transaction->commit = transaction->confirm;
	transaction->confirm = NULL;
	/* Who is told of the guard may rely on it. */
	synchronize_net();
	wgward_event_send(ward, WGWARD_EVENT_ROLLING_BACK);
}

static void roll_back_alone(struct wgward_ward *ward)
{
	struct wgward_transaction *transaction = ward->transaction;
	struct wgward_policy *retired = policy_of(ward);

	advance(ward);
	wgward_ward_publish(ward, transaction->abort, true, retired);
	transaction->abort = NULL;
	wgward_transaction_end(transaction);
	wgward_event_send(ward, WGWARD_EVENT_ROLLED_BACK);
}

static void roll_back(struct wgward_ward *ward)
{
	wgward_confirm_stop(ward);
	if (ward->transaction->peers_change)
		roll_back_guarded(ward);
	else
		roll_back_alone(ward);
}

static void arm(struct wgward_confirm *confirm)
{
	hrtimer_start(&confirm->timer, confirm->deadline, HRTIMER_MODE_ABS);
}

/*
 * The timer may have fired for a change that was confirmed before this had the
 * lock, and another may be on trial since.
 */
static void look(struct work_struct *work)
{
	struct wgward_ward *ward =
		container_of(work, struct wgward_ward, confirm.work);

	mutex_lock(&ward->lock);
	if (!is_unconfirmed(ward))
		goto out;
	if (ktime_before(ktime_get_boottime(), ward->confirm.deadline))
		arm(&ward->confirm);
	else
		roll_back(ward);
out:
	mutex_unlock(&ward->lock);
}

static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	struct wgward_confirm *confirm =
		container_of(timer, struct wgward_confirm, timer);

	queue_work(wgward_workqueue, &confirm->work);
	return HRTIMER_NORESTART;
}

void wgward_confirm_start(struct wgward_ward *ward, u32 seconds)
{
	struct wgward_confirm *confirm = &ward->confirm;

	lockdep_assert_held(&ward->lock);

	confirm->deadline =
		ktime_add(ktime_get_boottime(), ktime_set(seconds, 0));
	arm(confirm);
}

void wgward_confirm_stop(struct wgward_ward *ward)
{
	lockdep_assert_held(&ward->lock);

	/* The work that it may have queued finds out. */
	hrtimer_cancel(&ward->confirm.timer);
}

u32 wgward_confirm_left(const struct wgward_ward *ward)
{
	s64 left = ktime_to_ns(
		ktime_sub(ward->confirm.deadline, ktime_get_boottime()));

	lockdep_assert_held(&ward->lock);

	/* What is still there to be confirmed has some time left. */
	return left > 0 ? div_u64(left + NSEC_PER_SEC - 1, NSEC_PER_SEC) : 1;
}

void wgward_confirm_create(struct wgward_ward *ward)
{
	struct wgward_confirm *confirm = &ward->confirm;

	hrtimer_setup(&confirm->timer, timer_fires, CLOCK_BOOTTIME,
		      HRTIMER_MODE_ABS);
	INIT_WORK(&confirm->work, look);
}

void wgward_confirm_destroy(struct wgward_ward *ward)
{
	/* The work does not start the timer again: there is no transaction. */
	hrtimer_cancel(&ward->confirm.timer);
	cancel_work_sync(&ward->confirm.work);
}

/* Whether the change that the request means waits to be confirmed. */
static int check(const struct wgward_ward *ward, struct genl_info *info)
{
	const struct nlattr *generation = info->attrs[WGWARD_A_GENERATION];
	int error;

	error = wgward_netlink_check(ward, info->extack);
	if (!error)
		error = wgward_attribute_require(
			info->attrs, WGWARD_A_GENERATION, info->extack);
	if (error)
		return error;
	if (!is_unconfirmed(ward)) {
		NL_SET_ERR_MSG(info->extack, "No change waits to be confirmed");
		return -ENOENT;
	}
	if (nla_get_u64(generation) != ward->generation) {
		NL_SET_ERR_MSG_ATTR(info->extack, generation,
				    "Another change waits to be confirmed");
		return -ESTALE;
	}
	return 0;
}

static int confirm_step(struct wgward_ward *ward, struct genl_info *info)
{
	struct wgward_transaction *transaction = ward->transaction;
	int error;

	error = check(ward, info);
	if (error)
		return error;
	wgward_confirm_stop(ward);
	wgward_adoption_settle(ward);
	/* Another view of P' alone: with the one that goes, P can be freed. */
	wgward_ward_publish(ward, transaction->confirm, false,
			    transaction->policy);
	transaction->confirm = NULL;
	wgward_transaction_end(transaction);
	wgward_event_send(ward, WGWARD_EVENT_CONFIRMED);
	return 0;
}

static int rollback_step(struct wgward_ward *ward, struct genl_info *info)
{
	int error;

	error = check(ward, info);
	if (!error)
		roll_back(ward);
	return error;
}

/**
 * wgward_confirm_doit() - the policy on trial is there to stay
 * @skb: the request
 * @info: of a ward, with its generation
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_confirm_doit(struct sk_buff *skb, struct genl_info *info)
{
	return wgward_transaction_step(info, confirm_step);
}

/**
 * wgward_confirm_rollback_doit() - the policy on trial is not
 * @skb: the request
 * @info: of a ward, with its generation
 *
 * Does at once what would be done without a confirmation.
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_confirm_rollback_doit(struct sk_buff *skb, struct genl_info *info)
{
	return wgward_transaction_step(info, rollback_step);
}
