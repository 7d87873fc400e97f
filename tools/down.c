// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>

#include "barrier.h"
#include "command.h"
#include "live.h"
#include "lock.h"
#include "output.h"
#include "rescue.h"

/* Also if there is no ward because there was, or is, no module. */
static bool is_ours(const struct live *live)
{
	return live->warded || rescue_is(live->interface) ||
	       barrier_is_put(live->interface, BARRIER_CLOSED);
}

static int check(const struct live *live, bool force)
{
	const char *manager;

	if (live->link && !is_ours(live)) {
		error("%s has no ward: what wgward did not make it does not "
		      "remove",
		      live->interface);
		return -1;
	}
	if (!live->link || force)
		return 0;
	manager = link_manager(live->interface, live->link->ifindex);
	if (!manager)
		return 0;
	error("%s is managed by %s, which should take it down; "
	      "then say \"wgward -i %s detach\", or --force now",
	      live->interface, manager, live->interface);
	return -1;
}

static void print(const struct live *live)
{
	const char *what = "there is nothing to remove";
	json_t *object;

	if (option_json) {
		object = output_object();
		output_set_text(object, "interface", live->interface);
		output_set_bool(object, "removed", live->link);
		output_set_bool(object, "enforced", false);
		output_json(object, false);
		return;
	}
	if (live->link)
		what = "removed";
	else if (live->warded)
		what = "no longer waited for";
	printf("%s: %s\n", live->interface, what);
}

static int run(struct live *live, bool force)
{
	if (check(live, force))
		return EXIT_ERROR;
	/* In this order: nothing passes in between. */
	if (live->link &&
	    link_delete(live->route, live->interface, live->link->ifindex))
		return EXIT_ERROR;
	if (live->warded && ward_detach(live->wards, live->interface))
		return EXIT_ERROR;
	if (barrier_remove_all(live->interface))
		return EXIT_ERROR;
	print(live);
	return EXIT_DONE;
}

int down_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		{ 0 },
	};
	int status = EXIT_ERROR;
	const char *interface;
	bool force = false;
	struct live live;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'f')
			return EXIT_USAGE;
		force = true;
	}
	if (optind != argc) {
		error("down takes no argument: say which interface with -i");
		return EXIT_USAGE;
	}
	interface = command_interface(NULL);
	if (!interface || lock_take(interface))
		return EXIT_ERROR;
	/* A rescue is ended without a module, too. */
	if (!(rescue_lasts(interface) ? live_open_bare(&live, interface) :
					live_open(&live, interface)))
		status = run(&live, force);
	live_close(&live);
	return output_end(status);
}
