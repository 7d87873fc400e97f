// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "changeover.h"
#include "command.h"
#include "endpoint.h"
#include "former.h"
#include "helper.h"
#include "hold.h"
#include "lock.h"
#include "mark.h"
#include "output.h"
#include "preview.h"
#include "refusal.h"
#include "text.h"
#include "watch.h"

/* For each connection to send something, either way. */
#define ADOPTION_SECONDS 60

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
	if (argc - optind > 1) {
		error("apply takes one FILE");
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
		adoption = ADOPTION_SECONDS;
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
	return apply->unsettled ? EXIT_ERROR : EXIT_DONE;
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

int apply_main(int argc, char **argv)
{
	struct apply apply = { 0 };
	int status = EXIT_ERROR;
	const char *file;

	if (parse_options(&apply, argc, argv))
		return EXIT_USAGE;
	apply.interface = command_interface(apply.options.file);
	if (!apply.interface)
		return EXIT_ERROR;
	file = command_file(apply.options.file, apply.interface);
	if (goal_read(&apply.goal, file))
		goal_free(&apply.goal);
	else
		status = run_all(&apply);
	return output_end(status);
}
