// SPDX-License-Identifier: GPL-2.0
/*
 * Puts packets made by hand onto a device without a link layer, such as one
 * of WireGuard, below everything that would refuse to send them.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

/* Of younger headers than some systems have. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define PIECES 128
#define PORTS 60000

struct piece {
	unsigned int from, to;
	bool contradict; /* of whether more follow */
};

static struct {
	struct frame frame;
	struct frame error; /* quotes the former, if it has a family */
	struct piece pieces[PIECES];
	unsigned int piece_count;
	const char *device;
	const char *hardware; /* address of who shall have it */
	uint16_t protocol; /* of the skb */
	unsigned int linear, segment;
	unsigned int count, gap;
	bool many; /* flows, not packets of one */
	bool answer; /* what the other side would send */
	size_t cut, quote;
} options = {
	.frame = { .protocol = IPPROTO_UDP, .hops = 64 },
	.error = { .hops = 64 },
	.count = 1,
	/* As much as routers quote at least, in either family. */
	.quote = 128,
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: inject -i DEVICE -s ADDRESS -d ADDRESS [options]\n"
	      "  -p PROTOCOL  tcp, udp (default), icmp (of the family), number\n"
	      "  -S, -D PORT  from and to; 0\n"
	      "  -f FLAGS     of TCP: letters of FSRPAU\n"
	      "  -C CHUNK     of SCTP: its number; 0\n"
	      "  -T TYPE[/CODE] -I ID -Q SEQUENCE   of ICMP\n"
	      "  -l LENGTH    of the payload; 0\n"
	      "  -H HOPS      that it may take; 64\n"
	      "  -o HEX       options of IPv4\n"
	      "  -e TYPE:HEX  a header before the transport's; of its bytes the\n"
	      "               first is filled in; several, in their order\n"
	      "  -L LENGTH    what the length field says\n"
	      "  -F ID        fragments; -c FROM-TO[!][,FROM-TO[!]]... which ones,\n"
	      "               in bytes of the datagram; with ! one says that more\n"
	      "               follow if none do, and that none do if some do\n"
	      "  -x FAULT     version, length, header, offset, short, protocol,\n"
	      "               source-route or extension\n"
	      "  -n COUNT     of packets, or of datagrams with ids from ID on; 1\n"
	      "  -g MS        between them\n"
	      "  -m           each from another port, or to another port\n"
	      "  -r           the answers: addresses and ports swapped\n"
	      "  -t LENGTH    cut the packet to that length\n"
	      "  -k PROTOCOL  what the kernel is told that it is: 0x800, 0x86dd\n"
	      "  -N BYTES     in one piece of memory, the rest in pages\n"
	      "  -G BYTES     a super-packet of segments of that size\n"
	      "  -a MAC       of who shall have it, on devices with such\n"
	      "An ICMP error about the packet instead of the packet:\n"
	      "  -E TYPE[/CODE] -A ADDRESS from [-B ADDRESS to] [-M MTU]\n"
	      "  -q LENGTH    how much it quotes; 128\n",
	      stderr);
	exit(2);
}

static int address_parse(const char *text, struct in6_addr *address)
{
	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, address) == 1)
		return AF_INET;
	if (inet_pton(AF_INET6, text, address) == 1)
		return AF_INET6;
	fprintf(stderr, "inject: not an address: %s\n", text);
	exit(2);
}

static uint8_t protocol_parse(const char *text)
{
	if (!strcmp(text, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(text, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(text, "icmp"))
		return IPPROTO_ICMP;
	return strtoul(text, NULL, 10);
}

static uint8_t flags_parse(const char *text)
{
	static const char letters[] = "FSRPAU";
	uint8_t flags = 0;
	const char *at;

	for (; *text; text++) {
		at = strchr(letters, *text);
		if (!at)
			usage();
		flags |= 1 << (at - letters);
	}
	return flags;
}

static uint16_t type_parse(const char *text)
{
	char *end;
	uint16_t type = strtoul(text, &end, 10) << 8;

	return *end == '/' ? type | strtoul(end + 1, NULL, 10) : type;
}

static enum frame_fault fault_parse(const char *text)
{
	static const char *const names[] = {
		[FRAME_VERSION] = "version",
		[FRAME_LENGTH] = "length",
		[FRAME_HEADER] = "header",
		[FRAME_OFFSET] = "offset",
		[FRAME_SHORT] = "short",
		[FRAME_SOURCE_ROUTE] = "source-route",
		[FRAME_EXTENSION] = "extension",
		[FRAME_PROTOCOL] = "protocol",
	};
	unsigned int i;

	for (i = 1; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], text))
			return i;
	usage();
}

static size_t hex_parse(const char *text, uint8_t *bytes, size_t most)
{
	size_t length = 0;
	unsigned int byte;
	int used;

	while (*text) {
		if (length == most || sscanf(text, "%2x%n", &byte, &used) != 1)
			usage();
		bytes[length++] = byte;
		text += used;
	}
	return length;
}

