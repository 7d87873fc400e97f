// SPDX-License-Identifier: GPL-2.0
/* Enforcement on one WireGuard interface name of one network namespace. */

#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait_bit.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/rtnetlink.h>

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

/* Under rtnl, which the list does not change without. */
#define for_each_ward(ward, wnet)                           \
	list_for_each_entry_rcu(ward, &(wnet)->wards, list, \
				lockdep_rtnl_is_held())

/* Views. */

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
	wgward_flows_flush(ward);
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
	if (view->policy)
		wgward_counters_publish(ward, view->policy);
	else if (view->pending)
		wgward_counters_publish(ward, view->pending);
	if (retired)
		wgward_counters_withdraw(ward, retired);
	if (retired_too)
		wgward_counters_withdraw(ward, retired_too);
	former->retired[0] = retired;
	former->retired[1] = retired_too;

	/* Nothing above can fail. From here on packets see the new view. */
	rcu_assign_pointer(ward->view, view);

	/* The work unbinds ids from the ward: dropped in view_free(). */
	kref_get(&ward->kref);
	INIT_RCU_WORK(&former->free, view_free);
	queue_rcu_work(wgward_workqueue, &former->free);
}

void wgward_ward_publish(struct wgward_ward *ward, struct wgward_view *view,
			 bool new_epoch, struct wgward_policy *retired)
{
	view_replace(ward, view, new_epoch, retired, NULL);
}

/*
 * Drops policy, guard and transaction. What is left passes everything if
 * @passive, and nothing otherwise.
 */
static void view_clear(struct wgward_ward *ward, bool passive)
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
	wgward_flows_flush(ward);
}

u32 wgward_ward_state(const struct wgward_ward *ward)
{
	const struct wgward_view *view;

	lockdep_assert_held(&ward->lock);

	if (!ward->device)
		return WGWARD_STATE_WAITING;
	if (ward->transaction && ward->transaction->prepared)
		return ward->transaction->owner ? WGWARD_STATE_GUARDED :
						  WGWARD_STATE_INTERRUPTED;
	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	if (view->policy)
		return WGWARD_STATE_ENFORCING;
	return view->passive ? WGWARD_STATE_PASSIVE : WGWARD_STATE_NO_POLICY;
}

/* Life and references. */

static void ward_free(struct work_struct *work)
{
	struct wgward_ward *ward =
		container_of(to_rcu_work(work), struct wgward_ward, free);
	struct wgward_net *wnet = wgward_net(ward->net);

	/* Its policies were retired when it was detached. */
	wgward_view_destroy(rcu_dereference_protected(ward->view, true));
	wgward_view_destroy(ward->spare);
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
				       bool forced, bool passive)
{
	struct wgward_view *view;
	struct wgward_ward *ward;

	ward = kzalloc(sizeof(*ward), GFP_KERNEL_ACCOUNT);
	if (!ward)
		return NULL;
	kref_init(&ward->kref);
	ward->net = net;
	strscpy(ward->name, name, sizeof(ward->name));
	ward->forced = forced;
	mutex_init(&ward->lock);
	wgward_fragments_create(&ward->fragments);
	ward->spare = wgward_view_create(ward);
	if (!ward->spare)
		goto err_ward;
	view = wgward_view_create(ward);
	if (!view)
		goto err_spare;
	view->passive = passive;
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
err_spare:
	wgward_view_destroy(ward->spare);
err_ward:
	mutex_destroy(&ward->lock);
	kfree(ward);
	return NULL;
}

/* The list of wards. */

static struct wgward_ward *find_attached(struct net *net,
					 const struct net_device *device)
{
	struct wgward_ward *ward;

	for_each_ward(ward, wgward_net(net))
		if (READ_ONCE(ward->device) == device)
			return ward;
	return NULL;
}

struct wgward_ward *wgward_ward_of(const struct net_device *device)
{
	struct wgward_ward *ward;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "ward looked up without RCU");

	ward = find_attached(dev_net(device), device);
	return ward;
}

/* Under rtnl or the list's lock. */
static struct wgward_ward *find_named(struct wgward_net *wnet, const char *name)
{
	struct wgward_ward *ward, *waiting = NULL;

	list_for_each_entry_rcu(ward, &wnet->wards, list,
				lockdep_rtnl_is_held() ||
					lockdep_is_held(&wnet->lock)) {
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
	ward = find_named(wnet, name);
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

	if (!wnet->attached) {
		err = wgward_backstop_add(ward->net);
		if (err)
			return err;
	}
	wnet->attached++;
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
		wgward_backstop_remove(ward->net);
}

/* Devices. */

static bool is_wireguard(const struct net_device *device)
{
	const struct rtnl_link_ops *ops = device->rtnl_link_ops;

	return ops && ops->kind &&
	       (!strcmp(ops->kind, "wireguard") ||
		!strcmp(ops->kind, "amneziawg"));
}

static void device_set(struct wgward_ward *ward, struct net_device *device)
{
	struct wgward_net *wnet = wgward_net(ward->net);

	lockdep_assert_held(&ward->lock);

	spin_lock_bh(&wnet->lock);
	WRITE_ONCE(ward->device, device);
	spin_unlock_bh(&wnet->lock);
}

/* The ward judges what passes @device from here on. */
static int device_take(struct wgward_ward *ward, struct net_device *device)
{
	int err;

	ASSERT_RTNL();
	lockdep_assert_held(&ward->lock);

	if (!ward->spare)
		ward->spare = wgward_view_create(ward);
	if (!ward->spare)
		return -ENOMEM;
	err = wgward_hook_add(ward, device);
	if (err)
		return err;
	netdev_hold(device, &ward->tracker, GFP_KERNEL);
	device_set(ward, device);
	return 0;
}

static void device_give(struct wgward_ward *ward)
{
	struct net_device *device = ward->device;

	ASSERT_RTNL();
	lockdep_assert_held(&ward->lock);

	wgward_hook_remove(ward);
	device_set(ward, NULL);
	netdev_put(device, &ward->tracker);
}

/* Attaches the ward that waits for @device's name, if one does. */
static int device_appears(struct net_device *device,
			  struct netlink_ext_ack *extack)
{
	struct net *net = dev_net(device);
	struct wgward_ward *ward;
	int err;

