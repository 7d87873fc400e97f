// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "memory.h"
#include "module.h"
#include "ward.h"

#define DIRECTORY "/sys/module/wgward"
#define FILE_NAME "wgward.ko"

/* How often, and how long, it is tried to unload. */
#define TRY_INTERVAL_NS 10000000
#define TRIES 500

static bool read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool read;

	if (!file)
		return false;
	read = fgets(text, size, file);
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return read;
}

bool module_version(char version[MODULE_VERSION_LEN])
{
	*version = '\0';
	return read_line(DIRECTORY "/version", version, MODULE_VERSION_LEN);
}

long module_wards(void)
{
	char text[32];

	return read_line(DIRECTORY "/refcnt", text, sizeof(text)) ?
		       strtol(text, NULL, 10) :
		       -1;
}

/* "updates/module/wgward.ko.xz": ours, whatever it is packed with. */
static bool is_ours(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	return !strncmp(name, FILE_NAME, strlen(FILE_NAME)) &&
	       (!name[strlen(FILE_NAME)] || name[strlen(FILE_NAME)] == '.');
}

/* What modprobe would load, in memory to be freed; NULL if there is nothing. */
static char *find_installed(void)
{
	char *line = NULL, *path = NULL;
	struct utsname kernel;
	FILE *file = NULL;
	size_t size = 0;

	if (uname(&kernel))
		return NULL;
	path = memory_print("/lib/modules/%s/modules.dep", kernel.release);
	file = fopen(path, "re");
	free(path);
	path = NULL;
	while (file && !path && getline(&line, &size, file) > 0) {
		/* "FILE: what it needs" */
		line[strcspn(line, ":")] = '\0';
		if (is_ours(line))
			path = memory_print("/lib/modules/%s/%s",
					    kernel.release, line);
	}
	if (file)
		fclose(file);
	free(line);
	return path;
}

/* Returns 0, or -errno. */
static int insert(const char *file)
{
	int descriptor = open(file, O_RDONLY | O_CLOEXEC);
	int code = 0;

	if (descriptor < 0)
		return -errno;
	if (syscall(SYS_finit_module, descriptor, "", 0))
		code = -errno;
	close(descriptor);
	return code;
}

static bool try(const char *file)
{
	/* That there is one of this name is what the kernel says last. */
	int code = insert(file);

	if (code == -EEXIST)
		return true;
	error("%s: the kernel does not take this module: %s", file,
	      code ? strerror(-code) : "it was loaded just now");
	return false;
}

bool module_try(const char *file)
{
	char *installed;
	bool good;

	if (file)
		return try(file);
	installed = find_installed();
	if (!installed) {
		error("no module is installed for this kernel: name one");
		return false;
	}
	/* What is packed modprobe has to unpack. */
	good = strcmp(strrchr(installed, '.'), ".ko") || try(installed);
	free(installed);
	return good;
}

int module_unload(void)
{
	const struct timespec moment = { .tv_nsec = TRY_INTERVAL_NS };
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!syscall(SYS_delete_module, "wgward", O_NONBLOCK))
			return 0;
		if (errno != EWOULDBLOCK && errno != EBUSY)
			break;
		nanosleep(&moment, NULL);
	}
	error("the module cannot be unloaded: %s", strerror(errno));
	return -1;
}

int module_load(const char *file)
{
	struct ward_socket *socket;
	int code;

	if (file) {
		code = insert(file);
		if (!code)
			return 0;
		error("%s: cannot be loaded: %s; see dmesg", file,
		      strerror(-code));
		return -1;
	}
	/* Who looks for the family has the kernel load what is installed. */
	socket = ward_open();
	ward_close(socket);
	return socket ? 0 : -1;
}
