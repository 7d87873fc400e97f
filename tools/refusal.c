// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "address.h"
#include "key.h"
#include "memory.h"
#include "refusal.h"
#include "session.h"
#include "span.h"

static int check_manager(const struct live *live, refusal_tell *tell)
{
	const char *manager;

	/* Under a policy of ours it was adopted, whatever still runs. */
	if (!live->link || live->policy)
		return 0;
	manager = link_manager(live->interface, live->link->ifindex);
	if (!manager)
		return 0;
	tell("%s is managed by %s: --adopt if wgward shall change it "
	     "nevertheless",
	     live->interface, manager);
	return -1;
}

static int check_peers(const struct live *live, const struct goal *goal,
		       refusal_tell *tell)
{
	struct present present = live_present(live);
	char text[KEY_TEXT_LEN];
	const u8 *key;
	size_t count;

	count = plan_unknown_peers(&goal->target, &present, &key);
	if (!count)
		return 0;
	tell("%s has %zu peer%s that the file does not know, such as %s: "
	     "--adopt if they shall be removed",
	     live->interface, count, count == 1 ? "" : "s",
	     key_format(text, key));
	return -1;
}

static int check_revision(const struct live *live, const struct goal *goal,
			  refusal_tell *tell)
{
	const struct wgward_policy *before = live->policy;
	const struct wgward_policy *after = goal->policy;

	if (!before || !before->has_revision || !after->has_revision ||
	    after->revision >= before->revision)
		return 0;
	tell("%s: the file is revision %llu, older than %llu, which is in "
	     "force: --force if that is meant",
	     live->interface, (unsigned long long)after->revision,
	     (unsigned long long)before->revision);
	return -1;
}

/* A rollback leads to what was before that change, and no further. */
static int check_confirmed(const struct live *live, refusal_tell *tell)
{
	if (!live->warded || live->ward.state != WGWARD_STATE_UNCONFIRMED)
		return 0;
	tell("%s: the last change waits to be confirmed, for another %u s: say "
	     "\"wgward -i %s confirm\" or \"wgward -i %s rollback\" first",
	     live->interface, live->ward.confirm, live->interface,
	     live->interface);
	return -1;
}

/* "qdisc on wg0 can", in memory to be freed. */
static char *describe_queues(unsigned int queues, const char *interface)
{
	unsigned int i;

	for (i = 0; i < LINK_QUEUE_COUNT; i++)
		if (queues & (1 << i))
			return memory_print("%s on %s can",
					    link_queue_name(1 << i), interface);
	return memory_print("it cannot be read whether something on %s can",
			    interface);
}

/*
 * What waits between the ward and WireGuard was judged as the former owner's,
 * and no guard keeps WireGuard from giving it to the new one.
 */
static int check_owners(struct live *live, const struct goal *goal,
			unsigned int queues, refusal_tell *tell)
{
	const struct wgward_policy *policies[] = { NULL, goal->policy };
	const struct span *moved;
	const struct wgward_node *was;
	char text[ADDRESS_TEXT_LEN];
	struct in6_addr address;
	struct spans spans;
	char *queue;

	if (live_compile(live))
		return -1;
	policies[0] = live->policy;
	spans_make(&spans, policies);
	moved = spans_moved(&spans, policies);
	if (moved) {
		address = span_address(moved->family, moved->first);
		was = span_owner(moved, policies, 0);
		queue = describe_queues(queues, live->interface);
		tell("%s goes from %s to %s while %s hold packets that were "
		     "judged before: take it off, or --queued if they may "
		     "reach the wrong node",
		     address_format(text, moved->family, &address),
		     was ? was->name : "nobody",
		     span_owner(moved, policies, 1)->name, queue);
		free(queue);
	}
	spans_free(&spans);
	return moved ? -1 : 0;
}

static int check_queues(struct live *live, const struct goal *goal,
			refusal_tell *tell)
{
	unsigned int queues;

	if (!live->link || !live->policy)
		return 0;
	queues = link_queues(live->route, live->interface, live->link);
	return queues ? check_owners(live, goal, queues, tell) : 0;
}

int refusal_check(struct live *live, const struct goal *goal,
		  const struct refusal_options *options, refusal_tell *tell)
{
	int result = check_confirmed(live, tell);

	if (!options->adopt && check_manager(live, tell))
		result = -1;
	if (!options->adopt && check_peers(live, goal, tell))
		result = -1;
	if (!options->force && check_revision(live, goal, tell))
		result = -1;
	if (!options->queued && check_queues(live, goal, tell))
		result = -1;
	if (!options->force && !options->confirm &&
	    session_check(live, goal, tell))
		result = -1;
	return result;
}
