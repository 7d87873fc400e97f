/* SPDX-License-Identifier: GPL-2.0 */
/* Packets made by hand. */
#ifndef _FRAME_H
#define _FRAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest datagram and the most that may be in front of it. */
#define FRAME_MAX (70 * 1024)
#define FRAME_EXTENSIONS 12
#define FRAME_OPTIONS 40

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
	FRAME_PROTOCOL, /* the ICMP of the other family */
};

/**
 * struct frame_extension - a header between that of IP and the transport's
 * @type: its protocol number
 * @length: number of @bytes
 * @bytes: all of it; the first, which leads to the next header, is filled in
 */
struct frame_extension {
	uint8_t type;
	size_t length;
	uint8_t bytes[256];
};

/**
 * struct frame - a packet to be made
 * @family: AF_INET or AF_INET6
 * @protocol: 1 and 58 stand for the ICMP of the family
 * @hops: time to live, hop limit
 * @source: IPv4 in the first four bytes
 * @destination: likewise
 * @source_port: ICMP: type << 8 | code
 * @destination_port: ICMP: id
 * @flags: of TCP
 * @chunk: type of SCTP's
 * @sequence: ICMP: of an echo, MTU of an error
 * @payload: how many bytes of it
 * @options: of IPv4, @option_length bytes
 * @extensions: of which there are @extension_count
 * @fragmented: it is one piece of a datagram
 * @fragment_id: of the datagram
 * @from: where the piece begins in the datagram, in bytes
 * @to: where it ends; if that is beyond the datagram's end, zeros follow
 * @more: more fragments are said to follow
 * @length: not 0: what the length field says
 * @partial: the checksum is that of the pseudo header, for GSO
 * @fault: what is wrong with it
 */
struct frame {
	int family;
	uint8_t protocol;
	uint8_t hops;
	struct in6_addr source, destination;
	uint16_t source_port, destination_port;
	uint8_t flags, chunk;
	uint32_t sequence;
	size_t payload;
	uint8_t options[FRAME_OPTIONS];
	size_t option_length;
	struct frame_extension extensions[FRAME_EXTENSIONS];
	unsigned int extension_count;
	bool fragmented, more;
	uint32_t fragment_id;
	unsigned int from, to;
	unsigned int length;
	bool partial;
	enum frame_fault fault;
};

/* Bytes of the datagram that the frame is, or is a piece of. */
size_t frame_size(const struct frame *frame);

/* Bytes in front of the transport header. */
size_t frame_header_size(const struct frame *frame);

/*
 * Makes the packet in @buffer of FRAME_MAX bytes; returns its length. With
 * @inner, its payload is that, @frame->payload bytes long.
 */
size_t frame_make(const struct frame *frame, const uint8_t *inner,
		  uint8_t *buffer);

#endif /* _FRAME_H */
