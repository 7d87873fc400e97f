// SPDX-License-Identifier: GPL-2.0
/*
 * What is to be read of a packet, worked out a second time.
 *
 * Nothing of the module's is used but the names of reasons and flags. Bytes
 * are only reached through byte(), which ends the program rather than read
 * what is not there.
 */
#include "reference.h"

#include <string.h>
#include <sys/socket.h>

#include <linux/wgward.h>

#include "input.h"
#include "policy.h"

#define DROP(reason) (-(WGWARD_REASON_##reason + 1))

enum {
	HOP_BY_HOP = 0,
	ICMP = 1,
	TCP = 6,
	UDP = 17,
	DCCP = 33,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTHENTICATION = 51,
	ICMPV6 = 58,
	DESTINATION = 60,
	SCTP = 132,
	MOBILITY = 135,
	UDP_LITE = 136,
	HIP = 139,
	SHIM6 = 140,
	EXPERIMENT1 = 253,
	EXPERIMENT2 = 254,
};

#define MOST_EXTENSIONS 8

/**
 * struct state - how far a packet was read
 * @bytes: from the IP header on
 * @there: number of @bytes
 * @end: how many of them are the packet's
 * @at: where the next header begins
 * @quoted: in an ICMP error, so the end may be missing
 * @gso: a super-packet
 * @packet: what was read
 */
struct state {
	const u8 *bytes;
	u32 there;
	u32 end;
	u32 at;
	bool quoted;
	bool gso;
	struct wgward_packet *packet;
};

static u8 byte(const struct state *state, u32 at)
{
	if (at >= state->there)
		input_fail("the reference reads byte %u of %u", at,
			   state->there);
	return state->bytes[at];
}

static u32 word(const struct state *state, u32 at)
{
	return byte(state, at) * 256 + byte(state, at + 1);
}

static u32 long_word(const struct state *state, u32 at)
{
	return word(state, at) * 65536 + word(state, at + 2);
}

/* Network order is the order in which they came. */
static void copy(const struct state *state, u32 at, void *to, u32 count)
{
	u8 *bytes = to;
	u32 i;

	for (i = 0; i < count; i++)
		bytes[i] = byte(state, at + i);
}

static u32 left(const struct state *state)
{
	return state->end - state->at;
}

/* RFC 1858: a first fragment that is too short hides what it is. */
static int cut_short(const struct state *state)
{
	return state->packet->flags & WGWARD_PACKET_FIRST ?
		       DROP(FRAGMENT_OVERLAP) :
		       DROP(MALFORMED);
}

static bool has_ports(u8 protocol)
{
	return protocol == TCP || protocol == UDP || protocol == UDP_LITE ||
	       protocol == SCTP || protocol == DCCP;
}

/* The least that a header has. */
static u32 least_of(u8 protocol)
{
	switch (protocol) {
	case TCP:
		return 20;
	case UDP:
	case UDP_LITE:
	case ICMP:
	case ICMPV6:
		return 8;
	case SCTP: /* and its first chunk's header */
		return 16;
	case DCCP:
		return 12;
	default:
		return 0;
	}
}

static void take_ports(const struct state *state)
{
	copy(state, state->at, &state->packet->source_port, 2);
	copy(state, state->at + 2, &state->packet->destination_port, 2);
	state->packet->service += word(state, state->at + 2);
}

/* Whether the length in the header agrees with what is there. */
static int check_transport_length(const struct state *state)
{
	u32 words;
	u32 said;

	switch (state->packet->protocol) {
	case TCP: /* RFC 9293: data offset */
		words = byte(state, state->at + 12) / 16;
		break;
	case DCCP: /* RFC 4340: data offset */
		words = byte(state, state->at + 4);
		break;
	case UDP: /* RFC 768, RFC 2675: 0 in a jumbogram */
	case UDP_LITE: /* RFC 3828: coverage, 0: all */
		said = word(state, state->at + 4);
		if (said == 0 && state->packet->protocol == UDP_LITE)
			return 0;
		if (said == 0 && left(state) >= 65536)
			return 0;
		if (said < 8)
			return DROP(MALFORMED);
		if (state->packet->flags & WGWARD_PACKET_FIRST)
			return 0;
		return said > left(state) ? DROP(MALFORMED) : 0;
	default:
		return 0;
	}
	if (words * 4 < least_of(state->packet->protocol))
		return DROP(MALFORMED);
	return words * 4 > left(state) ? cut_short(state) : 0;
}

