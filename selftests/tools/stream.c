// SPDX-License-Identifier: GPL-2.0
/*
 * Sends numbered and dated messages over UDP, TCP or SCTP, and counts those
 * that arrive: what was lost, and when the last one that arrived was sent.
 *
 * All namespaces of a machine have one CLOCK_MONOTONIC, so the date of a
 * message can be compared with that of any event, see "stream now".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SEQUENCES (1u << 22)
#define LENGTH_MAX 65000
#define BATCH_MAX 64
#define CONNECTIONS 32
#define SECOND 1000000000ull

struct message {
	uint64_t number;
	uint64_t sent; /* CLOCK_MONOTONIC, ns */
};

/* What arrived. */
struct record {
	uint64_t count, duplicates, reordered, highest;
	uint64_t last; /* when the youngest of them was sent */
	uint64_t refused; /* ICMP said so, not an answer */
	uint64_t damaged; /* arrived with other contents than sent */
	uint8_t seen[SEQUENCES / 8];
};

/* An incomplete message of a byte stream. */
struct connection {
	int fd;
	size_t filled;
	uint8_t buffer[LENGTH_MAX];
};

static struct {
	int type, protocol;
	size_t length;
	unsigned int rate, wait, batch;
	uint64_t count;
	in_port_t source_port;
	bool echo;
	const char *output;
} options = {
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_UDP,
	.length = 64,
	.rate = 100,
	.batch = 1,
	.wait = 1000,
};

static struct record record;
static int send_error; /* of the last message that could not be sent */
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

/* What a message of that number has behind its beginning. */
static uint8_t content(uint64_t number, size_t offset)
{
	return number * 131 + offset * 7 + (offset >> 8);
}

static void message_make(uint8_t *buffer, uint64_t number)
{
	struct message message = { number, now() };
	size_t i;

	memcpy(buffer, &message, sizeof(message));
	for (i = sizeof(message); i < options.length; i++)
		buffer[i] = content(number, i);
}

static bool message_whole(const uint8_t *buffer, size_t length, uint64_t number)
{
	size_t i;

	for (i = sizeof(struct message); i < length; i++)
		if (buffer[i] != content(number, i))
			return false;
	return true;
}

static void record_number(const struct message *message)
{
	uint64_t n = message->number;
	uint8_t bit = 1 << n % 8;

	if (n >= SEQUENCES)
		return;
	if (record.seen[n / 8] & bit) {
		record.duplicates++;
		return;
	}
	record.seen[n / 8] |= bit;
	if (record.count && n < record.highest)
		record.reordered++;
	if (n > record.highest)
		record.highest = n;
	if (message->sent > record.last)
		record.last = message->sent;
	record.count++;
}

static void record_message(const uint8_t *buffer, size_t length)
{
	struct message message;

	memcpy(&message, buffer, sizeof(message));
	if (message_whole(buffer, length, message.number))
		record_number(&message);
	else
		record.damaged++;
}

static socklen_t address_parse(const char *text, in_port_t port,
			       struct sockaddr_storage *address)
{
	struct sockaddr_in6 *in6 = (void *)address;
	struct sockaddr_in *in = (void *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	fprintf(stderr, "stream: not an address: %s\n", text);
	exit(2);
}

/*
 * Closed at once: a connection that was cut would go on trying to get its
 * data through, and keep its network namespace for minutes.
 */
static void socket_close_at_once(int fd, bool at_once)
{
	struct linger linger = { .l_onoff = at_once };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static int socket_make(int family)
{
	int fd = socket(family, options.type | SOCK_CLOEXEC, options.protocol);
	int size = 8 << 20, one = 1;

	if (fd < 0)
		fail("socket");
	socket_close_at_once(fd, true);
	/* A receiver that is late must not look like a loss on the way. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (options.protocol == IPPROTO_TCP)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Reads what is there; records whole messages; false at the end. */
static bool connection_read(struct connection *connection)
{
	ssize_t length =
		recv(connection->fd, connection->buffer + connection->filled,
		     options.length - connection->filled, MSG_DONTWAIT);

	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!length) {
		/* What was sent back is still to be read. */
		socket_close_at_once(connection->fd, false);
		return false;
	}
	connection->filled += length;
	if (connection->filled < options.length)
		return true;
	connection->filled = 0;
	record_message(connection->buffer, options.length);
	if (options.echo)
		send(connection->fd, connection->buffer, options.length,
		     MSG_NOSIGNAL | MSG_DONTWAIT);
	return true;
}

static void datagram_read(int fd)
{
	static uint8_t buffer[LENGTH_MAX];
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	ssize_t length = recvfrom(fd, buffer, sizeof(buffer), MSG_DONTWAIT,
				  (void *)&from, &size);

	if (length < 0 && errno == ECONNREFUSED)
		record.refused++;
	if (length < (ssize_t)sizeof(struct message))
		return;
	record_message(buffer, length);
	if (options.echo)
		sendto(fd, buffer, length, 0, (void *)&from, size);
}

static void receive_loop(int fd)
{
	static struct connection connections[CONNECTIONS];
	struct pollfd polls[CONNECTIONS + 1] = { { fd, POLLIN, 0 } };
	unsigned int count = 0, i;

	while (!stopped) {
		if (poll(polls, count + 1, 100) <= 0)
			continue;
		for (i = 0; i < count; i++) {
			if (!polls[i + 1].revents ||
			    connection_read(&connections[i]))
				continue;
			close(connections[i].fd);
			connections[i] = connections[--count];
			polls[i + 1] = polls[count + 1];
			break;
		}
		if (!polls[0].revents)
			continue;
		if (options.type == SOCK_DGRAM) {
			datagram_read(fd);
		} else if (count < CONNECTIONS) {
			connections[count].fd = accept(fd, NULL, NULL);
			connections[count].filled = 0;
			polls[count + 1].fd = connections[count].fd;
			polls[count + 1].events = POLLIN;
			polls[count + 1].revents = 0;
			if (connections[count].fd < 0)
				continue;
			socket_close_at_once(connections[count].fd, true);
			count++;
		}
	}
}

static void detach(void)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		fail("fork");
	if (pid) {
		printf("%d\n", pid);
		exit(0);
	}
	fd = open(options.output ?: "/dev/null", O_WRONLY | O_CREAT | O_TRUNC,
		  0644);
	if (fd < 0)
		fail(options.output);
	dup2(fd, STDOUT_FILENO);
	fd = open("/dev/null", O_RDWR);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDERR_FILENO);
	setsid();
}

