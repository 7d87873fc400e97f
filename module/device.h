/* SPDX-License-Identifier: GPL-2.0 */
/* Devices come, go and change their names; wards follow the names. */
#ifndef _WGWARD_DEVICE_H
#define _WGWARD_DEVICE_H

#include <linux/types.h>

struct net_device;
struct wgward_ward;

/* Of a kind that wards are meant for. */
bool wgward_device_is_wireguard(const struct net_device *device);

/*
 * Attaches @ward to @device: -ENOMEM, -E2BIG. And lets it go. Both under rtnl
 * and @ward->lock.
 */
int wgward_device_take(struct wgward_ward *ward, struct net_device *device);
void wgward_device_give(struct wgward_ward *ward);

int wgward_device_init(void);
void wgward_device_exit(void);

#endif /* _WGWARD_DEVICE_H */