static u16 tcp_flags(u8 bits)
{
	u16 flags = 0;

	if ((bits & 0x12) == 0x02)
		flags += WGWARD_PACKET_START;
	if (bits & 0x01)
		flags += WGWARD_PACKET_FIN;
	if (bits & 0x04)
		flags += WGWARD_PACKET_RST;
	return flags;
}

/* RFC 9260: INIT 1; ABORT 6; SHUTDOWN 7, its ACK 8, COMPLETE 14. */
static u16 sctp_flags(u8 chunk)
{
	if (chunk == 1)
		return WGWARD_PACKET_START;
	if (chunk == 6)
		return WGWARD_PACKET_RST;
	return chunk == 7 || chunk == 8 || chunk == 14 ? WGWARD_PACKET_FIN : 0;
}

/* RFC 4340: Request 0; CloseReq 5, Close 6; Reset 7. */
static u16 dccp_flags(u8 type)
{
	if (type == 0)
		return WGWARD_PACKET_START;
	if (type == 7)
		return WGWARD_PACKET_RST;
	return type == 5 || type == 6 ? WGWARD_PACKET_FIN : 0;
}

/* semantics.md, "Flows" and "ICMP errors"; RFC 792, RFC 4443. */
static u16 icmp_flags(bool v6, u8 type, u8 code)
{
	if (v6 ? type <= 127 :
		 type == 3 || type == 4 || type == 11 || type == 12)
		return WGWARD_PACKET_ERROR;
	if (code)
		return WGWARD_PACKET_STATELESS;
	if (v6 ? type == 128 : type == 8 || type == 13)
		return WGWARD_PACKET_START;
	if (v6 ? type == 129 : type == 0 || type == 14)
		return WGWARD_PACKET_REPLY;
	return WGWARD_PACKET_STATELESS;
}

static void read_icmp(const struct state *state)
{
	struct wgward_packet *packet = state->packet;
	u8 type = byte(state, state->at);
	u8 code = byte(state, state->at + 1);
	u16 flags = icmp_flags(packet->family == AF_INET6, type, code);

	packet->flags += flags;
	packet->service += type * 256 + code;
	if (flags == WGWARD_PACKET_ERROR)
		packet->quote = state->at + 8;
	if (flags == WGWARD_PACKET_START || flags == WGWARD_PACKET_REPLY)
		copy(state, state->at + 4, &packet->source_port, 2);
}

static int read_transport(const struct state *state)
{
	struct wgward_packet *packet = state->packet;
	u8 protocol = packet->protocol;
	int drop;

	packet->service = protocol * 65536;
	if (protocol == (packet->family == AF_INET ? ICMPV6 : ICMP))
		return DROP(MALFORMED);
	if (state->quoted && has_ports(protocol)) {
		if (left(state) < 4)
			return DROP(ICMP_ERROR);
		take_ports(state);
		return 0;
	}
	if (left(state) < least_of(protocol))
		return cut_short(state);
	drop = check_transport_length(state);
	if (drop)
		return drop;
	if (has_ports(protocol))
		take_ports(state);
	if (protocol == TCP)
		packet->flags += tcp_flags(byte(state, state->at + 13));
	else if (protocol == SCTP)
		packet->flags += sctp_flags(byte(state, state->at + 12));
	else if (protocol == DCCP)
		packet->flags +=
			dccp_flags(byte(state, state->at + 8) / 2 % 16);
	else if (protocol == ICMP || protocol == ICMPV6)
		read_icmp(state);
	return 0;
}

/*
 * What is left is the payload of a fragment that belongs at @start of the
 * datagram, behind @front bytes that the length of the datagram counts too.
 */
static int read_fragment(const struct state *state, u32 front, u32 start,
			 bool more)
{
	struct wgward_packet *packet = state->packet;

	if (!state->quoted) {
		if (left(state) == 0 || front + start + left(state) > 65535)
			return DROP(MALFORMED);
		if (more && left(state) % 8 != 0)
			return DROP(MALFORMED);
		/* RFC 3128 */
		if (start == 8 && packet->protocol == TCP)
			return DROP(FRAGMENT_OVERLAP);
		packet->fragment_start = start;
		packet->fragment_end = start + left(state);
		if (start != 0 && !more)
			packet->flags += WGWARD_PACKET_LAST;
	}
	packet->flags += start ? WGWARD_PACKET_LATER : WGWARD_PACKET_FIRST;
	return 0;
}

/* A header that says in its first byte what comes next. */
static int pass_over(struct state *state, u32 least, u32 length)
{
	if (left(state) < length)
		return cut_short(state);
	if (length < least)
		return DROP(MALFORMED);
	state->packet->protocol = byte(state, state->at);
	state->at += length;
	return 0;
}

