// SPDX-License-Identifier: GPL-2.0
/*
 * The data path judges as its naive twin does, packet by packet, while
 * policies change below the flows.
 */
#include "scene.h"
#include "tap.h"

#define WORLDS 800
#define STEPS 300

static bool play(struct seen *seen)
{
	static struct scene scene;
	bool ok = true;
	u32 i;

	scene_begin(&scene);
	scene.audits = random_once_in(2);
	for (i = 0; ok && i < STEPS; i++) {
		if (random_once_in(15))
			scene_change_policy(&scene, seen);
		else if (random_once_in(15))
			scene_pass_time(&scene, seen);
		else
			ok = scene_judge_packet(&scene, seen);
	}
	ok = ok && scene_counts_hold(&scene);
	seen->adopted += scene.twin.adopted;
	scene_end(&scene);
	return ok;
}

static const enum wgward_reason drops[] = {
	WGWARD_REASON_RULE,	    WGWARD_REASON_DEFAULT,
	WGWARD_REASON_NO_POLICY,    WGWARD_REASON_GUARD,
	WGWARD_REASON_UNOWNED,	    WGWARD_REASON_SPOOFED,
	WGWARD_REASON_SAME_ADDRESS, WGWARD_REASON_ICMP_ERROR,
	WGWARD_REASON_NODE_EXPIRED,
};

static const enum wgward_reason passes[] = {
	WGWARD_REASON_RULE,    WGWARD_REASON_DEFAULT, WGWARD_REASON_FLOW,
	WGWARD_REASON_PASSIVE, WGWARD_REASON_AUDIT,
};

static void compare(void)
{
	struct seen seen = { 0 };
	bool ok = true, all = true;
	u32 i;

	for (i = 0; ok && i < WORLDS; i++)
		ok = play(&seen);
	tap_result(ok, "%u worlds: every packet judged as by the twin", i);
	tap_note(
		"%u packets, %u under a guard, %u commits, %u aborts, %u losses, %u adopted",
		seen.packets, seen.guarded, seen.commits, seen.aborts,
		seen.losses, seen.adopted);
	tap_note("%u rejected, %u passed by audit, %u times a rule ended",
		 seen.rejected, seen.audited, seen.renewals);
	for (i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		tap_note("dropped, reason %d: %u", drops[i],
			 seen.dropped[drops[i]]);
		all = all && seen.dropped[drops[i]];
	}
	for (i = 0; i < sizeof(passes) / sizeof(passes[0]); i++) {
		tap_note("passed, reason %d: %u", passes[i],
			 seen.passed[passes[i]]);
		all = all && seen.passed[passes[i]];
	}
	tap_result(all && seen.packets >= 100000 && seen.commits &&
			   seen.aborts && seen.losses && seen.adopted &&
			   seen.rejected && seen.audited && seen.renewals &&
			   surrounding_rule_hits && surrounding_rule_audits &&
			   surrounding_drops,
		   "all kinds of verdicts were met, in 100,000 packets");
}

int main(void)
{
	if (wgward_flow_init())
		return 1;
	random_begin();
	compare();
	wgward_flow_exit();
	return tap_end();
}
