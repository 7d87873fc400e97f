// SPDX-License-Identifier: GPL-2.0
/* Allocations that fail when they are told to. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "tap.h"

static int fail_nth = -1;

static bool set_file(const char *path, const char *value)
{
	int file = open(path, O_WRONLY);
	bool good;

	if (file < 0)
		return false;
	good = write(file, value, strlen(value)) == (ssize_t)strlen(value);
	close(file);
	return good;
}

bool fault_set_up(void)
{
	static const char slab[] = "/sys/kernel/debug/failslab/";
	static const char pages[] = "/sys/kernel/debug/fail_page_alloc/";
	char path[128];

	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fail_nth < 0)
		return false;
	/* Those that may wait are the ones of interest. */
	snprintf(path, sizeof(path), "%signore-gfp-wait", slab);
	if (!set_file(path, "N"))
		return false;
	snprintf(path, sizeof(path), "%sverbose", slab);
	set_file(path, "0");
	snprintf(path, sizeof(path), "%signore-gfp-wait", pages);
	set_file(path, "N");
	snprintf(path, sizeof(path), "%smin-order", pages);
	set_file(path, "0");
	snprintf(path, sizeof(path), "%sverbose", pages);
	set_file(path, "0");
	return true;
}

void fault_set(unsigned int number)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", number);

	if (pwrite(fail_nth, text, length, 0) != length)
		tap_fatal("fail-nth");
}

bool fault_happened(void)
{
	char text[16] = {};

	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 1)
		tap_fatal("fail-nth");
	return strtoul(text, NULL, 0) == 0;
}