/* RFC 4302: in words of four bytes, less two. */
static int read_authentication(struct state *state)
{
	u32 length;

	if (left(state) < 2)
		return cut_short(state);
	length = byte(state, state->at + 1) * 4 + 8;
	if (length < 12)
		return DROP(MALFORMED);
	return pass_over(state, 12, length);
}

/* RFC 791 */
static int read_options4(const struct state *state, u32 end)
{
	u32 at = 20;

	while (at < end) {
		switch (byte(state, at)) {
		case 0:
			return 0;
		case 1:
			at++;
			continue;
		case 131:
		case 137:
			return DROP(SOURCE_ROUTE);
		}
		if (end - at < 2 || byte(state, at + 1) < 2 ||
		    byte(state, at + 1) > end - at)
			return DROP(MALFORMED);
		at += byte(state, at + 1);
	}
	return 0;
}

/* RFC 791: version, IHL; total length; id; fragment; protocol; addresses. */
static int read_ipv4(struct state *state)
{
	struct wgward_packet *packet = state->packet;
	u32 header, total, fragment, i;
	int drop;

	if (state->there < 20 || byte(state, 0) / 16 != 4)
		return DROP(MALFORMED);
	header = byte(state, 0) % 16 * 4;
	total = word(state, 2);
	packet->length = total;
	if (header < 20)
		return DROP(MALFORMED);
	if (state->quoted) {
		/* Senders of errors have been seen to change it. */
		if (total > header && total < state->there)
			state->end = total;
	} else {
		if (total == 0 && state->gso && state->there >= 65536)
			total = state->there;
		if (total < header || total > state->there)
			return DROP(MALFORMED);
		packet->length = total;
		state->end = total;
	}
	if (header > state->there)
		return DROP(MALFORMED);
	copy(state, 12, &packet->source, 4);
	copy(state, 16, &packet->destination, 4);
	packet->protocol = byte(state, 9);
	drop = read_options4(state, header);
	if (drop)
		return drop;
	state->at = header;

	fragment = word(state, 6) % 0x4000;
	if (fragment != 0) {
		packet->fragment_protocol = byte(state, 9);
		copy(state, 4, (u8 *)&packet->fragment_id + 2, 2);
		drop = read_fragment(state, header, fragment % 0x2000 * 8,
				     fragment >= 0x2000);
		if (drop || packet->flags & WGWARD_PACKET_LATER)
			return drop;
	}
	for (i = 0; packet->protocol == AUTHENTICATION; i++) {
		drop = i < MOST_EXTENSIONS ? read_authentication(state) :
					     DROP(EXTENSION_HEADER);
		if (drop)
			return drop;
	}
	return read_transport(state);
}

/* RFC 8200, 4.2; RFC 2675; RFC 6275: home address */
static int read_options6(const struct state *state, u32 at, u32 end,
			 bool *jumbo, u32 *jumbo_length)
{
	u32 length;

	while (at < end) {
		if (byte(state, at) == 0) {
			at++;
			continue;
		}
		if (end - at < 2)
			return DROP(MALFORMED);
		length = byte(state, at + 1);
		if (length > end - at - 2)
			return DROP(MALFORMED);
		switch (byte(state, at)) {
		case 0xc9:
			return DROP(SOURCE_ROUTE);
		case 0xc2:
			if (length != 4)
				return DROP(MALFORMED);
			*jumbo = true;
			*jumbo_length = long_word(state, at + 2);
			if (*jumbo_length < 65536)
				return DROP(MALFORMED);
			break;
		}
		at += 2 + length;
	}
	return 0;
}

/* RFC 8200, 4.3 and 4.6: in units of eight bytes, less one. */
static int read_options_header(struct state *state, bool *jumbo,
			       u32 *jumbo_length)
{
	u32 start = state->at;
	int drop;

	if (left(state) < 2)
		return cut_short(state);
	drop = pass_over(state, 8, byte(state, start + 1) * 8 + 8);
	if (drop)
		return drop;
	return read_options6(state, start + 2, state->at, jumbo, jumbo_length);
}

static int read_destination_options(struct state *state)
{
	bool jumbo = false;
	u32 ignored;
	int drop;

	drop = read_options_header(state, &jumbo, &ignored);
	/* RFC 2675: in hop-by-hop options only */
	return drop || !jumbo ? drop : DROP(MALFORMED);
}

/* RFC 8200, 4.4 */
static int read_routing(struct state *state)
{
	if (left(state) < 4)
		return cut_short(state);
	if (byte(state, state->at + 3) != 0 && !state->quoted)
		return DROP(SOURCE_ROUTE);
	return pass_over(state, 8, byte(state, state->at + 1) * 8 + 8);
}

