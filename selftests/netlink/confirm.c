// SPDX-License-Identifier: GPL-2.0
/*
 * A commit that has to be confirmed: what becomes of it with and without that,
 * with and without peers that change, at once and after its time, and when the
 * device or the ward goes meanwhile.
 *
 * usage: confirm IFACE
 *
 * IFACE is a WireGuard interface that nothing else uses; it is deleted.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "tap.h"

/* Policies that are told apart by what they let pass; each has a rule, too. */
enum policy { NOTHING, FIRST, SECOND };

#define SERVICE(port) (6 << 16 | (port))
/* Far beyond what a test takes. */
#define LONG 3600

static const char *ward;
static struct client *client, *listener;

/* What there is to know of the ward. */
struct seen {
	uint32_t state;
	uint64_t generation, rolled_back;
	uint32_t rules;
	uint32_t left;
	uint64_t revision;
	uint32_t adoption;
	bool unconfirmed;
	bool peers_change;
};

static void read_seen(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attr;
	struct seen *seen = data;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case WGWARD_A_STATE:
			seen->state = mnl_attr_get_u32(attr);
			break;
		case WGWARD_A_GENERATION:
			seen->generation = mnl_attr_get_u64(attr);
			break;
		case WGWARD_A_ROLLED_BACK:
			seen->rolled_back = mnl_attr_get_u64(attr);
			break;
		case WGWARD_A_ADOPTION:
			seen->adoption = mnl_attr_get_u32(attr);
			break;
		case WGWARD_A_RULES:
			seen->rules = mnl_attr_get_u32(attr);
			break;
		case WGWARD_A_REVISION:
			seen->revision = mnl_attr_get_u64(attr);
			break;
		case WGWARD_A_PEERS_CHANGE:
			seen->peers_change = true;
			break;
		case WGWARD_A_CONFIRM:
			seen->unconfirmed = true;
			seen->left = mnl_attr_get_u32(attr);
		}
	}
}

static int look_pending(struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	client_start_ward(client, WGWARD_CMD_WARD_GET, ward);
	mnl_attr_put(&client->header, WGWARD_A_PENDING, 0, NULL);
	return client_send(client, read_seen, seen);
}

static struct seen look(void)
{
	struct seen seen = { 0 };

	client_start_ward(client, WGWARD_CMD_WARD_GET, ward);
	if (client_send(client, read_seen, &seen))
		tap_fatal(client->message);
	return seen;
}

static void must(int error)
{
	if (error)
		tap_fatal(client->message);
}

static void read_verdict(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attr;
	uint32_t *verdict = data;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == WGWARD_A_VERDICT)
			*verdict = mnl_attr_get_u32(attr);
	}
}

static bool passes(enum policy policy)
{
	const uint8_t from[4] = { 10, 10, 0, 1 }, to[4] = { 10, 10, 0, 2 };
	uint32_t verdict = WGWARD_VERDICT_DROP;

	client_start_ward(client, WGWARD_CMD_EXPLAIN, ward);
	mnl_attr_put(&client->header, WGWARD_A_SOURCE, sizeof(from), from);
	mnl_attr_put(&client->header, WGWARD_A_DESTINATION, sizeof(to), to);
	mnl_attr_put_u32(&client->header, WGWARD_A_SERVICE, SERVICE(policy));
	if (client_send(client, read_verdict, &verdict))
		tap_fatal(client->message);
	return verdict == WGWARD_VERDICT_PASS;
}

/* One policy is in force, alone; or none passes anything. */
static void in_force(enum policy policy, uint32_t state, const char *what)
{
	struct seen seen = look();
	bool first = passes(FIRST), second = passes(SECOND);

	if (!tap_check(seen.state == state && first == (policy == FIRST) &&
			       second == (policy == SECOND),
		       "%s", what))
		tap_note("state %u, first %u, second %u", seen.state, first,
			 second);
}

static void put_range(struct nlmsghdr *header, enum policy policy)
{
	struct nlattr *nest;

	nest = mnl_attr_nest_start(header, WGWARD_RULE_A_SERVICE);
	mnl_attr_put_u32(header, WGWARD_SERVICE_A_FIRST, SERVICE(policy));
	mnl_attr_put_u32(header, WGWARD_SERVICE_A_LAST, SERVICE(policy));
	mnl_attr_nest_end(header, nest);
}

