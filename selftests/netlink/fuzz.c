// SPDX-License-Identifier: GPL-2.0
/*
 * Sends changes of policies that the specification allows, and damages most of
 * their requests; from several sockets of several namespaces, which go away at
 * any time, as do interfaces. The policies in force have to be what the
 * requests that were accepted make of them, and no refusal may be without a
 * word. What else may be wrong, the kernel's log says.
 *
 * usage: fuzz SECONDS SEED SESSIONS NETNS...
 *
 * Each session begins without wards, and has a seed of its own: what is found
 * in one with the seed N, "fuzz 0 N 1 NETNS..." finds again, as far as it is
 * not a matter of time. SESSIONS bounds their number, 0 does not. NETNS are
 * namespaces by path in which wg0 and wg1 are WireGuard's, and nobody else's.
 */

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wgward.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz_dice.h"
#include "fuzz_home.h"
#include "fuzz_port.h"
#include "fuzz_request.h"
#include "fuzz_story.h"
#include "fuzz_watch.h"
#include "tap.h"

#define HOMES 4
#define MOST_FINDINGS 10
/* Seconds more that a slow machine gets to have done all there is to do. */
#define PATIENCE 300

/* What came of the requests with a command. */
struct count {
	unsigned long accepted;
	unsigned long refused;
};

uint64_t dice_state;

static struct home homes[HOMES];
static unsigned int home_count;
static uint16_t family;
static uint64_t session;
static unsigned int step;
static struct request request;
static struct count counts[32];
static unsigned long wordless, changed, returns, commits;
static unsigned int findings;

static void finding(const char *what, ...)
{
	char text[256];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	if (findings++ < MOST_FINDINGS)
		tap_note("session %llu, step %u: %s",
			 (unsigned long long)session, step, text);
}

static void show_request(void)
{
	char text[2 * 64 + 1] = "";
	unsigned int i;

	for (i = 0; i < request.length && i < 64; i++)
		sprintf(text + 2 * i, "%02x", request.bytes[i]);
	if (findings <= MOST_FINDINGS)
		tap_note("  %u bytes: %s", request.length, text);
}

static struct ward *find_ward(struct home *home, const char *name)
{
	unsigned int i;

	for (i = 0; i < WARDS; i++) {
		if (!strcmp(home->wards[i].story.ward, name))
			return &home->wards[i];
	}
	return NULL;
}

static uint64_t print_of(struct home *home, const struct ward *ward,
			 bool pending)
{
	home_enter(home);
	return watch_policy(&home->eye, family, ward->story.ward, pending);
}

static void check_print(struct home *home, const struct ward *ward,
			uint64_t expected, const char *what)
{
	struct watched now[WATCH_WARDS];
	uint64_t seen = print_of(home, ward, false);
	unsigned int count, i;

	if (seen == expected)
		return;
	/* Time may be up for one on trial while it is read. */
	count = watch_all(&home->eye, family, now);
	for (i = 0; i < count; i++) {
		if (!strcmp(now[i].name, ward->story.ward) &&
		    now[i].generation != ward->generation)
			return;
	}
	changed++;
	finding("%s is not %s", ward->story.ward, what);
	show_request();
}

static void go_on(struct home *home, struct ward *ward,
		  const struct watched *now)
{
	uint32_t before = ward->state;

	ward->state = now->state;
	ward->generation = now->generation;
	ward->story.generation = now->generation;
	if (now->state == WGWARD_STATE_UNCONFIRMED)
		ward->stage = TRIAL;
	else if (now->state == WGWARD_STATE_GUARDED ||
		 now->state == WGWARD_STATE_INTERRUPTED)
		ward->stage = PREPARED;
	else if (ward->stage >= PREPARED)
		ward->stage = NO_CHANGE;
	if (ward->stage == PREPARED && before != WGWARD_STATE_GUARDED &&
	    before != WGWARD_STATE_INTERRUPTED)
		ward->pending = print_of(home, ward, true);
}

/* Whether the last request said that what it commits is on trial. */
static bool was_on_trial(void)
{
	unsigned int i;

	for (i = 0; i < request.count; i++) {
		if (request.pieces[i].attr->type == WGWARD_A_CONFIRM)
			return true;
	}
	return false;
}