static void extension_parse(char *text, struct frame *frame)
{
	struct frame_extension *extension =
		&frame->extensions[frame->extension_count];
	char *hex = strchr(text, ':');

	if (!hex || frame->extension_count++ == FRAME_EXTENSIONS)
		usage();
	extension->type = strtoul(text, NULL, 10);
	extension->length =
		hex_parse(hex + 1, extension->bytes, sizeof(extension->bytes));
}

static void pieces_parse(char *text)
{
	struct piece *piece = options.pieces;
	char *end;

	for (;; text = end + 1, piece++) {
		if (piece == options.pieces + PIECES)
			usage();
		piece->from = strtoul(text, &end, 10);
		if (*end != '-')
			usage();
		piece->to = strtoul(end + 1, &end, 10);
		if (*end == '!') {
			piece->contradict = true;
			end++;
		}
		if (piece->to <= piece->from || piece->from > UINT16_MAX ||
		    piece->to - piece->from > UINT16_MAX)
			usage();
		options.piece_count++;
		if (!*end)
			return;
		if (*end != ',')
			usage();
	}
}

static bool frame_option(int option, struct frame *frame)
{
	switch (option) {
	case 's':
		frame->family = address_parse(optarg, &frame->source);
		return true;
	case 'd':
		frame->family = address_parse(optarg, &frame->destination);
		return true;
	case 'p':
		frame->protocol = protocol_parse(optarg);
		return true;
	case 'S':
		frame->source_port = strtoul(optarg, NULL, 10);
		return true;
	case 'D':
	case 'I':
		frame->destination_port = strtoul(optarg, NULL, 10);
		return true;
	case 'f':
		frame->flags = flags_parse(optarg);
		return true;
	case 'C':
		frame->chunk = strtoul(optarg, NULL, 10);
		return true;
	case 'T':
		frame->source_port = type_parse(optarg);
		return true;
	case 'Q':
		frame->sequence = strtoul(optarg, NULL, 10);
		return true;
	case 'l':
		frame->payload = strtoul(optarg, NULL, 10);
		return true;
	case 'H':
		frame->hops = strtoul(optarg, NULL, 10);
		return true;
	case 'o':
		frame->option_length =
			hex_parse(optarg, frame->options, FRAME_OPTIONS);
		return true;
	case 'e':
		extension_parse(optarg, frame);
		return true;
	case 'L':
		frame->length = strtoul(optarg, NULL, 10);
		return true;
	case 'F':
		frame->fragmented = true;
		frame->fragment_id = strtoul(optarg, NULL, 10);
		return true;
	case 'x':
		frame->fault = fault_parse(optarg);
		return true;
	default:
		return false;
	}
}

static bool error_option(int option, struct frame *error)
{
	switch (option) {
	case 'E':
		error->source_port = type_parse(optarg);
		return true;
	case 'A':
		error->family = address_parse(optarg, &error->source);
		return true;
	case 'B':
		address_parse(optarg, &error->destination);
		return true;
	case 'M':
		error->sequence = strtoul(optarg, NULL, 10);
		return true;
	case 'q':
		options.quote = strtoul(optarg, NULL, 10);
		return true;
	default:
		return false;
	}
}

static bool sending_option(int option)
{
	switch (option) {
	case 'i':
		options.device = optarg;
		return true;
	case 'a':
		options.hardware = optarg;
		return true;
	case 'c':
		pieces_parse(optarg);
		return true;
	case 'n':
		options.count = strtoul(optarg, NULL, 10);
		return true;
	case 'g':
		options.gap = strtoul(optarg, NULL, 10);
		return true;
	case 'm':
		options.many = true;
		return true;
	case 'r':
		options.answer = true;
		return true;
	case 't':
		options.cut = strtoul(optarg, NULL, 10);
		return true;
	case 'k':
		options.protocol = strtoul(optarg, NULL, 0);
		return true;
	case 'N':
		options.linear = strtoul(optarg, NULL, 10);
		return true;
	case 'G':
		options.segment = strtoul(optarg, NULL, 10);
		return true;
	default:
		return false;
	}
}

/* Super-packets may be larger than what a length field can tell. */
static size_t payload_max(void)
{
	return options.segment ? FRAME_MAX - 1024 : UINT16_MAX;
}

static void options_parse(int argc, char **argv)
{
	static const char known[] =
		"i:s:d:p:S:D:f:C:T:I:Q:l:H:o:e:L:F:c:x:n:g:mrt:k:N:G:a:E:A:B:M:q:";
	int option;

	while ((option = getopt(argc, argv, known)) != -1) {
		if (!frame_option(option, &options.frame) &&
		    !error_option(option, &options.error) &&
		    !sending_option(option))
			usage();
	}
	if (optind != argc || !options.device || !options.frame.family ||
	    options.frame.payload > payload_max() ||
	    options.frame.fragmented != !!options.piece_count)
		usage();
	if (!options.protocol)
		options.protocol = options.frame.family == AF_INET ? ETH_P_IP :
								     ETH_P_IPV6;
}

