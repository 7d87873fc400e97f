// SPDX-License-Identifier: GPL-2.0
/*
 * Numbered datagrams from one network namespace to another, on many ways side
 * by side, each of which says whether all, none or some of them may arrive, and
 * where. One process does all of it, in rounds of one datagram of each way: so
 * what got lost, or through, is known to have been sent in that round.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75
#endif

#define WAYS 64
#define SPACES 16
#define ROUNDS (1u << 21)
#define SECOND 1000000000ull
/* For what is still on its way when no more is sent. */
#define DRAIN (SECOND)
#define MAGIC 0x77677072u

enum kind {
	ALL, /* each arrives */
	NONE, /* none does */
	SOME, /* whichever do */
};

static const char *const kind_names[] = { "all", "none", "some" };

struct datagram {
	uint32_t magic, way, round;
};

/* A network namespace, and what has come to it. */
struct space {
	char name[64];
	int file;
	in_port_t ports[WAYS]; /* that it receives at */
	unsigned int port_count;
};

struct way {
	char name[32];
	enum kind kind;
	unsigned int from;
	uint32_t to; /* a bit for each namespace where it may arrive */
	struct sockaddr_in6 source, destination;
	bool fresh; /* each datagram starts a conversation */
	int socket;
	uint32_t first, sent, received, strayed, errors;
	uint32_t wrong_first, wrong_last, wrong; /* rounds of NONE */
	uint8_t *seen;
};

static struct space spaces[SPACES];
static struct way ways[WAYS];
static unsigned int space_count, way_count;
static _Atomic uint32_t *round_number; /* shared with those who wait */
static unsigned int rate = 20;
static volatile sig_atomic_t stopped;
static int arrivals;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

/* All sockets are of IPv6; addresses of IPv4 are mapped. */
static struct sockaddr_in6 address_parse(const char *text, in_port_t port)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_port = htons(port) };
	char mapped[80];

	snprintf(mapped, sizeof(mapped), "::ffff:%s", text);
	if (inet_pton(AF_INET6, text, &address.sin6_addr) != 1 &&
	    inet_pton(AF_INET6, mapped, &address.sin6_addr) != 1) {
		fprintf(stderr, "probe: not an address: %s\n", text);
		exit(2);
	}
	return address;
}

static unsigned int space_find(const char *name)
{
	char path[128];
	unsigned int i;

	for (i = 0; i < space_count; i++)
		if (!strcmp(spaces[i].name, name))
			return i;
	if (space_count == SPACES) {
		errno = E2BIG;
		fail("namespaces");
	}
	snprintf(spaces[i].name, sizeof(spaces[i].name), "%s", name);
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	spaces[i].file = open(path, O_RDONLY | O_CLOEXEC);
	if (spaces[i].file < 0)
		fail(path);
	space_count++;
	return i;
}

static int socket_in(unsigned int space)
{
	int size = 8 << 20, zero = 0, fd;

	if (setns(spaces[space].file, CLONE_NEWNET))
		fail("setns");
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("socket");
	/* A receiver that is late must not look like a loss on the way. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	return fd;
}

static void receiver_make(unsigned int space, in_port_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
				    .sin6_port = htons(port) };
	struct epoll_event event = { .events = EPOLLIN };
	struct space *to = &spaces[space];
	unsigned int i;
	int fd;

	for (i = 0; i < to->port_count; i++)
		if (to->ports[i] == port)
			return;
	to->ports[to->port_count++] = port;
	fd = socket_in(space);
	if (bind(fd, (void *)&any, sizeof(any)))
		fail("bind");
	event.data.u64 = (uint64_t)space << 32 | fd;
	if (epoll_ctl(arrivals, EPOLL_CTL_ADD, fd, &event))
		fail("epoll_ctl");
}

static int sender_make(const struct way *way)
{
	int fd = socket_in(way->from), one = 1;

	/* A source may be another's address. */
	setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &one, sizeof(one));
	if (bind(fd, (void *)&way->source, sizeof(way->source)))
		fail(way->name);
	return fd;
}

