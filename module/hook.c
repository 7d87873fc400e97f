// SPDX-License-Identifier: GPL-2.0
/* Where the kernel hands packets over. */

#include <linux/limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/rtnetlink.h>

#include "drop.h"
#include "hit.h"
#include "hook.h"
#include "ward.h"

/* Without these there is nothing to judge by: better told here than later. */
#ifndef CONFIG_NETFILTER_INGRESS
#error "wgward needs a kernel with CONFIG_NETFILTER_INGRESS=y"
#endif
#ifndef CONFIG_NETFILTER_EGRESS
#error "wgward needs a kernel with CONFIG_NETFILTER_EGRESS=y"
#endif

/**
 * DOC: Hooks and backstops
 *
 * A ward judges in two hooks on its device: ingress, before everything else
 * that netfilter has there, and egress, after everything else.
 *
 * The kernel skips both for packets that tc sent on a detour: what comes back
 * from an ifb goes to the protocol handlers without passing the ingress hooks
 * of its device again, and keeps nf_skip_egress set until the next device
 * transmits it, even if that is another one, to which it was forwarded. Were
 * there nothing else, an ifb on wg0, or on the LAN device of a relay, would
 * wave everything through.
 *
 * Such packets still pass the hooks of IPv4 and IPv6. The backstops there
 * judge what comes from, or goes to, a ward's device and carries the mark of
 * the detour: from_ingress when it was taken on receive, nf_skip_egress when
 * the egress hook is about to be skipped.
 *
 * In the IP hooks all packets of the namespace pay, WireGuard's own among them,
 * so the backstops are there only where somebody makes such packets. Only an
 * ifb does (drivers/net/ifb.c), in Linux 6.1, 6.12 and 7.3: it alone sets
 * tc_skip_classify, for want of which __netif_receive_skb_core() runs the
 * ingress hooks and clears nf_skip_egress, as __dev_queue_xmit() does behind
 * the egress hooks (net/core/dev.c). So whatever else tc, BPF and nftables
 * redirect, and what a netkit sets nf_skip_egress on, is received as usual
 * before it is forwarded, or goes straight into or off the ward's device, where
 * no hook helps. An ifb gives packets back to its own namespace; from there to
 * another they are received again.
 */

/* Not inlined: what registers it needs a hit need not save. */
static noinline unsigned int verdict_of(struct wgward_ward *ward,
					const struct wgward_view *view,
					struct sk_buff *skb,
					enum wgward_hook hook)
{
	int result;

	if (wgward_hit_ipv6(ward, view, skb, hook))
		return NF_ACCEPT;
	result = wgward_judge(ward, view, skb, hook);
	if (likely(result >= 0))
		return NF_ACCEPT;
	return wgward_drop(skb, wgward_result_reason(result));
}

static __always_inline unsigned int verdict_at_device(struct wgward_ward *ward,
						      struct sk_buff *skb,
						      enum wgward_hook hook)
{
	const struct wgward_view *view = rcu_dereference(ward->view);

	if (likely(wgward_hit_ipv4(ward, view, skb, hook)))
		return NF_ACCEPT;
	return verdict_of(ward, view, skb, hook);
}

static unsigned int ingress(void *ward, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return verdict_at_device(ward, skb, WGWARD_HOOK_INGRESS);
}

static unsigned int egress(void *ward, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	return verdict_at_device(ward, skb, WGWARD_HOOK_EGRESS);
}

/* Only a kernel that can redirect has the mark of it. */
static bool was_redirected(const struct sk_buff *skb)
{
#ifdef CONFIG_NET_REDIRECT
	return skb->from_ingress;
#else
	return false;
#endif
}

static unsigned int pre_routing(void *unused, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	struct wgward_ward *ward;

	if (likely(!was_redirected(skb)))
		return NF_ACCEPT;
	ward = wgward_ward_of(state->in);
	if (!ward)
		return NF_ACCEPT;
	return verdict_of(ward, rcu_dereference(ward->view), skb,
			  WGWARD_HOOK_INGRESS);
}

static unsigned int post_routing(void *unused, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct wgward_ward *ward;

	if (likely(!skb->nf_skip_egress))
		return NF_ACCEPT;
	ward = wgward_ward_of(state->out);
	if (!ward)
		return NF_ACCEPT;
	return verdict_of(ward, rcu_dereference(ward->view), skb,
			  WGWARD_HOOK_EGRESS);
}

static const struct nf_hook_ops backstops[] = {
	{
		.hook = pre_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = INT_MIN,
	},
	{
		.hook = pre_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = INT_MIN,
	},
	{
		.hook = post_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = INT_MAX,
	},
	{
		.hook = post_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = INT_MAX,
	},
};

/**
 * wgward_hook_add() - begins to judge what passes a device
 * @ward: whose view judges
 * @device: in the ward's namespace
 *
 * Return: 0, -ENOMEM, -E2BIG: too many hooks on the device.
 */
int wgward_hook_add(struct wgward_ward *ward, struct net_device *device)
{
	ASSERT_RTNL();

	ward->hooks[0] = (struct nf_hook_ops){
		.hook = ingress,
		.dev = device,
		.priv = ward,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		.priority = INT_MIN,
	};
	ward->hooks[1] = (struct nf_hook_ops){
		.hook = egress,
		.dev = device,
		.priv = ward,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_EGRESS,
		.priority = INT_MAX,
	};
	return nf_register_net_hooks(ward->net, ward->hooks,
				     ARRAY_SIZE(ward->hooks));
}

/**
 * wgward_hook_remove() - ends what wgward_hook_add() began
 * @ward: whose hooks are on a device, which is still in its namespace
 */
void wgward_hook_remove(struct wgward_ward *ward)
{
	ASSERT_RTNL();

	nf_unregister_net_hooks(ward->net, ward->hooks,
				ARRAY_SIZE(ward->hooks));
}

static bool makes_detours(const struct net_device *device)
{
	const struct rtnl_link_ops *ops = device->rtnl_link_ops;

	return ops && ops->kind && !strcmp(ops->kind, "ifb");
}

/**
 * wgward_backstop_prepare() - has redirected packets judged before there are
 *	any
 * @device: about to be set up, in a namespace that has wards
 *
 * Return: 0, -ENOMEM, -E2BIG: too many hooks in the namespace.
 */
int wgward_backstop_prepare(const struct net_device *device)
{
	struct wgward_net *wnet = wgward_net(dev_net(device));
	int err;

	ASSERT_RTNL();

	if (!wnet->attached || wnet->backstops || !makes_detours(device))
		return 0;
	err = nf_register_net_hooks(wnet->net, backstops,
				    ARRAY_SIZE(backstops));
	wnet->backstops = !err;
	return err;
}

/**
 * wgward_backstop_begin() - has redirected packets judged from here on
 * @net: namespace that is getting its first ward
 *
 * Return: as wgward_backstop_prepare() does.
 */
int wgward_backstop_begin(struct net *net)
{
	struct net_device *device;
	int err = 0;

	ASSERT_RTNL();

	for_each_netdev(net, device) {
		err = wgward_backstop_prepare(device);
		if (err)
			break;
	}
	return err;
}

/**
 * wgward_backstop_end() - ends what the other two began
 * @net: namespace that has lost its last ward
 */
void wgward_backstop_end(struct net *net)
{
	struct wgward_net *wnet = wgward_net(net);

	ASSERT_RTNL();

	if (wnet->backstops)
		nf_unregister_net_hooks(net, backstops, ARRAY_SIZE(backstops));
	wnet->backstops = false;
}