static void put_any(struct nlmsghdr *header, uint16_t side)
{
	struct nlattr *nest = mnl_attr_nest_start(header, side);

	mnl_attr_put(header, WGWARD_SELECTOR_A_ANY, 0, NULL);
	mnl_attr_nest_end(header, nest);
}

static int add_other(void)
{
	const uint8_t key[WGWARD_KEY_LEN] = { 2 };
	const uint8_t address[4] = { 10, 10, 0, 2 };
	struct nlmsghdr *header;
	struct nlattr *nest;

	header = client_start_ward(client, WGWARD_CMD_ADD, ward);
	nest = mnl_attr_nest_start(header, WGWARD_A_NODE);
	mnl_attr_put_strz(header, WGWARD_NODE_A_NAME, "other");
	mnl_attr_put(header, WGWARD_NODE_A_KEY, sizeof(key), key);
	mnl_attr_put(header, WGWARD_NODE_A_ADDRESS, sizeof(address), address);
	mnl_attr_nest_end(header, nest);
	return client_send(client, NULL, NULL);
}

/* @until: seconds since 1970, or 0. */
static int add_rule(enum policy policy, uint64_t until)
{
	struct nlmsghdr *header;
	struct nlattr *nest;

	header = client_start_ward(client, WGWARD_CMD_ADD, ward);
	nest = mnl_attr_nest_start(header, WGWARD_A_RULE);
	mnl_attr_put_strz(header, WGWARD_RULE_A_NAME,
			  policy == FIRST ? "first" : "second");
	mnl_attr_put_u32(header, WGWARD_RULE_A_ACTION, WGWARD_ACTION_ALLOW);
	put_any(header, WGWARD_RULE_A_FROM);
	put_any(header, WGWARD_RULE_A_TO);
	put_range(header, policy);
	if (until)
		mnl_attr_put_u64(header, WGWARD_RULE_A_UNTIL, until);
	mnl_attr_nest_end(header, nest);
	return client_send(client, NULL, NULL);
}

static int begin(enum policy policy, bool peers_change)
{
	uint64_t generation = look().generation;
	struct nlmsghdr *header;

	header = client_start_ward(client, WGWARD_CMD_BEGIN, ward);
	mnl_attr_put_u64(header, WGWARD_A_GENERATION, generation);
	mnl_attr_put_u32(header, WGWARD_A_DEFAULT, WGWARD_ACTION_DENY);
	mnl_attr_put_u64(header, WGWARD_A_REVISION, policy);
	if (peers_change)
		mnl_attr_put(header, WGWARD_A_PEERS_CHANGE, 0, NULL);
	return client_send(client, NULL, NULL);
}

static void prepare_until(enum policy policy, bool peers_change, uint64_t until)
{
	if (begin(policy, peers_change) || client_add_self(client, ward) ||
	    add_other() || add_rule(policy, until) ||
	    client_command(client, WGWARD_CMD_PREPARE, ward))
		tap_fatal(client->message);
}

static void prepare(enum policy policy, bool peers_change)
{
	prepare_until(policy, peers_change, 0);
}

static int commit_for(uint32_t seconds)
{
	client_start_ward(client, WGWARD_CMD_COMMIT, ward);
	mnl_attr_put_u32(&client->header, WGWARD_A_CONFIRM, seconds);
	return client_send(client, NULL, NULL);
}

static void change_for(enum policy policy, bool peers_change, uint32_t seconds)
{
	prepare(policy, peers_change);
	if (commit_for(seconds))
		tap_fatal(client->message);
}

static void command(uint8_t number)
{
	if (client_command(client, number, ward))
		tap_fatal(client->message);
}

/* Of a confirm or a rollback of the change that made @generation. */
static int decide(uint8_t number, uint64_t generation)
{
	client_start_ward(client, number, ward);
	mnl_attr_put_u64(&client->header, WGWARD_A_GENERATION, generation);
	return client_send(client, NULL, NULL);
}

/* Of what is in force. */
static void decided(uint8_t number)
{
	if (decide(number, look().generation))
		tap_fatal(client->message);
}

