// SPDX-License-Identifier: GPL-2.0
/*
 * Starts as many conversations as it is told: small UDP packets onto a device
 * without a link layer, no two of the same ports. Ports go from 1000 on; the
 * FIRST of them that a former run has used are left out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 256
#define FIRST_PORT 1000
#define PORTS (65536 - FIRST_PORT)

struct packet {
	struct iphdr ip;
	struct udphdr udp;
};

static struct packet packets[BATCH];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t address_parse(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) == 1)
		return address.s_addr;
	fprintf(stderr, "flood: not an address: %s\n", text);
	exit(2);
}

static uint16_t ip_checksum(const struct iphdr *ip)
{
	const uint16_t *words = (const void *)ip;
	uint32_t sum = 0;
	unsigned int i;

	for (i = 0; i < sizeof(*ip) / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static void prepare(uint32_t source, uint32_t destination,
		    struct sockaddr_ll *device)
{
	struct packet *packet;
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		packet = &packets[i];
		packet->ip.version = 4;
		packet->ip.ihl = 5;
		packet->ip.tot_len = htons(sizeof(*packet));
		packet->ip.ttl = 64;
		packet->ip.protocol = IPPROTO_UDP;
		packet->ip.saddr = source;
		packet->ip.daddr = destination;
		packet->ip.check = ip_checksum(&packet->ip);
		packet->udp.len = htons(sizeof(packet->udp));
		vectors[i].iov_base = packet;
		vectors[i].iov_len = sizeof(*packet);
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = device;
		messages[i].msg_hdr.msg_namelen = sizeof(*device);
	}
}

static void send_some(int socket, unsigned long number, unsigned int count)
{
	int sent;
	unsigned int i;

	for (i = 0; i < count; i++, number++) {
		packets[i].udp.source = htons(FIRST_PORT + number % PORTS);
		packets[i].udp.dest = htons(FIRST_PORT + number / PORTS);
	}
	for (i = 0; i < count; i += sent) {
		sent = sendmmsg(socket, messages + i, count - i, 0);
		/* One that was dropped, which a limit may well do. */
		if (sent < 0 && errno == ENOBUFS)
			sent = 1;
		if (sent < 0)
			fail("flood: cannot send");
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_ll device = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
	};
	unsigned long count, first = 0, number;
	int fd;

	if (argc != 5 && argc != 6) {
		fputs("usage: flood DEVICE SOURCE DESTINATION COUNT [FIRST]\n",
		      stderr);
		return 2;
	}
	device.sll_ifindex = if_nametoindex(argv[1]);
	fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (!device.sll_ifindex || fd < 0)
		fail("flood: no such device");
	count = strtoul(argv[4], NULL, 10);
	if (argc == 6)
		first = strtoul(argv[5], NULL, 10);
	prepare(address_parse(argv[2]), address_parse(argv[3]), &device);
	for (number = 0; number < count; number += BATCH)
		send_some(fd, first + number,
			  count - number < BATCH ? count - number : BATCH);
	return 0;
}
