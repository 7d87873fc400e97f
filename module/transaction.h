/* SPDX-License-Identifier: GPL-2.0 */
/* The change from one policy to the next. */
#ifndef _WGWARD_TRANSACTION_H
#define _WGWARD_TRANSACTION_H

#include <linux/types.h>

struct netlink_ext_ack;
struct wgward_policy;
struct wgward_view;
struct wgward_ward;

/**
 * struct wgward_transaction - a policy on its way into force
 * @owner: netlink port of the client; 0 once its socket closed
 * @peers_change: the client is changing WireGuard's peers as well
 * @broken: an add was refused, so prepare will be
 * @prepared: the guard is on
 * @policy: under construction, then &wgward_view.pending
 * @commit: published by commit
 * @abort: published by abort
 *
 * All under the ward's lock.
 */
struct wgward_transaction {
	u32 owner;
	bool peers_change;
	bool broken;
	bool prepared;
	struct wgward_policy *policy;
	struct wgward_view *commit;
	struct wgward_view *abort;
};

/*
 * Ends @ward's transaction because its device or the ward itself goes; the
 * caller publishes an empty view that retires nothing of it: the pending
 * policy is returned, to be retired (NULL if it was never published; it is
 * freed here then). Under @ward->lock.
 */
struct wgward_policy *wgward_transaction_cancel(struct wgward_ward *ward);

#endif /* _WGWARD_TRANSACTION_H */
