// SPDX-License-Identifier: GPL-2.0
/* Who else has a hand on the interface, and what goes past the ward. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/rtnetlink.h>

#include "command.h"
#include "link.h"
#include "netlink.h"
#include "netns.h"

/* Since Linux 6.6; the headers may be older. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

/* systemd keeps such a link for every unit that is active. */
static bool unit_is_active(const char *unit)
{
	char path[128];
	struct stat status;

	snprintf(path, sizeof(path), "/run/systemd/units/invocation:%s", unit);
	return !lstat(path, &status);
}

/* Whether a line of @path is @prefix and more; *@rest is what follows. */
static bool file_line(const char *path, const char *prefix, char *rest,
		      size_t size)
{
	FILE *file = fopen(path, "re");
	bool found = false;
	char line[256];

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		if (strncmp(line, prefix, strlen(prefix)))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(rest, size, "%s", line + strlen(prefix));
		found = true;
	}
	fclose(file);
	return found;
}

static bool networkd_manages(u32 ifindex)
{
	char path[64], state[64];

	snprintf(path, sizeof(path), "/run/systemd/netif/links/%u", ifindex);
	return file_line(path, "ADMIN_STATE=", state, sizeof(state)) &&
	       strcmp(state, "unmanaged");
}

/* It has a file for every device, but a connection on its own ones only. */
static bool network_manager_manages(u32 ifindex)
{
	char path[64], value[64];

	snprintf(path, sizeof(path), "/run/NetworkManager/devices/%u", ifindex);
	return file_line(path, "managed=", value, sizeof(value)) &&
	       !strcmp(value, "true") &&
	       file_line(path, "connection-uuid=", value, sizeof(value));
}

const char *link_manager(const char *interface, u32 ifindex)
{
	static char unit[64];

	/* All the managers work in the first namespace only. */
	if (!netns_is_first())
		return NULL;
	snprintf(unit, sizeof(unit), "wg-quick@%s.service", interface);
	if (unit_is_active(unit))
		return unit;
	if (networkd_manages(ifindex))
		return "systemd-networkd";
	if (network_manager_manages(ifindex))
		return "NetworkManager";
	return NULL;
}

struct qdiscs {
	u32 ifindex;
	unsigned int bypasses;
};

static int read_qdisc(const struct nlmsghdr *header, void *data)
{
	const struct tcmsg *message = mnl_nlmsg_get_payload(header);
	const struct nlattr *table[TCA_KIND + 1];
	struct qdiscs *qdiscs = data;
	char kind[32];

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
		return -EBADMSG;
	if ((u32)message->tcm_ifindex != qdiscs->ifindex)
		return 0;
	netlink_parse(header, sizeof(*message), table, TCA_KIND);
	netlink_text(table[TCA_KIND], kind, sizeof(kind));
	if (!strcmp(kind, "clsact"))
		qdiscs->bypasses |= LINK_BYPASS_CLSACT;
	if (!strcmp(kind, "ingress"))
		qdiscs->bypasses |= LINK_BYPASS_INGRESS;
	return 0;
}

static void forget_qdiscs(void *data)
{
	struct qdiscs *qdiscs = data;

	qdiscs->bypasses = 0;
}

static bool has_tcx(u32 ifindex, u32 type)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.query.target_fd = ifindex; /* an interface for this type */
	attributes.query.attach_type = type;
	/* A kernel that refuses has no tcx, or we have no right to ask. */
	return !syscall(SYS_bpf, BPF_PROG_QUERY, &attributes,
			sizeof(attributes)) &&
	       attributes.query.prog_cnt;
}

unsigned int link_bypasses(struct netlink *netlink, const struct link *link)
{
	struct qdiscs qdiscs = { .ifindex = link->ifindex };
	struct tcmsg *message;

	netlink_start(netlink, RTM_GETQDISC, 0);
	message = netlink_extra(netlink, sizeof(*message));
	message->tcm_ifindex = link->ifindex;
	if (netlink_dump(netlink, read_qdisc, forget_qdiscs, &qdiscs))
		warning("cannot read the qdiscs: %s", netlink_why(netlink));
	if (link->xdp)
		qdiscs.bypasses |= LINK_BYPASS_XDP;
	if (has_tcx(link->ifindex, TCX_INGRESS) ||
	    has_tcx(link->ifindex, TCX_EGRESS))
		qdiscs.bypasses |= LINK_BYPASS_TCX;
	return qdiscs.bypasses;
}

const char *link_bypass_name(unsigned int bit)
{
	switch (bit) {
	case LINK_BYPASS_XDP:
		return "xdp";
	case LINK_BYPASS_CLSACT:
		return "clsact";
	case LINK_BYPASS_INGRESS:
		return "ingress";
	default:
		return "tcx";
	}
}
