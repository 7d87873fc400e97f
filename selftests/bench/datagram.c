// SPDX-License-Identifier: GPL-2.0
/*
 * Sends UDP datagrams at a fixed rate and tells how long the machine was busy
 * with that: the time that has passed less the time that its only CPU was
 * idle.
 *
 * usage: datagram answer PORT
 *        datagram send [OPTION]... ADDRESS PORT
 *
 * answer: sends every datagram back that says so, until it is killed.
 *
 *   -r RATE    datagrams a second (5000)
 *   -n COUNT   datagrams (5000)
 *   -l LENGTH  of the payload, bytes (64)
 *   -a         each is answered
 *   -s PORT    raw, from this port, of which the first datagram is answered
 *   -v         with -s: each from a port of its own, unanswered
 *   -u         with -s: none is answered
 *
 * Prints "sent COUNT", "answers COUNT" and "busy NANOSECONDS".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define LENGTH_MAX 1400
/* Until the last datagram has been dealt with. */
#define SETTLE (SECOND / 50)

/* The first byte of a payload. */
enum { SILENT, ANSWER };

static struct {
	unsigned int rate, count, length;
	in_port_t source;
	bool answered, raw, vary, unanswered;
} options = {
	.rate = 5000,
	.count = 5000,
	.length = 64,
};

struct datagram {
	struct iphdr ip;
	struct udphdr udp;
	uint8_t payload[LENGTH_MAX];
};

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(1);
}

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: datagram answer PORT\n"
			"       datagram send [-r RATE] [-n COUNT] [-l LENGTH] "
			"[-a | -s PORT [-v | -u]] ADDRESS PORT\n");
	exit(2);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static void sleep_until(uint64_t end)
{
	struct timespec time = {
		.tv_sec = end / SECOND,
		.tv_nsec = end % SECOND,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) ==
	       EINTR)
		;
}

/* Nanoseconds for which the first CPU has slept; /proc/stat has centiseconds. */
static uint64_t idle(void)
{
	FILE *file = fopen("/proc/timer_list", "r");
	unsigned long long value = 0;
	char line[256];

	if (!file)
		fail("/proc/timer_list");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, " .idle_sleeptime : %llu", &value) == 1)
			break;
	}
	fclose(file);
	return value;
}

static int open_socket(int type, int protocol, in_port_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(AF_INET, type, protocol);

	if (fd < 0)
		fail("socket");
	if (port && bind(fd, (struct sockaddr *)&address, sizeof(address)))
		fail("bind");
	return fd;
}

static void __attribute__((noreturn)) answer(in_port_t port)
{
	int fd = open_socket(SOCK_DGRAM, 0, port);
	struct sockaddr_in from;
	uint8_t buffer[LENGTH_MAX];
	socklen_t size;
	ssize_t length;

	while (true) {
		size = sizeof(from);
		length = recvfrom(fd, buffer, sizeof(buffer), 0,
				  (struct sockaddr *)&from, &size);
		if (length > 0 && buffer[0] == ANSWER)
			sendto(fd, buffer, length, 0, (struct sockaddr *)&from,
			       size);
	}
}

static unsigned int take_answers(int fd)
{
	uint8_t buffer[LENGTH_MAX];
	unsigned int count = 0;

	while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		count++;
	return count;
}

/* The kernel fills in the source, the total length and the checksum. */
static void prepare(struct datagram *datagram, const struct sockaddr_in *to)
{
	memset(datagram, 0, sizeof(*datagram));
	datagram->ip.version = 4;
	datagram->ip.ihl = 5;
	datagram->ip.ttl = 64;
	datagram->ip.protocol = IPPROTO_UDP;
	datagram->ip.daddr = to->sin_addr.s_addr;
	datagram->udp.source = htons(options.source);
	datagram->udp.dest = to->sin_port;
	datagram->udp.len = htons(sizeof(datagram->udp) + options.length);
}

/* What a filter refuses fails in different ways, and is to be sent. */
static void send_one(int fd, struct datagram *datagram, unsigned int number)
{
	const void *start = datagram->payload;
	size_t length = options.length;
	bool first = !number && !options.vary && !options.unanswered;

	datagram->payload[0] = options.answered || first ? ANSWER : SILENT;
	if (options.raw) {
		start = datagram;
		length += sizeof(datagram->ip) + sizeof(datagram->udp);
	}
	if (options.vary)
		datagram->udp.source = htons(options.source + number);
	if (send(fd, start, length, 0) < 0 && errno != EPERM &&
	    errno != ENOBUFS && errno != ECONNREFUSED)
		fail("send");
}

static void send_all(const struct sockaddr_in *to)
{
	int fd, answers_fd = open_socket(SOCK_DGRAM, 0, options.source);
	uint64_t start, stop, slept;
	unsigned int i, answers = 0;
	struct datagram datagram;

	/* So that nobody says that the port is unreachable. */
	fd = options.raw ? open_socket(SOCK_RAW, IPPROTO_RAW, 0) : answers_fd;
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		fail("connect");
	prepare(&datagram, to);
	prctl(PR_SET_TIMERSLACK, 1);

	slept = idle();
	start = now();
	for (i = 0; i < options.count; i++) {
		sleep_until(start + (i + 1) * SECOND / options.rate);
		send_one(fd, &datagram, i);
		if (options.answered)
			answers += take_answers(answers_fd);
	}
	sleep_until(now() + SETTLE);
	stop = now();
	slept = idle() - slept;
	answers += take_answers(answers_fd);
	printf("sent %u\nanswers %u\nbusy %llu\n", options.count, answers,
	       (unsigned long long)(stop - start - slept));
}

static void parse_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:n:l:as:vu")) != -1) {
		switch (option) {
		case 'r':
			options.rate = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			options.count = strtoul(optarg, NULL, 10);
			break;
		case 'l':
			options.length = strtoul(optarg, NULL, 10);
			break;
		case 'a':
			options.answered = true;
			break;
		case 's':
			options.source = strtoul(optarg, NULL, 10);
			options.raw = true;
			break;
		case 'v':
			options.vary = true;
			break;
		case 'u':
			options.unanswered = true;
			break;
		default:
			usage();
		}
	}
	if (!options.rate || !options.length || options.length > LENGTH_MAX ||
	    (options.vary && !options.raw))
		usage();
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	if (argc < 3)
		usage();
	if (!strcmp(argv[1], "answer"))
		answer(strtoul(argv[2], NULL, 10));
	if (strcmp(argv[1], "send"))
		usage();
	parse_options(argc - 1, argv + 1);
	argv += 1 + optind;
	if (argc - 1 - optind != 2 ||
	    inet_pton(AF_INET, argv[0], &to.sin_addr) != 1)
		usage();
	to.sin_port = htons(strtoul(argv[1], NULL, 10));
	send_all(&to);
	return 0;
}
