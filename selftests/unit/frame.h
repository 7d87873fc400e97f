/* SPDX-License-Identifier: GPL-2.0 */
/* Packets from hexadecimal digits, in memory of exactly their size. */
#ifndef _WGWARD_FRAME_H
#define _WGWARD_FRAME_H

#include <linux/skbuff.h>

#define FRAME_MOST 512

/**
 * struct frame - bytes of a packet
 * @length: number of @bytes
 * @bytes: from the IP header on
 */
struct frame {
	u32 length;
	u8 bytes[FRAME_MOST];
};

/*
 * Digits with blanks between bytes; "LL LL" becomes the length of all bytes
 * less @header, and "*N" repeats the byte before it so that there are N.
 */
struct frame frame_read(const char *text, u32 header);

/*
 * An skb of @frame behind @front bytes of something else, of which all that
 * is behind the first @near bytes is in a second piece. Both pieces are in
 * blocks of exactly their size.
 */
struct sk_buff frame_skb(const struct frame *frame, __be16 protocol, u32 front,
			 u32 near);

/* Makes the second piece a list of packets of @size bytes at most. */
void frame_scatter(struct sk_buff *skb, u32 size);

void frame_free(struct sk_buff *skb);

#endif /* _WGWARD_FRAME_H */