	ASSERT_RTNL();

	if (find_attached(net, device))
		return 0;
	ward = find_named(wgward_net(net), device->name);
	if (!ward || ward->device)
		return 0;
	if (!ward->forced && !is_wireguard(device))
		return 0;

	mutex_lock(&ward->lock);
	err = device_take(ward, device);
	if (err)
		NL_SET_ERR_MSG(
			extack,
			"The ward that waits for this name cannot attach");
	else
		wgward_event_send(ward, WGWARD_EVENT_ATTACH);
	mutex_unlock(&ward->lock);
	return err;
}

/* The ward waits for another device of the name, and drops everything. */
static void device_goes(struct net_device *device)
{
	struct wgward_ward *ward = find_attached(dev_net(device), device);

	if (!ward)
		return;
	mutex_lock(&ward->lock);
	view_clear(ward, false);
	device_give(ward);
	ward->generation++;
	wgward_event_send(ward, WGWARD_EVENT_WAITING);
	mutex_unlock(&ward->lock);
}

/* The ward goes with its device, or one waits for the new name. */
static int device_renamed(struct net_device *device,
			  struct netlink_ext_ack *extack)
{
	struct wgward_net *wnet = wgward_net(dev_net(device));
	struct wgward_ward *ward;

	ward = find_attached(dev_net(device), device);
	if (!ward)
		return device_appears(device, extack);
	mutex_lock(&ward->lock);
	spin_lock_bh(&wnet->lock);
	strscpy(ward->name, device->name, sizeof(ward->name));
	wnet->changes++;
	spin_unlock_bh(&wnet->lock);
	wgward_event_send(ward, WGWARD_EVENT_RENAME);
	mutex_unlock(&ward->lock);
	return 0;
}

static int device_event(struct notifier_block *notifier, unsigned long event,
			void *info)
{
	struct netlink_ext_ack *extack = netdev_notifier_info_to_extack(info);
	struct net_device *device = netdev_notifier_info_to_dev(info);
	int err = 0;

	switch (event) {
	case NETDEV_REGISTER:
		/* A failure here would not undo a move between namespaces. */
		device_appears(device, NULL);
		break;
	case NETDEV_PRE_UP:
		err = device_appears(device, extack);
		break;
	case NETDEV_CHANGENAME:
		/* It may be up: a failure takes the name back. */
		err = device_renamed(device, extack);
		break;
	case NETDEV_UNREGISTER:
		/* Also precedes a move to another namespace. */
		device_goes(device);
		break;
	}
	return notifier_from_errno(err);
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

/* Attach and detach. */

static int attach(struct net *net, struct net_device *device, bool forced,
		  bool passive)
{
	struct wgward_ward *ward;
	int err;

	ward = ward_create(net, device->name, forced, passive);
	if (!ward)
		return -ENOMEM;
	mutex_lock(&ward->lock);
	err = device_take(ward, device);
	if (err)
		goto err_ward;
	err = list_enter(ward);
	if (err)
		goto err_device;
	wgward_event_send(ward, WGWARD_EVENT_ATTACH);
	mutex_unlock(&ward->lock);
	return 0;

err_device:
	device_give(ward);
err_ward:
	mutex_unlock(&ward->lock);
	wgward_ward_put(ward);
	return err;
}

/**
 * wgward_ward_attach() - begins enforcement on an interface
 * @net: its namespace
 * @name: its name
 * @forced: whether it may be of any kind
 * @passive: whether everything passes until the first policy
 * @extack: for the refusal
 *
 * Return: 0, -ENODEV, -EEXIST, -EOPNOTSUPP, -EBUSY, -ENOMEM, -E2BIG.
 */
int wgward_ward_attach(struct net *net, const char *name, bool forced,
		       bool passive, struct netlink_ext_ack *extack)
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
	if (find_attached(net, device) ||
	    find_named(wgward_net(net), device->name)) {
		NL_SET_ERR_MSG(extack, "The interface has a ward already");
		return -EEXIST;
	}
	if (!forced && !is_wireguard(device)) {
		NL_SET_ERR_MSG(extack, "Not a WireGuard interface");
		return -EOPNOTSUPP;
	}
	/* Until ward_end(): the module stays while there is a ward. */
	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "The module is being unloaded");
		return -EBUSY;
	}
	err = attach(net, device, forced, passive);
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
		device_give(ward);
		view_clear(ward, true);
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

	ward = find_named(wgward_net(net), name);
	if (!ward) {
		NL_SET_ERR_MSG(extack, "No ward of that name");
		return -ENOENT;
	}
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

	wgward_workqueue = alloc_workqueue("wgward", WQ_UNBOUND, 0);
	if (!wgward_workqueue)
		return -ENOMEM;
	err = register_pernet_subsys(&net_operations);
	if (err)
		goto err_workqueue;
	err = register_netdevice_notifier(&device_notifier);
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
	unregister_netdevice_notifier(&device_notifier);
	/* Waits for the wards that were detached lately. */
	unregister_pernet_subsys(&net_operations);
	destroy_workqueue(wgward_workqueue);
}
