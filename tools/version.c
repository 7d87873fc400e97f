// SPDX-License-Identifier: GPL-2.0
/* The versions of both halves. */
#include <stdio.h>

#include "command.h"
#include "module.h"
#include "output.h"

int version_main(int argc, char **argv)
{
	char module[MODULE_VERSION_LEN];
	json_t *object;
	bool loaded;

	if (argc > 1) {
		error("%s: version has no arguments", argv[1]);
		return command_usage("version");
	}
	loaded = module_version(module);
	if (option_json) {
		object = output_object();
		output_set_text(object, "command", WGWARD_VERSION);
		output_set_text(object, "module", loaded ? module : NULL);
		output_json(object, false);
		return EXIT_DONE;
	}
	printf("wgward %s, module %s\n", WGWARD_VERSION,
	       loaded ? module : "not loaded");
	return EXIT_DONE;
}
