/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_NETDEVICE_H
#define _SHIM_LINUX_NETDEVICE_H

#include <linux/list.h>

#define IFNAMSIZ 16

struct net;

struct net_device {
	int ifindex;
};

typedef struct {
	int unused;
} netdevice_tracker;

struct netlink_ext_ack;

#endif /* _SHIM_LINUX_NETDEVICE_H */
