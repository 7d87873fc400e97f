// SPDX-License-Identifier: GPL-2.0
/*
 * wgward node, group, rule: one change to what is in force, as an apply of a
 * file with that change in it would make it.
 *
 * JSON: as of apply.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "changeover.h"
#include "command.h"
#include "edit.h"
#include "endpoint.h"
#include "hold.h"
#include "lock.h"
#include "output.h"
#include "policy_diff.h"
#include "preview.h"
#include "refusal.h"

/* For another client to end what it does to the same ward. */
#define PATIENCE_SECONDS 20
#define PAUSE_MILLISECONDS 50

/**
 * struct script - a change
 * @edit: what is wanted
 * @dry_run: stop before the change
 * @refusal: what else was said
 * @interface: its name
 * @live: what is
 * @goal: what is to be
 * @plan: from one to the other
 * @told: what is told of it
 * @generation: of the policy in force
 * @changed: something was changed
 * @unsettled: that is in force, but some address, route or the like is not as
 *	it should be
 * @recovered: a change that was interrupted was undone first
 */
struct script {
	struct edit edit;
	bool dry_run;
	struct refusal_options refusal;
	const char *interface;
	struct live live;
	struct goal goal;
	struct plan plan;
	struct preview_told told;
	u64 generation;
	bool changed;
	bool unsettled;
	bool recovered;
};

/* Of an attempt. */
enum outcome {
	FAILED, /* an error was printed */
	RIVALLED, /* somebody else was faster */
	DONE,
};

static int parse_options(struct script *script, enum edit_kind kind, int argc,
			 char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'd' },
		{ "force", no_argument, NULL, 'f' },
		{ "queued", no_argument, NULL, 'q' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			script->dry_run = true;
			break;
		case 'f':
			script->refusal.force = true;
			break;
		case 'q':
			script->refusal.queued = true;
			break;
		default:
			return -1;
		}
	}
	return edit_parse(&script->edit, kind, argc - optind, argv + optind) ?
		       0 :
		       -1;
}

/* An apply would do the same first. */
static int recover(struct script *script)
{
	struct live *live = &script->live;

	if (live->ward.state != WGWARD_STATE_INTERRUPTED || script->dry_run)
		return 0;
	if (changeover_recover(live))
		return -1;
	script->recovered = true;
	return live_read(live);
}

static int check_live(struct script *script)
{
	const struct live *live = &script->live;

	if (live->warded && recover(script))
		return -1;
	if (live->policy && live->link)
		return 0;
	error("%s: there is no policy in force: apply a mesh file first",
	      script->interface);
	return -1;
}

/* Adding what is there already is no change if it is the same. */
static bool is_other(const struct script *script,
		     const struct wgward_policy *after, enum edit_result result)
{
	const char *kind = edit_kind_name(&script->edit);
	struct change_list list = { 0 };
	bool other = policy_diff(script->live.policy, after, &list);

	if (other && result == EDIT_REPLACED) {
		error("there is a %s %s already, and it is not that; \"%s "
		      "set\" would make it so:",
		      kind, script->edit.name, kind);
		change_list_write(&list, "  ", stderr);
	}
	change_list_free(&list);
	return other;
}

/* The policy is in force by now, whatever becomes of this. */
static void settle(struct script *script)
{
	struct live *live = &script->live;

	if (!link_changes_any(&script->plan.link) ||
	    !changeover_settle(live, &script->goal.target))
		return;
	script->unsettled = true;
	error("%s: generation %llu is in force, but not all of the interface "
	      "is as it should be: run apply",
	      script->interface, (unsigned long long)script->generation);
}

static enum outcome execute(struct script *script, bool last)
{
	bool rival = false;
	int result = 0;

	/* Until it is told what was done. */
	hold_signals(true);
	if (plan_needs_transaction(&script->plan))
		result = changeover_run(&script->live, &script->goal,
					&script->plan, 0, &script->generation,
					last ? NULL : &rival);
	script->changed = !result;
	if (!result)
		settle(script);
	if (!rival)
		return result ? FAILED : DONE;
	hold_signals(false);
	return RIVALLED;
}

/* Of the node that is changed, or NULL. */
static const char *endpoint_of(const struct script *script)
{
	const struct wgward_policy *policy = script->goal.policy;
	u32 node = WGWARD_NONE;

	if (script->edit.kind == EDIT_NODE)
		node = wgward_policy_find_node(policy, script->edit.name);
	return node == WGWARD_NONE ? NULL : policy->nodes[node].endpoint;
}

