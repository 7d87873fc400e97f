// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "barrier.h"
#include "changeover.h"
#include "command.h"
#include "endpoint.h"
#include "former.h"
#include "helper.h"
#include "hold.h"
#include "last_good.h"
#include "lock.h"
#include "mark.h"
#include "output.h"
#include "preview.h"
#include "refusal.h"
#include "rescue.h"
#include "text.h"
#include "watch.h"

/**
 * struct apply - an apply
 * @options: of the command line
 * @interface: its name
 * @goal: what is to be
 * @live: what is
 * @plan: from one to the other
 * @told: what is told of it
 * @generation: of the policy in force
 * @created: we made the interface
 * @attached: we made the ward
 * @unsettled: the policy is in force, but some address, route or the like is
 *	not as it should be
 * @unkept: it is in force, but a boot would begin with another file
 * @recovered: a change that was interrupted was undone first
 * @former: what was, for rolling back to it unless that is confirmed
 * @watches: @former has to be watched
 */
struct apply {
	struct {
		const char *file;
		const char *key_file;
		u32 confirm;
		bool dry_run;
		bool last_good;
		struct refusal_options refusal;
	} options;
	const char *interface;
	struct goal goal;
	struct live live;
	struct plan plan;
	struct preview_told told;
	u64 generation;
	bool created;
	bool attached;
	bool unsettled;
	bool unkept;
	bool recovered;
	struct former former;
	bool watches;
};

static int parse_seconds(const char *text, u32 *seconds)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !value ||
	    value > WGWARD_MAX_CONFIRM) {
		error("--confirm takes seconds from 1 to %u, not %s",
		      WGWARD_MAX_CONFIRM, text_show(text));
		return -1;
	}
	*seconds = value;
	return 0;
}

static int parse_options(struct apply *apply, int argc, char **argv)
{
	static const struct option options[] = {
		{ "confirm", required_argument, NULL, 'c' },
		{ "key", required_argument, NULL, 'k' },
		{ "last-good", no_argument, NULL, 'l' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "adopt", no_argument, NULL, 'a' },
		{ "force", no_argument, NULL, 'f' },
		{ "queued", no_argument, NULL, 'q' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			if (parse_seconds(optarg, &apply->options.confirm))
				return -1;
			apply->options.refusal.confirm = true;
			break;
		case 'k':
			apply->options.key_file = optarg;
			break;
		case 'l':
			apply->options.last_good = true;
			break;
		case 'd':
			apply->options.dry_run = true;
			break;
		case 'a':
			apply->options.refusal.adopt = true;
			break;
		case 'f':
			apply->options.refusal.force = true;
			break;
		case 'q':
			apply->options.refusal.queued = true;
			break;
		default:
			return -1;
		}
	}
	if (argc - optind > !apply->options.last_good) {
		error(apply->options.last_good ?
			      "apply takes no FILE with --last-good" :
			      "apply takes one FILE");
		return -1;
	}
	apply->options.file = argv[optind];
	return 0;
}

static int create_interface(struct apply *apply)
{
	struct live *live = &apply->live;

	if (!apply->plan.create)
		return 0;
	if (link_create(live->route, apply->interface, "wireguard"))
		return -1;
	apply->created = true;
	/* A ward that was waiting for it has it now. */
	return live_read(live);
}

static int attach_ward(struct apply *apply)
{
	struct live *live = &apply->live;
	u32 adoption = 0;

	if (live->warded)
		return 0;
	/* What flows over a live interface began before we could see it. */
	if (apply->plan.passive && apply->options.refusal.adopt)
		adoption = WARD_ADOPTION_SECONDS;
	if (ward_attach(live->wards, apply->interface, apply->plan.passive,
			adoption))
		return -1;
	apply->attached = true;
	return live_read(live);
}

static int remove_interface(struct apply *apply)
{
	struct live *live = &apply->live;

	if (!apply->created)
		return 0;
	if (!live->link &&
	    link_read(live->route, apply->interface, &live->link))
		return -1;
	return live->link ? link_delete(live->route, apply->interface,
					live->link->ifindex) :
			    0;
}

static void undo(struct apply *apply)
{
	/* One that stays must not be without its ward. */
	if (!remove_interface(apply) && apply->attached)
		ward_detach(apply->live.wards, apply->interface);
}

