// SPDX-License-Identifier: GPL-2.0
/*
 * wgward reload: another module in place of the one that is loaded. As long as
 * there is none, nftables drops all that the interfaces carry.
 *
 * JSON: before, after: versions; wards: a list of interface, restored,
 * generation, milliseconds and packets (for which it was closed, and that were
 * dropped meanwhile; null if it still is).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "barrier.h"
#include "command.h"
#include "hold.h"
#include "lock.h"
#include "memory.h"
#include "module.h"
#include "output.h"
#include "ward.h"

/**
 * struct reloaded - a ward that outlives its module
 * @name: of the interface
 * @passive: it only watches
 * @policy: in force, or NULL
 * @since: when the interface was closed
 * @closed: it is
 * @detached: there is no ward
 * @restored: there is one again, as it was
 * @generation: of the policy then
 * @milliseconds: how long it was closed
 * @packets: that were dropped meanwhile
 */
struct reloaded {
	const char *name;
	bool passive;
	struct wgward_policy *policy;
	struct timespec since;
	bool closed;
	bool detached;
	bool restored;
	u64 generation;
	u64 milliseconds;
	u64 packets;
};

/**
 * struct reload - a reload
 * @file: the module, or NULL for the one that is installed
 * @before: its version
 * @after: that of the next
 * @wards: as they were at first
 * @items: the same, and what becomes of them
 * @count: number of both
 */
struct reload {
	const char *file;
	char before[MODULE_VERSION_LEN];
	char after[MODULE_VERSION_LEN];
	struct ward *wards;
	struct reloaded *items;
	size_t count;
};

static int check_ward(const struct ward *ward)
{
	const char *why;

	switch (ward->state) {
	case WGWARD_STATE_ENFORCING:
	case WGWARD_STATE_NO_POLICY:
	case WGWARD_STATE_PASSIVE:
		return 0;
	case WGWARD_STATE_WAITING:
		why = "it waits for its interface, and nothing else can: say "
		      "\"detach\" first";
		break;
	case WGWARD_STATE_UNCONFIRMED:
		why = "the last change waits to be confirmed: say \"confirm\" "
		      "or \"rollback\" first";
		break;
	case WGWARD_STATE_INTERRUPTED:
		why = "a change was interrupted: say \"abort\" first";
		break;
	default:
		why = "a change is under way";
	}
	error("%s: %s", ward->name, why);
	return -1;
}

static int check(const struct reload *reload)
{
	long elsewhere = module_wards() - (long)reload->count;
	size_t i;

	for (i = 0; i < reload->count; i++)
		if (check_ward(&reload->wards[i]))
			return -1;
	if (elsewhere <= 0)
		return 0;
	error("the module has %ld wards in other network namespaces: end them "
	      "first, with \"down\" or \"detach\" there",
	      elsewhere);
	return -1;
}

/* As read before the locks were taken, then once more. */
static int read_wards(struct reload *reload, struct ward_socket *socket)
{
	size_t i;

	if (ward_get_all(socket, &reload->wards, &reload->count))
		return -1;
	/* Each is held until we end. */
	for (i = 0; i < reload->count; i++)
		if (lock_take(reload->wards[i].name))
			return -1;
	ward_free_all(reload->wards, reload->count);
	reload->wards = NULL;
	if (ward_get_all(socket, &reload->wards, &reload->count) ||
	    check(reload))
		return -1;
	reload->items = memory_zero(reload->count, sizeof(*reload->items));
	for (i = 0; i < reload->count; i++) {
		reload->items[i].name = reload->wards[i].name;
		reload->items[i].passive = reload->wards[i].state ==
					   WGWARD_STATE_PASSIVE;
		if (ward_read_policy(socket, reload->wards[i].name,
				     &reload->items[i].policy))
			return -1;
	}
	return 0;
}

static int close_all(struct reload *reload)
{
	struct reloaded *item;
	size_t i;

	for (i = 0; i < reload->count; i++) {
		item = &reload->items[i];
		if (item->passive)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &item->since);
		if (barrier_put(item->name, BARRIER_CLOSED, true))
			return -1;
		item->closed = true;
	}
	/*
	 * Who is in a ward's hook by now came before the barrier, and would
	 * pass if the ward ended in that moment. This waits for them: it is an
	 * RCU grace period, and with one CPU nobody else is there.
	 */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	return 0;
}

static int detach_all(struct reload *reload, struct ward_socket *socket)
{
	size_t i;

	for (i = 0; i < reload->count; i++) {
		if (ward_detach(socket, reload->items[i].name))
			return -1;
		reload->items[i].detached = true;
	}
	return 0;
}