/*
 * What does not resolve leaves a peer where it is. A file is kept, and asked
 * again; what a script says would be lost.
 */
static int make_plan(struct script *script)
{
	struct present present = live_present(&script->live);
	const char *wanted = endpoint_of(script);

	plan_make(&script->plan, &script->goal.target, &present,
		  endpoint_resolve);
	if (endpoint_of(script) == wanted)
		return 0;
	error("%s: nothing was changed: the peer would stay where it is",
	      script->edit.name);
	return -1;
}

static void tell(struct script *script, const struct preview *preview)
{
	preview_tell(preview, "interface", script->interface, &script->told);
}

static enum outcome carry_out(struct script *script, bool last)
{
	struct live *live = &script->live;
	struct preview preview;

	if (make_plan(script) ||
	    refusal_check(live, &script->goal, &script->refusal, error))
		return FAILED;
	preview_make(&preview, live, &script->goal, &script->plan);
	tell(script, &preview);
	preview_free(&preview);
	return script->dry_run ? DONE : execute(script, last);
}

static enum outcome unchanged(struct script *script)
{
	const struct preview nothing = { .changes = &script->plan.list };

	tell(script, &nothing);
	return DONE;
}

static enum outcome attempt(struct script *script, bool last)
{
	struct wgward_policy *after;
	enum edit_result result;
	struct mesh *mesh;

	if (check_live(script))
		return FAILED;
	script->generation = script->live.ward.generation;
	result = edit_policy(&script->edit, script->interface,
			     script->live.policy, &mesh, &after);
	if (result == EDIT_FAILED)
		return FAILED;
	if (result == EDIT_ABSENT)
		return unchanged(script);
	if (goal_take(&script->goal, &script->live, mesh, after))
		return FAILED;
	if (!is_other(script, after, result))
		return unchanged(script);
	return result == EDIT_REPLACED ? FAILED : carry_out(script, last);
}

static void forget(struct script *script)
{
	preview_told_free(&script->told);
	plan_free(&script->plan);
	goal_free(&script->goal);
	memset(&script->plan, 0, sizeof(script->plan));
	memset(&script->goal, 0, sizeof(script->goal));
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/*
 * The lock keeps commands apart; what changes the ward without it makes what
 * was read stale: then all is done once more, from what is in force then.
 */
static int run(struct script *script)
{
	const struct timespec pause = {
		.tv_nsec = PAUSE_MILLISECONDS * 1000000,
	};
	time_t end = now() + PATIENCE_SECONDS;
	enum outcome outcome;
	bool last = false;

	if (!script->dry_run && lock_take(script->interface))
		return -1;
	if (live_open(&script->live, script->interface))
		return -1;
	for (;;) {
		outcome = attempt(script, last);
		if (outcome != RIVALLED)
			return outcome == DONE ? 0 : -1;
		forget(script);
		nanosleep(&pause, NULL);
		last = now() >= end;
		if (live_read(&script->live))
			return -1;
	}
}

static void report(struct script *script)
{
	json_t *object = script->told.object;

	if (object) {
		output_set_bool(object, "changed",
				script->changed || script->recovered);
		output_set_bool(object, "recovered", script->recovered);
		output_set_number(object, "generation", script->generation);
	}
	preview_told_print(&script->told);
	if (object)
		return;
	if (script->changed && !script->unsettled) {
		printf("%s: done, generation %llu is in force\n",
		       script->interface,
		       (unsigned long long)script->generation);
	} else if (!script->plan.list.count) {
		printf("%s: nothing to change\n", script->interface);
	}
}

static int script_main(enum edit_kind kind, int argc, char **argv)
{
	struct script script = { 0 };
	int status = EXIT_ERROR;

	if (parse_options(&script, kind, argc, argv)) {
		edit_free(&script.edit);
		return command_usage(argv[0]);
	}
	script.interface = command_interface(NULL);
	if (script.interface) {
		if (!run(&script)) {
			status = script.unsettled ? EXIT_ERROR : EXIT_DONE;
			report(&script);
		}
		hold_signals(false);
		forget(&script);
		live_close(&script.live);
	}
	edit_free(&script.edit);
	return output_end(status);
}

int node_main(int argc, char **argv)
{
	return script_main(EDIT_NODE, argc, argv);
}

int group_main(int argc, char **argv)
{
	return script_main(EDIT_GROUP, argc, argv);
}

int rule_main(int argc, char **argv)
{
	return script_main(EDIT_RULE, argc, argv);
}