static int remember(struct apply *apply)
{
	if (former_read(&apply->former, &apply->live, &apply->plan))
		return -1;
	apply->former.seconds = apply->options.confirm;
	apply->former.created = apply->created;
	apply->former.attached = apply->attached;
	return 0;
}

/* The generation stays the one that the plan was made from. */
static int change_policy(struct apply *apply)
{
	int result = -1;

	if (create_interface(apply) || attach_ward(apply))
		goto err_undo;
	/* What is to be confirmed is a policy, be it the same again. */
	if (!plan_needs_transaction(&apply->plan) && !apply->options.confirm)
		return 0;
	if (apply->options.confirm && remember(apply))
		goto err_undo;
	result = changeover_run(&apply->live, &apply->goal, &apply->plan,
				apply->options.confirm, &apply->generation,
				NULL);
	/* Without its ward, an interface with half a change passes all. */
	if (result == CHANGEOVER_GUARDED)
		return -1;
	if (result)
		goto err_undo;
	apply->former.generation = apply->generation;
	apply->watches = apply->options.confirm;
	return 0;

err_undo:
	undo(apply);
	return result;
}

static int execute(struct apply *apply)
{
	int result;

	if (apply->options.confirm && helper_detach())
		return -1;
	result = change_policy(apply);
	if (!result && link_changes_any(&apply->plan.link) &&
	    changeover_settle(&apply->live, &apply->goal.target)) {
		error("%s: generation %llu is in force, but not all of the "
		      "interface is as it should be: run apply again",
		      apply->interface, (unsigned long long)apply->generation);
		apply->unsettled = true;
	}
	return result;
}

/* Seconds that are left of those for a confirm. */
static u32 find_left(struct apply *apply)
{
	struct live *live = &apply->live;
	u32 left = apply->options.confirm;
	struct ward ward;

	if (ward_get(live->wards, apply->interface, &ward) > 0)
		left = ward.confirm;
	ward_free(&ward);
	return left;
}

static void set_confirm(json_t *object, const struct apply *apply)
{
	if (apply->watches)
		output_set_number(object, "confirm", apply->options.confirm);
	else
		output_set(object, "confirm", json_null());
}

static void report(struct apply *apply, bool changed)
{
	json_t *object = apply->told.object;

	if (object) {
		output_set_bool(object, "changed", changed);
		output_set_bool(object, "recovered", apply->recovered);
		output_set_number(object, "generation", apply->generation);
		set_confirm(object, apply);
	}
	preview_told_print(&apply->told);
	if (object)
		return;
	if (apply->watches) {
		printf("%s: generation %llu is in force for %u s: \"wgward -i "
		       "%s confirm\" keeps it\n",
		       apply->interface, (unsigned long long)apply->generation,
		       find_left(apply), apply->interface);
	} else if (changed && !apply->unsettled) {
		printf("%s: done, generation %llu is in force\n",
		       apply->interface, (unsigned long long)apply->generation);
	} else if (!apply->plan.list.count) {
		printf("%s: nothing to change\n", apply->interface);
	}
}

/* A change that was interrupted has to be ended before a plan makes sense. */
static int recover(struct apply *apply)
{
	struct live *live = &apply->live;

	if (!live->warded || live->ward.state != WGWARD_STATE_INTERRUPTED ||
	    apply->options.dry_run)
		return 0;
	if (changeover_recover(live))
		return -1;
	apply->recovered = true;
	return live_read(live);
}

static int prepare(struct apply *apply)
{
	struct live *live = &apply->live;
	struct present present;

	if (!apply->options.dry_run && lock_take(apply->interface))
		return -1;
	if (live_open(live, apply->interface) || recover(apply))
		return -1;
	if (goal_find(&apply->goal, apply->options.key_file, live))
		return -1;
	present = live_present(live);
	apply->generation = live->ward.generation;
	plan_make(&apply->plan, &apply->goal.target, &present,
		  endpoint_resolve);
	mark_changes(live->policy, apply->goal.policy, &apply->plan.list);
	return refusal_check(live, &apply->goal, &apply->options.refusal,
			     error);
}

/* Before anything changes: what is in force now is gone then. */
static void tell(struct apply *apply)
{
	struct preview preview;

	preview_make(&preview, &apply->live, &apply->goal, &apply->plan);
	preview_tell(&preview, "interface", apply->interface, &apply->told);
	preview_free(&preview);
}