static int bring_policy(struct reloaded *item, struct ward_socket *socket)
{
	struct ward ward;

	if (ward_get(socket, item->name, &ward) <= 0)
		return -1;
	item->generation = ward.generation;
	ward_free(&ward);
	if (!item->policy)
		return 0;
	if (ward_begin(socket, item->name, item->generation, false,
		       item->policy, NULL) ||
	    ward_add(socket, item->name, item->policy) ||
	    ward_prepare(socket, item->name))
		return -1;
	return ward_commit(socket, item->name, 0, &item->generation);
}

static u64 milliseconds_since(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 +
	       (now.tv_nsec - since->tv_nsec) / 1000000;
}

static int open_up(struct reloaded *item)
{
	if (!item->closed)
		return 0;
	if (barrier_remove(item->name, BARRIER_CLOSED, &item->packets))
		return -1;
	item->milliseconds = milliseconds_since(&item->since);
	item->closed = false;
	return 0;
}

static int restore(struct reloaded *item, struct ward_socket *socket)
{
	if (item->detached && (ward_attach(socket, item->name, item->passive,
					   WARD_ADOPTION_SECONDS) ||
			       bring_policy(item, socket)))
		return -1;
	item->restored = true;
	return open_up(item);
}

static int restore_all(struct reload *reload)
{
	struct ward_socket *socket = ward_open();
	int result = socket ? 0 : -1;
	size_t i;

	for (i = 0; socket && i < reload->count; i++)
		if (restore(&reload->items[i], socket))
			result = -1;
	ward_close(socket);
	return result;
}

/* One that is installed may be the former one, if it was not that. */
static int load(const struct reload *reload)
{
	if (!module_load(reload->file))
		return 0;
	if (!reload->file || module_load(NULL))
		return -1;
	warning("the module that is installed was loaded instead");
	return 1;
}

/* Whatever happens, as much as possible is restored at the end. */
static int exchange(struct reload *reload, struct ward_socket *socket)
{
	int result = -1, loaded = 0;

	if (!close_all(reload) && !detach_all(reload, socket) &&
	    !module_unload()) {
		loaded = load(reload);
		result = loaded ? -1 : 0;
	}
	if (loaded < 0)
		return -1;
	return restore_all(reload) ? -1 : result;
}

static void print_item(const struct reloaded *item)
{
	if (item->closed)
		printf("%s: CLOSED: all is dropped until \"wgward -i %s "
		       "apply\"\n",
		       item->name, item->name);
	else if (!item->restored)
		printf("%s: NOT RESTORED\n", item->name);
	else if (item->passive)
		printf("%s: restored\n", item->name);
	else
		printf("%s: restored, generation %llu; was closed for %llu ms, "
		       "in which %llu packets were dropped\n",
		       item->name, (unsigned long long)item->generation,
		       (unsigned long long)item->milliseconds,
		       (unsigned long long)item->packets);
}

static json_t *item_json(const struct reloaded *item)
{
	json_t *object = output_object();

	output_set_text(object, "interface", item->name);
	output_set_bool(object, "restored", item->restored);
	output_set_number(object, "generation", item->generation);
	if (item->closed) {
		output_set(object, "milliseconds", json_null());
		output_set(object, "packets", json_null());
	} else {
		output_set_number(object, "milliseconds", item->milliseconds);
		output_set_number(object, "packets", item->packets);
	}
	return object;
}

static void report(struct reload *reload)
{
	bool loaded = module_version(reload->after);
	json_t *object, *wards;
	size_t i;

	if (!option_json) {
		printf("module %s -> %s\n", reload->before,
		       loaded ? reload->after : "none");
		for (i = 0; i < reload->count; i++)
			print_item(&reload->items[i]);
		return;
	}
	object = output_object();
	wards = output_array();
	for (i = 0; i < reload->count; i++)
		output_append(wards, item_json(&reload->items[i]));
	output_set_text(object, "before", reload->before);
	output_set_text(object, "after", loaded ? reload->after : NULL);
	output_set(object, "wards", wards);
	output_json(object, false);
}

static int run(struct reload *reload)
{
	struct ward_socket *socket = ward_open();
	int result = -1;

	if (socket && !read_wards(reload, socket) && module_try(reload->file)) {
		module_version(reload->before);
		hold_signals(true);
		result = exchange(reload, socket);
		report(reload);
		hold_signals(false);
	}
	ward_close(socket);
	return result ? EXIT_ERROR : EXIT_DONE;
}

int reload_main(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };
	struct reload reload = { 0 };
	int status;
	size_t i;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return command_usage("reload");
	if (argc - optind > 1 || option_interface) {
		error("reload takes one module's file at most, and is about "
		      "all interfaces");
		return command_usage("reload");
	}
	reload.file = argv[optind];
	status = run(&reload);
	for (i = 0; i < reload.count && reload.items; i++)
		if (reload.items[i].policy)
			wgward_policy_free(reload.items[i].policy);
	free(reload.items);
	ward_free_all(reload.wards, reload.count);
	return output_end(status);
}
