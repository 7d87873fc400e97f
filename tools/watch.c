// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "barrier.h"
#include "command.h"
#include "last_good.h"
#include "listen.h"
#include "lock.h"
#include "watch.h"

/* How often it is looked, where events are told and where they are not. */
#define LISTEN_INTERVAL_MS 30000
#define LOOK_INTERVAL_MS 1000
/* How long it is tried, from when the time for a confirm is up. */
#define TRY_SECONDS 600
#define LONGEST_PAUSE 30

/**
 * struct watch - the watch
 * @former: what was
 * @interface: its name at the time of the apply, which is its file's
 * @wards: to look; NULL: to be opened
 * @listener: told of what happens; NULL likewise
 * @end: when it is over at the latest, of CLOCK_BOOTTIME
 */
struct watch {
	struct former *former;
	char interface[IFNAMSIZ];
	struct ward_socket *wards;
	struct listener *listener;
	time_t end;
};

/* What is to be done about the change. */
enum decision { WAIT, ROLL_BACK, KEEP, DONE };

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec;
}

/*
 * The kernel says what it rolled back. A generation is never another policy's,
 * so whatever else there is, somebody has made later.
 */
static enum decision decide(const struct former *former,
			    const struct ward *ward)
{
	if (ward->generation == former->generation) {
		if (ward->state == WGWARD_STATE_UNCONFIRMED)
			return WAIT;
		return ward->state == WGWARD_STATE_ENFORCING ? KEEP : DONE;
	}
	if (ward->rolled_back != former->generation)
		return DONE;
	switch (ward->state) {
	case WGWARD_STATE_INTERRUPTED:
	case WGWARD_STATE_ENFORCING:
	case WGWARD_STATE_NO_POLICY:
	case WGWARD_STATE_PASSIVE:
		return ROLL_BACK;
	case WGWARD_STATE_GUARDED:
		/* Somebody else sees to it, or to another change. */
		return WAIT;
	default:
		return DONE;
	}
}

/* The ward may have been renamed with its interface. 0: there is none. */
static int find_ward(struct former *former, struct ward_socket *wards,
		     struct ward *found)
{
	struct ward *all;
	size_t count, i;
	int result = 0;

	memset(found, 0, sizeof(*found));
	if (ward_get_all(wards, &all, &count))
		return -1;
	for (i = 0; i < count; i++) {
		if (all[i].ifindex != former->ifindex)
			continue;
		strcpy(former->interface, all[i].name);
		*found = all[i];
		memset(&all[i], 0, sizeof(all[i]));
		result = 1;
	}
	ward_free_all(all, count);
	return result;
}

static void close_all(struct watch *watch)
{
	ward_close(watch->wards);
	listener_close(watch->listener);
	watch->wards = NULL;
	watch->listener = NULL;
}

/* Returns DONE if the module, and with it the change, is gone. */
static enum decision open_all(struct watch *watch)
{
	/* First, so that nothing happens between a look and the next event. */
	if (!watch->listener)
		watch->listener =
			listener_open(WGWARD_GENL_NAME, WGWARD_MCGRP_CONFIG);
	if (!watch->wards)
		watch->wards = ward_open_quietly();
	if (!watch->wards)
		return errno == ENOENT ? DONE : WAIT;
	return ward_family(watch->wards) == watch->former->family ? WAIT : DONE;
}

static enum decision look(struct watch *watch)
{
	enum decision decision = open_all(watch);
	struct ward ward;
	int result;

	if (decision == DONE || !watch->wards)
		return decision;
	result = find_ward(watch->former, watch->wards, &ward);
	if (result > 0)
		decision = decide(watch->former, &ward);
	else
		decision = result ? WAIT : DONE;
	ward_free(&ward);
	/* Whatever keeps us from looking may pass. */
	if (result < 0)
		close_all(watch);
	return decision;
}

/* What is told is of no matter: it is looked again. */
static void ignore(const struct nlmsghdr *header, void *data)
{
	(void)header;
	(void)data;
}

static void wait_for_event(struct watch *watch)
{
	struct pollfd file = { .fd = -1, .events = POLLIN };
	int interval = LOOK_INTERVAL_MS;

	if (watch->listener) {
		file.fd = listener_descriptor(watch->listener);
		interval = LISTEN_INTERVAL_MS;
	}
	if (poll(&file, 1, interval) > 0)
		listener_read(watch->listener, ignore, NULL);
}

/* Whether all is done that there is to do. */
static bool roll_back(struct former *former)
{
	struct live live;
	bool done = false;

	if (lock_take(former->interface))
		return false;
	if (!live_open(&live, former->interface) && live.link &&
	    live.link->ifindex == former->ifindex)
		done = decide(former, &live.ward) != ROLL_BACK ||
		       !former_restore(former, &live);
	live_close(&live);
	return done;
}

/*
 * In a process of its own, which may end as it likes, as for want of memory:
 * there is nobody else who could try once more.
 */
static bool attempt(struct former *former)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(roll_back(former) ? EXIT_DONE : EXIT_ERROR);
	if (child < 0)
		return false;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
}

static void run(struct watch *watch)
{
	struct former *former = watch->former;
	unsigned int pause = 1;
	enum decision decision;

	while ((decision = look(watch)) != DONE) {
		/* Who confirmed may not have been the command. */
		if (decision == KEEP) {
			last_good_confirm(watch->interface, former->generation);
			barrier_remove_all(watch->interface);
			return;
		}
		if (now() > watch->end) {
			error("%s: generation %llu could not be rolled back "
			      "in full: wgward -i %s rollback",
			      former->interface,
			      (unsigned long long)former->generation,
			      former->interface);
			return;
		}
		if (decision == WAIT) {
			wait_for_event(watch);
			continue;
		}
		if (attempt(former))
			return;
		sleep(pause);
		pause = pause < LONGEST_PAUSE / 2 ? pause * 2 : LONGEST_PAUSE;
	}
}

void watch(struct former *former)
{
	struct watch watch = {
		.former = former,
		.end = now() + former->seconds + TRY_SECONDS,
	};

	strcpy(watch.interface, former->interface);
	run(&watch);
	close_all(&watch);
}
