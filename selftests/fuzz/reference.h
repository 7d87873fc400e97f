/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is to be read of a packet, worked out a second time from the RFCs and
 * Documentation/semantics.md: over a flat array, one header after the other.
 */
#ifndef _WGWARD_REFERENCE_H
#define _WGWARD_REFERENCE_H

#include "packet.h"

/**
 * struct reference - a packet as bytes
 * @bytes: from the IP header on
 * @length: number of @bytes, of which some may follow the packet
 * @v6: IPv6
 * @gso: a super-packet
 */
struct reference {
	const u8 *bytes;
	u32 length;
	bool v6;
	bool gso;
};

/* As wgward_packet_parse(): 0 and @packet, or -(enum wgward_reason + 1). */
int reference_read(const struct reference *reference,
		   struct wgward_packet *packet);

/* As wgward_packet_parse_quote() of the error @packet. */
int reference_read_quote(const struct reference *reference,
			 const struct wgward_packet *packet,
			 struct wgward_packet *quoted);

#endif /* _WGWARD_REFERENCE_H */
