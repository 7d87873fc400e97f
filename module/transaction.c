// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: the transaction
 *
 * A policy is replaced whole. With P in force and P' to come:
 *
 *	            view {policy, pending}     the owner's socket closes
 *	begin       {P, -}                     the transaction vanishes
 *	add ...     {P, -}                     the transaction vanishes
 *	prepare     {P, P'}, new epoch         the guard stays: interrupted
 *	commit      {P', -}, same epoch    on trial if asked for, see confirm.c
 *	or abort    {P, -}, same epoch
 *
 * Between prepare and commit a packet has to pass both policies, so the client
 * can move addresses between WireGuard's peers meanwhile: no address is judged
 * by its former owner's groups. The guard has a new epoch, hence every flow is
 * judged again by both; what passed both passes either, so the epoch stays
 * valid afterwards.
 *
 * All that can fail, fails before the guard is published. The views of all ways
 * to go on are made before, so that none of them can fail.
 */

#include <linux/slab.h>
#include <net/genetlink.h>

#include "attribute.h"
#include "confirm.h"
#include "counters.h"
#include "event.h"
#include "netlink.h"
#include "owner.h"
#include "policy.h"
#include "transaction.h"
#include "ward.h"

static struct wgward_view *view_of(const struct wgward_ward *ward)
{
	return rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
}

static void enter(struct wgward_ward *ward,
		  struct wgward_transaction *transaction)
{
	ward->transaction = transaction;
	wgward_owner_enter(transaction);
}

static void leave(struct wgward_transaction *transaction)
{
	transaction->ward->transaction = NULL;
	wgward_owner_leave(transaction);
}

static void destroy_views(struct wgward_transaction *transaction)
{
	wgward_view_destroy(transaction->commit);
	wgward_view_destroy(transaction->abort);
	wgward_view_destroy(transaction->guard);
	wgward_view_destroy(transaction->confirm);
	transaction->commit = NULL;
	transaction->abort = NULL;
	transaction->guard = NULL;
	transaction->confirm = NULL;
}

void wgward_transaction_end(struct wgward_transaction *transaction)
{
	leave(transaction);
	destroy_views(transaction);
	kfree(transaction);
}

/* Ends one that is not prepared: nobody has seen its policy yet. */
static void discard(struct wgward_transaction *transaction)
{
	struct wgward_policy *policy = transaction->policy;

	wgward_transaction_end(transaction);
	wgward_policy_free(policy);
}

struct wgward_policy *wgward_transaction_cancel(struct wgward_ward *ward)
{
	struct wgward_transaction *transaction = ward->transaction;
	struct wgward_policy *policy;

	lockdep_assert_held(&ward->lock);
	if (!transaction)
		return NULL;
	if (transaction->busy) {
		/* Who compiles it finds it gone, and frees it. */
		leave(transaction);
		return NULL;
	}
	if (!transaction->prepared && !transaction->unconfirmed) {
		discard(transaction);
		return NULL;
	}
	wgward_confirm_stop(ward);
	policy = transaction->policy;
	wgward_transaction_end(transaction);
	return policy;
}

struct wgward_policy *wgward_transaction_pending(const struct wgward_ward *ward)
{
	const struct wgward_transaction *transaction = ward->transaction;

	lockdep_assert_held(&ward->lock);
	if (!transaction ||
	    (!transaction->prepared && !transaction->unconfirmed))
		return NULL;
	return transaction->policy;
}

/* Refuses to touch what is being compiled. */
static int check_idle(const struct wgward_transaction *transaction,
		      struct netlink_ext_ack *extack)
{
	if (!transaction->busy)
		return 0;
	NL_SET_ERR_MSG(extack, "The change is being prepared");
	return -EBUSY;
}

/* Refuses to touch what is in force already, if only on trial. */
static int check_confirmed(const struct wgward_ward *ward,
			   struct netlink_ext_ack *extack)
{
	if (!ward->transaction || !ward->transaction->unconfirmed)
		return 0;
	NL_SET_ERR_MSG(extack,
		       "The last change waits to be confirmed or rolled back");
	return -EBUSY;
}

/* Refuses who does not own the transaction, and when there is none. */
static int check_owner(const struct wgward_ward *ward,
		       const struct genl_info *info)
{
	int error;

	error = wgward_netlink_check(ward, info->extack);
	if (!error)
		error = check_confirmed(ward, info->extack);
	if (error)
		return error;
	if (!ward->transaction) {
		NL_SET_ERR_MSG(info->extack, "No change is under way");
		return -ENOENT;
	}
	if (!ward->transaction->owner) {
		NL_SET_ERR_MSG(info->extack,
			       "The change was interrupted: take it over");
		return -EPERM;
	}
	if (ward->transaction->owner != info->snd_portid) {
		NL_SET_ERR_MSG(info->extack, "The change is another socket's");
		return -EPERM;
	}
	return check_idle(ward->transaction, info->extack);
}

static int check_stage(const struct wgward_ward *ward, bool prepared,
		       struct netlink_ext_ack *extack)
{
	if (ward->transaction->prepared == prepared)
		return 0;
	if (prepared)
		NL_SET_ERR_MSG(extack, "The change is not prepared yet");
	else
		NL_SET_ERR_MSG(extack, "The change is prepared already");
	return -EINVAL;
}

/* Whether a change that was read from @generation may begin now. */
static int check_begin(const struct wgward_ward *ward, u64 generation,
		       struct genl_info *info)
{
	int error;

	error = wgward_netlink_check(ward, info->extack);
	if (!error)
		error = check_confirmed(ward, info->extack);
	if (error)
		return error;
	if (ward->transaction && !ward->transaction->owner) {
		NL_SET_ERR_MSG(info->extack,
			       "The change was interrupted: take it over");
		return -EUCLEAN;
	}
	if (ward->transaction) {
		NL_SET_ERR_MSG(info->extack, "A change is under way");
		return -EBUSY;
	}
	if (!ward->device) {
		NL_SET_ERR_MSG(info->extack,
			       "The ward waits for its device to come back");
		return -ENODEV;
	}
	if (ward->generation != generation) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[WGWARD_A_GENERATION],
				    "Another policy came in between");
		return -ESTALE;
	}
	return 0;
}