static void check_refused(int seen, int error, const char *what)
{
	if (!tap_check(seen == -error && *client->message, "%s: %s", what,
		       client->message))
		tap_note("expected %s, seen %s", strerror(error),
			 strerror(-seen));
}

static void refused(uint8_t number, int error, const char *what)
{
	check_refused(client_command(client, number, ward), error, what);
}

static void not_decided(uint8_t number, int error, const char *what)
{
	check_refused(decide(number, look().generation), error, what);
}

static void nap(time_t seconds)
{
	const struct timespec moment = { .tv_sec = seconds };

	nanosleep(&moment, NULL);
}

/* Until the state is another one, which it has to be before long. */
static void wait_while(uint32_t state)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	unsigned int i;

	for (i = 0; i < 1000 && look().state == state; i++)
		nanosleep(&moment, NULL);
}

static void heard(const char *what, const int *expected)
{
	bool good = true;
	int event;

	while ((event = client_event(listener)) >= 0) {
		if (event != *expected) {
			tap_note("event %d instead of %d", event, *expected);
			good = false;
		}
		if (*expected >= 0)
			expected++;
	}
	tap_check(good && *expected < 0, "%s", what);
}

static void forget_events(void)
{
	while (client_event(listener) >= 0)
		;
}

/* Back to the first policy, whatever was before. */
static void start_over(void)
{
	prepare(FIRST, false);
	command(WGWARD_CMD_COMMIT);
	forget_events();
}

static void test_confirm(void)
{
	static const int events[] = { WGWARD_EVENT_GUARD, WGWARD_EVENT_COMMIT,
				      WGWARD_EVENT_CONFIRMED, -1 };
	uint64_t before = look().generation;
	struct seen seen;

	not_decided(WGWARD_CMD_CONFIRM, ENOENT, "nothing to confirm yet");
	not_decided(WGWARD_CMD_ROLLBACK, ENOENT, "nor to roll back");
	prepare(SECOND, true);
	not_decided(WGWARD_CMD_CONFIRM, ENOENT, "nor under the guard");
	if (commit_for(LONG))
		tap_fatal(client->message);
	in_force(SECOND, WGWARD_STATE_UNCONFIRMED,
		 "what is not confirmed is in force");
	seen = look();
	tap_check(seen.unconfirmed && seen.left > LONG - 60 &&
			  seen.left <= LONG && seen.peers_change,
		  "and says for how long, %u s", seen.left);
	tap_check(seen.generation == before + 1, "it has a generation");
	tap_check(begin(FIRST, false) == -EBUSY && *client->message,
		  "nothing can begin: %s", client->message);
	refused(WGWARD_CMD_COMMIT, EBUSY, "nothing is to be committed");
	refused(WGWARD_CMD_ABORT, EBUSY, "or aborted");
	refused(WGWARD_CMD_TAKE_OVER, EBUSY, "or taken over");

	client_close(client);
	client = client_open();
	if (!client)
		tap_fatal("no socket");
	in_force(SECOND, WGWARD_STATE_UNCONFIRMED,
		 "the end of its client changes nothing");
	decided(WGWARD_CMD_CONFIRM);
	in_force(SECOND, WGWARD_STATE_ENFORCING, "any client may confirm it");
	seen = look();
	tap_check(!seen.unconfirmed && !seen.peers_change &&
			  seen.generation == before + 1,
		  "the generation stays");
	not_decided(WGWARD_CMD_CONFIRM, ENOENT, "it is confirmed once");
	not_decided(WGWARD_CMD_ROLLBACK, ENOENT, "and is not rolled back then");
	heard("listeners heard of it", events);
}

static void test_deadline(void)
{
	static const int events[] = { WGWARD_EVENT_GUARD, WGWARD_EVENT_COMMIT,
				      WGWARD_EVENT_ROLLED_BACK, -1 };
	uint64_t before;

	start_over();
	before = look().generation;
	change_for(SECOND, false, 1);
	in_force(SECOND, WGWARD_STATE_UNCONFIRMED, "a second to confirm it");
	wait_while(WGWARD_STATE_UNCONFIRMED);
	in_force(FIRST, WGWARD_STATE_ENFORCING,
		 "nobody did: the former policy is back");
	tap_check(look().generation == before + 2, "which makes a generation");
	heard("listeners heard of it", events);
	not_decided(WGWARD_CMD_CONFIRM, ENOENT, "it is too late to confirm");
	prepare(SECOND, false);
	command(WGWARD_CMD_ABORT);
	in_force(FIRST, WGWARD_STATE_ENFORCING, "other changes can begin");
}

