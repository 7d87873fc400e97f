/* SPDX-License-Identifier: GPL-2.0 */
/* Enforcement on one WireGuard interface name of one network namespace. */
#ifndef _WGWARD_WARD_H
#define _WGWARD_WARD_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/workqueue.h>

#include "adoption.h"
#include "confirm.h"
#include "counters.h"
#include "expiry.h"
#include "flow.h"
#include "fragment.h"
#include "policy.h"
#include "reject.h"
#include "sample.h"
#include "view.h"

struct netlink_ext_ack;
struct wgward_transaction;

/**
 * struct wgward_attach - how enforcement begins
 * @forced: on any kind of device
 * @passive: everything passes until the first policy
 * @adoption: seconds, see adoption.h; or 0
 */
struct wgward_attach {
	bool forced;
	bool passive;
	u32 adoption;
};

/**
 * struct wgward_ward - a ward
 * @list: in &wgward_net.wards
 * @kref: one for being on the list, one for each user
 * @free: frees the ward a grace period after the last reference went
 * @net: its namespace, which outlives it
 * @name: interface name; changed under rtnl, @lock and &wgward_net.lock
 * @forced: any kind of device is attached to; constant
 * @trusted: @net belongs to the initial user namespace; constant
 * @lock: protects all that follows up to @counters, and publishing @view;
 *	taken after rtnl, before netfilter's hook mutex
 * @ended: detached: nothing may be started on it any more
 * @device: or NULL while waiting; held with @tracker; changed under rtnl,
 *	@lock and &wgward_net.lock, compared under RCU
 * @tracker: of the reference to @device
 * @view: never NULL; replaced under @lock, read under RCU
 * @spare: an empty view, there while there is a @device, so that losing it
 *	cannot fail
 * @renewal: another, for a new epoch, which cannot fail either
 * @expiry: when rules and nodes end
 * @confirm: when a change that is on trial ends
 * @generation: of the policy in force, see WGWARD_A_GENERATION
 * @rolled_back: generation that was rolled back, 0: none, or another policy
 *	came since
 * @epoch: last one given to a view
 * @transaction: open or prepared one, or NULL
 * @hooks: on @device
 * @adoption: conversations from before the first policy
 * @counters: reasons, and the ids of nodes and rules
 * @flows: tracked conversations
 * @fragments: datagrams of which more is to come
 * @answers: bounds answers to rejected packets
 * @samples: bounds what is told of verdicts
 *
 * The data path reaches a ward through its hooks, and in the backstops through
 * the list, both under RCU. The list's reference is dropped after both were
 * undone, and the memory goes a grace period after the last reference.
 */
struct wgward_ward {
	struct list_head list;
	struct kref kref;
	struct rcu_work free;
	struct net *net;
	char name[IFNAMSIZ];
	bool forced;
	bool trusted;
	struct mutex lock;
	bool ended;
	struct net_device *device;
	netdevice_tracker tracker;
	struct wgward_view __rcu *view;
	struct wgward_view *spare;
	struct wgward_view *renewal;
	struct wgward_expiry expiry;
	struct wgward_confirm confirm;
	u64 generation;
	u64 rolled_back;
	u32 epoch;
	struct wgward_transaction *transaction;
	struct nf_hook_ops hooks[2];
	struct wgward_adoption adoption;
	struct wgward_counters counters;
	struct wgward_flows flows;
	struct wgward_fragments fragments;
	struct wgward_answers answers;
	struct wgward_samples samples;
};

/**
 * struct wgward_net - the wards of a namespace
 * @net: the namespace, which outlives it
 * @lock: protects @wards and @changes, and the wards' names and devices,
 *	against readers without rtnl; innermost
 * @wards: changed under rtnl and @lock, read under either or RCU
 * @changes: how often @wards changed, for dumps to tell
 * @attached: number of @wards, which the backstops are there for; under rtnl
 * @backstops: whether they are there; under rtnl
 * @generations: the last one that a ward was given
 * @alive: wards that are not freed yet, on @wards or no more
 */
struct wgward_net {
	struct net *net;
	spinlock_t lock;
	struct list_head wards;
	u32 changes;
	unsigned int attached;
	bool backstops;
	atomic64_t generations;
	atomic_t alive;
};

/* What wards, their views and their flows are freed and collected on. */
extern struct workqueue_struct *wgward_workqueue;

struct wgward_net *wgward_net(struct net *net);

/*
 * The ward of that name, attached ones before waiting ones, with a reference;
 * or NULL. Any context.
 */
struct wgward_ward *wgward_ward_get(struct net *net, const char *name);
/* The @index-th ward, for dumps, with a reference; or NULL. */
struct wgward_ward *wgward_ward_get_nth(struct net *net, unsigned int index);
void wgward_ward_put(struct wgward_ward *ward);
/* Copies the name, which a rename may change at any time. Any context. */
void wgward_ward_name(const struct wgward_ward *ward, char name[IFNAMSIZ]);

/* Under rtnl or RCU: the ward that is attached to @device, or NULL. */
struct wgward_ward *wgward_ward_of(const struct net_device *device);
/* Under rtnl: as wgward_ward_get(), without a reference. */
struct wgward_ward *wgward_ward_find(struct net *net, const char *name);

/*
 * Both under rtnl. Attach: -ENODEV no such device, -EEXIST has a ward,
 * -EOPNOTSUPP neither WireGuard nor forced. Detach drops the list's
 * reference; -ENOENT.
 */
int wgward_ward_attach(struct net *net, const char *name,
		       const struct wgward_attach *how,
		       struct netlink_ext_ack *extack);
int wgward_ward_detach(struct net *net, const char *name,
		       struct netlink_ext_ack *extack);

/* enum wgward_state. Under @ward->lock. */
u32 wgward_ward_state(const struct wgward_ward *ward);
/*
 * Another policy: a generation that no ward of its namespace had, so that who
 * means one by its number never means another. Likewise.
 */
void wgward_ward_advance(struct wgward_ward *ward);

int wgward_ward_init(void);
void wgward_ward_exit(void);

#endif /* _WGWARD_WARD_H */
