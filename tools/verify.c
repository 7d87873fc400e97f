// SPDX-License-Identifier: GPL-2.0
/*
 * wgward verify: whether WireGuard, the interface, the kernel's policy and the
 * file agree.
 *
 * WireGuard and the interface are held against the policy in force, so that
 * what is found is what somebody changed behind its back; the policy against the
 * file.
 *
 * JSON: interface, file, good, findings (part, kind, name, found, expected,
 * live, text), notes (likewise).
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "command.h"
#include "finding.h"
#include "goal.h"
#include "key.h"
#include "live.h"
#include "mark.h"
#include "output.h"
#include "policy_diff.h"

/* For a change that is under way to end. */
#define LOOKS_MAX 10
#define PAUSE_MILLISECONDS 200

/**
 * struct verification - a verify
 * @file: of the command line, or NULL
 * @key_file: likewise
 * @interface: its name
 * @goal: what the file says
 * @live: what is
 * @expected: what WireGuard and the interface should be
 * @stranger: the file has no node that we could be, and so no policy
 * @findings: where these differ
 */
struct verification {
	const char *file;
	const char *key_file;
	const char *interface;
	struct goal goal;
	struct live live;
	struct target expected;
	bool stranger;
	struct findings findings;
};

static const char *state_problem(const struct live *live)
{
	if (!live->warded)
		return "NOT ENFORCED: there is no ward";
	switch (live->ward.state) {
	case WGWARD_STATE_WAITING:
		return "the interface is gone: it is waited for";
	case WGWARD_STATE_NO_POLICY:
		return "there is no policy: everything is dropped";
	case WGWARD_STATE_PASSIVE:
		return "NOT ENFORCED: there is no policy yet, and everything "
		       "passes";
	case WGWARD_STATE_GUARDED:
		return "a change is under way";
	case WGWARD_STATE_INTERRUPTED:
		return "a change was interrupted: the guard is on";
	default:
		return NULL;
	}
}

static void verify_ward(struct verification *verification)
{
	const struct live *live = &verification->live;
	const char *problem = state_problem(live);

	if (problem)
		findings_add(&verification->findings, FINDING_WARD, "%s",
			     problem);
	if (live->warded && live->ward.audit)
		findings_add(&verification->findings, FINDING_NOTE,
			     "AUDIT ONLY, NOT ENFORCED: the policy passes "
			     "everything, and reports");
	if (live->warded && live->ward.state == WGWARD_STATE_UNCONFIRMED)
		findings_add(&verification->findings, FINDING_NOTE,
			     "UNCONFIRMED: in %u s the former policy comes "
			     "back",
			     live->ward.confirm);
}

static void verify_policy(struct verification *verification)
{
	struct change_list list = { 0 };
	char key[KEY_TEXT_LEN];

	if (verification->stranger)
		findings_add(&verification->findings, FINDING_POLICY,
			     "no node of the file has this machine's public "
			     "key, %s",
			     key_format(key, verification->goal.target.key));
	if (!verification->live.policy || verification->stranger)
		return;
	policy_diff(verification->live.policy, verification->goal.policy,
		    &list);
	mark_changes(verification->live.policy, verification->goal.policy,
		     &list);
	change_list_sort(&list);
	findings_add_changes(&verification->findings, FINDING_POLICY, &list);
	change_list_free(&list);
}

static void verify_identity(struct verification *verification,
			    struct change_list *list)
{
	const struct wireguard_device *device = verification->live.device;
	const struct target *target = &verification->expected;
	char found[KEY_TEXT_LEN], expected[KEY_TEXT_LEN];

	if (!device->has_key ||
	    memcmp(device->key, target->key, WGWARD_KEY_LEN))
		change_add(list, CHANGE_KEY, CHANGE_SET, NULL,
			   device->has_key ? key_format(found, device->key) :
					     NULL,
			   key_format(expected, target->key));
	if (!target->port || device->port == target->port)
		return;
	snprintf(found, sizeof(found), "%u", device->port);
	snprintf(expected, sizeof(expected), "%u", target->port);
	change_add(list, CHANGE_PORT, CHANGE_SET, NULL, found, expected);
}

