// SPDX-License-Identifier: GPL-2.0
/*
 * Lets each allocation of each command fail, one after the other, until none
 * is left that could. The ward is as it was before then, and as it should be
 * when none failed. The same for a change as a whole: its ward enforces the
 * policy before or the policy after, and the next change works.
 *
 * usage: faults IFACE [STEP]
 *
 * With STEP only each so manieth allocation fails. IFACE is a WireGuard
 * interface that nothing else uses. Needs a kernel with fault injection for
 * allocations, and debugfs; exit status 4 without.
 */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "fault.h"
#include "link.h"
#include "tap.h"

#define SKIP 4
#define SERVICE(port) (6 << 16 | (port))
#define NODES 20
/* Far more than any command has. */
#define MOST 100000
#define CONFIRM_SECONDS 3600

/* How far a change is before the command that is looked at. */
enum stage {
	NO_WARD,
	ENFORCING, /* the first policy, which allows port 1 */
	BEGUN, /* a second one, which allows port 2 */
	ADDED,
	PREPARED,
	INTERRUPTED,
	TRIAL,
	WAITING,
};

/**
 * struct snapshot - what a ward says of itself, and what it does
 * @length: of @said, 0 without a ward
 * @said: attributes, byte for byte
 * @state: a number of enum wgward_state
 * @passes: what it does with ports 1 and 2
 */
struct snapshot {
	size_t length;
	uint8_t said[4096];
	uint32_t state;
	bool passes[2];
};

/**
 * struct scenario - a command at a time
 * @name: for people
 * @stage: when it comes
 * @peers: whether the change says that peers change
 * @act: sends it; 0 or -errno
 * @becomes: the state in which it leaves the ward
 */
struct scenario {
	const char *name;
	enum stage stage;
	bool peers;
	int (*act)(void);
	int becomes;
};

static const char *ward;
static unsigned int step = 1;
static uint64_t generation; /* of the ward, at the last look */
/* Who owns the change, and is under test; who looks, and helps. */
static struct client *client, *other;
/* That events are told to, and that does not read them. */
static struct client *listener;

static void __attribute__((noreturn)) fail(const char *what)
{
	tap_note("%s: %s", what, other->message);
	tap_fatal(what);
}

static void open_clients(void)
{
	client = client_open();
	other = client_open();
	if (!client || !other)
		tap_fatal("no socket");
}

static void close_clients(void)
{
	if (client)
		client_close(client);
	client_close(other);
}

static void put_node(struct client *to, unsigned int number)
{
	uint8_t key[WGWARD_KEY_LEN] = { 1, number + 1 };
	uint8_t address[4] = { 10, 10, 0, number + 1 };
	struct nlattr *nest;
	char name[16];

	nest = mnl_attr_nest_start(&to->header, WGWARD_A_NODE);
	snprintf(name, sizeof(name), "node-%u", number);
	mnl_attr_put_strz(&to->header, WGWARD_NODE_A_NAME, name);
	mnl_attr_put(&to->header, WGWARD_NODE_A_KEY, sizeof(key), key);
	if (!number)
		mnl_attr_put_u32(&to->header, WGWARD_NODE_A_FLAGS,
				 WGWARD_NODE_F_SELF);
	mnl_attr_put(&to->header, WGWARD_NODE_A_ADDRESS, sizeof(address),
		     address);
	mnl_attr_put_strz(&to->header, WGWARD_NODE_A_GROUP, "all");
	mnl_attr_nest_end(&to->header, nest);
}

static void put_rule(struct client *to, unsigned int port)
{
	struct nlattr *rule, *nest;
	char name[16];

	rule = mnl_attr_nest_start(&to->header, WGWARD_A_RULE);
	snprintf(name, sizeof(name), "port-%u", port);
	mnl_attr_put_strz(&to->header, WGWARD_RULE_A_NAME, name);
	mnl_attr_put_u32(&to->header, WGWARD_RULE_A_ACTION,
			 WGWARD_ACTION_ALLOW);
	nest = mnl_attr_nest_start(&to->header, WGWARD_RULE_A_FROM);
	mnl_attr_put(&to->header, WGWARD_SELECTOR_A_ANY, 0, NULL);
	mnl_attr_nest_end(&to->header, nest);
	nest = mnl_attr_nest_start(&to->header, WGWARD_RULE_A_TO);
	mnl_attr_put_strz(&to->header, WGWARD_SELECTOR_A_GROUP, "all");
	mnl_attr_nest_end(&to->header, nest);
	nest = mnl_attr_nest_start(&to->header, WGWARD_RULE_A_SERVICE);
	mnl_attr_put_u32(&to->header, WGWARD_SERVICE_A_FIRST, SERVICE(port));
	mnl_attr_put_u32(&to->header, WGWARD_SERVICE_A_LAST, SERVICE(port));
	mnl_attr_nest_end(&to->header, nest);
	mnl_attr_nest_end(&to->header, rule);
}