/* Every namespace receives at the port, wherever it may arrive. */
static void receivers_make(void)
{
	unsigned int i, space;

	for (i = 0; i < way_count; i++)
		for (space = 0; space < space_count; space++)
			receiver_make(space,
				      ntohs(ways[i].destination.sin6_port));
}

static void to_parse(struct way *way, char *list)
{
	char *name, *rest;

	for (name = strtok_r(list, ",", &rest); name;
	     name = strtok_r(NULL, ",", &rest))
		if (strcmp(name, "-"))
			way->to |= 1u << space_find(name);
}

/* NAME KIND FROM SOURCE TO[,TO]... DESTINATION PORT [fresh] */
static void way_parse(struct way *way, const char *line)
{
	char kind[16], from[64], source[64], to[256], destination[64];
	char fresh[16] = "";
	unsigned int port;

	if (sscanf(line, "%31s %15s %63s %63s %255s %63s %u %15s", way->name,
		   kind, from, source, to, destination, &port, fresh) < 7) {
		fprintf(stderr, "probe: no way: %s", line);
		exit(2);
	}
	while (strcmp(kind, kind_names[way->kind]))
		if (++way->kind > SOME)
			fail(kind);
	way->from = space_find(from);
	way->source = address_parse(source, 0);
	way->destination = address_parse(destination, port);
	way->fresh = !strcmp(fresh, "fresh");
	to_parse(way, to);
	way->seen = calloc(1, ROUNDS / 8);
	if (!way->seen)
		fail("memory");
}

static void ways_read(void)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		if (strspn(line, " \t\n") == strlen(line))
			continue;
		if (way_count == WAYS) {
			errno = E2BIG;
			fail("ways");
		}
		way_parse(&ways[way_count++], line);
	}
}

/* The file that others see the number of the round in. */
static _Atomic uint32_t *round_map(const char *name, bool make)
{
	int fd = open(name, make ? O_RDWR | O_CREAT | O_TRUNC : O_RDWR, 0600);
	void *map;

	if (fd < 0 || (make && ftruncate(fd, sizeof(uint32_t))))
		fail(name);
	map = mmap(NULL, sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, 0);
	if (map == MAP_FAILED)
		fail(name);
	close(fd);
	return map;
}

static void wrong(struct way *way, uint32_t round)
{
	if (!way->wrong++)
		way->wrong_first = round;
	way->wrong_last = round;
}

static void arrived(unsigned int space, const struct datagram *datagram)
{
	uint32_t round = datagram->round;
	struct way *way;

	if (datagram->magic != MAGIC || datagram->way >= way_count ||
	    round >= ROUNDS)
		return;
	way = &ways[datagram->way];
	if (way->seen[round / 8] & 1 << round % 8)
		return;
	way->seen[round / 8] |= 1 << round % 8;
	way->received++;
	if (!(way->to & 1u << space))
		way->strayed++;
	if (way->kind == NONE || !(way->to & 1u << space))
		wrong(way, round);
}

static void arrivals_take(uint64_t until)
{
	struct epoll_event events[16];
	struct datagram datagram;
	struct timespec wait;
	uint64_t time;
	int count, i;

	while ((time = now()) < until) {
		wait.tv_sec = (until - time) / SECOND;
		wait.tv_nsec = (until - time) % SECOND;
		count = epoll_pwait2(arrivals, events, 16, &wait, NULL);
		for (i = 0; i < count; i++)
			while (recv((uint32_t)events[i].data.u64, &datagram,
				    sizeof(datagram), 0) == sizeof(datagram))
				arrived(events[i].data.u64 >> 32, &datagram);
	}
}

/* What a slow machine still holds back makes room some time. */
static bool has_room(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	return poll(&poll_fd, 1, 1000) > 0;
}

static void way_send(unsigned int number, uint32_t round)
{
	struct datagram datagram = { MAGIC, number, round };
	struct way *way = &ways[number];
	int fd = way->fresh ? sender_make(way) : way->socket;
	ssize_t length;

	do {
		length = sendto(fd, &datagram, sizeof(datagram), 0,
				(void *)&way->destination,
				sizeof(way->destination));
	} while (length < 0 && errno == EAGAIN && has_room(fd));
	way->sent++;
	if (length < 0)
		way->errors++;
	if (way->fresh)
		close(fd);
}