/*
 * Endpoints roam, and that is nobody's fault. But that a peer has none at all
 * means that it was not resolved, or that somebody took the peer away.
 */
static void verify_endpoints(const struct peers *peers,
			     const struct wireguard_device *device,
			     struct change_list *list)
{
	const struct wireguard_peer *live;
	const struct peer *peer;
	size_t i;

	for (i = 0; i < peers->count; i++) {
		peer = &peers->items[i];
		live = wireguard_find_peer(device, peer->key);
		if (peer->endpoint && live &&
		    live->endpoint.any.sa_family == AF_UNSPEC)
			change_add(list, CHANGE_ENDPOINT, CHANGE_SET,
				   peer->name, NULL, peer->endpoint);
	}
}

static void verify_wireguard(struct verification *verification)
{
	const struct target *expected = &verification->expected;
	const struct live *live = &verification->live;
	const struct peers_context context = {
		.before = live->policy,
		.after = verification->goal.policy,
	};
	struct wireguard_change *changes;
	struct change_list list = { 0 };
	struct peers *peers;
	size_t count;

	if (!live->device || !live->policy)
		return;
	verify_identity(verification, &list);
	peers = target_peers(expected);
	changes = peers_diff(peers, live->device, &context, &list, &count);
	wireguard_changes_free(changes, count);
	verify_endpoints(peers, live->device, &list);
	peers_free(peers);
	change_list_sort(&list);
	findings_add_changes(&verification->findings, FINDING_WIREGUARD, &list);
	change_list_free(&list);
}

static void verify_interface(struct verification *verification)
{
	const struct target *expected = &verification->expected;
	const struct live *live = &verification->live;
	struct change_list list = { 0 };
	struct link_changes changes;
	char text[PREFIX_TEXT_LEN];
	size_t i;

	if (!live->link) {
		findings_add(&verification->findings, FINDING_INTERFACE,
			     "there is no interface %s", live->interface);
		return;
	}
	if (!live->policy)
		return;
	link_diff(expected->policy, expected->mtu, live->link, &list, false,
		  &changes);
	change_list_sort(&list);
	findings_add_changes(&verification->findings, FINDING_INTERFACE, &list);
	for (i = 0; i < changes.elsewhere.count; i++)
		findings_add(&verification->findings, FINDING_INTERFACE,
			     "route %s leads through another interface",
			     prefix_format(text, &changes.elsewhere.items[i]));
	link_changes_free(&changes);
	change_list_free(&list);
}

static void verify_path(struct verification *verification)
{
	const struct live *live = &verification->live;
	unsigned int bypasses, queues, i;

	if (!live->link)
		return;
	bypasses = link_bypasses(live->route, live->link);
	for (i = 0; i < LINK_BYPASS_COUNT; i++)
		if (bypasses & (1 << i))
			findings_add(&verification->findings, FINDING_BYPASS,
				     "packets that %s redirects do not pass "
				     "the ward",
				     link_bypass_name(1 << i));
	queues = link_queues(live->route, live->interface, live->link);
	for (i = 0; i < LINK_QUEUE_COUNT; i++)
		if (queues & (1 << i))
			findings_add(&verification->findings, FINDING_NOTE,
				     "%s can hold packets between the ward and "
				     "WireGuard: a change of an address's "
				     "owner needs --queued",
				     link_queue_name(1 << i));
	if (queues & LINK_QUEUE_UNKNOWN)
		findings_add(&verification->findings, FINDING_NOTE,
			     "it cannot be read whether something can hold "
			     "packets between the ward and WireGuard");
}