static int receive(const char *text, in_port_t port)
{
	struct sockaddr_storage address;
	socklen_t size = address_parse(text, port, &address);
	int fd = socket_make(address.ss_family);

	if (bind(fd, (void *)&address, size))
		fail("bind");
	if (options.type != SOCK_DGRAM && listen(fd, CONNECTIONS))
		fail("listen");
	detach();
	receive_loop(fd);
	printf("received=%llu duplicates=%llu reordered=%llu highest=%llu last=%llu damaged=%llu\n",
	       (unsigned long long)record.count,
	       (unsigned long long)record.duplicates,
	       (unsigned long long)record.reordered,
	       (unsigned long long)record.highest,
	       (unsigned long long)record.last,
	       (unsigned long long)record.damaged);
	return 0;
}

/* Connects within options.wait; of a datagram socket, sets the address. */
static bool socket_connect(int fd, const struct sockaddr_storage *address,
			   socklen_t size)
{
	struct pollfd poll_fd = { fd, POLLOUT, 0 };
	socklen_t error_size = sizeof(int);
	int error = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (!connect(fd, (void *)address, size))
		return true;
	if (errno != EINPROGRESS || poll(&poll_fd, 1, options.wait) != 1)
		return false;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
	return !error;
}

static void socket_bind_port(int fd, int family)
{
	struct sockaddr_in6 any = { .sin6_family = family,
				    .sin6_port = htons(options.source_port) };

	if (options.source_port &&
	    bind(fd, (void *)&any,
		 family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(any)))
		fail("bind");
}

/* Datagrams that are sent at once stay apart. */
static void socket_batch(int fd)
{
	int size = options.length;

	if (options.protocol == IPPROTO_UDP &&
	    setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)))
		fail("UDP_SEGMENT");
}

/* Takes answers until @until. */
static void answers_take(struct connection *connection, uint64_t until)
{
	struct pollfd poll_fd = { connection->fd, POLLIN, 0 };
	struct timespec wait;
	uint64_t time;

	while ((time = now()) < until) {
		wait.tv_sec = (until - time) / SECOND;
		wait.tv_nsec = (until - time) % SECOND;
		if (ppoll(&poll_fd, 1, &wait, NULL) <= 0) {
			if (stopped)
				return;
			continue;
		}
		if (options.type == SOCK_DGRAM)
			datagram_read(connection->fd);
		else if (!connection_read(connection))
			poll_fd.fd = -1;
	}
}

/*
 * Waits until what a slow machine still holds back makes room; then nothing is
 * lost, but there are fewer messages a second than there should be.
 */
static bool has_room(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	return poll(&poll_fd, 1, 1000) != 0;
}

/*
 * As many messages as go out at once. What a full send buffer took only in
 * part would garble the stream: nothing else is sent before the rest of it.
 */