static void test_deadline_guarded(void)
{
	static const int events[] = {
		WGWARD_EVENT_GUARD,	   WGWARD_EVENT_COMMIT,
		WGWARD_EVENT_ROLLING_BACK, WGWARD_EVENT_TAKEN_OVER,
		WGWARD_EVENT_ABORT,	   -1
	};
	uint64_t before;
	struct seen seen;

	start_over();
	before = look().generation;
	tap_check(look_pending(&seen) == -ENOENT && *client->message,
		  "no policy is to come: %s", client->message);
	change_for(SECOND, true, 1);
	wait_while(WGWARD_STATE_UNCONFIRMED);
	in_force(NOTHING, WGWARD_STATE_INTERRUPTED,
		 "where peers changed, the guard is on");
	seen = look();
	tap_check(seen.generation == before + 2 && seen.revision == FIRST &&
			  seen.rolled_back == before + 1 && seen.peers_change &&
			  !seen.unconfirmed,
		  "the former policy is the one in force");
	must(look_pending(&seen));
	tap_check(seen.revision == SECOND && seen.rules == 1,
		  "the other is the one to come");
	tap_check(begin(FIRST, false) == -EUCLEAN && *client->message,
		  "nothing can begin: %s", client->message);
	command(WGWARD_CMD_TAKE_OVER);
	tap_check(commit_for(1) == -EINVAL && *client->message &&
			  client->offset,
		  "it does not get another time: %s", client->message);
	in_force(NOTHING, WGWARD_STATE_GUARDED, "but can be taken over");
	command(WGWARD_CMD_ABORT);
	in_force(FIRST, WGWARD_STATE_ENFORCING, "and be aborted");
	seen = look();
	tap_check(seen.generation == before + 2 &&
			  seen.rolled_back == before + 1,
		  "which makes no generation");
	heard("listeners heard of it", events);

	change_for(SECOND, true, 1);
	wait_while(WGWARD_STATE_UNCONFIRMED);
	command(WGWARD_CMD_TAKE_OVER);
	command(WGWARD_CMD_COMMIT);
	in_force(SECOND, WGWARD_STATE_ENFORCING, "or be committed after all");
}

static void test_rollback(void)
{
	static const int alone[] = { WGWARD_EVENT_GUARD, WGWARD_EVENT_COMMIT,
				     WGWARD_EVENT_ROLLED_BACK, -1 };
	static const int guarded[] = {
		WGWARD_EVENT_GUARD,	   WGWARD_EVENT_COMMIT,
		WGWARD_EVENT_ROLLING_BACK, WGWARD_EVENT_TAKEN_OVER,
		WGWARD_EVENT_ABORT,	   -1
	};

	start_over();
	change_for(SECOND, false, LONG);
	decided(WGWARD_CMD_ROLLBACK);
	in_force(FIRST, WGWARD_STATE_ENFORCING, "rollback, at once");
	heard("listeners heard of it", alone);
	change_for(SECOND, true, LONG);
	decided(WGWARD_CMD_ROLLBACK);
	in_force(NOTHING, WGWARD_STATE_INTERRUPTED,
		 "with peers, it puts the guard on");
	command(WGWARD_CMD_TAKE_OVER);
	command(WGWARD_CMD_ABORT);
	in_force(FIRST, WGWARD_STATE_ENFORCING, "until they are back");
	heard("listeners heard of it", guarded);
}

