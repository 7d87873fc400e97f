/* SPDX-License-Identifier: GPL-2.0 */
/* Packets, and what is to be read of them. */
#ifndef _WGWARD_PACKET_CASES_H
#define _WGWARD_PACKET_CASES_H

#include <linux/types.h>

/**
 * struct packet_case - a packet and what is to be read of it
 * @name: what it shows
 * @text: see frame_read()
 * @v6: whether the skb says IPv6
 * @gso: whether it is a super-packet
 * @drop: reason plus one if it is dropped, else 0
 * @protocol: the rest is what struct wgward_packet has
 */
struct packet_case {
	const char *name;
	const char *text;
	bool v6;
	bool gso;
	u8 drop;
	u8 protocol;
	u16 flags;
	u32 service;
	u16 source_port;
	u16 destination_port;
	u32 quote;
	u8 fragment_protocol;
	u32 fragment_id;
	u32 fragment_start;
	u32 fragment_end;
};

extern const struct packet_case packet_cases[];
extern const u32 packet_case_count;

/**
 * struct quote_case - what an ICMP error quotes
 * @name: what it shows
 * @text: the quoted packet, as much of it as there is
 * @v6: in ICMPv6
 * @drop: whether it is refused
 * @protocol: the rest is what struct wgward_packet has
 */
struct quote_case {
	const char *name;
	const char *text;
	bool v6;
	bool drop;
	u8 protocol;
	u32 service;
	u16 source_port;
	u16 destination_port;
};

extern const struct quote_case quote_cases[];
extern const u32 quote_case_count;

#endif /* _WGWARD_PACKET_CASES_H */
