/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Userspace version of the kernel's header: a packet, as much of it as is
 * needed to read one.
 */
#ifndef _SHIM_LINUX_SKBUFF_H
#define _SHIM_LINUX_SKBUFF_H

#include <string.h>

#include <linux/types.h>

struct net_device;

/**
 * struct sk_buff - a packet in one or two pieces
 * @data: the first piece
 * @rest: the second piece, of @data_len bytes
 * @len: length of both
 * @data_len: length of the second
 * @network_header: offset of the IP header from @data
 * @protocol: ETH_P_*, network order
 * @gso: a super-packet
 * @skb_iif: index of the device that it was received by, or 0
 * @dev: that it passes
 */
struct sk_buff {
	unsigned char *data;
	unsigned char *rest;
	unsigned int len;
	unsigned int data_len;
	int network_header;
	__be16 protocol;
	bool gso;
	int skb_iif;
	struct net_device *dev;
};

static inline int skb_network_offset(const struct sk_buff *skb)
{
	return skb->network_header;
}

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->gso;
}

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

/* Where @length bytes at @offset are, @buffer if they had to be copied. */
static inline void *skb_header_pointer(const struct sk_buff *skb, int offset,
				       int length, void *buffer)
{
	int head = skb_headlen(skb);
	int near;

	if (head - offset >= length)
		return skb->data + offset;
	if (offset < 0 || length < 0 || (int)skb->len - offset < length)
		return NULL;
	near = offset < head ? head - offset : 0;
	memcpy(buffer, skb->data + offset * !!near, near);
	memcpy((char *)buffer + near, skb->rest + (offset + near - head),
	       length - near);
	return buffer;
}

#endif /* _SHIM_LINUX_SKBUFF_H */