/* A transaction with an empty policy, not yet its ward's. */
static struct wgward_transaction *create(struct wgward_ward *ward,
					 const struct sk_buff *skb,
					 struct genl_info *info)
{
	struct wgward_transaction *transaction;
	int error = -ENOMEM;

	transaction = kzalloc(sizeof(*transaction), GFP_KERNEL_ACCOUNT);
	if (!transaction)
		goto err_message;
	transaction->policy = wgward_policy_create();
	if (!transaction->policy)
		goto err_free;
	error = wgward_attribute_read_head(transaction->policy, skb, info);
	if (error)
		goto err_policy;
	transaction->ward = ward;
	transaction->owner = info->snd_portid;
	transaction->peers_change =
		nla_get_flag(info->attrs[WGWARD_A_PEERS_CHANGE]);
	return transaction;

err_policy:
	wgward_policy_free(transaction->policy);
	kfree(transaction);
	return ERR_PTR(error);
err_free:
	kfree(transaction);
err_message:
	NL_SET_ERR_MSG(info->extack, "Out of memory");
	return ERR_PTR(error);
}

/**
 * wgward_transaction_begin_doit() - begins to replace a ward's policy
 * @skb: the request
 * @info: of a ward, with generation and default
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_transaction_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct wgward_ward *ward = wgward_netlink_ward(info);
	struct wgward_transaction *transaction;
	int error;

	error = wgward_attribute_require(info->attrs, WGWARD_A_GENERATION,
					 info->extack);
	if (!error)
		error = wgward_attribute_require(info->attrs, WGWARD_A_DEFAULT,
						 info->extack);
	if (error)
		return error;
	transaction = create(ward, skb, info);
	if (IS_ERR(transaction))
		return PTR_ERR(transaction);

	mutex_lock(&ward->lock);
	error = check_begin(ward, nla_get_u64(info->attrs[WGWARD_A_GENERATION]),
			    info);
	if (!error)
		enter(ward, transaction);
	mutex_unlock(&ward->lock);
	if (error) {
		wgward_policy_free(transaction->policy);
		kfree(transaction);
	}
	return error;
}

/* In the order that they stand in, since rules and nodes name groups. */
static int add_objects(struct wgward_policy *policy,
		       const struct nlmsghdr *header,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rest, error;

	nlmsg_for_each_attr(attr, header, GENL_HDRLEN, rest) {
		switch (nla_type(attr)) {
		case WGWARD_A_NODE:
			error = wgward_attribute_add_node(policy, attr, extack);
			break;
		case WGWARD_A_GROUP:
			error = wgward_attribute_add_group(policy, attr,
							   extack);
			break;
		case WGWARD_A_RULE:
			error = wgward_attribute_add_rule(policy, attr, extack);
			break;
		default:
			error = 0;
		}
		if (error)
			return error;
		/* There may be thousands, and their ward is only one. */
		cond_resched();
	}
	return 0;
}

