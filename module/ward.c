// SPDX-License-Identifier: GPL-2.0
/* Enforcement on one WireGuard interface name of one network namespace. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <linux/wait_bit.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "device.h"
#include "event.h"
#include "hook.h"
#include "transaction.h"
#include "ward.h"

struct workqueue_struct *wgward_workqueue;

static unsigned int net_id;

struct wgward_net *wgward_net(struct net *net)
{
	return net_generic(net, net_id);
}

u32 wgward_ward_state(const struct wgward_ward *ward)
{
	const struct wgward_view *view;

	lockdep_assert_held(&ward->lock);

	if (!ward->device)
		return WGWARD_STATE_WAITING;
	if (ward->transaction && ward->transaction->unconfirmed)
		return WGWARD_STATE_UNCONFIRMED;
	if (ward->transaction && ward->transaction->prepared)
		return ward->transaction->owner ? WGWARD_STATE_GUARDED :
						  WGWARD_STATE_INTERRUPTED;
	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	if (view->policy)
		return WGWARD_STATE_ENFORCING;
	return view->passive ? WGWARD_STATE_PASSIVE : WGWARD_STATE_NO_POLICY;
}

void wgward_ward_advance(struct wgward_ward *ward)
{
	struct wgward_net *wnet = wgward_net(ward->net);

	lockdep_assert_held(&ward->lock);

	ward->generation = atomic64_inc_return(&wnet->generations);
	ward->rolled_back = 0;
}

/* Life and references. */

static void ward_free(struct work_struct *work)
{
	struct wgward_ward *ward =
		container_of(to_rcu_work(work), struct wgward_ward, free);
	struct wgward_net *wnet = wgward_net(ward->net);

	wgward_expiry_destroy(ward);
	wgward_confirm_destroy(ward);
	/* Its policies were retired when it was detached. */
	wgward_view_destroy(rcu_dereference_protected(ward->view, true));
	wgward_view_destroy(ward->spare);
	wgward_view_destroy(ward->renewal);
	wgward_flows_destroy(ward);
	wgward_fragments_destroy(&ward->fragments);
	wgward_counters_destroy(ward);
	mutex_destroy(&ward->lock);
	pr_debug("%s: ward freed\n", ward->name);
	kfree(ward);
	/* The namespace may go once none is left. */
	if (atomic_dec_and_test(&wnet->alive))
		wake_up_var(&wnet->alive);
}

static void ward_release(struct kref *kref)
{
	struct wgward_ward *ward = container_of(kref, struct wgward_ward, kref);

	/* A packet may still be in a hook that was removed. */
	INIT_RCU_WORK(&ward->free, ward_free);
	queue_rcu_work(wgward_workqueue, &ward->free);
}

void wgward_ward_put(struct wgward_ward *ward)
{
	kref_put(&ward->kref, ward_release);
}

static struct wgward_ward *ward_create(struct net *net, const char *name,
				       const struct wgward_attach *how)
{
	struct wgward_view *view;
	struct wgward_ward *ward;

	ward = kzalloc(sizeof(*ward), GFP_KERNEL_ACCOUNT);
	if (!ward)
		return NULL;
	kref_init(&ward->kref);
	ward->net = net;
	strscpy(ward->name, name, sizeof(ward->name));
	ward->forced = how->forced;
	ward->adoption.seconds = how->adoption;
	ward->trusted = net->user_ns == &init_user_ns;
	ward->answers.seed = get_random_u32();
	mutex_init(&ward->lock);
	wgward_fragments_create(&ward->fragments);
	wgward_expiry_create(ward);
	wgward_confirm_create(ward);
	ward->spare = wgward_view_create(ward);
	if (!ward->spare)
		goto err_ward;
	ward->renewal = wgward_view_create(ward);
	if (!ward->renewal)
		goto err_spare;
	view = wgward_view_create(ward);
	if (!view)
		goto err_renewal;
	view->passive = how->passive;
	view->epoch = ++ward->epoch;
	RCU_INIT_POINTER(ward->view, view);
	if (wgward_counters_create(ward))
		goto err_view;
	if (wgward_flows_create(ward))
		goto err_counters;
	atomic_inc(&wgward_net(net)->alive);
	pr_debug("%s: ward created\n", ward->name);
	return ward;

err_counters:
	wgward_counters_destroy(ward);
err_view:
	wgward_view_destroy(view);
err_renewal:
	wgward_view_destroy(ward->renewal);
err_spare:
	wgward_view_destroy(ward->spare);
err_ward:
	mutex_destroy(&ward->lock);
	kfree(ward);
	return NULL;
}

