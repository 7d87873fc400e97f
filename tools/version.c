// SPDX-License-Identifier: GPL-2.0
/* The versions of both halves. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"

#define MODULE_DIRECTORY "/sys/module/wgward"

/* Returns whether the module is loaded. */
static bool read_module_version(char *version, size_t size)
{
	FILE *file = fopen(MODULE_DIRECTORY "/version", "re");
	bool read;

	if (!file)
		return false;
	read = fgets(version, size, file);
	fclose(file);
	version[strcspn(version, "\n")] = '\0';
	return read;
}

int version_main(int argc, char **argv)
{
	char module[64] = "";
	json_t *object;
	bool loaded;

	if (argc > 1) {
		error("%s: version has no arguments", argv[1]);
		return command_usage("version");
	}
	loaded = read_module_version(module, sizeof(module));
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