static void report(const struct verification *verification)
{
	const struct findings *findings = &verification->findings;
	const char *file = mesh_file_name(verification->goal.mesh->file);
	size_t count = findings->count - findings->notes;
	json_t *object;

	if (option_json) {
		object = output_object();
		output_set_text(object, "interface", verification->interface);
		output_set_text(object, "file", file);
		output_set_bool(object, "good", !count);
		output_set(object, "findings", findings_json(findings, false));
		output_set(object, "notes", findings_json(findings, true));
		output_json(object, false);
		return;
	}
	findings_print(findings);
	if (count)
		printf("%s: %zu finding%s\n", verification->interface, count,
		       count == 1 ? "" : "s");
	else
		printf("%s: all is as %s says\n", verification->interface,
		       file);
}

/*
 * Without a file of the key, self is who the policy in force says: the key on
 * the interface is one of the things to be verified.
 */
static int find_goal(struct verification *verification)
{
	const struct live *live = &verification->live;
	struct goal *goal = &verification->goal;
	const struct wgward_node *self;
	const u8 *key = NULL;

	self = live->policy ? goal_self(live->policy) : NULL;
	if (self)
		key = self->key;
	else if (live->device && live->device->has_key)
		key = live->device->key;
	if (goal_read_key(goal, verification->interface, verification->key_file,
			  key))
		return -1;
	verification->stranger = self &&
				 !mesh_find_key(goal->mesh, goal->target.key);
	return verification->stranger ? 0 :
					goal_be(goal, verification->interface);
}

static void look(struct verification *verification)
{
	struct live *live = &verification->live;

	verification->expected = verification->goal.target;
	if (live->policy)
		goal_aim(&verification->expected, live->policy);
	verify_ward(verification);
	verify_policy(verification);
	verify_wireguard(verification);
	verify_interface(verification);
	verify_path(verification);
}

static bool is_good(const struct verification *verification)
{
	return verification->findings.count == verification->findings.notes;
}

/*
 * What is read one after the other does not belong together while somebody
 * changes it. Only what is found twice in a row is there.
 */
static int look_until_steady(struct verification *verification)
{
	const struct timespec pause = {
		.tv_nsec = PAUSE_MILLISECONDS * 1000000,
	};
	struct live *live = &verification->live;
	struct findings former;
	unsigned int looks;
	bool steady = false;
	u64 generation;
	int result = 0;

	look(verification);
	for (looks = 1; looks < LOOKS_MAX && !steady && !result; looks++) {
		if (is_good(verification))
			break;
		former = verification->findings;
		generation = live->ward.generation;
		memset(&verification->findings, 0, sizeof(former));
		nanosleep(&pause, NULL);
		result = live_read(live);
		if (!result)
			look(verification);
		steady = live->ward.state != WGWARD_STATE_GUARDED &&
			 live->ward.generation == generation &&
			 findings_equal(&former, &verification->findings);
		findings_free(&former);
	}
	return result;
}

static int run(struct verification *verification)
{
	if (live_open(&verification->live, verification->interface) ||
	    find_goal(verification) || look_until_steady(verification))
		return EXIT_ERROR;
	report(verification);
	return is_good(verification) ? EXIT_DONE : EXIT_NO;
}

static int parse_options(struct verification *verification, int argc,
			 char **argv)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'k')
			return -1;
		verification->key_file = optarg;
	}
	if (argc - optind > 1) {
		error("verify takes one FILE");
		return -1;
	}
	verification->file = argv[optind];
	return 0;
}

int verify_main(int argc, char **argv)
{
	struct verification verification = { 0 };
	int status = EXIT_ERROR;
	const char *file;

	if (parse_options(&verification, argc, argv))
		return command_usage("verify");
	verification.interface = command_interface(verification.file);
	if (!verification.interface)
		return EXIT_ERROR;
	file = command_file(verification.file, verification.interface);
	if (!goal_read(&verification.goal, file)) {
		status = run(&verification);
		live_close(&verification.live);
	}
	findings_free(&verification.findings);
	goal_free(&verification.goal);
	return output_end(status);
}
