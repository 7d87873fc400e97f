// SPDX-License-Identifier: GPL-2.0
/*
 * wgward monitor: what the kernel tells, as it comes, until SIGINT or SIGTERM.
 *
 * It begins with the state of each ward, once it listens, and tells it again
 * when something about wards was lost. JSON: an object a line, each with time
 * (seconds since 1970), event and interface. Of the events "state" and those
 * of a ward: ifindex, state, generation. Of "verdict": verdict, reason, rule,
 * audit (it was passed nevertheless), direction (received, sent), source,
 * destination, source_node, destination_node, protocol, source_port,
 * destination_port, service, length, suppressed (verdicts not told since the
 * last). Of "lost": group, and no interface.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "command.h"
#include "listen.h"
#include "monitor.h"
#include "netlink.h"
#include "output.h"

/*
 * A socket for each, so that many verdicts do not push out what becomes of a
 * ward. The last says when the module goes, after which there is nothing to
 * hear any more.
 */
enum { CONFIG, VERDICTS, CONTROL, SOURCES };

static const struct {
	const char *family, *group;
} sources[SOURCES] = {
	[CONFIG] = { WGWARD_GENL_NAME, WGWARD_MCGRP_CONFIG },
	[VERDICTS] = { WGWARD_GENL_NAME, WGWARD_MCGRP_VERDICTS },
	[CONTROL] = { "nlctrl", "notify" },
};

/**
 * struct monitor - a monitor
 * @wards: to ask for their states
 * @listeners: to each of the sources
 * @signals: readable when it is time to end
 * @gone: the module is
 */
struct monitor {
	struct ward_socket *wards;
	struct listener *listeners[SOURCES];
	int signals;
	bool gone;
};

static void read_message(const struct nlmsghdr *header, void *data)
{
	(void)data;
	monitor_print(header, option_interface);
}

static void read_control(const struct nlmsghdr *header, void *data)
{
	const struct genlmsghdr *generic = mnl_nlmsg_get_payload(header);
	const struct nlattr *table[CTRL_ATTR_MAX + 1];
	struct monitor *monitor = data;
	char name[GENL_NAMSIZ];

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*generic) ||
	    generic->cmd != CTRL_CMD_DELFAMILY)
		return;
	netlink_parse_generic(header, table, CTRL_ATTR_MAX);
	netlink_text(table[CTRL_ATTR_FAMILY_NAME], name, sizeof(name));
	monitor->gone |= !strcmp(name, WGWARD_GENL_NAME);
}

static int print_wards(const struct monitor *monitor)
{
	struct ward *wards;
	size_t count, i;

	if (ward_get_all(monitor->wards, &wards, &count))
		return -1;
	for (i = 0; i < count; i++)
		if (!option_interface ||
		    !strcmp(wards[i].name, option_interface))
			monitor_print_ward(&wards[i]);
	ward_free_all(wards, count);
	return 0;
}

static int read_source(struct monitor *monitor, int source)
{
	int result;

	result = listener_read(monitor->listeners[source],
			       source == CONTROL ? read_control : read_message,
			       monitor);
	if (!result)
		return 0;
	if (result != -ENOBUFS) {
		error("cannot listen: %s", strerror(-result));
		return -1;
	}
	monitor_print_lost(sources[source].group);
	return source == CONFIG ? print_wards(monitor) : 0;
}

/* Returns 0 when it was asked to end, or -1 after an error was printed. */
static int listen_on(struct monitor *monitor)
{
	struct pollfd polls[SOURCES + 1];
	int i;

	for (i = 0; i < SOURCES; i++)
		polls[i].fd = listener_descriptor(monitor->listeners[i]);
	polls[SOURCES].fd = monitor->signals;
	for (i = 0; i <= SOURCES; i++)
		polls[i].events = POLLIN;
	while (!monitor->gone) {
		if (poll(polls, SOURCES + 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			error("cannot listen: %s", strerror(errno));
			return -1;
		}
		for (i = 0; i < SOURCES; i++)
			if (polls[i].revents && read_source(monitor, i))
				return -1;
		if (polls[SOURCES].revents || ferror(stdout))
			return 0;
	}
	error("the module was unloaded");
	return -1;
}

/* They are read like all else, so that none comes at a wrong time. */
static int open_signals(void)
{
	int descriptor;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	descriptor = signalfd(-1, &set, SFD_CLOEXEC);
	if (descriptor < 0)
		error("cannot wait for signals: %s", strerror(errno));
	return descriptor;
}

static int run(struct monitor *monitor)
{
	int i;

	monitor->wards = ward_open();
	if (!monitor->wards)
		return -1;
	for (i = 0; i < SOURCES; i++) {
		monitor->listeners[i] =
			listener_open(sources[i].family, sources[i].group);
		if (!monitor->listeners[i])
			return -1;
	}
	monitor->signals = open_signals();
	if (monitor->signals < 0 || print_wards(monitor))
		return -1;
	return listen_on(monitor);
}

int monitor_main(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };
	struct monitor monitor = { .signals = -1 };
	int result, i;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return command_usage("monitor");
	if (optind != argc) {
		error("monitor takes no argument: say which interface with -i");
		return command_usage("monitor");
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	result = run(&monitor);
	for (i = 0; i < SOURCES; i++)
		listener_close(monitor.listeners[i]);
	ward_close(monitor.wards);
	if (monitor.signals >= 0)
		close(monitor.signals);
	return output_end(result ? EXIT_ERROR : EXIT_DONE);
}
