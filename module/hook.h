/* SPDX-License-Identifier: GPL-2.0 */
/* Where the kernel hands packets over. */
#ifndef _WGWARD_HOOK_H
#define _WGWARD_HOOK_H

struct net;
struct net_device;
struct wgward_ward;

/*
 * The hooks of a ward on @device. A packet that is in one when it is removed
 * may see the ward until a grace period later. Under rtnl.
 */
int wgward_hook_add(struct wgward_ward *ward, struct net_device *device);
void wgward_hook_remove(struct wgward_ward *ward);

/*
 * The backstops of a namespace that has wards, as far as they are needed: with
 * its first ward, before a device is set up, and after its last ward. Under
 * rtnl.
 */
int wgward_backstop_begin(struct net *net);
int wgward_backstop_prepare(const struct net_device *device);
void wgward_backstop_end(struct net *net);

#endif /* _WGWARD_HOOK_H */
