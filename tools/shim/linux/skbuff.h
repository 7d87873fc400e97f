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
 * struct sk_buff - a packet in one or two pieces, or a list of them
 * @data: the first piece
 * @rest: the second piece, of @data_len bytes
 * @frag_list: instead of @rest: packets that make up the second piece
 * @next: in such a list
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
	struct sk_buff *frag_list;
	struct sk_buff *next;
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

/* Copies what is behind the first piece, at @offset from there. */
static inline void skb_copy_rest(const struct sk_buff *skb, unsigned int offset,
				 unsigned char *to, unsigned int length)
{
	const struct sk_buff *piece;
	unsigned int part;

	if (!skb->frag_list) {
		memcpy(to, skb->rest + offset, length);
		return;
	}
	for (piece = skb->frag_list; length; piece = piece->next) {
		if (offset >= piece->len) {
			offset -= piece->len;
			continue;
		}
		part = piece->len - offset;
		if (part > length)
			part = length;
		memcpy(to, piece->data + offset, part);
		to += part;
		length -= part;
		offset = 0;
	}
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
	skb_copy_rest(skb, offset + near - head, (unsigned char *)buffer + near,
		      length - near);
	return buffer;
}

#endif /* _SHIM_LINUX_SKBUFF_H */
