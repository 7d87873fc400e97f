// SPDX-License-Identifier: GPL-2.0
/*
 * Measures when it is loaded, and then does not stay. "device" names one with a
 * ward that has the policy of selftests/bench/policy.awk and node 1 for self;
 * without it the pure files are measured. Figures are in the kernel's log.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>

#include "measure.h"

static char *device = "";
module_param(device, charp, 0);
MODULE_PARM_DESC(device, "name of the device with a ward");

static uint most = 1000000;
module_param(most, uint, 0);
MODULE_PARM_DESC(most, "number of flows");

/* Flows of sizes before this one are measured one behind the other. */
static int measure_flows(struct net_device *dev)
{
	u32 flows, made = 0;
	int err = 0;

	for (flows = 10; !err && flows <= most; flows *= 10)
		err = measure_device(dev, flows, &made);
	return err;
}

static int measure_pure(void)
{
	int err = measure_parse(NULL);
	u32 size;

	for (size = 10; !err && size <= 10000; size *= 10)
		err = measure_policy(size);
	return err;
}

static int __init measure_init(void)
{
	struct net_device *dev;
	int err;

	if (!*device)
		return measure_pure() ?: -EAGAIN;
	dev = dev_get_by_name(&init_net, device);
	if (!dev)
		return -ENODEV;
	err = measure_flows(dev);
	dev_put(dev);
	return err ?: -EAGAIN;
}
module_init(measure_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures wgward");
