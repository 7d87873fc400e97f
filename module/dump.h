/* SPDX-License-Identifier: GPL-2.0 */
/* What there is, told over netlink. */
#ifndef _WGWARD_DUMP_H
#define _WGWARD_DUMP_H

#include <linux/build_bug.h>
#include <linux/netlink.h>
#include <linux/types.h>

struct genl_info;
struct wgward_dump_walk;
struct wgward_ward;

/**
 * struct wgward_dump - where a dump is, in &netlink_callback.ctx
 * @ward: what is dumped is this ward's; with a reference
 * @walk: over its flows, or NULL; private to dump_flow.c
 * @next: number of the object, or the ward, to be told next
 * @pending: of the policy to come, not that in force
 */
struct wgward_dump {
	struct wgward_ward *ward;
	struct wgward_dump_walk *walk;
	u32 next;
	bool pending;
};

static inline struct wgward_dump *wgward_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct wgward_dump) > sizeof(cb->ctx));
	return (struct wgward_dump *)cb->ctx;
}

/* Finds the ward that the request names, unless that was done before. */
int wgward_dump_open(struct netlink_callback *cb);
/*
 * Begins a message of a dump whose generation is in cb->seq, and flags it if
 * that moved. NULL: no room.
 */
void *wgward_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);

int wgward_dump_ward_doit(struct sk_buff *skb, struct genl_info *info);
int wgward_dump_wards_start(struct netlink_callback *cb);
int wgward_dump_wards(struct sk_buff *skb, struct netlink_callback *cb);

int wgward_dump_nodes_start(struct netlink_callback *cb);
int wgward_dump_nodes(struct sk_buff *skb, struct netlink_callback *cb);
int wgward_dump_groups(struct sk_buff *skb, struct netlink_callback *cb);
int wgward_dump_rules_start(struct netlink_callback *cb);
int wgward_dump_rules(struct sk_buff *skb, struct netlink_callback *cb);
int wgward_dump_flows(struct sk_buff *skb, struct netlink_callback *cb);
/* Ends the walk over flows, if there is one. */
void wgward_dump_flows_done(struct wgward_dump *dump);
int wgward_dump_flush_doit(struct sk_buff *skb, struct genl_info *info);
/* Ends any of the above. */
int wgward_dump_done(struct netlink_callback *cb);

#endif /* _WGWARD_DUMP_H */
