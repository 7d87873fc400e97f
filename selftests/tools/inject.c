// SPDX-License-Identifier: GPL-2.0
/*
 * Puts packets made by hand onto a device without a link layer, such as one
 * of WireGuard, below everything that would refuse to send them.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

static struct {
	struct frame frame;
	struct frame error; /* quotes the former, if it has a family */
	const char *device;
	unsigned int count, gap;
	size_t cut;
} options = {
	.frame = { .protocol = IPPROTO_UDP },
	.count = 1,
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: inject -i DEVICE -s ADDRESS -d ADDRESS [options]\n"
	      "  -p PROTOCOL  tcp, udp (default), icmp (of the family), number\n"
	      "  -S, -D PORT  from and to; 0\n"
	      "  -f FLAGS     of TCP: letters of FSRPAU\n"
	      "  -T TYPE[/CODE] -I ID -Q SEQUENCE   of ICMP\n"
	      "  -l LENGTH    of the payload; 0\n"
	      "  -F ID        fragment: its id; -O OFFSET in bytes; -M more follow\n"
	      "  -x FAULT     version, length, header, offset, short, source-route\n"
	      "               or extension\n"
	      "  -n COUNT     of packets; 1; -g MS between them\n"
	      "  -t LENGTH    cut the packet to that length\n"
	      "An ICMP error about the packet instead of the packet:\n"
	      "  -E TYPE[/CODE] -A ADDRESS from [-B ADDRESS to] [-m MTU]\n",
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
	};
	unsigned int i;

	for (i = 1; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], text))
			return i;
	usage();
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
	case 'T':
		frame->source_port = type_parse(optarg);
		return true;
	case 'Q':
		frame->sequence = strtoul(optarg, NULL, 10);
		return true;
	case 'l':
		frame->payload = strtoul(optarg, NULL, 10);
		return true;
	case 'F':
		frame->fragment_id = strtoul(optarg, NULL, 10);
		return true;
	case 'O':
		frame->fragment = strtoul(optarg, NULL, 10);
		return true;
	case 'M':
		frame->more = true;
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
	case 'm':
		error->sequence = strtoul(optarg, NULL, 10);
		return true;
	default:
		return false;
	}
}

static void options_parse(int argc, char **argv)
{
	static const char known[] =
		"i:s:d:p:S:D:f:T:I:Q:l:F:O:Mx:n:g:t:E:A:B:m:";
	int option;

	while ((option = getopt(argc, argv, known)) != -1) {
		if (option == 'i')
			options.device = optarg;
		else if (option == 'n')
			options.count = strtoul(optarg, NULL, 10);
		else if (option == 'g')
			options.gap = strtoul(optarg, NULL, 10);
		else if (option == 't')
			options.cut = strtoul(optarg, NULL, 10);
		else if (!frame_option(option, &options.frame) &&
			 !error_option(option, &options.error))
			usage();
	}
	if (optind != argc || !options.device || !options.frame.family ||
	    options.frame.payload > FRAME_MAX / 2)
		usage();
}

static size_t error_make(const uint8_t *quoted, size_t length, uint8_t *buffer)
{
	static const struct in6_addr nowhere;
	struct frame *error = &options.error;

	if (!memcmp(&error->destination, &nowhere, sizeof(nowhere)))
		error->destination = options.frame.source;
	error->family = options.frame.family;
	error->protocol = IPPROTO_ICMP;
	/* As much as routers quote at least, in either family. */
	error->payload = length < 128 ? length : 128;
	return frame_make(error, quoted, buffer);
}

static int packet_socket(struct sockaddr_ll *to)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

	to->sll_family = AF_PACKET;
	to->sll_ifindex = if_nametoindex(options.device);
	to->sll_protocol =
		htons(options.frame.family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	if (fd < 0 || !to->sll_ifindex) {
		perror(options.device);
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	static uint8_t packet[FRAME_MAX], error[FRAME_MAX];
	struct sockaddr_ll to = {};
	uint8_t *data = packet;
	unsigned int i;
	size_t length;
	int fd;

	options_parse(argc, argv);
	fd = packet_socket(&to);
	length = frame_make(&options.frame, NULL, packet);
	if (options.error.family) {
		length = error_make(packet, length, error);
		data = error;
	}
	if (options.cut && options.cut < length)
		length = options.cut;
	for (i = 0; i < options.count; i++) {
		/* Refused by the device's hooks looks like a full queue. */
		sendto(fd, data, length, 0, (void *)&to, sizeof(to));
		if (options.gap)
			usleep(options.gap * 1000);
	}
	return 0;
}