/* The list of wards. */

/* Under rtnl, the list's lock or RCU. */
#define for_each_ward(ward, wnet)                           \
	list_for_each_entry_rcu(ward, &(wnet)->wards, list, \
				lockdep_rtnl_is_held() ||   \
					lockdep_is_held(&(wnet)->lock))

struct wgward_ward *wgward_ward_of(const struct net_device *device)
{
	struct wgward_net *wnet = wgward_net(dev_net(device));
	struct wgward_ward *ward;

	for_each_ward(ward, wnet)
		if (READ_ONCE(ward->device) == device)
			return ward;
	return NULL;
}

struct wgward_ward *wgward_ward_find(struct net *net, const char *name)
{
	struct wgward_ward *ward, *waiting = NULL;
	struct wgward_net *wnet = wgward_net(net);

	for_each_ward(ward, wnet) {
		if (strcmp(ward->name, name))
			continue;
		if (ward->device)
			return ward;
		if (!waiting)
			waiting = ward;
	}
	return waiting;
}

struct wgward_ward *wgward_ward_get(struct net *net, const char *name)
{
	struct wgward_net *wnet = wgward_net(net);
	struct wgward_ward *ward;

	spin_lock_bh(&wnet->lock);
	ward = wgward_ward_find(net, name);
	if (ward)
		kref_get(&ward->kref);
	spin_unlock_bh(&wnet->lock);
	return ward;
}

struct wgward_ward *wgward_ward_get_nth(struct net *net, unsigned int index)
{
	struct wgward_net *wnet = wgward_net(net);
	struct wgward_ward *ward, *found = NULL;

	spin_lock_bh(&wnet->lock);
	list_for_each_entry(ward, &wnet->wards, list) {
		if (index--)
			continue;
		found = ward;
		kref_get(&found->kref);
		break;
	}
	spin_unlock_bh(&wnet->lock);
	return found;
}

void wgward_ward_name(const struct wgward_ward *ward, char name[IFNAMSIZ])
{
	struct wgward_net *wnet = wgward_net(ward->net);

	spin_lock_bh(&wnet->lock);
	memcpy(name, ward->name, IFNAMSIZ);
	spin_unlock_bh(&wnet->lock);
}

static int list_enter(struct wgward_ward *ward)
{
	struct wgward_net *wnet = wgward_net(ward->net);
	int err;

	ASSERT_RTNL();

	/* Counted before: else none is needed. */
	if (!wnet->attached++) {
		err = wgward_backstop_begin(ward->net);
		if (err) {
			wnet->attached--;
			return err;
		}
	}
	spin_lock_bh(&wnet->lock);
	list_add_tail_rcu(&ward->list, &wnet->wards);
	wnet->changes++;
	spin_unlock_bh(&wnet->lock);
	return 0;
}

static void list_leave(struct wgward_ward *ward)
{
	struct wgward_net *wnet = wgward_net(ward->net);

	ASSERT_RTNL();

	spin_lock_bh(&wnet->lock);
	list_del_rcu(&ward->list);
	wnet->changes++;
	spin_unlock_bh(&wnet->lock);
	if (!--wnet->attached)
		wgward_backstop_end(ward->net);
}

/* Attach and detach. */

static int attach(struct net *net, struct net_device *device,
		  const struct wgward_attach *how)
{
	struct wgward_ward *ward;
	int err;

	ward = ward_create(net, device->name, how);
	if (!ward)
		return -ENOMEM;
	mutex_lock(&ward->lock);
	err = wgward_device_take(ward, device);
	if (err)
		goto err_ward;
	err = list_enter(ward);
	if (err)
		goto err_device;
	wgward_event_send(ward, WGWARD_EVENT_ATTACH);
	mutex_unlock(&ward->lock);
	return 0;

err_device:
	wgward_device_give(ward);
err_ward:
	mutex_unlock(&ward->lock);
	wgward_ward_put(ward);
	return err;
}

/**
 * wgward_ward_attach() - begins enforcement on an interface
 * @net: its namespace
 * @name: its name
 * @how: what kinds of it, and what passes at first
 * @extack: for the refusal
 *
 * Return: 0, -ENODEV, -EEXIST, -EOPNOTSUPP, -EBUSY, -ENOMEM, -E2BIG.
 */
int wgward_ward_attach(struct net *net, const char *name,
		       const struct wgward_attach *how,
		       struct netlink_ext_ack *extack)
{
	struct net_device *device;
	int err;

	ASSERT_RTNL();

