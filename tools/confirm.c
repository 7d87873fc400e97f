// SPDX-License-Identifier: GPL-2.0
/* confirm, rollback, abort: what ends a change that has not ended. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "barrier.h"
#include "changeover.h"
#include "command.h"
#include "goal.h"
#include "last_good.h"
#include "lock.h"
#include "output.h"
#include "text.h"

/* For a helper to put WireGuard back, if there are thousands of peers. */
#define HELPER_SECONDS 60

/* A policy, or its absence, is in force, and nothing else is to come. */
static bool is_settled(const struct live *live)
{
	return live->ward.state == WGWARD_STATE_ENFORCING ||
	       live->ward.state == WGWARD_STATE_NO_POLICY ||
	       live->ward.state == WGWARD_STATE_PASSIVE;
}

/* @state: enum wgward_state, or -1 if there is no ward any more. */
static void print(const char *interface, const char *what, int state,
		  u64 generation)
{
	const char *name = state < 0 ? "unwarded" : output_state(state);
	json_t *object;

	if (option_json) {
		object = output_object();
		output_set_text(object, "interface", interface);
		output_set_text(object, "state", name);
		output_set_number(object, "generation", generation);
		output_json(object, false);
	} else if (state == WGWARD_STATE_ENFORCING) {
		printf("%s: %s, generation %llu is in force\n", interface, what,
		       (unsigned long long)generation);
	} else if (state < 0 || state == WGWARD_STATE_NO_POLICY ||
		   state == WGWARD_STATE_PASSIVE) {
		printf("%s: %s, no policy is in force, as before\n", interface,
		       what);
	} else {
		/* Somebody else was fast, or the interface is gone. */
		printf("%s: %s, and %s since\n", interface, what, name);
	}
}

static void print_live(const struct live *live, const char *what)
{
	print(live->interface, what, live->warded ? (int)live->ward.state : -1,
	      live->ward.generation);
}

static int settle_port(struct live *live, const struct target *target)
{
	if (!target->port || live->device->port == target->port)
		return 0;
	return wireguard_set(live->wireguard, live->interface, NULL,
			     target->port);
}

/* Port, addresses, routes and MTU of the policy in force, if there is one. */
static int settle(struct live *live)
{
	struct target target = { 0 };
	int result;

	if (!live->link || !live->policy)
		return 0;
	goal_aim(&target, live->policy);
	result = settle_port(live, &target);
	/* Reads @live again, so the policy has to be kept. */
	live->policy = NULL;
	if (changeover_settle(live, &target))
		result = -1;
	wgward_policy_free(target.policy);
	return result;
}

/* What no helper has undone, as @live is now. */
static int undo(struct live *live)
{
	if (live->ward.state == WGWARD_STATE_GUARDED) {
		error("%s: the peers are still being put back",
		      live->interface);
		return -1;
	}
	if (live->ward.state == WGWARD_STATE_INTERRUPTED &&
	    (changeover_recover(live) || live_read(live)))
		return -1;
	return settle(live);
}

/*
 * The helper knows more than the policy says about how WireGuard was, so it is
 * left to it, if it lives. Then it is looked what is left to do.
 */
static int roll_back(struct live *live)
{
	if (live->ward.state == WGWARD_STATE_UNCONFIRMED &&
	    ward_rollback(live->wards, live->interface, live->ward.generation) <
		    0)
		return -1;
	if (live->link) {
		lock_give();
		if (!lock_wait_helper(live->link->ifindex, HELPER_SECONDS))
			warning("%s: the helper of apply does not come to an "
				"end",
				live->interface);
		if (lock_take(live->interface))
			return -1;
	}
	return live_read(live) ? -1 : undo(live);
}

/* Of the change that can be rolled back, or was and is to be looked after. */
static u64 find_change(const struct live *live)
{
	return live->ward.state == WGWARD_STATE_UNCONFIRMED ?
		       live->ward.generation :
		       live->ward.rolled_back;
}

/* @generation: that is meant, 0: any. */
static int check_rollback(const struct live *live, u64 generation)
{
	u64 change = find_change(live);

	if (generation && live->warded && generation != change) {
		error("%s: generation %llu does not wait to be confirmed",
		      live->interface, (unsigned long long)generation);
		return -1;
	}
	if (live->warded &&
	    (change || live->ward.state == WGWARD_STATE_INTERRUPTED))
		return 0;
	error("%s: there is nothing to roll back", live->interface);
	return -1;
}

