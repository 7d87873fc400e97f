/* SPDX-License-Identifier: GPL-2.0 */
/* A verdict without a packet. */
#ifndef _WGWARD_EXPLAIN_H
#define _WGWARD_EXPLAIN_H

struct genl_info;
struct sk_buff;

int wgward_explain_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _WGWARD_EXPLAIN_H */