/**
 * wgward_transaction_add_doit() - adds to the policy under way
 * @skb: the request
 * @info: of a ward, with nodes, groups and rules
 *
 * What was refused leaves the policy without it, so it cannot be prepared any
 * more; more may be added all the same, to find all that is wrong with it.
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_transaction_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct wgward_ward *ward = wgward_netlink_ward(info);
	int error;

	mutex_lock(&ward->lock);
	error = check_owner(ward, info);
	if (!error)
		error = check_stage(ward, false, info->extack);
	if (!error) {
		error = add_objects(ward->transaction->policy, info->nlhdr,
				    info->extack);
		if (error)
			ward->transaction->broken = true;
	}
	mutex_unlock(&ward->lock);
	return error;
}

/*
 * Compiles the policy. It takes a second at worst, and who waits for the lock
 * may hold up all interfaces of the machine: it is let go meanwhile, and the
 * transaction is not touched by anybody but to be cancelled.
 */
static int compile(struct wgward_ward *ward, struct netlink_ext_ack *extack)
{
	struct wgward_transaction *transaction = ward->transaction;
	const char *why = NULL;
	int error;

	transaction->busy = true;
	mutex_unlock(&ward->lock);
	error = wgward_policy_compile(transaction->policy, &why);
	mutex_lock(&ward->lock);
	transaction->busy = false;
	if (ward->transaction != transaction) {
		wgward_policy_free(transaction->policy);
		kfree(transaction);
		NL_SET_ERR_MSG(extack, "The device went meanwhile");
		return -ENODEV;
	}
	if (error) {
		/* A policy is compiled once. */
		transaction->broken = true;
		wgward_attribute_refuse(extack, NULL, why ?: "Out of memory");
	}
	return error;
}

/* A view of @policy, guarded by @pending unless that is NULL. */
static struct wgward_view *create_view(struct wgward_ward *ward,
				       struct wgward_policy *policy,
				       struct wgward_policy *pending)
{
	const struct wgward_view *now = view_of(ward);
	struct wgward_view *view;

	view = wgward_view_create(ward);
	if (!view)
		return NULL;
	view->policy = policy;
	view->pending = pending;
	/* As long as there is no policy, that is what there is instead. */
	view->passive = policy == now->policy && now->passive;
	return view;
}

/* The views of the guard, which is returned, and of all ways on from it. */
static struct wgward_view *create_views(struct wgward_ward *ward)
{
	struct wgward_transaction *transaction = ward->transaction;
	struct wgward_policy *pending = transaction->policy;
	struct wgward_policy *policy = view_of(ward)->policy;
	struct wgward_view *guard;