static bool is_enforcing(const struct apply *apply, bool executed)
{
	return executed || apply->live.ward.state == WGWARD_STATE_ENFORCING;
}

/* What goes back may need it again, and whoever confirms it ends it. */
static void open_up(struct apply *apply, bool executed)
{
	if (!apply->watches && is_enforcing(apply, executed) &&
	    barrier_remove_all(apply->interface))
		apply->unsettled = true;
}

/*
 * What is in force now is what the next boot begins with, or will be once it is
 * confirmed. One that still has to be, from before, is nobody's yet.
 */
static void keep(struct apply *apply, bool executed)
{
	const char *text = apply->goal.mesh->text;
	int result = 0;

	if (apply->watches)
		result = last_good_propose(apply->interface, apply->generation,
					   text);
	else if (is_enforcing(apply, executed))
		result = last_good_keep(apply->interface, text);
	apply->unkept = result;
}

/* Also what ends us does so only when it was told what was done. */
static int carry_out(struct apply *apply)
{
	bool changed = apply->plan.list.count && !apply->options.dry_run;
	bool execution = changed ||
			 (apply->plan.marks && !apply->options.dry_run);
	int result = 0;

	hold_signals(execution);
	if (execution)
		result = execute(apply);
	if (!result && !apply->options.dry_run) {
		open_up(apply, execution);
		keep(apply, execution);
	}
	if (!result)
		report(apply, changed || apply->recovered);
	hold_signals(false);
	return result;
}

static int run(struct apply *apply)
{
	if (prepare(apply))
		return EXIT_ERROR;
	tell(apply);
	if (carry_out(apply))
		return EXIT_ERROR;
	return apply->unsettled || apply->unkept ? EXIT_ERROR : EXIT_DONE;
}

/*
 * What is to be confirmed is done by the process that will roll it back, so
 * that no moment is without one.
 */
static int run_all(struct apply *apply)
{
	bool helps = apply->options.confirm && !apply->options.dry_run;
	int status;

	if (helps && !helper_start(&status)) {
		goal_free(&apply->goal);
		return status;
	}
	status = run(apply);
	preview_told_free(&apply->told);
	plan_free(&apply->plan);
	live_close(&apply->live);
	goal_free(&apply->goal);
	if (apply->watches) {
		helper_release(output_end(status), apply->former.helper);
		watch(&apply->former);
	}
	former_free(&apply->former);
	return status;
}

static int read_file(struct apply *apply)
{
	return goal_read(&apply->goal,
			 command_file(apply->options.file, apply->interface));
}

/* There is none before the first apply: the file is as good as it gets then. */
static int read_last_good(struct apply *apply)
{
	const char *file = command_file(NULL, apply->interface);
	const char *last = last_good_find(apply->interface);

	if (!last)
		return read_file(apply);
	if (goal_read(&apply->goal, last))
		return -1;
	if (!last_good_is(apply->goal.mesh->text, file))
		warning("%s: this is the last file that was in force; %s is "
			"another: \"wgward -i %s apply\" brings it",
			apply->interface, file, apply->interface);
	return 0;
}

/* Where nobody is there to do something about it. */
static bool needs_rescue(const struct apply *apply)
{
	struct ward_socket *socket;

	if (!apply->options.last_good || apply->options.dry_run ||
	    !apply->goal.mesh->rescue)
		return false;
	socket = ward_open_quietly();
	ward_close(socket);
	return !socket;
}

static int rescue(struct apply *apply)
{
	int status = rescue_run(&apply->goal, apply->interface,
				apply->options.key_file);

	goal_free(&apply->goal);
	return status;
}

int apply_main(int argc, char **argv)
{
	struct apply apply = { 0 };
	int status = EXIT_ERROR;

	if (parse_options(&apply, argc, argv))
		return EXIT_USAGE;
	apply.interface = command_interface(apply.options.file);
	if (!apply.interface)
		return EXIT_ERROR;
	if (apply.options.last_good ? read_last_good(&apply) :
				      read_file(&apply))
		goal_free(&apply.goal);
	else if (needs_rescue(&apply))
		status = rescue(&apply);
	else
		status = run_all(&apply);
	return output_end(status);
}
