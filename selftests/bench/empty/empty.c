// SPDX-License-Identifier: GPL-2.0
/*
 * Two hooks that do nothing on each device of one name: what netfilter itself
 * costs. With "refuse", they drop UDP to the port of that number: the least
 * that a refusal can cost.
 */
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Of UDP's destination, in a packet whose IPv4 header has no options. */
#define PORT_OFFSET (20 + 2)

#define DEVICE "wg0"

static ushort refuse;
module_param(refuse, ushort, 0644);
MODULE_PARM_DESC(refuse, "destination port of what is dropped");

struct hooked {
	struct list_head list;
	struct net_device *device;
	struct nf_hook_ops hooks[2];
};

/* Changed under rtnl. */
static LIST_HEAD(all);

static unsigned int look(void *unused, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	__be16 port;

	if (likely(!READ_ONCE(refuse)) ||
	    skb_copy_bits(skb, PORT_OFFSET, &port, sizeof(port)))
		return NF_ACCEPT;
	return be16_to_cpu(port) == refuse ? NF_DROP : NF_ACCEPT;
}

static int add(struct net_device *device)
{
	struct hooked *hooked = kzalloc(sizeof(*hooked), GFP_KERNEL);
	int err;

	if (!hooked)
		return -ENOMEM;
	hooked->device = device;
	hooked->hooks[0] = (struct nf_hook_ops){
		.hook = look,
		.dev = device,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MIN,
	};
	hooked->hooks[1] = hooked->hooks[0];
	hooked->hooks[1].hooknum = NF_NETDEV_EGRESS;
	hooked->hooks[1].priority = INT_MAX;
	err = nf_register_net_hooks(dev_net(device), hooked->hooks,
				    ARRAY_SIZE(hooked->hooks));
	if (err) {
		kfree(hooked);
		return err;
	}
	list_add(&hooked->list, &all);
	return 0;
}

static void remove(const struct net_device *device)
{
	struct hooked *hooked, *next;

	list_for_each_entry_safe(hooked, next, &all, list) {
		if (hooked->device != device)
			continue;
		nf_unregister_net_hooks(dev_net(device), hooked->hooks,
					ARRAY_SIZE(hooked->hooks));
		list_del(&hooked->list);
		kfree(hooked);
	}
}

/* Called for the devices that there are, too, when it comes and goes. */
static int device_event(struct notifier_block *block, unsigned long event,
			void *info)
{
	struct net_device *device = netdev_notifier_info_to_dev(info);

	if (strcmp(device->name, DEVICE))
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_REGISTER:
		return notifier_from_errno(add(device));
	case NETDEV_UNREGISTER:
		remove(device);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = device_event,
};

static int __init empty_init(void)
{
	return register_netdevice_notifier(&notifier);
}
module_init(empty_init);

static void __exit empty_exit(void)
{
	unregister_netdevice_notifier(&notifier);
}
module_exit(empty_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Netfilter hooks that do nothing");