	guard = create_view(ward, policy, pending);
	transaction->commit = create_view(ward, pending, NULL);
	transaction->abort = create_view(ward, policy, NULL);
	transaction->guard = create_view(ward, policy, pending);
	transaction->confirm = create_view(ward, pending, NULL);
	if (guard && transaction->commit && transaction->abort &&
	    transaction->guard && transaction->confirm)
		return guard;
	wgward_view_destroy(guard);
	destroy_views(transaction);
	return NULL;
}

static int prepare(struct wgward_ward *ward, struct netlink_ext_ack *extack)
{
	struct wgward_transaction *transaction = ward->transaction;
	struct wgward_view *guard;
	int error;

	if (transaction->broken) {
		NL_SET_ERR_MSG(extack,
			       "Part of the change was refused: abort it");
		return -EINVAL;
	}
	error = compile(ward, extack);
	if (error)
		return error;
	error = wgward_counters_bind(ward, transaction->policy);
	if (error)
		goto err_broken;
	guard = create_views(ward);
	if (!guard) {
		error = -ENOMEM;
		goto err_unbind;
	}

	/* The publish point: from here on nothing fails. */
	wgward_ward_publish(ward, guard, true, NULL);
	transaction->prepared = true;
	/* Who is told of the guard may rely on it. */
	synchronize_net();
	wgward_event_send(ward, WGWARD_EVENT_GUARD);
	return 0;

err_unbind:
	wgward_counters_unbind(ward, transaction->policy);
err_broken:
	NL_SET_ERR_MSG(extack, "Out of memory");
	transaction->broken = true;
	return error;
}

static void commit(struct wgward_ward *ward)
{
	struct wgward_transaction *transaction = ward->transaction;
	struct wgward_policy *retired = view_of(ward)->policy;

	/* Packets that WireGuard still owes to its former peers pass first. */
	synchronize_net();
	wgward_ward_advance(ward);
	wgward_ward_publish(ward, transaction->commit, false, retired);
	transaction->commit = NULL;
	wgward_adoption_settle(ward);
	wgward_transaction_end(transaction);
	wgward_event_send(ward, WGWARD_EVENT_COMMIT);
}

/* The former policy is kept, and the transaction is nobody's from here on. */
static void commit_on_trial(struct wgward_ward *ward, u32 seconds)
{
	struct wgward_transaction *transaction = ward->transaction;
	struct wgward_policy *kept = view_of(ward)->policy;

	/* As in commit(). */
	synchronize_net();
	wgward_ward_advance(ward);
	wgward_ward_publish(ward, transaction->commit, false, NULL);
	transaction->commit = NULL;
	transaction->policy = kept;
	transaction->prepared = false;
	transaction->unconfirmed = true;
	wgward_owner_set(transaction, 0);
	wgward_confirm_start(ward, seconds);
	wgward_event_send(ward, WGWARD_EVENT_COMMIT);
}

static void abort_prepared(struct wgward_ward *ward)
{
	struct wgward_transaction *transaction = ward->transaction;
	struct wgward_policy *retired = transaction->policy;

	/* As in commit(). */
	synchronize_net();
	wgward_ward_publish(ward, transaction->abort, false, retired);
	transaction->abort = NULL;
	wgward_transaction_end(transaction);
	wgward_event_send(ward, WGWARD_EVENT_ABORT);
}

static int prepare_step(struct wgward_ward *ward, struct genl_info *info)
{
	int error;

	error = check_owner(ward, info);
	if (!error)
		error = check_stage(ward, false, info->extack);
	if (!error)
		error = prepare(ward, info->extack);
	return error;
}

/* It is rolled back once: its guard is used up then. */
static int check_trial(const struct wgward_transaction *transaction,
		       const struct genl_info *info)
{
	if (!info->attrs[WGWARD_A_CONFIRM] || transaction->guard)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[WGWARD_A_CONFIRM],
			    "This change was on trial already");
	return -EINVAL;
}

static int commit_step(struct wgward_ward *ward, struct genl_info *info)
{
	const struct nlattr *seconds = info->attrs[WGWARD_A_CONFIRM];
	int error;

	error = check_owner(ward, info);
	if (!error)
		error = check_stage(ward, true, info->extack);
	if (!error)
		error = check_trial(ward->transaction, info);
	if (error)
		return error;
	if (seconds)
		commit_on_trial(ward, nla_get_u32(seconds));
	else
		commit(ward);
	return 0;
}

