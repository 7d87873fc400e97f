/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a packet that was refused. */
#ifndef _WGWARD_DROP_H
#define _WGWARD_DROP_H

#include <linux/wgward.h>

struct sk_buff;

/* Frees @skb in a way that shows @reason. Returns the verdict for netfilter. */
unsigned int wgward_drop(struct sk_buff *skb, enum wgward_reason reason);

#endif /* _WGWARD_DROP_H */
