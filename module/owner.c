// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets that own transactions.
 *
 * Any netlink socket of the machine that closes is looked for, so that is a
 * list of the few transactions there are, and not a walk over all wards.
 */

#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>

#include "owner.h"
#include "transaction.h"
#include "ward.h"

static LIST_HEAD(transactions);
/* Protects the list, and the writing of owners; taken in a ward's lock. */
static DEFINE_SPINLOCK(lock);

void wgward_owner_enter(struct wgward_transaction *transaction)
{
	lockdep_assert_held(&transaction->ward->lock);

	spin_lock(&lock);
	list_add_tail(&transaction->list, &transactions);
	spin_unlock(&lock);
}

void wgward_owner_leave(struct wgward_transaction *transaction)
{
	lockdep_assert_held(&transaction->ward->lock);

	spin_lock(&lock);
	list_del(&transaction->list);
	spin_unlock(&lock);
}

void wgward_owner_set(struct wgward_transaction *transaction, u32 portid)
{
	lockdep_assert_held(&transaction->ward->lock);

	spin_lock(&lock);
	transaction->owner = portid;
	spin_unlock(&lock);
}

/* A ward with a transaction of that socket, with a reference; or NULL. */
static struct wgward_ward *find_owned(const struct net *net, u32 portid)
{
	struct wgward_transaction *transaction;
	struct wgward_ward *ward = NULL;

	spin_lock(&lock);
	list_for_each_entry(transaction, &transactions, list) {
		if (transaction->owner != portid ||
		    !net_eq(transaction->ward->net, net))
			continue;
		ward = transaction->ward;
		/* A ward leaves the list of wards without a transaction. */
		kref_get(&ward->kref);
		break;
	}
	spin_unlock(&lock);
	return ward;
}

/*
 * A socket that takes the port of one that closes, before this is told, loses
 * what it began in this moment; nothing is opened by that.
 */
static int netlink_event(struct notifier_block *block, unsigned long event,
			 void *data)
{
	const struct netlink_notify *notify = data;
	struct wgward_ward *ward;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC ||
	    !notify->portid)
		return NOTIFY_DONE;
	while ((ward = find_owned(notify->net, notify->portid))) {
		wgward_transaction_release(ward, notify->portid);
		wgward_ward_put(ward);
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = netlink_event,
};

int __init wgward_owner_init(void)
{
	return netlink_register_notifier(&notifier);
}

void wgward_owner_exit(void)
{
	netlink_unregister_notifier(&notifier);
}