/* Who decides on a change that has ended does not decide on the next. */
static void test_another(void)
{
	uint64_t first, second;
	struct seen seen;

	start_over();
	change_for(SECOND, false, LONG);
	first = look().generation;
	tap_check(client_command(client, WGWARD_CMD_CONFIRM, ward) == -EINVAL &&
			  client->missing == WGWARD_A_GENERATION,
		  "confirm says which change: %s", client->message);
	tap_check(client_command(client, WGWARD_CMD_ROLLBACK, ward) ==
				  -EINVAL &&
			  client->missing == WGWARD_A_GENERATION,
		  "and so does rollback: %s", client->message);
	must(look_pending(&seen));
	tap_check(seen.revision == FIRST && seen.rules == 1,
		  "what would come back can be read");
	decided(WGWARD_CMD_ROLLBACK);
	seen = look();
	tap_check(seen.rolled_back == first && seen.generation == first + 1,
		  "the ward says what was rolled back");
	change_for(SECOND, false, LONG);
	second = look().generation;
	tap_check(!look().rolled_back, "until another policy comes");
	tap_check(
		decide(WGWARD_CMD_CONFIRM, first) == -ESTALE && client->offset,
		"a late confirm is of the former change: %s", client->message);
	tap_check(decide(WGWARD_CMD_ROLLBACK, first) == -ESTALE &&
			  client->offset,
		  "and so is a late rollback: %s", client->message);
	in_force(SECOND, WGWARD_STATE_UNCONFIRMED, "this one waits");
	must(decide(WGWARD_CMD_CONFIRM, second));

	command(WGWARD_CMD_DETACH);
	command(WGWARD_CMD_ATTACH);
	tap_check(!look().generation, "a new ward has had no policy");
	change_for(FIRST, false, LONG);
	tap_check(look().generation > second,
		  "and yet its first one is no generation that there was");
	decided(WGWARD_CMD_CONFIRM);
}

/* A deadline that was stopped is of no matter to the next change. */
static void test_stale_deadline(void)
{
	start_over();
	change_for(SECOND, false, 1);
	decided(WGWARD_CMD_CONFIRM);
	change_for(FIRST, false, LONG);
	nap(2);
	in_force(FIRST, WGWARD_STATE_UNCONFIRMED,
		 "the time of a former change ends nothing");
	decided(WGWARD_CMD_CONFIRM);
}

/* The rule of the policy that is kept ends while that is not in force. */
static void test_expiry(void)
{
	start_over();
	prepare_until(FIRST, false, time(NULL) + 2);
	command(WGWARD_CMD_COMMIT);
	change_for(SECOND, false, LONG);
	nap(3);
	decided(WGWARD_CMD_ROLLBACK);
	in_force(NOTHING, WGWARD_STATE_ENFORCING,
		 "a rule that has ended meanwhile does not live again");
}

static int dump_pending(uint8_t number)
{
	client_start_ward(client, number, ward);
	client->header.nlmsg_flags |= NLM_F_DUMP;
	mnl_attr_put(&client->header, WGWARD_A_PENDING, 0, NULL);
	return client_send(client, NULL, NULL);
}

static void test_pending(void)
{
	int error;

	start_over();
	error = dump_pending(WGWARD_CMD_RULE_GET);
	tap_check(error == -ENOENT, "no rules are to come: %s",
		  client->message);
	prepare(SECOND, false);
	error = dump_pending(WGWARD_CMD_NODE_GET);
	tap_check(!error && client->messages == 2, "two nodes are to come");
	error = dump_pending(WGWARD_CMD_RULE_GET);
	tap_check(!error && client->messages == 1, "and a rule");
	error = dump_pending(WGWARD_CMD_GROUP_GET);
	tap_check(!error && !client->messages, "and no group");
	client_start(client, WGWARD_CMD_WARD_GET, NLM_F_DUMP);
	mnl_attr_put(&client->header, WGWARD_A_PENDING, 0, NULL);
	error = client_send(client, NULL, NULL);
	tap_check(error == -EINVAL && *client->message, "not of all wards: %s",
		  client->message);
	command(WGWARD_CMD_ABORT);
	error = dump_pending(WGWARD_CMD_NODE_GET);
	tap_check(error == -ENOENT, "nothing is to come after an abort");
}

