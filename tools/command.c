// SPDX-License-Identifier: GPL-2.0
/* Which interface and which file a command is about; errors. */
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "memory.h"
#include "ward.h"

#define DIRECTORY "/etc/wgward"
#define SUFFIX ".conf"

const char *option_interface;
const char *option_netns;
bool option_json;

static void print(const char *kind, const char *format, va_list arguments)
{
	/* In order with what was said before. */
	fflush(stdout);
	fprintf(stderr, "wgward: %s: ", kind);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print("error", format, arguments);
	va_end(arguments);
}

void warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print("warning", format, arguments);
	va_end(arguments);
}

bool command_interface_valid(const char *name)
{
	size_t length = strlen(name);

	return length && length < IFNAMSIZ && !strpbrk(name, "/: \t\r\n") &&
	       strcmp(name, ".") && strcmp(name, "..");
}

/* @name without its directories and ".conf", if that is an interface's. */
static bool from_file_name(const char *name, char interface[IFNAMSIZ])
{
	const char *slash = strrchr(name, '/');
	size_t length;

	name = slash ? slash + 1 : name;
	length = strlen(name);
	if (length <= strlen(SUFFIX) ||
	    strcmp(name + length - strlen(SUFFIX), SUFFIX))
		return false;
	length -= strlen(SUFFIX);
	if (length >= IFNAMSIZ)
		return false;
	memcpy(interface, name, length);
	interface[length] = '\0';
	return command_interface_valid(interface);
}

/* How many mesh files there are; @interface is of one of them. */
static unsigned int count_files(char interface[IFNAMSIZ])
{
	DIR *directory = opendir(DIRECTORY);
	char name[IFNAMSIZ];
	unsigned int count = 0;
	struct dirent *entry;

	if (!directory)
		return 0;
	while ((entry = readdir(directory))) {
		if (!from_file_name(entry->d_name, name))
			continue;
		strcpy(interface, name);
		count++;
	}
	closedir(directory);
	return count;
}

/* Likewise for wards; none when the kernel cannot be asked. */
static unsigned int count_wards(char interface[IFNAMSIZ])
{
	struct ward_socket *socket;
	struct ward *wards;
	size_t count = 0;

	if (geteuid())
		return 0;
	socket = ward_open_quietly();
	if (!socket)
		return 0;
	if (!ward_get_all(socket, &wards, &count)) {
		if (count)
			strcpy(interface, wards[0].name);
		ward_free_all(wards, count);
	}
	ward_close(socket);
	return count;
}

const char *command_interface(const char *file)
{
	static char interface[IFNAMSIZ];
	unsigned int count;

	if (option_interface)
		return option_interface;
	if (file && strcmp(file, "-")) {
		if (from_file_name(file, interface))
			return interface;
		error("%s is not named after an interface, as wg0.conf is; "
		      "name the interface with -i",
		      file);
		return NULL;
	}
	count = count_wards(interface);
	if (!count)
		count = count_files(interface);
	if (count == 1)
		return interface;
	error(count ? "there are several interfaces; name one with -i" :
		      "there is no ward and no mesh file in " DIRECTORY "; "
		      "name the interface with -i");
	return NULL;
}

const char *command_file(const char *file, const char *interface)
{
	static char path[sizeof(DIRECTORY "/" SUFFIX) + IFNAMSIZ];
	char only[IFNAMSIZ];
	unsigned int count;

	if (file)
		return file;
	if (!interface)
		interface = option_interface;
	if (!interface) {
		count = count_files(only);
		if (count != 1) {
			error(count ? "there are several files in " DIRECTORY
				      "; name one, or its interface with -i" :
				      "there is no file in " DIRECTORY
				      "; name one");
			return NULL;
		}
		interface = only;
	}
	snprintf(path, sizeof(path), DIRECTORY "/%s" SUFFIX, interface);
	return path;
}

int command_usage(const char *name)
{
	fprintf(stderr, "Try \"wgward %s --help\".\n", name);
	return EXIT_USAGE;
}
