// SPDX-License-Identifier: GPL-2.0
/* The config multicast group. */

#include <linux/netdevice.h>
#include <net/genetlink.h>

#include "event.h"
#include "netlink.h"
#include "ward.h"

static int put_event(struct sk_buff *skb, struct wgward_ward *ward,
		     enum wgward_event event)
{
	void *header;

	header = genlmsg_put(skb, 0, 0, &wgward_genl_family, 0,
			     WGWARD_CMD_EVENT);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(skb, WGWARD_A_EVENT, event) ||
	    nla_put_u32(skb, WGWARD_A_IFINDEX,
			ward->device ? ward->device->ifindex : 0) ||
	    wgward_netlink_put_state(skb, ward))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

/**
 * wgward_event_send() - tells of what happened to a ward
 * @ward: under its lock
 * @event: what happened
 *
 * Only listeners in the ward's namespace hear of it.
 */
void wgward_event_send(struct wgward_ward *ward, enum wgward_event event)
{
	struct sk_buff *skb;

	lockdep_assert_held(&ward->lock);
	if (!genl_has_listeners(&wgward_genl_family, ward->net,
				WGWARD_MCGRP_ID_CONFIG))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	if (put_event(skb, ward, event)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_multicast_netns(&wgward_genl_family, ward->net, skb, 0,
				WGWARD_MCGRP_ID_CONFIG, GFP_KERNEL);
}