static int add(unsigned int port)
{
	struct nlattr *nest;
	unsigned int i;

	client_start_ward(client, WGWARD_CMD_ADD, ward);
	nest = mnl_attr_nest_start(&client->header, WGWARD_A_GROUP);
	mnl_attr_put_strz(&client->header, WGWARD_GROUP_A_NAME, "all");
	mnl_attr_nest_end(&client->header, nest);
	for (i = 0; i < NODES; i++)
		put_node(client, i);
	put_rule(client, port);
	return client_send(client, NULL, NULL);
}

static int begin(bool peers)
{
	client_start_ward(client, WGWARD_CMD_BEGIN, ward);
	mnl_attr_put_u64(&client->header, WGWARD_A_GENERATION, generation);
	mnl_attr_put_u32(&client->header, WGWARD_A_DEFAULT, WGWARD_ACTION_DENY);
	mnl_attr_put_strz(&client->header, WGWARD_A_MESH, "mesh");
	mnl_attr_put_strz(&client->header, WGWARD_A_REMOVED_NODE, "gone");
	if (peers)
		mnl_attr_put(&client->header, WGWARD_A_PEERS_CHANGE, 0, NULL);
	return client_send(client, NULL, NULL);
}

static int commit(uint32_t seconds)
{
	client_start_ward(client, WGWARD_CMD_COMMIT, ward);
	if (seconds)
		mnl_attr_put_u32(&client->header, WGWARD_A_CONFIRM, seconds);
	return client_send(client, NULL, NULL);
}

static int command(uint8_t number)
{
	return client_command(client, number, ward);
}

/* To a policy that allows that port alone. */
static int change(unsigned int port)
{
	int error;

	error = begin(false);
	if (!error)
		error = add(port);
	if (!error)
		error = command(WGWARD_CMD_PREPARE);
	if (!error)
		error = commit(0);
	return error;
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

static int explain(struct client *from, unsigned int port, uint32_t *verdict)
{
	const uint8_t source[4] = { 10, 10, 0, 2 },
		      destination[4] = { 10, 10, 0, 3 };

	client_start_ward(from, WGWARD_CMD_EXPLAIN, ward);
	mnl_attr_put(&from->header, WGWARD_A_SOURCE, sizeof(source), source);
	mnl_attr_put(&from->header, WGWARD_A_DESTINATION, sizeof(destination),
		     destination);
	mnl_attr_put_u32(&from->header, WGWARD_A_SERVICE, SERVICE(port));
	return client_send(from, read_verdict, verdict);
}

static bool passes(unsigned int port)
{
	uint32_t verdict = WGWARD_VERDICT_DROP;

	if (explain(other, port, &verdict))
		fail("explain");
	return verdict == WGWARD_VERDICT_PASS;
}

static void read_snapshot(const struct nlmsghdr *header, void *data)
{
	struct snapshot *snapshot = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		/* What is left of the time is less each time. */
		if (mnl_attr_get_type(attr) == WGWARD_A_CONFIRM)
			continue;
		if (mnl_attr_get_type(attr) == WGWARD_A_STATE)
			snapshot->state = mnl_attr_get_u32(attr);
		if (snapshot->length + attr->nla_len > sizeof(snapshot->said))
			tap_fatal("a ward says too much");
		memcpy(snapshot->said + snapshot->length, attr, attr->nla_len);
		snapshot->length += attr->nla_len;
	}
}

static void look(struct snapshot *snapshot)
{
	int error;

	memset(snapshot, 0, sizeof(*snapshot));
	client_start_ward(other, WGWARD_CMD_WARD_GET, ward);
	error = client_send(other, read_snapshot, snapshot);
	if (error == -ENOENT)
		return;
	if (error)
		fail("look");
	snapshot->passes[0] = passes(1);
	snapshot->passes[1] = passes(2);
}

