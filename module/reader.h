/* SPDX-License-Identifier: GPL-2.0 */
/* A place in a packet that is being read. */
#ifndef _WGWARD_READER_H
#define _WGWARD_READER_H

#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/wgward.h>

#include "packet.h"

/* What parsing returns for a reason to drop. */
#define WGWARD_DROP(reason) (-(WGWARD_REASON_##reason + 1))

/**
 * struct wgward_reader - a place in a packet that is being read
 * @skb: the packet
 * @offset: of what comes next, from the start of the skb
 * @end: of what the IP header says belongs to the packet
 * @quoted: only the first bytes are there, of a packet that was larger
 */
struct wgward_reader {
	const struct sk_buff *skb;
	u32 offset;
	u32 end;
	bool quoted;
};

static inline u32 wgward_reader_left(const struct wgward_reader *reader)
{
	return reader->end - reader->offset;
}

/* The next @size bytes, where they are or in @buffer; NULL beyond the end. */
static inline const void *wgward_reader_peek(const struct wgward_reader *reader,
					     u32 size, void *buffer)
{
	if (size > wgward_reader_left(reader))
		return NULL;
	return skb_header_pointer(reader->skb, reader->offset, size, buffer);
}

static inline bool wgward_reader_skip(struct wgward_reader *reader, u32 size)
{
	if (size > wgward_reader_left(reader))
		return false;
	reader->offset += size;
	return true;
}

/*
 * The transport header is cut short: in a first fragment on purpose, so that
 * filters do not see it (RFC 1858), else by mistake.
 */
static inline int wgward_reader_too_short(const struct wgward_packet *packet)
{
	return packet->flags & WGWARD_PACKET_FIRST ?
		       WGWARD_DROP(FRAGMENT_OVERLAP) :
		       WGWARD_DROP(MALFORMED);
}

#endif /* _WGWARD_READER_H */
