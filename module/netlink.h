/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family. */
#ifndef _WGWARD_NETLINK_H
#define _WGWARD_NETLINK_H

#include <net/genetlink.h>

struct wgward_ward;

extern struct genl_family wgward_genl_family;

enum wgward_mcgrp {
	WGWARD_MCGRP_ID_CONFIG,
	WGWARD_MCGRP_ID_VERDICTS,
};

/* The ward that a command is about, with a reference until it is done. */
static inline struct wgward_ward *
wgward_netlink_ward(const struct genl_info *info)
{
	return info->user_ptr[0];
}

/*
 * The name in WGWARD_A_WARD, or NULL and a refusal when it is missing or
 * cannot be an interface's.
 */
const char *wgward_netlink_name(struct nlattr **attrs,
				struct netlink_ext_ack *extack);

/* Refuses what a ward that was detached cannot do any more. Under its lock. */
int wgward_netlink_check(const struct wgward_ward *ward,
			 struct netlink_ext_ack *extack);

/*
 * Puts name, state, generation, and how long there is for confirming it. Under
 * @ward->lock. -EMSGSIZE.
 */
int wgward_netlink_put_state(struct sk_buff *skb, struct wgward_ward *ward);

/*
 * An answer of up to @size bytes of attributes to the command of @info, to be
 * given to genlmsg_end() and genlmsg_reply() with @header. NULL: no memory,
 * which the message says.
 */
struct sk_buff *wgward_netlink_answer(struct genl_info *info, size_t size,
				      void **header);

int wgward_netlink_init(void);
void wgward_netlink_exit(void);

#endif /* _WGWARD_NETLINK_H */