static void must(int error, const char *what)
{
	if (!error)
		return;
	tap_note("%s: %s", what, client->message);
	errno = -error;
	tap_fatal(what);
}

static void run(const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), what, ward);
	if (system(text))
		tap_fatal(text);
}

/* Looks at the ward's generation; its state is returned. */
static uint32_t refresh(void)
{
	uint32_t state;

	if (client_state(other, ward, &state, &generation))
		fail("state");
	return state;
}

/* From nothing to the stage where a scenario begins. */
static void reach(enum stage stage, bool peers)
{
	if (!if_nametoindex(ward))
		run("ip link add %s type wireguard");
	client_command(other, WGWARD_CMD_DETACH, ward);
	if (stage == NO_WARD)
		return;
	must(command(WGWARD_CMD_ATTACH), "attach");
	refresh();
	must(change(1), "change");
	refresh();
	if (stage == WAITING)
		run("ip link delete %s");
	if (stage == ENFORCING || stage == WAITING)
		return;
	must(begin(peers), "begin");
	if (stage == BEGUN)
		return;
	must(add(2), "add");
	if (stage == ADDED)
		return;
	must(command(WGWARD_CMD_PREPARE), "prepare");
	if (stage == INTERRUPTED) {
		client_close(client);
		client = client_open();
		if (!client)
			tap_fatal("no socket");
	}
	if (stage == TRIAL)
		must(commit(CONFIRM_SECONDS), "commit");
	refresh();
}

static int do_attach(void)
{
	return command(WGWARD_CMD_ATTACH);
}

static int do_attach_passive(void)
{
	client_start_ward(client, WGWARD_CMD_ATTACH, ward);
	mnl_attr_put(&client->header, WGWARD_A_PASSIVE, 0, NULL);
	mnl_attr_put_u32(&client->header, WGWARD_A_ADOPTION, 10);
	return client_send(client, NULL, NULL);
}

static int do_detach(void)
{
	return command(WGWARD_CMD_DETACH);
}

static int do_begin(void)
{
	return begin(false);
}

static int do_add(void)
{
	return add(2);
}

static int do_prepare(void)
{
	return command(WGWARD_CMD_PREPARE);
}

static int do_commit(void)
{
	return commit(0);
}

static int do_commit_on_trial(void)
{
	return commit(CONFIRM_SECONDS);
}

/* About the second policy, which is on trial. */
static int decide(uint8_t number)
{
	client_start_ward(client, number, ward);
	mnl_attr_put_u64(&client->header, WGWARD_A_GENERATION, generation);
	return client_send(client, NULL, NULL);
}

static int do_confirm(void)
{
	return decide(WGWARD_CMD_CONFIRM);
}

static int do_rollback(void)
{
	return decide(WGWARD_CMD_ROLLBACK);
}

static int do_abort(void)
{
	return command(WGWARD_CMD_ABORT);
}

static int do_take_over(void)
{
	return command(WGWARD_CMD_TAKE_OVER);
}

/* Of the one that another socket owns, who is not interrupted. */
static int do_rob(void)
{
	struct client *robbed = client;
	int error;

	client = other;
	error = command(WGWARD_CMD_TAKE_OVER);
	client = robbed;
	return error;
}

/* Which nobody can refuse. */
static int do_close(void)
{
	client_close(client);
	client = NULL;
	return 0;
}

static int do_ward_get(void)
{
	return command(WGWARD_CMD_WARD_GET);
}

static int do_explain(void)
{
	uint32_t verdict = WGWARD_VERDICT_REJECT;
	int error = explain(client, 1, &verdict);

	return error ?: verdict == WGWARD_VERDICT_PASS ? 0 : -EPROTO;
}

static int do_flush(void)
{
	return command(WGWARD_CMD_FLOW_FLUSH);
}

/* What is told without an error is told as a whole. */
static int dump(uint8_t number, unsigned int count)
{
	int error;

	client_start(client, number, NLM_F_DUMP);
	if (number != WGWARD_CMD_WARD_GET)
		mnl_attr_put_strz(&client->header, WGWARD_A_WARD, ward);
	error = client_send(client, NULL, NULL);
	return error ?: client->messages == count ? 0 : -EPROTO;
}

