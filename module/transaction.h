/* SPDX-License-Identifier: GPL-2.0 */
/* The change from one policy to the next. */
#ifndef _WGWARD_TRANSACTION_H
#define _WGWARD_TRANSACTION_H

#include <linux/list.h>
#include <linux/types.h>

struct genl_info;
struct sk_buff;
struct wgward_policy;
struct wgward_view;
struct wgward_ward;

/**
 * struct wgward_transaction - a policy on its way into force
 * @list: of all transactions, see owner.c
 * @ward: whose it is; outlives it, see wgward_transaction_cancel()
 * @owner: netlink port of the client; 0 once its socket closed, or the change
 *	is on trial
 * @peers_change: the client is changing WireGuard's peers as well
 * @broken: something of it was refused, so prepare will be
 * @busy: being compiled, by who let the lock go meanwhile
 * @prepared: the guard is on
 * @unconfirmed: committed on trial
 * @policy: under construction, then &wgward_view.pending; while @unconfirmed,
 *	the one to roll back to, or NULL
 * @commit: published by commit
 * @abort: published by abort, and by a rollback of the policy alone
 * @guard: published by a rollback where WireGuard has to be put back, too
 * @confirm: published by confirm, and by commit when @guard is used up
 *
 * All under the ward's lock, but @list, which has a lock of its own, and
 * @owner, which is written under both.
 */
struct wgward_transaction {
	struct list_head list;
	struct wgward_ward *ward;
	u32 owner;
	bool peers_change;
	bool broken;
	bool busy;
	bool prepared;
	bool unconfirmed;
	struct wgward_policy *policy;
	struct wgward_view *commit;
	struct wgward_view *abort;
	struct wgward_view *guard;
	struct wgward_view *confirm;
};

/*
 * Ends @ward's transaction because its device or the ward itself goes; the
 * caller publishes an empty view that retires nothing of it: the pending
 * policy, or the one to roll back to, is returned, to be retired (NULL if it
 * was never published; it is freed here then). Under @ward->lock, before the
 * list of wards gives its reference back.
 */
struct wgward_policy *wgward_transaction_cancel(struct wgward_ward *ward);

/*
 * Frees it and the views that it still has; its policy is the caller's. Under
 * the ward's lock.
 */
void wgward_transaction_end(struct wgward_transaction *transaction);

/*
 * The policy to come: of the guard, or the one that is back unless the other is
 * confirmed; or NULL. Under @ward->lock.
 */
struct wgward_policy *
wgward_transaction_pending(const struct wgward_ward *ward);

/* The socket @portid is gone; what it owned of @ward ends, or waits. */
void wgward_transaction_release(struct wgward_ward *ward, u32 portid);

int wgward_transaction_step(struct genl_info *info,
			    int (*take)(struct wgward_ward *ward,
					struct genl_info *info));

int wgward_transaction_begin_doit(struct sk_buff *skb, struct genl_info *info);
int wgward_transaction_add_doit(struct sk_buff *skb, struct genl_info *info);
int wgward_transaction_prepare_doit(struct sk_buff *skb,
				    struct genl_info *info);
int wgward_transaction_commit_doit(struct sk_buff *skb, struct genl_info *info);
int wgward_transaction_abort_doit(struct sk_buff *skb, struct genl_info *info);
int wgward_transaction_take_over_doit(struct sk_buff *skb,
				      struct genl_info *info);

#endif /* _WGWARD_TRANSACTION_H */
