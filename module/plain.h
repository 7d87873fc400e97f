/* SPDX-License-Identifier: GPL-2.0 */
/* Plain packets: what nearly all are, read at the least cost. */
#ifndef _WGWARD_PLAIN_H
#define _WGWARD_PLAIN_H

#include <linux/types.h>

#include "tuple.h"

struct sk_buff;

/**
 * struct wgward_plain - what is read of a plain packet
 * @tuple: of its flow
 * @length: from the IP header on, bytes
 * @sender: the end of @tuple that sent it
 */
struct wgward_plain {
	struct wgward_tuple tuple;
	u32 length;
	unsigned int sender;
};

/*
 * Whether @skb is plain, and if so, what it is. Of what is not, nothing is
 * known, and @plain is undefined. Any context.
 */
bool wgward_plain_read(const struct sk_buff *skb, struct wgward_plain *plain);

#endif /* _WGWARD_PLAIN_H */