static int run_rollback(struct live *live, u64 generation)
{
	u64 change;

	if (check_rollback(live, generation))
		return EXIT_ERROR;
	change = find_change(live);
	if (roll_back(live) || live_read(live))
		return EXIT_ERROR;
	/* Somebody may have confirmed it at the last moment. */
	if (live->warded && is_settled(live) && change &&
	    live->ward.generation == change) {
		error("%s: generation %llu was confirmed", live->interface,
		      (unsigned long long)change);
		return EXIT_ERROR;
	}
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
	/*
	 * Whoever is stuck may wake, and go on with WireGuard where no guard is
	 * any more. The kernel keeps that for us when its socket closes.
	 */
	if (live->warded && live->ward.state == WGWARD_STATE_GUARDED && force &&
	    lock_end_holder(live->interface))
		return EXIT_ERROR;
	if (lock_take(live->interface) || live_read(live) ||
	    check_abort(live, force))
		return EXIT_ERROR;
	if (changeover_recover(live) || live_read(live) || undo(live) ||
	    live_read(live))
		return EXIT_ERROR;
	print_live(live, "aborted");
	return EXIT_DONE;
}

static int parse_none(const char *name, int argc, char **argv)
{
	static const struct option none[] = { { 0 } };

	if (getopt_long(argc, argv, "", none, NULL) != -1)
		return -1;
	if (argc - optind <= 1)
		return 0;
	error("%s takes one GENERATION", name);
	return -1;
}

/* Into *@generation, 0 if none is given. Returns -1 after an error. */
static int parse_generation(const char *name, int argc, char **argv,
			    u64 *generation)
{
	const char *text;
	char *end;

	*generation = 0;
	if (parse_none(name, argc, argv))
		return -1;
	text = argv[optind];
	if (!text)
		return 0;
	errno = 0;
	*generation = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *generation)
		return 0;
	error("%s takes the generation that apply told, not %s", name,
	      text_show(text));
	return -1;
}

/* Returns the option's presence, or -1 after an error was printed. */
static int parse_force(int argc, char **argv)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		{ 0 },
	};
	int forced = 0, option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'f')
			return -1;
		forced = 1;
	}
	if (optind == argc)
		return forced;
	error("abort takes no argument: say which interface with -i");
	return -1;
}

/* What is in force, if @generation is 0. */
static int confirm(struct ward_socket *socket, const char *interface,
		   u64 generation)
{
	struct ward ward;
	int result;

	if (!generation) {
		result = ward_get(socket, interface, &ward);
		if (!result)
			error("%s has no ward", interface);
		generation = ward.generation;
		ward_free(&ward);
		if (result <= 0)
			return -1;
	}
	if (ward_confirm(socket, interface, generation))
		return -1;
	print(interface, "confirmed", WGWARD_STATE_ENFORCING, generation);
	if (last_good_confirm(interface, generation))
		return -1;
	return barrier_remove_all(interface);
}

int confirm_main(int argc, char **argv)
{
	struct ward_socket *socket;
	const char *interface;
	int status = EXIT_ERROR;
	u64 generation;

	if (parse_generation("confirm", argc, argv, &generation))
		return command_usage("confirm");
	interface = command_interface(NULL);
	if (!interface)
		return EXIT_ERROR;
	socket = ward_open();
	if (!socket)
		return EXIT_ERROR;
	if (!confirm(socket, interface, generation))
		status = EXIT_DONE;
	ward_close(socket);
	return output_end(status);
}

int rollback_main(int argc, char **argv)
{
	int status = EXIT_ERROR;
	const char *interface;
	struct live live;
	u64 generation;

	if (parse_generation("rollback", argc, argv, &generation))
		return command_usage("rollback");
	interface = command_interface(NULL);
	if (!interface || lock_take(interface))
		return EXIT_ERROR;
	if (!live_open(&live, interface))
		status = run_rollback(&live, generation);
	live_close(&live);
	return output_end(status);
}

int abort_main(int argc, char **argv)
{
	int force = parse_force(argc, argv);
	int status = EXIT_ERROR;
	const char *interface;
	struct live live;

	if (force < 0)
		return command_usage("abort");
	interface = command_interface(NULL);
	if (!interface)
		return EXIT_ERROR;
	if (!live_open(&live, interface))
		status = run_abort(&live, force);
	live_close(&live);
	return output_end(status);
}