static bool messages_send(int fd, uint64_t number)
{
	static uint8_t buffer[BATCH_MAX * LENGTH_MAX];
	size_t size = options.batch * options.length;
	static size_t left;
	unsigned int i;
	ssize_t length;

	if (left) {
		length = send(fd, buffer + size - left, left, MSG_NOSIGNAL);
		left -= length > 0 ? length : 0;
		if (left)
			return false;
	}
	for (i = 0; i < options.batch; i++)
		message_make(buffer + i * options.length, number + i);
	do {
		length = send(fd, buffer, size, MSG_NOSIGNAL);
	} while (length < 0 && errno == EAGAIN && has_room(fd));
	if (length < 0) {
		send_error = errno;
		return false;
	}
	left = size - length;
	return true;
}

static void send_wait(struct connection *connection, uint64_t sent)
{
	uint64_t end = now() + options.wait * (SECOND / 1000), step;

	/* Asked to stop: that is about sending, not about these answers. */
	stopped = 0;
	while (record.count < sent && now() < end && !stopped) {
		step = now() + SECOND / 100;
		answers_take(connection, step < end ? step : end);
	}
}

static void send_loop(struct connection *connection, uint64_t *sent,
		      uint64_t *errors)
{
	uint64_t step = SECOND / options.rate, due = now(), number = 0;

	while (!stopped && (!options.count || number < options.count)) {
		if (messages_send(connection->fd, number))
			*sent += options.batch;
		else
			*errors += options.batch;
		number += options.batch;
		due += step * options.batch;
		/* A burst to catch up would overflow a queue on the way. */
		if (now() > due + SECOND / 50)
			due = now();
		answers_take(connection, due);
	}
	send_wait(connection, *sent);
}

static int send_all(const char *text, in_port_t port)
{
	static struct connection connection;
	struct sockaddr_storage address;
	socklen_t size = address_parse(text, port, &address);
	uint64_t sent = 0, errors = 0;
	int fd = socket_make(address.ss_family);

	connection.fd = fd;
	options.echo = false;
	if (options.batch > 1)
		socket_batch(fd);
	socket_bind_port(fd, address.ss_family);
	if (!socket_connect(fd, &address, size)) {
		puts("sent=0 errors=0 answered=0 refused=0 last=0");
		return 3;
	}
	send_loop(&connection, &sent, &errors);
	printf("sent=%llu errors=%llu answered=%llu refused=%llu last=%llu why=%s\n",
	       (unsigned long long)sent, (unsigned long long)errors,
	       (unsigned long long)record.count,
	       (unsigned long long)record.refused,
	       (unsigned long long)record.last,
	       send_error ? strerrorname_np(send_error) : "-");
	return record.count == sent && sent ? 0 : 3;
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: stream send [options] ADDRESS PORT\n"
	      "       stream receive [options] ADDRESS PORT\n"
	      "       stream now\n"
	      "  -t, -c      TCP, SCTP; UDP without\n"
	      "  -l LENGTH   of a message (64)\n"
	      "  -r RATE     messages a second (100)\n"
	      "  -b BATCH    messages at once (1)\n"
	      "  -n COUNT    stop after that many; else at SIGTERM\n"
	      "  -w MS       to connect, and for the last answers (1000)\n"
	      "  -s PORT     to send from\n"
	      "  -e          send back what arrives\n"
	      "  -o FILE     for what the receiver has to say at its end\n"
	      "The sender ends with 0 if all was answered, else 3. The\n"
	      "receiver goes to the background once it can receive, and prints\n"
	      "its process id. Times are in nanoseconds.\n",
	      stderr);
	exit(2);
}

static void options_parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "tcl:r:b:n:w:s:eo:")) != -1) {
		switch (option) {
		case 't':
			options.type = SOCK_STREAM;
			options.protocol = IPPROTO_TCP;
			break;
		case 'c':
			options.type = SOCK_STREAM;
			options.protocol = IPPROTO_SCTP;
			break;
		case 'l':
			options.length = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			options.rate = strtoul(optarg, NULL, 10);
			break;
		case 'b':
			options.batch = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			options.count = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			options.wait = strtoul(optarg, NULL, 10);
			break;
		case 's':
			options.source_port = strtoul(optarg, NULL, 10);
			break;
		case 'e':
			options.echo = true;
			break;
		case 'o':
			options.output = optarg;
			break;
		default:
			usage();
		}
	}
	if (!options.rate || !options.batch || options.batch > BATCH_MAX ||
	    options.length < sizeof(struct message) ||
	    options.length > LENGTH_MAX)
		usage();
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "now")) {
		printf("%llu\n", (unsigned long long)now());
		return 0;
	}
	if (argc < 2)
		usage();
	options_parse(argc - 1, argv + 1);
	argv += optind + 1;
	if (argc - optind - 1 != 2)
		usage();
	catch_signals();
	if (!strcmp(verb, "receive"))
		return receive(argv[0], strtoul(argv[1], NULL, 10));
	if (!strcmp(verb, "send"))
		return send_all(argv[0], strtoul(argv[1], NULL, 10));
	usage();
}
