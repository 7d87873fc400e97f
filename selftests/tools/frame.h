/* SPDX-License-Identifier: GPL-2.0 */
/* Packets made by hand. */
#ifndef _FRAME_H
#define _FRAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 65535

/* What is wrong with a packet. */
enum frame_fault {
	FRAME_SOUND,
	FRAME_VERSION, /* the version's nibble is of the other family */
	FRAME_LENGTH, /* says that it is longer than it is */
	FRAME_HEADER, /* IPv4 header shorter than an IPv4 header */
	FRAME_OFFSET, /* TCP header longer than the packet */
	FRAME_SHORT, /* cut short within its transport header */
	FRAME_SOURCE_ROUTE, /* IPv4 option, IPv6 routing header */
	FRAME_EXTENSION, /* IPv6 extension header that nobody knows */
};

/**
 * struct frame - a packet to be made
 * @family: AF_INET or AF_INET6
 * @protocol: 1 and 58 stand for the ICMP of the family
 * @source: IPv4 in the first four bytes
 * @destination: likewise
 * @source_port: ICMP: type << 8 | code
 * @destination_port: ICMP: id
 * @flags: of TCP
 * @sequence: ICMP: of an echo, MTU of an error
 * @payload: how many bytes of it
 * @fragment: offset in bytes, below the transport header if not 0
 * @fragment_id: not 0: it is a fragment
 * @more: more fragments follow
 * @fault: what is wrong with it
 */
struct frame {
	int family;
	uint8_t protocol;
	struct in6_addr source, destination;
	uint16_t source_port, destination_port;
	uint8_t flags;
	uint32_t sequence;
	size_t payload;
	unsigned int fragment;
	uint32_t fragment_id;
	bool more;
	enum frame_fault fault;
};

/*
 * Makes the packet in @buffer of FRAME_MAX bytes; returns its length. With
 * @inner, its payload is that, @frame->payload bytes long.
 */
size_t frame_make(const struct frame *frame, const uint8_t *inner,
		  uint8_t *buffer);

#endif /* _FRAME_H */
