// SPDX-License-Identifier: GPL-2.0
/*
 * What holds packets between the ward's judgement and WireGuard's look-up, so
 * that a guard does not reach them.
 */
#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "link.h"
#include "netlink.h"

/* WireGuard's own, which holds nothing. */
#define NO_QUEUE "noqueue"

struct queues {
	u32 ifindex;
	unsigned int bits;
};

static int read_qdisc(const struct nlmsghdr *header, void *data)
{
	const struct tcmsg *message = mnl_nlmsg_get_payload(header);
	const struct nlattr *table[TCA_KIND + 1];
	struct queues *queues = data;
	char kind[32];

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
		return -EBADMSG;
	if ((u32)message->tcm_ifindex != queues->ifindex ||
	    message->tcm_parent != TC_H_ROOT)
		return 0;
	netlink_parse(header, sizeof(*message), table, TCA_KIND);
	netlink_text(table[TCA_KIND], kind, sizeof(kind));
	if (strcmp(kind, NO_QUEUE))
		queues->bits |= LINK_QUEUE_QDISC;
	return 0;
}

static void forget_qdiscs(void *data)
{
	struct queues *queues = data;

	queues->bits = 0;
}

/* @bit, if the number in @path is another than 0. */
static unsigned int read_setting(int directory, const char *path,
				 unsigned int bit)
{
	char text[4096];
	ssize_t length;
	int file;

	file = openat(directory, path, O_RDONLY | O_CLOEXEC);
	/* Kernels that are built without it have no file. */
	if (file < 0)
		return errno == ENOENT ? 0 : LINK_QUEUE_UNKNOWN;
	length = read(file, text, sizeof(text) - 1);
	close(file);
	if (length < 0)
		return LINK_QUEUE_UNKNOWN;
	text[length] = '\0';
	/* A mask of CPUs has commas: "00000000,00000003". */
	return text[strspn(text, "0,\n")] ? bit : 0;
}

static unsigned int read_rps(int directory)
{
	int queues = openat(directory, "queues", O_RDONLY | O_CLOEXEC);
	DIR *list = queues < 0 ? NULL : fdopendir(queues);
	struct dirent *entry;
	unsigned int bits = 0;
	char path[300];

	if (!list) {
		if (queues >= 0)
			close(queues);
		return queues < 0 && errno == ENOENT ? 0 : LINK_QUEUE_UNKNOWN;
	}
	while ((entry = readdir(list))) {
		if (strncmp(entry->d_name, "rx-", 3))
			continue;
		snprintf(path, sizeof(path), "%s/rps_cpus", entry->d_name);
		bits |= read_setting(dirfd(list), path, LINK_QUEUE_RPS);
	}
	closedir(list);
	return bits;
}

/* A sysfs of the namespace that we are in, which is not that of /sys. */
static int open_sysfs(void)
{
	int context, root = -1;

	context = fsopen("sysfs", FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	if (!fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		root = fsmount(context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return root;
}

static bool is_device(int directory, u32 ifindex)
{
	char text[16] = "";
	int file;

	file = openat(directory, "ifindex", O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	if (read(file, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(file);
	return strtoul(text, NULL, 10) == ifindex;
}

/* The device's directory, or -1. */
static int open_device(const char *interface, u32 ifindex)
{
	int root = open_sysfs(), directory = -1;
	char path[64];

	if (root >= 0) {
		snprintf(path, sizeof(path), "class/net/%s", interface);
		directory = openat(root, path, O_DIRECTORY | O_CLOEXEC);
		close(root);
	} else {
		snprintf(path, sizeof(path), "/sys/class/net/%s", interface);
		directory = open(path, O_DIRECTORY | O_CLOEXEC);
	}
	if (directory < 0 || is_device(directory, ifindex))
		return directory;
	close(directory);
	return -1;
}

unsigned int link_queues(struct netlink *netlink, const char *interface,
			 const struct link *link)
{
	struct queues queues = { .ifindex = link->ifindex };
	struct tcmsg *message;
	int directory;

	netlink_start(netlink, RTM_GETQDISC, 0);
	message = netlink_extra(netlink, sizeof(*message));
	message->tcm_ifindex = link->ifindex;
	if (netlink_dump(netlink, read_qdisc, forget_qdiscs, &queues))
		queues.bits |= LINK_QUEUE_UNKNOWN;
	directory = open_device(interface, link->ifindex);
	if (directory < 0)
		return queues.bits | LINK_QUEUE_UNKNOWN;
	queues.bits |= read_rps(directory);
	queues.bits |=
		read_setting(directory, "gro_flush_timeout", LINK_QUEUE_GRO);
	close(directory);
	return queues.bits;
}

const char *link_queue_name(unsigned int bit)
{
	switch (bit) {
	case LINK_QUEUE_QDISC:
		return "qdisc";
	case LINK_QUEUE_RPS:
		return "rps";
	default:
		return "gro-flush-timeout";
	}
}