static int do_wards(void)
{
	return dump(WGWARD_CMD_WARD_GET, 1);
}

static int do_nodes(void)
{
	return dump(WGWARD_CMD_NODE_GET, NODES);
}

static int do_groups(void)
{
	return dump(WGWARD_CMD_GROUP_GET, 1);
}

static int do_rules(void)
{
	return dump(WGWARD_CMD_RULE_GET, 1);
}

static int do_flows(void)
{
	return dump(WGWARD_CMD_FLOW_GET, 0);
}

/* The interface is made anew, and put up. */
static int do_return(void)
{
	int error = link_make(ward);

	return error ?: link_up(ward);
}

static const struct scenario scenarios[] = {
	{ "attach", NO_WARD, false, do_attach, WGWARD_STATE_NO_POLICY },
	{ "attach, passive", NO_WARD, false, do_attach_passive,
	  WGWARD_STATE_PASSIVE },
	{ "begin", ENFORCING, false, do_begin, WGWARD_STATE_ENFORCING },
	{ "add", BEGUN, false, do_add, WGWARD_STATE_ENFORCING },
	{ "prepare", ADDED, false, do_prepare, WGWARD_STATE_GUARDED },
	{ "prepare, with peers", ADDED, true, do_prepare,
	  WGWARD_STATE_GUARDED },
	{ "commit", PREPARED, false, do_commit, WGWARD_STATE_ENFORCING },
	{ "commit on trial", PREPARED, false, do_commit_on_trial,
	  WGWARD_STATE_UNCONFIRMED },
	{ "confirm", TRIAL, false, do_confirm, WGWARD_STATE_ENFORCING },
	{ "rollback", TRIAL, false, do_rollback, WGWARD_STATE_ENFORCING },
	{ "rollback, with peers", TRIAL, true, do_rollback,
	  WGWARD_STATE_INTERRUPTED },
	{ "abort of what is not prepared", ADDED, false, do_abort,
	  WGWARD_STATE_ENFORCING },
	{ "abort", PREPARED, false, do_abort, WGWARD_STATE_ENFORCING },
	{ "take-over", INTERRUPTED, false, do_take_over, WGWARD_STATE_GUARDED },
	{ "take-over from its owner", PREPARED, true, do_rob,
	  WGWARD_STATE_GUARDED },
	{ "take-over of what is not prepared", ADDED, true, do_rob,
	  WGWARD_STATE_ENFORCING },
	{ "the owner's end, not prepared", ADDED, false, do_close,
	  WGWARD_STATE_ENFORCING },
	{ "the owner's end", PREPARED, false, do_close,
	  WGWARD_STATE_INTERRUPTED },
	{ "detach", ENFORCING, false, do_detach, -1 },
	{ "detach under the guard", PREPARED, false, do_detach, -1 },
	{ "detach on trial", TRIAL, true, do_detach, -1 },
	{ "ward-get", TRIAL, false, do_ward_get, WGWARD_STATE_UNCONFIRMED },
	{ "ward-get, all", PREPARED, false, do_wards, WGWARD_STATE_GUARDED },
	{ "node-get", ENFORCING, false, do_nodes, WGWARD_STATE_ENFORCING },
	{ "group-get", ENFORCING, false, do_groups, WGWARD_STATE_ENFORCING },
	{ "rule-get", ENFORCING, false, do_rules, WGWARD_STATE_ENFORCING },
	{ "flow-get", ENFORCING, false, do_flows, WGWARD_STATE_ENFORCING },
	{ "flow-flush", ENFORCING, false, do_flush, WGWARD_STATE_ENFORCING },
	{ "explain", ENFORCING, false, do_explain, WGWARD_STATE_ENFORCING },
	{ "the interface comes back", WAITING, false, do_return,
	  WGWARD_STATE_NO_POLICY },
};

#define SCENARIOS (sizeof(scenarios) / sizeof(*scenarios))

static bool same(const struct snapshot *one, const struct snapshot *two)
{
	return one->length == two->length &&
	       !memcmp(one->said, two->said, one->length) &&
	       one->passes[0] == two->passes[0] &&
	       one->passes[1] == two->passes[1];
}

static bool is_done(const struct scenario *scenario,
		    const struct snapshot *after)
{
	if (scenario->becomes < 0)
		return !after->length;
	return after->length && after->state == (uint32_t)scenario->becomes;
}