static size_t error_make(const uint8_t *quoted, size_t length, uint8_t *buffer)
{
	static const struct in6_addr nowhere;
	struct frame *error = &options.error;

	if (!memcmp(&error->destination, &nowhere, sizeof(nowhere)))
		error->destination = options.frame.source;
	error->family = options.frame.family;
	error->protocol = IPPROTO_ICMP;
	error->payload = length < options.quote ? length : options.quote;
	return frame_make(error, quoted, buffer);
}

static int packet_socket(struct sockaddr_ll *to)
{
	bool laid_out = options.linear || options.segment;
	/* The kernel wants it so. Such devices have no link layer either way. */
	int fd = socket(AF_PACKET, laid_out ? SOCK_RAW : SOCK_DGRAM, 0);
	int one = 1, size = 4 << 20;

	to->sll_family = AF_PACKET;
	to->sll_ifindex = if_nametoindex(options.device);
	to->sll_protocol = htons(options.protocol);
	if (options.hardware)
		to->sll_halen = sscanf(options.hardware,
				       "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
				       to->sll_addr, to->sll_addr + 1,
				       to->sll_addr + 2, to->sll_addr + 3,
				       to->sll_addr + 4, to->sll_addr + 5);
	if (fd < 0 || !to->sll_ifindex) {
		perror(options.device);
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (laid_out &&
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one))) {
		perror("PACKET_VNET_HDR");
		exit(1);
	}
	return fd;
}

/* How the kernel is to keep the packet. */
static struct virtio_net_hdr layout_make(const struct frame *frame)
{
	struct virtio_net_hdr layout = { .hdr_len = options.linear };
	size_t transport = frame_header_size(frame);

	if (!options.segment)
		return layout;
	layout.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	layout.gso_size = options.segment;
	layout.csum_start = transport;
	if (frame->protocol == IPPROTO_TCP) {
		layout.gso_type = frame->family == AF_INET ?
					  VIRTIO_NET_HDR_GSO_TCPV4 :
					  VIRTIO_NET_HDR_GSO_TCPV6;
		layout.csum_offset = offsetof(struct tcphdr, check);
		layout.hdr_len = transport + sizeof(struct tcphdr);
	} else {
		layout.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
		layout.csum_offset = 6;
		layout.hdr_len = transport + 8;
	}
	if (options.linear)
		layout.hdr_len = options.linear;
	return layout;
}

/* Makes and sends the packet, or an error about it. */
static void packet_send(int fd, struct sockaddr_ll *to, struct frame *frame)
{
	static uint8_t packet[FRAME_MAX], error[FRAME_MAX];
	struct virtio_net_hdr layout = layout_make(frame);
	struct iovec parts[2] = { { &layout, sizeof(layout) }, { packet, 0 } };
	bool laid_out = options.linear || options.segment;
	struct msghdr message = {
		.msg_name = to,
		.msg_namelen = sizeof(*to),
		.msg_iov = parts + !laid_out,
		.msg_iovlen = 1 + laid_out,
	};

	frame->partial = options.segment;
	parts[1].iov_len = frame_make(frame, NULL, packet);
	if (options.error.family) {
		parts[1].iov_len = error_make(packet, parts[1].iov_len, error);
		parts[1].iov_base = error;
	}
	if (options.cut && options.cut < parts[1].iov_len)
		parts[1].iov_len = options.cut;
	/* Refused by the device's hooks looks like a full queue. */
	sendmsg(fd, &message, 0);
}

static void frame_swap(struct frame *frame)
{
	struct in6_addr address = frame->source;
	uint16_t port = frame->source_port;

	frame->source = frame->destination;
	frame->destination = address;
	frame->source_port = frame->destination_port;
	frame->destination_port = port;
}

static void pieces_send(int fd, struct sockaddr_ll *to, struct frame *frame)
{
	size_t size = frame_size(frame);
	const struct piece *piece;
	unsigned int i;

	for (i = 0; i < options.piece_count; i++) {
		piece = &options.pieces[i];
		frame->from = piece->from;
		frame->to = piece->to;
		frame->more = (piece->to < size) != piece->contradict;
		packet_send(fd, to, frame);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = {};
	struct frame frame;
	unsigned int i;
	int fd;

	options_parse(argc, argv);
	fd = packet_socket(&to);
	for (i = 0; i < options.count; i++) {
		frame = options.frame;
		if (options.many) {
			frame.source_port += i % PORTS;
			frame.destination_port += i / PORTS;
		}
		if (options.answer)
			frame_swap(&frame);
		frame.fragment_id += i;
		if (frame.fragmented)
			pieces_send(fd, &to, &frame);
		else
			packet_send(fd, &to, &frame);
		if (options.gap)
			usleep(options.gap * 1000);
	}
	return 0;
}