/* RFC 8200, 4.5; RFC 6946: neither offset nor more is no fragment */
static int read_fragment_header(struct state *state)
{
	u32 at = state->at;
	u32 fragment;

	if (left(state) < 8)
		return DROP(MALFORMED);
	fragment = word(state, at + 2);
	state->packet->protocol = byte(state, at);
	state->at += 8;
	if (fragment / 8 == 0 && fragment % 2 == 0)
		return 0;
	copy(state, at + 4, &state->packet->fragment_id, 4);
	return read_fragment(state, at - 40, fragment / 8 * 8, fragment % 2);
}

/* semantics.md, "What cannot be read", 3 */
static bool is_extension(u8 protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING ||
	       protocol == FRAGMENT || protocol == AUTHENTICATION ||
	       protocol == DESTINATION || protocol == MOBILITY ||
	       protocol == HIP || protocol == SHIM6 ||
	       protocol == EXPERIMENT1 || protocol == EXPERIMENT2;
}

static int read_extensions(struct state *state)
{
	u32 count, fragments = 0;
	int drop = 0;

	for (count = 1; is_extension(state->packet->protocol); count++) {
		if (count > MOST_EXTENSIONS)
			return DROP(EXTENSION_HEADER);
		switch (state->packet->protocol) {
		case DESTINATION:
			drop = read_destination_options(state);
			break;
		case ROUTING:
			drop = read_routing(state);
			break;
		case AUTHENTICATION:
			drop = read_authentication(state);
			break;
		case FRAGMENT:
			drop = fragments++ ? DROP(EXTENSION_HEADER) :
					     read_fragment_header(state);
			break;
		default:
			drop = DROP(EXTENSION_HEADER);
		}
		if (drop || state->packet->flags & WGWARD_PACKET_LATER)
			return drop;
	}
	return read_transport(state);
}

/* RFC 8200: version; payload length; next header; addresses. */
static int read_ipv6(struct state *state)
{
	struct wgward_packet *packet = state->packet;
	u32 payload, jumbo_length = 0;
	bool jumbo = false;
	int drop;

	if (state->there < 40 || byte(state, 0) / 16 != 6)
		return DROP(MALFORMED);
	payload = word(state, 4);
	packet->protocol = byte(state, 6);
	copy(state, 8, &packet->source, 16);
	copy(state, 24, &packet->destination, 16);
	state->at = 40;
	if (packet->protocol == HOP_BY_HOP) {
		drop = read_options_header(state, &jumbo, &jumbo_length);
		if (drop)
			return drop;
	}
	packet->length = 40 + payload;
	if (state->quoted)
		return read_extensions(state);

	/* RFC 2675, 3: what is in error; and in super-packets only. */
	if (jumbo && (payload != 0 || !state->gso))
		return DROP(MALFORMED);
	if (jumbo)
		payload = jumbo_length;
	else if (payload == 0 && state->gso && state->there - 40 >= 65536)
		payload = state->there - 40;
	if (payload > state->there - 40 || 40 + payload < state->at)
		return DROP(MALFORMED);
	packet->length = 40 + payload;
	state->end = 40 + payload;
	return read_extensions(state);
}

static int read_packet(const u8 *bytes, u32 length, bool v6, bool gso,
		       bool quoted, struct wgward_packet *packet)
{
	struct state state = {
		.bytes = bytes,
		.there = length,
		.end = length,
		.quoted = quoted,
		.gso = gso,
		.packet = packet,
	};

	memset(packet, 0, sizeof(*packet));
	packet->service = WGWARD_NONE;
	packet->family = v6 ? AF_INET6 : AF_INET;
	return v6 ? read_ipv6(&state) : read_ipv4(&state);
}

int reference_read(const struct reference *reference,
		   struct wgward_packet *packet)
{
	return read_packet(reference->bytes, reference->length, reference->v6,
			   reference->gso, false, packet);
}

int reference_read_quote(const struct reference *reference,
			 const struct wgward_packet *packet,
			 struct wgward_packet *quoted)
{
	const u16 unfit = WGWARD_PACKET_LATER | WGWARD_PACKET_ERROR |
			  WGWARD_PACKET_STATELESS;

	if (read_packet(reference->bytes + packet->quote,
			packet->length - packet->quote, reference->v6,
			reference->gso, true, quoted) ||
	    quoted->flags & unfit)
		return DROP(ICMP_ERROR);
	return 0;
}
