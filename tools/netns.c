// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "memory.h"
#include "netns.h"

#define DIRECTORY "/run/netns/"

bool netns_enter(const char *name)
{
	char *path;
	int descriptor;
	bool entered;

	path = strchr(name, '/') ? memory_copy(name) :
				   memory_print(DIRECTORY "%s", name);
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	entered = descriptor >= 0 && !setns(descriptor, CLONE_NEWNET);
	if (!entered)
		error("network namespace %s: %s", name, strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	free(path);
	return entered;
}

bool netns_is_first(void)
{
	struct stat self, first;

	if (stat("/proc/self/ns/net", &self) || stat("/proc/1/ns/net", &first))
		return true;
	return self.st_dev == first.st_dev && self.st_ino == first.st_ino;
}