/* It was committed: is it the policy that was prepared? */
static void check_commit(struct home *home, struct ward *ward,
			 const struct watched *now)
{
	/* On a slow machine its time may be over, and the former one back. */
	if (was_on_trial() && now->state != WGWARD_STATE_UNCONFIRMED &&
	    print_of(home, ward, false) == ward->print)
		return;
	ward->former = ward->print;
	ward->print = ward->pending;
	commits++;
	check_print(home, ward, ward->pending, "what was prepared");
}

/* It has another policy than before: is it the one that it should be? */
static void check_change(struct home *home, struct ward *ward,
			 const struct watched *now, bool committed)
{
	uint64_t before = ward->generation;

	ward->generation = now->generation;
	if (now->generation > before &&
	    ward->state == WGWARD_STATE_UNCONFIRMED) {
		ward->print = ward->former;
		returns++;
		check_print(home, ward, ward->former, "what it was before");
		return;
	}
	if (now->generation > before && committed && ward->stage == PREPARED) {
		check_commit(home, ward, now);
		return;
	}
	changed++;
	finding("%s had policy %llu and has %llu", now->name,
		(unsigned long long)before,
		(unsigned long long)now->generation);
	show_request();
	/* To be said once. */
	ward->print = print_of(home, ward, false);
}

/* Looks whether a ward is what @command may have made of it. */
static void watch_ward(struct home *home, struct ward *ward,
		       const struct watched *now, int command)
{
	if (ward->there != !!now) {
		if (command != WGWARD_CMD_ATTACH &&
		    command != WGWARD_CMD_DETACH) {
			changed++;
			finding("%s came or went", ward->story.ward);
			show_request();
		}
		ward->there = now;
		ward->stage = NO_CHANGE;
		ward->state = WGWARD_STATE_NO_POLICY;
		if (now) {
			go_on(home, ward, now);
			ward->print = print_of(home, ward, false);
		}
		return;
	}
	if (!now)
		return;
	if (now->generation != ward->generation)
		check_change(home, ward, now, command == WGWARD_CMD_COMMIT);
	else if (rarely(16))
		check_print(home, ward, ward->print, "what it was");
	if (command < 0 && now->state != ward->state &&
	    ward->state != WGWARD_STATE_UNCONFIRMED) {
		changed++;
		finding("%s is in state %u after %u, for nothing", now->name,
			now->state, ward->state);
		show_request();
	}
	go_on(home, ward, now);
}

/*
 * Looks at all wards of a namespace. @command is what was accepted there: 0,
 * if it is no request that did it; negative, if it was refused.
 */
static void watch(struct home *home, int command)
{
	struct watched now[WATCH_WARDS], *found;
	unsigned int count, i, j;

	home_enter(home);
	count = watch_all(&home->eye, family, now);
	for (i = 0; i < WARDS; i++) {
		found = NULL;
		for (j = 0; j < count; j++) {
			if (!strcmp(now[j].name, home->wards[i].story.ward))
				found = &now[j];
		}
		watch_ward(home, &home->wards[i], found, command);
	}
}

/* What of the policy's fate is known from the answer alone. */
static void note_stage(struct ward *ward, uint8_t command, unsigned int port)
{
	switch (command) {
	case WGWARD_CMD_BEGIN:
		ward->stage = OPEN;
		ward->owner = port;
		break;
	case WGWARD_CMD_PREPARE:
	case WGWARD_CMD_TAKE_OVER:
		ward->owner = port;
		if (ward->stage < PREPARED)
			ward->stage = NO_CHANGE;
		break;
	case WGWARD_CMD_ABORT:
	case WGWARD_CMD_DETACH:
		ward->stage = NO_CHANGE;
		break;
	}
}

static void note_refusal(struct ward *ward, uint8_t command, int error,
			 unsigned int port)
{
	switch (command) {
	case WGWARD_CMD_BEGIN:
		if (error == -EBUSY)
			ward->stage = SPOILED;
		break;
	case WGWARD_CMD_ADD:
	case WGWARD_CMD_PREPARE:
		if (ward->stage == OPEN)
			ward->stage = SPOILED;
		break;
	case WGWARD_CMD_ABORT:
	case WGWARD_CMD_TAKE_OVER:
		if (error == -ENOENT && ward->stage == SPOILED)
			ward->stage = NO_CHANGE;
		if (error == -EALREADY)
			ward->owner = port;
		break;
	}
}

static const struct grammar_command *by_number(unsigned int number)
{
	return &grammar_commands[number - 1];
}

static bool is_request(const struct grammar_command *command)
{
	return command->takes || command->dumps;
}