/* Back to having no policy at all. */
static void test_first_policy(void)
{
	command(WGWARD_CMD_DETACH);
	command(WGWARD_CMD_ATTACH);
	change_for(FIRST, false, LONG);
	in_force(FIRST, WGWARD_STATE_UNCONFIRMED, "a first policy");
	decided(WGWARD_CMD_ROLLBACK);
	in_force(NOTHING, WGWARD_STATE_NO_POLICY, "is rolled back to none");
	change_for(FIRST, true, LONG);
	decided(WGWARD_CMD_ROLLBACK);
	in_force(NOTHING, WGWARD_STATE_INTERRUPTED, "or to a guard");
	command(WGWARD_CMD_TAKE_OVER);
	command(WGWARD_CMD_ABORT);
	in_force(NOTHING, WGWARD_STATE_NO_POLICY, "and then to none");

	command(WGWARD_CMD_DETACH);
	client_start_ward(client, WGWARD_CMD_ATTACH, ward);
	mnl_attr_put(&client->header, WGWARD_A_PASSIVE, 0, NULL);
	if (client_send(client, NULL, NULL))
		tap_fatal(client->message);
	change_for(FIRST, true, LONG);
	decided(WGWARD_CMD_ROLLBACK);
	in_force(FIRST, WGWARD_STATE_INTERRUPTED,
		 "where all passed, what the first policy passes does");
	command(WGWARD_CMD_TAKE_OVER);
	command(WGWARD_CMD_ABORT);
	tap_check(look().state == WGWARD_STATE_PASSIVE && passes(SECOND),
		  "and all does again in the end");
}

/* The time for taking over connections is that of the policy that stays. */
static void test_adoption(void)
{
	const uint32_t all = 500;

	command(WGWARD_CMD_DETACH);
	client_start_ward(client, WGWARD_CMD_ATTACH, ward);
	mnl_attr_put(&client->header, WGWARD_A_PASSIVE, 0, NULL);
	mnl_attr_put_u32(&client->header, WGWARD_A_ADOPTION, all);
	must(client_send(client, NULL, NULL));
	tap_check(look().adoption == all, "connections are to be taken over");
	change_for(FIRST, false, 1);
	tap_check(look().adoption && look().adoption <= all,
		  "they are, while the first policy waits to be confirmed");
	wait_while(WGWARD_STATE_UNCONFIRMED);
	tap_check(look().adoption == all,
		  "if it is rolled back, the next has all of the time");
	change_for(FIRST, false, LONG);
	nap(2);
	decided(WGWARD_CMD_CONFIRM);
	tap_check(look().adoption && look().adoption < all,
		  "a confirm does not begin it again");
	change_for(SECOND, false, LONG);
	nap(2);
	decided(WGWARD_CMD_ROLLBACK);
	tap_check(look().adoption && look().adoption < all - 2,
		  "nor does what comes after it");
}

/* Nothing is left of it when the ward or its device goes. */
static void test_ends(void)
{
	static const int events[] = { WGWARD_EVENT_WAITING, -1 };
	struct seen seen;
	char text[64];

	start_over();
	change_for(SECOND, false, 1);
	command(WGWARD_CMD_DETACH);
	nap(2);
	tap_check(client_command(client, WGWARD_CMD_WARD_GET, ward) == -ENOENT,
		  "a ward can be detached before its time");
	command(WGWARD_CMD_ATTACH);
	prepare(FIRST, false);
	command(WGWARD_CMD_COMMIT);
	change_for(SECOND, true, 1);
	forget_events();
	snprintf(text, sizeof(text), "ip link delete %s", ward);
	if (system(text))
		tap_fatal("cannot delete the interface");
	seen = look();
	nap(2);
	tap_check(seen.state == WGWARD_STATE_WAITING && !seen.unconfirmed &&
			  look().generation == seen.generation,
		  "the device can go before it");
	not_decided(WGWARD_CMD_CONFIRM, ENOENT, "nothing is left to confirm");
	heard("listeners heard of nothing else", events);
	command(WGWARD_CMD_DETACH);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s IFACE\n", argv[0]);
		return 2;
	}
	ward = argv[1];
	client = client_open();
	listener = client_open();
	if (!client || !listener || client_join(listener))
		tap_fatal("no socket");
	command(WGWARD_CMD_ATTACH);
	start_over();

	test_confirm();
	test_deadline();
	test_deadline_guarded();
	test_rollback();
	test_another();
	test_stale_deadline();
	test_expiry();
	test_pending();
	test_first_policy();
	test_adoption();
	test_ends();
	return tap_end();
}
