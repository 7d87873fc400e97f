// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>

#include "command.h"
#include "lock.h"
#include "output.h"
#include "ward.h"

static void print(const char *interface)
{
	json_t *object;

	if (!option_json) {
		printf("%s: NOT ENFORCED\n", interface);
		return;
	}
	object = output_object();
	output_set_text(object, "interface", interface);
	output_set_bool(object, "enforced", false);
	output_json(object, false);
}

int detach_main(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };
	struct ward_socket *socket;
	const char *interface;
	int status = EXIT_ERROR;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return EXIT_USAGE;
	if (optind != argc) {
		error("detach takes no argument: say which interface with -i");
		return EXIT_USAGE;
	}
	interface = command_interface(NULL);
	if (!interface || lock_take(interface))
		return EXIT_ERROR;
	socket = ward_open();
	if (!socket)
		return EXIT_ERROR;
	if (!ward_detach(socket, interface)) {
		print(interface);
		status = EXIT_DONE;
	}
	ward_close(socket);
	return output_end(status);
}
