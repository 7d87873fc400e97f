// SPDX-License-Identifier: GPL-2.0
/*
 * wgward save: the mesh file of what is in force.
 *
 * JSON: interface; generation; text, of the file.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "draft.h"
#include "memory.h"
#include "output.h"
#include "ward.h"

static void print(const struct draft *draft, const struct ward *ward)
{
	struct memory_text saved;
	json_t *object;
	char *text;

	if (!option_json) {
		draft_print(draft, stdout);
		return;
	}
	draft_print(draft, memory_text_begin(&saved));
	text = memory_text_end(&saved);
	object = output_object();
	output_set_text(object, "interface", ward->name);
	output_set_number(object, "generation", ward->generation);
	output_set_text(object, "text", text);
	output_json(object, false);
	free(text);
}

static int save(const struct wgward_policy *policy, const struct ward *ward)
{
	struct diagnostics diagnostics = { .file = ward->name };
	int status = EXIT_ERROR;
	struct draft draft;

	draft_from_policy(&draft, policy);
	if (draft_check(&draft, policy, ward->name, &diagnostics)) {
		print(&draft, ward);
		status = EXIT_DONE;
	}
	diagnostic_free(&diagnostics);
	draft_free(&draft);
	return status;
}

static int run(struct ward_socket *socket, const char *interface)
{
	struct wgward_policy *policy;
	int status = EXIT_ERROR;
	struct ward ward;
	int found;

	found = ward_get(socket, interface, &ward);
	if (found < 0)
		return EXIT_ERROR;
	if (!found || !ward.has_policy) {
		error("%s: there is no policy in force", interface);
	} else if (!ward_read_policy(socket, interface, &policy) && policy) {
		status = save(policy, &ward);
		wgward_policy_free(policy);
	}
	if (found)
		ward_free(&ward);
	return status;
}

int save_main(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };
	struct ward_socket *socket;
	int status = EXIT_ERROR;
	const char *interface;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return command_usage("save");
	if (argc > optind) {
		error("save has no arguments");
		return command_usage("save");
	}
	interface = command_interface(NULL);
	if (!interface)
		return EXIT_ERROR;
	socket = ward_open();
	if (socket)
		status = run(socket, interface);
	ward_close(socket);
	return output_end(status);
}