static const struct grammar_command *any_command(void)
{
	const struct grammar_command *command;

	do {
		command = &grammar_commands[roll(grammar_count)];
	} while (!is_request(command));
	return command;
}

/* What makes sense next, most of the time. */
static const struct grammar_command *next_command(const struct ward *ward)
{
	unsigned int chance = roll(100);

	if (chance < 25)
		return any_command();
	if (!ward->there)
		return by_number(WGWARD_CMD_ATTACH);
	if (ward->state == WGWARD_STATE_INTERRUPTED)
		return by_number(WGWARD_CMD_TAKE_OVER);
	switch (ward->stage) {
	case OPEN:
		return by_number(chance < 65 ? WGWARD_CMD_ADD :
					       WGWARD_CMD_PREPARE);
	case SPOILED:
		return by_number(chance < 65 ? WGWARD_CMD_ABORT :
					       WGWARD_CMD_TAKE_OVER);
	case PREPARED:
		return by_number(chance < 85 ? WGWARD_CMD_COMMIT :
					       WGWARD_CMD_ABORT);
	case TRIAL:
		return by_number(chance < 65 ? WGWARD_CMD_CONFIRM :
					       WGWARD_CMD_ROLLBACK);
	default:
		return by_number(WGWARD_CMD_BEGIN);
	}
}

static void check_words(const struct answer *answer, bool busy)
{
	/* Netlink itself says nothing while another dump is under way. */
	if (!answer->wordless || request.header ||
	    (busy && answer->error == -EBUSY))
		goto out;
	wordless++;
	finding("refused without a word: %d", answer->error);
	show_request();
out:
	if (!answer->stray)
		return;
	wordless++;
	finding("refused for what is beyond the end: %d", answer->error);
	show_request();
}

static void send_request(struct home *home)
{
	const struct genlmsghdr *genl = (void *)(request.bytes + NLMSG_HDRLEN);
	struct ward *ward = &home->wards[roll(WARDS)];
	const struct grammar_command *command = next_command(ward);
	unsigned int number = rarely(6) ? roll(PORTS) : ward->owner, i;
	struct port *port = &home->ports[number];
	bool dump = !command->takes || (command->dumps && rarely(2));
	unsigned int damages = rarely(2) ? 1 + roll(1 + roll(4)) : 0;
	struct answer answer;
	bool busy;

	if (command->number == WGWARD_CMD_BEGIN)
		story_begin(&ward->story);
	story_request(&ward->story, &request, family, command, dump,
		      ++port->sequence);
	/* A change has many requests, and one that is refused spoils it. */
	if (ward->stage == OPEN && !rarely(6))
		damages = 0;
	for (i = 0; i < damages; i++)
		request_damage(&request);
	if (dump && !request.header && rarely(4)) {
		port_leave(port, &request);
		return;
	}
	busy = port->unread;
	port_send(port, &request, &answer, NULL, NULL);
	check_words(&answer, busy);
	if (answer.error)
		counts[command->number].refused++;
	else if (!request.header)
		counts[command->number].accepted++;
	if (answer.error)
		note_refusal(ward, genl->cmd, answer.error, number);
	else
		note_stage(ward, genl->cmd, number);
	watch(home, answer.error ? -1 : genl->cmd);
}

static void renew_port(struct home *home)
{
	unsigned int number = roll(PORTS), i;

	home_enter(home);
	port_close(&home->ports[number]);
	port_open(&home->ports[number]);
	for (i = 0; i < WARDS; i++) {
		if (home->wards[i].stage < PREPARED &&
		    home->wards[i].owner == number)
			home->wards[i].stage = NO_CHANGE;
	}
	watch(home, 0);
}

/* Without its interface, a ward waits, and drops everything when it is back. */
static void renew_interface(struct home *home)
{
	struct ward *ward = &home->wards[roll(WARDS)];
	struct watched now[WATCH_WARDS];
	bool there = ward->there;
	unsigned int count, i;

	home_interface(home, ward - home->wards);
	count = watch_all(&home->eye, family, now);
	ward->there = false;
	ward->stage = NO_CHANGE;
	for (i = 0; i < count; i++) {
		if (find_ward(home, now[i].name) != ward)
			continue;
		ward->there = true;
		ward->state = now[i].state;
		ward->generation = now[i].generation;
		ward->story.generation = now[i].generation;
		ward->print = print_of(home, ward, false);
		if (ward->state != WGWARD_STATE_NO_POLICY) {
			changed++;
			finding("%s is in state %u with a new interface",
				now[i].name, ward->state);
		}
	}
	if (there && !ward->there) {
		changed++;
		finding("%s went with its interface", ward->story.ward);
	}
}

