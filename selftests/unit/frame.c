// SPDX-License-Identifier: GPL-2.0
/* Packets from hexadecimal digits, in memory of exactly their size. */
#include "frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(struct frame *frame, u8 byte)
{
	if (frame->length == FRAME_MOST)
		abort();
	frame->bytes[frame->length++] = byte;
}

static void repeat(struct frame *frame, u32 times)
{
	while (times-- > 1)
		put(frame, frame->bytes[frame->length - 1]);
}

struct frame frame_read(const char *text, u32 header)
{
	struct frame frame = { 0 };
	int length_at = -1;
	unsigned int byte;
	char *end;

	while (*text) {
		if (*text == ' ') {
			text++;
		} else if (*text == '*') {
			repeat(&frame, strtoul(text + 1, &end, 10));
			text = end;
		} else if (text[0] == 'L') {
			if (length_at < 0)
				length_at = frame.length;
			put(&frame, 0);
			text += 2;
		} else {
			if (sscanf(text, "%2x", &byte) != 1)
				abort();
			put(&frame, byte);
			text += 2;
		}
	}
	if (length_at >= 0) {
		frame.bytes[length_at] = (frame.length - header) >> 8;
		frame.bytes[length_at + 1] = frame.length - header;
	}
	return frame;
}

struct sk_buff frame_skb(const struct frame *frame, __be16 protocol, u32 front,
			 u32 near)
{
	u32 length = front + frame->length;
	struct sk_buff skb = {
		.len = length,
		.data_len = length - near,
		.network_header = front,
		.protocol = protocol,
	};
	u8 whole[FRAME_MOST + 64];

	memset(whole, 0x5a, front);
	memcpy(whole + front, frame->bytes, frame->length);
	skb.data = malloc(near);
	skb.rest = malloc(length - near);
	if (!skb.data || !skb.rest)
		abort();
	memcpy(skb.data, whole, near);
	memcpy(skb.rest, whole + near, length - near);
	return skb;
}

void frame_scatter(struct sk_buff *skb, u32 size)
{
	struct sk_buff **next = &skb->frag_list, *piece;
	u32 offset;

	for (offset = 0; offset < skb->data_len; offset += piece->len) {
		piece = calloc(1, sizeof(*piece));
		if (!piece)
			abort();
		piece->len = skb->data_len - offset;
		if (piece->len > size)
			piece->len = size;
		piece->data = malloc(piece->len);
		if (!piece->data)
			abort();
		memcpy(piece->data, skb->rest + offset, piece->len);
		*next = piece;
		next = &piece->next;
	}
	free(skb->rest);
	skb->rest = NULL;
}

void frame_free(struct sk_buff *skb)
{
	struct sk_buff *piece, *next;

	for (piece = skb->frag_list; piece; piece = next) {
		next = piece->next;
		free(piece->data);
		free(piece);
	}
	free(skb->data);
	free(skb->rest);
}