static int abort_step(struct wgward_ward *ward, struct genl_info *info)
{
	int error;

	error = check_owner(ward, info);
	if (error)
		return error;
	if (ward->transaction->prepared)
		abort_prepared(ward);
	else
		discard(ward->transaction);
	return 0;
}

static int take_over_step(struct wgward_ward *ward, struct genl_info *info)
{
	struct wgward_transaction *transaction = ward->transaction;
	int error;

	error = wgward_netlink_check(ward, info->extack);
	if (!error)
		error = check_confirmed(ward, info->extack);
	if (error)
		return error;
	if (!transaction) {
		NL_SET_ERR_MSG(info->extack, "No change is under way");
		return -ENOENT;
	}
	if (transaction->owner == info->snd_portid) {
		NL_SET_ERR_MSG(info->extack, "The change is yours already");
		return -EALREADY;
	}
	error = check_idle(transaction, info->extack);
	if (error)
		return error;
	/* What another staged so far is of no use: begin anew. */
	if (transaction->prepared)
		wgward_owner_set(transaction, info->snd_portid);
	else
		discard(transaction);
	wgward_event_send(ward, WGWARD_EVENT_TAKEN_OVER);
	return 0;
}

/**
 * wgward_transaction_step() - takes a step, and answers with what came of it
 * @info: of a ward
 * @take: the step, under the ward's lock
 *
 * The answer has its memory before, since after the step nothing may fail.
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_transaction_step(struct genl_info *info,
			    int (*take)(struct wgward_ward *ward,
					struct genl_info *info))
{
	struct wgward_ward *ward = wgward_netlink_ward(info);
	struct sk_buff *answer;
	void *header;
	int error;

	answer = wgward_netlink_answer(info, GENLMSG_DEFAULT_SIZE, &header);
	if (!answer)
		return -ENOMEM;
	mutex_lock(&ward->lock);
	error = take(ward, info);
	if (!error)
		WARN_ON_ONCE(wgward_netlink_put_state(answer, ward));
	mutex_unlock(&ward->lock);
	if (error) {
		nlmsg_free(answer);
		return error;
	}
	genlmsg_end(answer, header);
	/* Whether the client reads it does not change what was done. */
	genlmsg_reply(answer, info);
	return 0;
}

/**
 * wgward_transaction_prepare_doit() - compiles the policy, puts the guard on
 * @skb: the request
 * @info: of a ward
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_transaction_prepare_doit(struct sk_buff *skb, struct genl_info *info)
{
	return wgward_transaction_step(info, prepare_step);
}

/**
 * wgward_transaction_commit_doit() - puts the new policy in force alone
 * @skb: the request
 * @info: of a ward
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_transaction_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	return wgward_transaction_step(info, commit_step);
}

/**
 * wgward_transaction_abort_doit() - leaves the policy as it was
 * @skb: the request
 * @info: of a ward
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_transaction_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	return wgward_transaction_step(info, abort_step);
}

/**
 * wgward_transaction_take_over_doit() - makes the caller the owner
 * @skb: the request
 * @info: of a ward
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_transaction_take_over_doit(struct sk_buff *skb,
				      struct genl_info *info)
{
	return wgward_transaction_step(info, take_over_step);
}

void wgward_transaction_release(struct wgward_ward *ward, u32 portid)
{
	struct wgward_transaction *transaction;

	mutex_lock(&ward->lock);
	transaction = ward->transaction;
	if (!transaction || transaction->owner != portid)
		goto out;
	if (!transaction->prepared && !transaction->busy) {
		discard(transaction);
		goto out;
	}
	wgward_owner_set(transaction, 0);
	if (transaction->prepared)
		wgward_event_send(ward, WGWARD_EVENT_INTERRUPTED);
out:
	mutex_unlock(&ward->lock);
}
