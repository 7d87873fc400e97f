/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family. */
#ifndef _WGWARD_NETLINK_H
#define _WGWARD_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family wgward_genl_family;

enum wgward_mcgrp {
	WGWARD_MCGRP_ID_CONFIG,
};

int wgward_netlink_init(void);
void wgward_netlink_exit(void);

#endif /* _WGWARD_NETLINK_H */