/* Waits for the time of what is on trial, which is a second at least. */
static void wait_for_return(struct home *home)
{
	unsigned int i;

	for (i = 0; i < WARDS; i++) {
		if (home->wards[i].stage == TRIAL) {
			usleep(1100000);
			break;
		}
	}
	watch(home, 0);
}

static void act(struct home *home)
{
	unsigned int chance = roll(1000);

	if (chance < 25)
		renew_port(home);
	else if (chance < 30)
		renew_interface(home);
	else if (chance < 80)
		home_send(home);
	else if (chance < 82)
		wait_for_return(home);
	else
		send_request(home);
}

/* No wards, whatever the last session left. */
static void clear(struct home *home)
{
	struct watched now[WATCH_WARDS];
	struct story story = {};
	struct answer answer;
	unsigned int count, i;

	home_enter(home);
	count = watch_all(&home->eye, family, now);
	for (i = 0; i < count; i++) {
		strcpy(story.ward, now[i].name);
		story_request(&story, &request, family,
			      by_number(WGWARD_CMD_DETACH), false,
			      ++home->eye.sequence);
		port_send(&home->eye, &request, &answer, NULL, NULL);
		if (answer.error)
			finding("%s cannot be detached: %d", story.ward,
				answer.error);
	}
	for (i = 0; i < WARDS; i++) {
		home->wards[i].there = false;
		home->wards[i].stage = NO_CHANGE;
		home->wards[i].owner = 0;
		story_begin(&home->wards[i].story);
	}
}

static void run_session(uint64_t seed)
{
	unsigned int i, steps;

	session = seed;
	dice_state = seed;
	for (i = 0; i < home_count; i++)
		clear(&homes[i]);
	steps = 50 + roll(200);
	for (step = 0; step < steps; step++) {
		act(&homes[roll(home_count)]);
		/* What is done in one namespace is done in no other. */
		if (rarely(8))
			watch(&homes[roll(home_count)], 0);
	}
}

/* Whether there was something to go wrong. */
static bool all_commands(void)
{
	const struct count *count;
	unsigned int i;

	for (i = 0; i < grammar_count; i++) {
		count = &counts[grammar_commands[i].number];
		if (is_request(&grammar_commands[i]) &&
		    (!count->accepted || !count->refused))
			return false;
	}
	return commits && returns;
}

static void tell_commands(void)
{
	const struct count *count;
	unsigned int i;

	for (i = 0; i < grammar_count; i++) {
		count = &counts[grammar_commands[i].number];
		if (is_request(&grammar_commands[i]))
			tap_note("%s: %lu accepted, %lu refused",
				 grammar_commands[i].name, count->accepted,
				 count->refused);
	}
	tap_note("%lu dumps were cut by another policy", port_cut);
}

static unsigned long total(void)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < 32; i++)
		sum += counts[i].accepted + counts[i].refused;
	return sum;
}

/* The time is over, unless the machine was too slow to do much in it. */
static bool enough(time_t end)
{
	time_t now = time(NULL);

	return now >= end && (all_commands() || now > end + PATIENCE);
}

int main(int argc, char **argv)
{
	unsigned long sessions = 0, most;
	uint64_t seed;
	time_t end;
	int i;

	if (argc < 5 || argc - 4 > HOMES) {
		fprintf(stderr, "usage: %s SECONDS SEED SESSIONS NETNS...\n",
			argv[0]);
		return 2;
	}
	end = time(NULL) + strtol(argv[1], NULL, 0);
	seed = strtoull(argv[2], NULL, 0);
	most = strtoul(argv[3], NULL, 0);
	family = port_family();
	for (i = 4; i < argc; i++)
		home_open(&homes[home_count++], argv[i]);
	while (findings < MOST_FINDINGS &&
	       (most ? sessions < most : !enough(end)))
		run_session(seed + sessions++);
	for (i = 0; i < (int)home_count; i++)
		clear(&homes[i]);
	tap_check(!wordless,
		  "%lu requests in %lu sessions: what is refused has a message",
		  total(), sessions);
	tap_check(
		!changed,
		"policies change by commits alone: %lu of them, and %lu returns",
		commits, returns);
	tell_commands();
	tap_check(most || findings || all_commands(),
		  "each command was accepted, and refused");
	tap_check(!findings, "nothing else was found");
	return tap_end();
}
