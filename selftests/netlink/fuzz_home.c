// SPDX-License-Identifier: GPL-2.0
/* Namespaces with interfaces, and what their wards should be. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz_dice.h"
#include "fuzz_home.h"
#include "tap.h"

void home_enter(const struct home *home)
{
	if (setns(home->fd, CLONE_NEWNET))
		tap_fatal("setns");
}

void home_interface(const struct home *home, unsigned int number)
{
	const char *name = home->wards[number].story.ward;
	char command[512];

	home_enter(home);
	snprintf(command, sizeof(command),
		 "exec 2>/dev/null; ip link delete %s; "
		 "ip link add %s type wireguard && "
		 "ip addr add 10.10.%u.1/16 dev %s && "
		 "ip addr add fd00::%u/16 dev %s nodad && ip link set %s up",
		 name, name, 200 + number, name, 1 + number, name, name);
	if (system(command))
		tap_fatal("no interface");
}

void home_open(struct home *home, const char *path)
{
	unsigned int i, group;

	home->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (home->fd < 0)
		tap_fatal(path);
	home_enter(home);
	for (i = 0; i < PORTS; i++)
		port_open(&home->ports[i]);
	port_open(&home->eye);
	port_open(&home->ear);
	/* Those of the module are among the first that there are. */
	for (group = 1; group < 32; group++)
		setsockopt(home->ear.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			   &group, sizeof(group));
	home->out = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (home->out < 0)
		tap_fatal("no socket");
	for (i = 0; i < WARDS; i++) {
		snprintf(home->wards[i].story.ward,
			 sizeof(home->wards[i].story.ward), "wg%u", i);
		home_interface(home, i);
	}
}

void home_send(const struct home *home)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	unsigned int i, count = 1 + roll(20);
	char address[64];

	for (i = 0; i < count; i++) {
		snprintf(address, sizeof(address),
			 rarely(2) ? "::ffff:10.10.0.%u" : "fd00:%x::",
			 (unsigned int)roll(32));
		inet_pton(AF_INET6, address, &to.sin6_addr);
		to.sin6_port = htons(1 + roll(0xffff));
		/* There is no peer to send it to. */
		sendto(home->out, address, 10, MSG_DONTWAIT,
		       (struct sockaddr *)&to, sizeof(to));
	}
}
