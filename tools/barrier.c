// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of nftables' own, wgward-closed-wg0 and wgward-rescue-wg0. A file says
 * that there is one, so that nobody who only asks has nf_tables loaded.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter.h>

#include "barrier.h"
#include "command.h"
#include "nftables.h"
#include "runtime.h"

#define TABLE_SIZE (sizeof("wgward-rescue-") + IFNAMSIZ)

/*
 * On the interface, where a ward's hooks are, so that whatever is on its way
 * when those go meets these; and by its name, for what tc has redirected, and
 * for an interface that is not there yet.
 */
static const struct nftables_chain closed_chains[] = {
	{ "ingress", NFPROTO_NETDEV, NF_NETDEV_INGRESS, true },
	{ "egress", NFPROTO_NETDEV, NF_NETDEV_EGRESS, false },
	{ "prerouting", NFPROTO_INET, NF_INET_PRE_ROUTING, true },
	{ "postrouting", NFPROTO_INET, NF_INET_POST_ROUTING, false },
};

static const struct nftables_chain rescue_chains[] = {
	{ "forward-in", NFPROTO_INET, NF_INET_FORWARD, true },
	{ "forward-out", NFPROTO_INET, NF_INET_FORWARD, false },
};

static const struct {
	const char *name;
	const struct nftables_chain *chains;
	size_t count;
} barriers[] = {
	[BARRIER_CLOSED] = { "closed", closed_chains, 4 },
	[BARRIER_RESCUE] = { "rescue", rescue_chains, 2 },
};

static const u8 families[] = { NFPROTO_INET, NFPROTO_NETDEV };

static char *table_name(char table[TABLE_SIZE], const char *interface,
			enum barrier barrier)
{
	snprintf(table, TABLE_SIZE, "wgward-%s-%s", barriers[barrier].name,
		 interface);
	return table;
}

/* Whether the file is there, or with @make, is now. */
static int open_file(const char *interface, enum barrier barrier, int flags)
{
	char path[RUNTIME_PATH_LEN];
	int file;

	if (runtime_path(path, interface, barriers[barrier].name))
		return -1;
	file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
	if (file < 0)
		return -1;
	close(file);
	return 0;
}

static int remove_file(const char *interface, enum barrier barrier)
{
	char path[RUNTIME_PATH_LEN];

	if (runtime_path(path, interface, barriers[barrier].name))
		return -1;
	return unlink(path);
}

static int refuse(const char *interface, const char *what, int code)
{
	error("%s: cannot have nftables %s: %s", interface, what,
	      strerror(-code));
	return -1;
}

static int make_table(const char *interface, enum barrier barrier, u8 family)
{
	char table[TABLE_SIZE];
	int code;

	table_name(table, interface, barrier);
	/* A barrier that somebody has changed is none. */
	code = nftables_delete(family, table);
	if (!code || code == -ENOENT)
		code = nftables_make(family, table, interface,
				     barriers[barrier].chains,
				     barriers[barrier].count);
	return code;
}

static bool has_family(enum barrier barrier, u8 family)
{
	size_t i;

	for (i = 0; i < barriers[barrier].count; i++)
		if (barriers[barrier].chains[i].family == family)
			return true;
	return false;
}

int barrier_put(const char *interface, enum barrier barrier, bool device)
{
	int code = 0;
	size_t i;

	/* The file first: a table without it would stay. */
	if (open_file(interface, barrier, O_CREAT))
		return refuse(interface, "drop what it carries", -errno);
	for (i = 0; i < sizeof(families) && !code; i++)
		if (has_family(barrier, families[i]) &&
		    (device || families[i] != NFPROTO_NETDEV))
			code = make_table(interface, barrier, families[i]);
	if (!code)
		return 0;
	refuse(interface, "drop what it carries", code);
	barrier_remove(interface, barrier, NULL);
	return -1;
}

int barrier_remove(const char *interface, enum barrier barrier, u64 *packets)
{
	char table[TABLE_SIZE];
	int code, result = 0;
	size_t i;

	if (packets)
		*packets = 0;
	if (!barrier_is_put(interface, barrier))
		return 0;
	table_name(table, interface, barrier);
	for (i = 0; i < sizeof(families); i++) {
		if (packets)
			nftables_count(families[i], table, packets);
		code = nftables_delete(families[i], table);
		if (code && code != -ENOENT)
			result = refuse(interface, "stop dropping", code);
	}
	if (!result)
		remove_file(interface, barrier);
	return result;
}

int barrier_remove_all(const char *interface)
{
	int result = barrier_remove(interface, BARRIER_CLOSED, NULL);

	return barrier_remove(interface, BARRIER_RESCUE, NULL) ? -1 : result;
}

bool barrier_is_put(const char *interface, enum barrier barrier)
{
	return !open_file(interface, barrier, 0);
}

bool barrier_holds(const char *interface, enum barrier barrier)
{
	char table[TABLE_SIZE];
	u64 packets = 0;

	return barrier_is_put(interface, barrier) &&
	       !nftables_count(NFPROTO_INET,
			       table_name(table, interface, barrier), &packets);
}

void barrier_walk(enum barrier barrier,
		  void (*each)(const char *interface, void *data), void *data)
{
	runtime_walk(barriers[barrier].name, each, data);
}