static void rounds(void)
{
	uint64_t step = SECOND / rate / way_count, due = now();
	unsigned int i;

	while (!stopped && *round_number < ROUNDS) {
		for (i = 0; i < way_count; i++) {
			way_send(i, *round_number);
			due += step;
			/* No burst to catch up: it would overflow a queue. */
			if (now() > due)
				due = now();
			arrivals_take(due);
		}
		++*round_number;
	}
	arrivals_take(now() + DRAIN);
}

/* The rounds whose datagrams are not there. */
static void count_lost(const struct way *way, uint32_t *first, uint32_t *last)
{
	uint32_t i, count = 0;

	for (i = 0; i < *round_number; i++) {
		if (way->seen[i / 8] & 1 << i % 8)
			continue;
		if (!count++)
			*first = i;
		*last = i;
	}
}

static void report(void)
{
	uint32_t first, last;
	const struct way *way;
	unsigned int i;

	for (i = 0; i < way_count; i++) {
		way = &ways[i];
		first = way->wrong_first;
		last = way->wrong_last;
		if (way->kind == ALL && !way->wrong)
			count_lost(way, &first, &last);
		printf("%s %s sent=%u received=%u lost=%u wrong=%u errors=%u first=%u last=%u\n",
		       way->name, kind_names[way->kind], way->sent,
		       way->received, way->sent - way->received, way->wrong,
		       way->errors, first, last);
	}
}

/* Whoever started this reads the process id when all is ready. */
static void detach(const char *output)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		fail("fork");
	if (pid) {
		printf("%d\n", pid);
		exit(0);
	}
	fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		fail(output);
	dup2(fd, STDOUT_FILENO);
	fd = open("/dev/null", O_RDWR);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDERR_FILENO);
	setsid();
}

static int run(const char *round_file, const char *output)
{
	struct sigaction action = { .sa_handler = stop };
	unsigned int i;

	sigaction(SIGTERM, &action, NULL);
	arrivals = epoll_create1(EPOLL_CLOEXEC);
	if (arrivals < 0)
		fail("epoll");
	ways_read();
	receivers_make();
	for (i = 0; i < way_count; i++)
		if (!ways[i].fresh)
			ways[i].socket = sender_make(&ways[i]);
	round_number = round_map(round_file, true);
	detach(output);
	rounds();
	report();
	return 0;
}

/*
 * Until a round that begins from now on has been done, and the next one, in
 * which its last datagrams arrive. Prints its number.
 */
static int wait_round(const char *round_file)
{
	const struct timespec moment = { .tv_nsec = SECOND / 200 };
	uint64_t end = now() + 60 * SECOND;
	uint32_t start;

	round_number = round_map(round_file, false);
	start = *round_number;
	while (*round_number < start + 3) {
		if (now() > end)
			return 1;
		nanosleep(&moment, NULL);
	}
	printf("%u\n", start + 1);
	return 0;
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: probe [-r RATE] run ROUNDFILE OUTPUT <WAYS\n"
	      "       probe wait ROUNDFILE\n"
	      "Ways are lines: NAME all|none|some FROM SOURCE TO[,TO]...\n"
	      "DESTINATION PORT [fresh]. FROM and TO are network namespaces, -\n"
	      "is none; fresh has each datagram come from a port of its own.\n"
	      "RATE is rounds a second. The first form goes to the background,\n"
	      "prints its process id, and at SIGTERM writes what it has seen to\n"
	      "OUTPUT. The second waits until each way has been tried.\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:")) != -1) {
		if (option != 'r')
			usage();
		rate = strtoul(optarg, NULL, 10);
	}
	argc -= optind;
	argv += optind;
	if (argc == 3 && rate && !strcmp(argv[0], "run"))
		return run(argv[1], argv[2]);
	if (argc == 2 && !strcmp(argv[0], "wait"))
		return wait_round(argv[1]);
	usage();
}
