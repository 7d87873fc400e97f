// SPDX-License-Identifier: GPL-2.0
/* The order in which the module's parts begin and end. */

#include <linux/init.h>
#include <linux/module.h>

#include "flow.h"
#include "netlink.h"
#include "owner.h"
#include "registry.h"
#include "ward.h"

static int __init wgward_init(void)
{
	int err;

	err = wgward_flow_init();
	if (err)
		return err;
	err = wgward_registry_init();
	if (err)
		goto err_flow;
	err = wgward_ward_init();
	if (err)
		goto err_registry;
	err = wgward_owner_init();
	if (err)
		goto err_ward;
	err = wgward_netlink_init();
	if (err)
		goto err_owner;
	return 0;

err_owner:
	wgward_owner_exit();
err_ward:
	wgward_ward_exit();
err_registry:
	wgward_registry_exit();
err_flow:
	wgward_flow_exit();
	return err;
}

static void __exit wgward_exit(void)
{
	wgward_netlink_exit();
	wgward_owner_exit();
	wgward_ward_exit();
	wgward_registry_exit();
	wgward_flow_exit();
}

module_init(wgward_init);
module_exit(wgward_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Groups and rules for WireGuard meshes");
MODULE_VERSION(WGWARD_VERSION);
MODULE_ALIAS_GENL_FAMILY("wgward");