/*
 * Where the interface is up, its ward is none that waits; and neither is it
 * when whoever made it tries once more.
 */
static bool is_closed(const struct snapshot *after)
{
	struct snapshot last = *after;

	if (link_is_up(ward) && after->state == WGWARD_STATE_WAITING)
		return false;
	if (if_nametoindex(ward)) {
		run("ip link set %s up");
		look(&last);
		run("ip link delete %s");
		return last.state == WGWARD_STATE_NO_POLICY;
	}
	return after->state == WGWARD_STATE_WAITING;
}

/* Whether the ward is as it should be after @error. */
static bool is_sound(const struct scenario *scenario, int error,
		     const struct snapshot *before,
		     const struct snapshot *after)
{
	if (!error && !is_done(scenario, after))
		return false;
	if (scenario->stage == WAITING)
		return is_closed(after);
	if (!error)
		return true;
	/* It was done, and there was no room to say so. */
	if (error == -ENOBUFS && is_done(scenario, after))
		return true;
	return same(before, after);
}

/* Another one each time, where some are left out. */
static unsigned int first(void)
{
	return 1 + (step > 1 ? time(NULL) % step : 0);
}

static void run_scenario(const struct scenario *scenario)
{
	unsigned int number, failed = 0, refused = 0, unsound = 0;
	struct snapshot before, after;
	bool happened = true;
	int error = 0;

	for (number = first(); happened && number < MOST; number += step) {
		open_clients();
		reach(scenario->stage, scenario->peers);
		look(&before);
		fault_set(number);
		error = scenario->act();
		happened = fault_happened();
		fault_set(0);
		look(&after);
		failed += happened;
		refused += error != 0;
		if (!is_sound(scenario, error, &before, &after)) {
			unsound++;
			tap_note("%s, allocation %u: %d, state %u",
				 scenario->name, number, error, after.state);
		}
		close_clients();
	}
	tap_check(!unsound && !happened && !error,
		  "%s: %u allocations failed, %u times it was refused",
		  scenario->name, failed, refused);
}

/* Whether the policy is still that of *@port, or that of the next. */
static bool is_either(unsigned int *port)
{
	uint64_t before = generation;
	uint32_t state = refresh();
	bool good;

	/* After prepare, the end of a client leaves the guard. */
	if (state == WGWARD_STATE_INTERRUPTED) {
		client_command(other, WGWARD_CMD_TAKE_OVER, ward);
		client_command(other, WGWARD_CMD_ABORT, ward);
		state = refresh();
	}
	*port += generation != before;
	good = state == WGWARD_STATE_ENFORCING && generation >= before &&
	       passes(*port) && !passes(*port + 1);
	if (!good)
		tap_note("state %u instead of the policy of %u", state, *port);
	return good;
}

static void run_changes(void)
{
	unsigned int number, failed = 0, refused = 0, unsound = 0;
	unsigned int port = 1, before = 0;
	bool happened = true;
	int error = 0;

	open_clients();
	reach(ENFORCING, false);
	close_clients();
	for (number = first(); happened && number < MOST; number += step) {
		before = port;
		open_clients();
		fault_set(number);
		error = change(port + 1);
		happened = fault_happened();
		fault_set(0);
		failed += happened;
		refused += error != 0;
		client_close(client);
		client = NULL;
		unsound += !is_either(&port);
		close_clients();
	}
	tap_check(!unsound,
		  "a whole change: %u allocations failed, old or new policy",
		  failed);
	tap_check(refused, "%u changes were refused for it", refused);
	tap_check(!happened && !error && port == before + 1,
		  "the last one, when none fails, is done");
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 2) {
		fprintf(stderr, "usage: %s IFACE [STEP]\n", argv[0]);
		return 2;
	}
	ward = argv[1];
	if (argc > 2)
		step = strtoul(argv[2], NULL, 0);
	if (!fault_set_up()) {
		puts("1..0 # SKIP no fault injection for allocations");
		return SKIP;
	}
	listener = client_open();
	if (!step || !listener || client_join(listener))
		tap_fatal("nobody listens");
	for (i = 0; i < SCENARIOS; i++)
		run_scenario(&scenarios[i]);
	run_changes();
	open_clients();
	reach(NO_WARD, false);
	close_clients();
	return tap_end();
}
