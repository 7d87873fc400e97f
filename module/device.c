// SPDX-License-Identifier: GPL-2.0
/* Devices come, go and change their names; wards follow the names. */

#include <linux/limits.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/rtnetlink.h>

#include "device.h"
#include "event.h"
#include "hook.h"
#include "ward.h"

bool wgward_device_is_wireguard(const struct net_device *device)
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

/**
 * wgward_device_take() - attaches a ward to a device
 * @ward: under its lock; judges what passes @device from here on
 * @device: in the ward's namespace
 *
 * Return: 0, -ENOMEM, -E2BIG: too many hooks on the device.
 */
int wgward_device_take(struct wgward_ward *ward, struct net_device *device)
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

/**
 * wgward_device_give() - undoes wgward_device_take()
 * @ward: under its lock; its device is still in its namespace
 */
void wgward_device_give(struct wgward_ward *ward)
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

	if (wgward_ward_of(device))
		return 0;
	ward = wgward_ward_find(net, device->name);
	if (!ward || ward->device)
		return 0;
	if (!ward->forced && !wgward_device_is_wireguard(device))
		return 0;

	mutex_lock(&ward->lock);
	err = wgward_device_take(ward, device);
	if (err)
		NL_SET_ERR_MSG(extack, "The name's ward cannot attach");
	else
		wgward_event_send(ward, WGWARD_EVENT_ATTACH);
	mutex_unlock(&ward->lock);
	return err;
}

/* The ward waits for another device of the name, and drops everything. */
static void device_goes(struct net_device *device)
{
	struct wgward_ward *ward = wgward_ward_of(device);

	if (!ward)
		return;
	mutex_lock(&ward->lock);
	wgward_view_clear(ward, false);
	wgward_device_give(ward);
	wgward_ward_advance(ward);
	wgward_event_send(ward, WGWARD_EVENT_WAITING);
	mutex_unlock(&ward->lock);
}

/* The ward goes with its device, or one waits for the new name. */
static int device_renamed(struct net_device *device,
			  struct netlink_ext_ack *extack)
{
	struct wgward_net *wnet = wgward_net(dev_net(device));
	struct wgward_ward *ward;

	ward = wgward_ward_of(device);
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
		err = wgward_backstop_prepare(device);
		if (err)
			NL_SET_ERR_MSG(extack,
				       "Its packets could not be judged");
		else
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

/*
 * Called last, so that nobody refuses a new name after a waiting ward took the
 * device for it: the way back would look like the ward's device being renamed.
 */
static struct notifier_block device_notifier = {
	.notifier_call = device_event,
	.priority = INT_MIN,
};

int __init wgward_device_init(void)
{
	return register_netdevice_notifier(&device_notifier);
}

void wgward_device_exit(void)
{
	unregister_netdevice_notifier(&device_notifier);
}
