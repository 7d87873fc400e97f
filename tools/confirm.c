// SPDX-License-Identifier: GPL-2.0
/* confirm, rollback, abort: what ends a change that has not ended. */
#include <getopt.h>
#include <stdio.h>

#include "changeover.h"
#include "command.h"
#include "goal.h"
#include "lock.h"
#include "output.h"

/* For a helper to put WireGuard back, if there are thousands of peers. */
#define HELPER_SECONDS 60

/* @state: enum wgward_state, or -1 if there is no ward any more. */
static void print(const char *interface, const char *what, int state,
		  u64 generation)
{
	json_t *object;

	if (option_json) {
		object = output_object();
		output_set_text(object, "interface", interface);
		output_set_text(object, "state",
				state < 0 ? "unwarded" : output_state(state));
		output_set_number(object, "generation", generation);
		output_json(object, false);
	} else if (state == WGWARD_STATE_ENFORCING) {
		printf("%s: %s, generation %llu is in force\n", interface, what,
		       (unsigned long long)generation);
	} else {
		printf("%s: %s, no policy is in force, as before\n", interface,
		       what);
	}
}

static void print_live(const struct live *live, const char *what)
{
	print(live->interface, what, live->warded ? (int)live->ward.state : -1,
	      live->ward.generation);
}

/* Addresses, routes and MTU of the policy in force, if there is one. */
static int settle(struct live *live)
{
	struct wgward_policy *policy;
	struct target target = { 0 };
	int result = 0;

	if (ward_read_policy(live->wards, live->interface, &policy))
		return -1;
	if (policy) {
		goal_aim(&target, policy);
		result = changeover_settle(live, &target);
		wgward_policy_free(policy);
	}
	return result;
}

/* Where there is no helper, as @live is now. */
static int undo(struct live *live)
{
	if (live->ward.state == WGWARD_STATE_INTERRUPTED &&
	    changeover_recover(live))
		return -1;
	return live->link ? settle(live) : 0;
}

/*
 * The helper knows more than the policy says about how WireGuard was, so it is
 * left to it, if it lives.
 */
static int roll_back(struct live *live)
{
	bool alive = false;

	if (live->ward.state == WGWARD_STATE_UNCONFIRMED &&
	    ward_rollback(live->wards, live->interface))
		return -1;
	if (live->link) {
		lock_give();
		alive = lock_wait_helper(live->link->ifindex, HELPER_SECONDS);
		if (lock_take(live->interface))
			return -1;
	}
	if (live_read(live))
		return -1;
	if (live->ward.state == WGWARD_STATE_GUARDED) {
		error("%s: the peers are still being put back",
		      live->interface);
		return -1;
	}
	if (alive && live->ward.state != WGWARD_STATE_INTERRUPTED)
		return 0;
	return undo(live);
}

static int check_rollback(const struct live *live)
{
	if (live->warded && (live->ward.state == WGWARD_STATE_UNCONFIRMED ||
			     live->ward.state == WGWARD_STATE_INTERRUPTED))
		return 0;
	error("%s: there is nothing to roll back", live->interface);
	return -1;
}

static int run_rollback(struct live *live)
{
	if (check_rollback(live) || roll_back(live) || live_read(live))
		return EXIT_ERROR;
	print_live(live, "rolled back");
	return EXIT_DONE;
}

static int check_abort(const struct live *live, bool force)
{
	if (live->warded && live->ward.state == WGWARD_STATE_INTERRUPTED)
		return 0;
	if (live->warded && live->ward.state == WGWARD_STATE_GUARDED && force)
		return 0;
	if (live->warded && live->ward.state == WGWARD_STATE_GUARDED)
		error("%s: a change is under way: --force if it is stuck",
		      live->interface);
	else if (live->warded && live->ward.state == WGWARD_STATE_UNCONFIRMED)
		error("%s: the last change was not interrupted, it waits to be "
		      "confirmed: \"wgward -i %s rollback\" takes it back",
		      live->interface, live->interface);
	else
		error("%s: no change was interrupted", live->interface);
	return -1;
}

static int run_abort(struct live *live, bool force)
{
	if (check_abort(live, force))
		return EXIT_ERROR;
	if (changeover_recover(live) || live_read(live) || undo(live) ||
	    live_read(live))
		return EXIT_ERROR;
	print_live(live, "aborted");
	return EXIT_DONE;
}

/* Returns the option's presence, or -1 after an error was printed. */
static int parse_options(const char *name, bool takes_force, int argc,
			 char **argv)
{
	static const struct option force[] = {
		{ "force", no_argument, NULL, 'f' },
		{ 0 },
	};
	static const struct option none[] = { { 0 } };
	int forced = 0, option;

	while ((option = getopt_long(argc, argv, "", takes_force ? force : none,
				     NULL)) != -1) {
		if (option != 'f')
			return -1;
		forced = 1;
	}
	if (optind == argc)
		return forced;
	error("%s takes no argument: say which interface with -i", name);
	return -1;
}

int confirm_main(int argc, char **argv)
{
	struct ward_socket *socket;
	const char *interface;
	int status = EXIT_ERROR;
	u64 generation;

	if (parse_options("confirm", false, argc, argv) < 0)
		return EXIT_USAGE;
	interface = command_interface(NULL);
	if (!interface)
		return EXIT_ERROR;
	socket = ward_open();
	if (!socket)
		return EXIT_ERROR;
	if (!ward_confirm(socket, interface, &generation)) {
		print(interface, "confirmed", WGWARD_STATE_ENFORCING,
		      generation);
		status = EXIT_DONE;
	}
	ward_close(socket);
	return output_end(status);
}

int rollback_main(int argc, char **argv)
{
	int status = EXIT_ERROR;
	const char *interface;
	struct live live;

	if (parse_options("rollback", false, argc, argv) < 0)
		return EXIT_USAGE;
	interface = command_interface(NULL);
	if (!interface || lock_take(interface))
		return EXIT_ERROR;
	if (!live_open(&live, interface))
		status = run_rollback(&live);
	live_close(&live);
	return output_end(status);
}

int abort_main(int argc, char **argv)
{
	int force = parse_options("abort", true, argc, argv);
	int status = EXIT_ERROR;
	const char *interface;
	struct live live;

	if (force < 0)
		return EXIT_USAGE;
	interface = command_interface(NULL);
	/* One that is stuck would never give its lock. */
	if (!interface || (!force && lock_take(interface)))
		return EXIT_ERROR;
	if (!live_open(&live, interface))
		status = run_abort(&live, force);
	live_close(&live);
	return output_end(status);
}