	device = __dev_get_by_name(net, name);
	if (!device) {
		NL_SET_ERR_MSG(extack, "No such interface");
		return -ENODEV;
	}
	/* The name may be an alternative one. */
	if (wgward_ward_of(device)) {
		NL_SET_ERR_MSG(extack, "The interface has a ward already");
		return -EEXIST;
	}
	if (wgward_ward_find(net, device->name)) {
		NL_SET_ERR_MSG(
			extack,
			"A ward waits for a WireGuard interface of that name: detach it first");
		return -EEXIST;
	}
	if (!how->forced && !wgward_device_is_wireguard(device)) {
		NL_SET_ERR_MSG(extack, "Not a WireGuard interface");
		return -EOPNOTSUPP;
	}
	/* Until ward_end(): the module stays while there is a ward. */
	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "The module is being unloaded");
		return -EBUSY;
	}
	err = attach(net, device, how);
	if (err) {
		NL_SET_ERR_MSG(extack, "Cannot attach to the interface");
		module_put(THIS_MODULE);
	}
	return err;
}

/* Nothing can find the ward any more once this returns. */
static void ward_end(struct wgward_ward *ward)
{
	ASSERT_RTNL();

	mutex_lock(&ward->lock);
	ward->ended = true;
	/*
	 * 1. Packets do not come here any more. Those that are in the hooks
	 * already shall not be the ones that get lost, so the view passes.
	 */
	if (ward->device) {
		wgward_device_give(ward);
		wgward_view_clear(ward, true);
	}
	wgward_event_send(ward, WGWARD_EVENT_DETACH);
	mutex_unlock(&ward->lock);
	/* 2. Commands do not find it any more, nor do the backstops. */
	list_leave(ward);
	/* 3. The list's reference. Users, and retired views, have others. */
	wgward_ward_put(ward);
	/* Callers are commands or a namespace's end, which unloading awaits. */
	module_put(THIS_MODULE);
}

/**
 * wgward_ward_detach() - ends enforcement on an interface
 * @net: its namespace
 * @name: its name; the interface itself may be gone
 * @extack: for the refusal
 *
 * Return: 0, -ENOENT.
 */
int wgward_ward_detach(struct net *net, const char *name,
		       struct netlink_ext_ack *extack)
{
	struct wgward_ward *ward;

	ASSERT_RTNL();

	ward = wgward_ward_find(net, name);
	if (!ward) {
		NL_SET_ERR_MSG(extack, "No ward of that name");
		return -ENOENT;
	}
	/* One may wait for the name while another's device was given it. */
	for (; ward; ward = wgward_ward_find(net, name))
		ward_end(ward);
	return 0;
}

/* Namespaces. */

static int __net_init net_enter(struct net *net)
{
	struct wgward_net *wnet = wgward_net(net);

	wnet->net = net;
	spin_lock_init(&wnet->lock);
	INIT_LIST_HEAD(&wnet->wards);
	atomic_set(&wnet->alive, 0);
	atomic64_set(&wnet->generations, 0);
	return 0;
}

/* The devices are gone, and with them all traffic. */
static void __net_exit net_leave(struct list_head *leaving)
{
	struct wgward_ward *ward, *next;
	struct net *net;

	rtnl_lock();
	list_for_each_entry(net, leaving, exit_list)
		list_for_each_entry_safe(ward, next, &wgward_net(net)->wards,
					 list)
			ward_end(ward);
	rtnl_unlock();

	/* A grace period or two, for all of them together. */
	list_for_each_entry(net, leaving, exit_list)
		wait_var_event(&wgward_net(net)->alive,
			       !atomic_read(&wgward_net(net)->alive));
}

static struct pernet_operations net_operations = {
	.init = net_enter,
	.exit_batch = net_leave,
	.id = &net_id,
	.size = sizeof(struct wgward_net),
};

int __init wgward_ward_init(void)
{
	int err;

	/* Rules end on it, also when memory is short. */
	wgward_workqueue =
		alloc_workqueue("wgward", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!wgward_workqueue)
		return -ENOMEM;
	err = register_pernet_subsys(&net_operations);
	if (err)
		goto err_workqueue;
	err = wgward_device_init();
	if (err)
		goto err_net;
	return 0;

err_net:
	unregister_pernet_subsys(&net_operations);
err_workqueue:
	destroy_workqueue(wgward_workqueue);
	return err;
}

void wgward_ward_exit(void)
{
	wgward_device_exit();
	/* Waits for the wards that were detached lately. */
	unregister_pernet_subsys(&net_operations);
	destroy_workqueue(wgward_workqueue);
}
