// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "barrier.h"
#include "command.h"
#include "goal.h"
#include "mark.h"
#include "output.h"
#include "rescue.h"
#include "show.h"
#include "timeout.h"
#include "timestamp.h"

/* What fits a screen; "show nodes" has the rest. */
#define MOST_NODES 20

/**
 * struct report - what there is to say about a ward
 * @live: the ward and its interface
 * @drift: what WireGuard and the interface have that the policy has not, or
 *	the other way round
 * @bypasses: LINK_BYPASS_*
 */
struct report {
	struct live live;
	struct change_list drift;
	unsigned int bypasses;
};

static void find_port(struct report *report)
{
	const struct live *live = &report->live;
	struct target target = { 0 };
	char found[8], expected[8];

	goal_aim(&target, live->policy);
	if (!target.port || live->device->port == target.port)
		return;
	snprintf(found, sizeof(found), "%u", live->device->port);
	snprintf(expected, sizeof(expected), "%u", target.port);
	change_add(&report->drift, CHANGE_PORT, CHANGE_SET, NULL, found,
		   expected);
}

static void find_drift(struct report *report)
{
	const struct live *live = &report->live;
	/* Endpoints roam, and are nobody's fault. */
	const struct peers_context context = {
		.before = live->policy,
	};
	struct wireguard_change *changes;
	struct link_changes link;
	struct peers *peers;
	size_t count;

	if (!live->policy || !live->link)
		return;
	peers = peers_from_policy(live->policy, -1);
	changes = peers_diff(peers, live->device, &context, &report->drift,
			     &count);
	wireguard_changes_free(changes, count);
	peers_free(peers);
	find_port(report);
	link_diff(live->policy, live->policy->mtu, live->link, &report->drift,
		  false, &link);
	link_changes_free(&link);
}

/* During a change the policy to come decides as well. */
static bool is_audit(const struct live *live)
{
	return live->ward.audit &&
	       (live->ward.state == WGWARD_STATE_ENFORCING ||
		live->ward.state == WGWARD_STATE_UNCONFIRMED);
}

static bool is_enforced(const struct live *live)
{
	return live->warded && live->ward.state != WGWARD_STATE_PASSIVE &&
	       !is_audit(live);
}

/* What the state means to whoever looks at it. */
static const char *explain_state(const struct live *live)
{
	if (!live->warded && rescue_is(live->interface))
		return "UNENFORCED: only the nodes of Rescue are peers, and "
		       "what they want of this machine passes; the next apply "
		       "ends that, once the module is there";
	if (!live->warded)
		return "NOT ENFORCED: there is no ward";
	if (is_audit(live))
		return "AUDIT ONLY, NOT ENFORCED: everything passes, and what "
		       "the policy would drop is counted and reported";
	switch (live->ward.state) {
	case WGWARD_STATE_WAITING:
		return "WAITING: the interface is gone; when it comes back "
		       "everything is dropped until the next apply";
	case WGWARD_STATE_NO_POLICY:
		return "NO POLICY: everything is dropped until the next apply";
	case WGWARD_STATE_PASSIVE:
		return "NOT ENFORCED: everything passes until the next apply";
	case WGWARD_STATE_GUARDED:
		return "ENFORCED: a change is under way, old and new policy "
		       "must both pass";
	case WGWARD_STATE_INTERRUPTED:
		return "INTERRUPTED: a change was, old and new policy must "
		       "both pass; the next apply undoes it, and so does abort";
	default:
		return "ENFORCED";
	}
}

static const char *state_name(const struct live *live)
{
	return live->warded ? output_state(live->ward.state) : "unwarded";
}

static void print_policy(const struct live *live)
{
	const struct ward *ward = &live->ward;
	u32 live_count = mark_count(live->policy);

	if (!ward->has_policy)
		return;
	printf("  mesh %s", *ward->mesh ? ward->mesh : "-");
	if (ward->has_revision)
		printf(", revision %llu", (unsigned long long)ward->revision);
	printf(", generation %llu, default %s\n",
	       (unsigned long long)ward->generation,
	       output_action(ward->fallback));
	printf("  %u nodes, %u groups, %u rules, %u flows", ward->nodes,
	       show_group_count(live->policy), ward->rules, ward->flows);
	if (ward->adoption)
		printf(", taking over connections for another %u s",
		       ward->adoption);
	putchar('\n');
	if (live_count)
		printf("  LIVE: scripts have changed %u nodes and rules since "
		       "the last apply\n",
		       live_count);
}

static void print_confirm(const struct live *live)
{
	if (live->ward.rolled_back)
		printf("  generation %llu was rolled back\n",
		       (unsigned long long)live->ward.rolled_back);
	if (live->ward.state != WGWARD_STATE_UNCONFIRMED)
		return;
	printf("  UNCONFIRMED: in %u s the former policy comes back; \"wgward "
	       "-i %s confirm\" keeps this one\n",
	       live->ward.confirm, live->interface);
}

/* "  dropped: unowned 3, default 17": as long as there is something. */
static void print_count(bool *some, const char *title, const char *name,
			u64 count)
{
	if (!count)
		return;
	printf("%s %s %llu", *some ? "," : title, name,
	       (unsigned long long)count);
	*some = true;
}

static void print_counts(const struct ward *ward)
{
	bool drops = false, audits = false, limits = false;
	unsigned int i;

	for (i = 0; i <= WGWARD_REASON_MAX; i++)
		print_count(&drops, "  dropped:", output_reason(i),
			    ward->counters[i].dropped);
	if (drops)
		putchar('\n');
	for (i = 0; i <= WGWARD_REASON_MAX; i++)
		print_count(&audits, "  passed by audit:", output_reason(i),
			    ward->counters[i].audited);
	if (audits)
		putchar('\n');
	for (i = 0; i <= WGWARD_LIMIT_MAX; i++)
		print_count(&limits, "  limits met:", output_limit(i),
			    ward->limits[i]);
	if (limits)
		putchar('\n');
}

static bool is_past(u64 until)
{
	return until && until <= (u64)time(NULL);
}

static void print_expired(const struct wgward_policy *policy)
{
	char text[TIMESTAMP_TEXT_LEN];
	u32 i;

	for (i = 0; policy && i < policy->node_count; i++)
		if (is_past(policy->nodes[i].until))
			printf("  node %s has ended, at %s: its traffic is "
			       "dropped\n",
			       policy->nodes[i].name,
			       timestamp_format(text, policy->nodes[i].until));
	for (i = 0; policy && i < policy->rule_count; i++)
		if (is_past(policy->rules[i].until))
			printf("  rule %s has ended, at %s\n",
			       policy->rules[i].name,
			       timestamp_format(text, policy->rules[i].until));
}

static json_t *expired_json(const struct wgward_policy *policy)
{
	json_t *nodes = output_array(), *rules = output_array();
	json_t *object = output_object();
	u32 i;

	for (i = 0; policy && i < policy->node_count; i++)
		if (is_past(policy->nodes[i].until))
			output_append_text(nodes, policy->nodes[i].name);
	for (i = 0; policy && i < policy->rule_count; i++)
		if (is_past(policy->rules[i].until))
			output_append_text(rules, policy->rules[i].name);
	output_set(object, "nodes", nodes);
	output_set(object, "rules", rules);
	return object;
}

/* It drops, whatever the ward says. */
static void print_barriers(const char *interface)
{
	if (barrier_is_put(interface, BARRIER_CLOSED))
		printf("  CLOSED: a reload was interrupted, and %s\n",
		       barrier_holds(interface, BARRIER_CLOSED) ?
			       "everything is dropped until the next apply" :
			       "what nftables dropped then is dropped no more");
	if (barrier_is_put(interface, BARRIER_RESCUE))
		printf("  RESCUE: %s\n",
		       barrier_holds(interface, BARRIER_RESCUE) ?
			       "nothing is forwarded until the next apply" :
			       "somebody has removed the table of nftables, so "
			       "packets may be FORWARDED");
}

static void print_report(const struct report *report)
{
	const struct live *live = &report->live;
	unsigned int i;

	printf("%s: %s\n", live->interface, explain_state(live));
	print_barriers(live->interface);
	print_confirm(live);
	print_policy(live);
	show_node_columns(live, MOST_NODES, "  ");
	if (live->policy && live->policy->node_count > MOST_NODES)
		printf("  and %u more: wgward -i %s show nodes\n",
		       live->policy->node_count - MOST_NODES, live->interface);
	print_expired(live->policy);
	print_counts(&live->ward);
	if (report->drift.count)
		printf("  DRIFT: %zu difference%s from the policy, of WireGuard "
		       "or the interface: wgward -i %s verify tells%s\n",
		       report->drift.count, report->drift.count == 1 ? "" : "s",
		       live->interface,
		       live->ward.rolled_back ? ", and rollback mends it" : "");
	for (i = 0; i < LINK_BYPASS_COUNT; i++)
		if (report->bypasses & (1 << i))
			printf("  BYPASSED: packets that %s redirects do not "
			       "pass the ward\n",
			       link_bypass_name(1 << i));
}

static json_t *bypasses_json(unsigned int bypasses)
{
	json_t *array = output_array();
	unsigned int i;

	for (i = 0; i < LINK_BYPASS_COUNT; i++)
		if (bypasses & (1 << i))
			output_append_text(array, link_bypass_name(1 << i));
	return array;
}

static void add_policy_json(json_t *object, const struct ward *ward)
{
	if (ward->has_policy) {
		output_set_text(object, "mesh", ward->mesh);
		output_set_text(object, "default",
				output_action(ward->fallback));
	} else {
		output_set(object, "mesh", json_null());
		output_set(object, "default", json_null());
	}
	if (ward->has_revision)
		output_set_number(object, "revision", ward->revision);
	else
		output_set(object, "revision", json_null());
}

static void add_confirm_json(json_t *object, const struct ward *ward)
{
	if (ward->state == WGWARD_STATE_UNCONFIRMED)
		output_set_number(object, "confirm", ward->confirm);
	else
		output_set(object, "confirm", json_null());
	if (ward->rolled_back)
		output_set_number(object, "rolled_back", ward->rolled_back);
	else
		output_set(object, "rolled_back", json_null());
}

/* Those in effect, said or not. */
static json_t *timeouts_json(const struct ward *ward)
{
	json_t *object = output_object();
	u32 i;

	for (i = 0; i <= WGWARD_TIMEOUT_MAX; i++)
		output_set_number(object, timeout_name(i),
				  ward->timeouts[i] ?
					  ward->timeouts[i] :
					  wgward_timeout_defaults[i]);
	return object;
}

static json_t *report_json(const struct report *report)
{
	const struct live *live = &report->live;
	const struct ward *ward = &live->ward;
	json_t *object = output_object();

	output_set_text(object, "interface", live->interface);
	output_set_text(object, "state", state_name(live));
	output_set_bool(object, "enforced", is_enforced(live));
	output_set_bool(object, "rescue", rescue_is(live->interface));
	output_set_bool(object, "closed",
			barrier_is_put(live->interface, BARRIER_CLOSED));
	output_set_bool(object, "audit", live->ward.audit);
	output_set_bool(object, "up", live->link && live->link->up);
	output_set_number(object, "generation", ward->generation);
	add_confirm_json(object, ward);
	add_policy_json(object, ward);
	output_set_number(object, "groups", show_group_count(live->policy));
	output_set_number(object, "rules", ward->rules);
	output_set_number(object, "flows", ward->flows);
	output_set_number(object, "max_flows",
			  ward->max_flows ? ward->max_flows : WGWARD_MAX_FLOWS);
	output_set(object, "timeouts", timeouts_json(ward));
	output_set_number(object, "adoption", ward->adoption);
	output_set(object, "nodes", show_nodes_json(live));
	output_set(object, "drops", show_counters_json(ward->counters));
	output_set(object, "limits", show_limits_json(ward));
	output_set(object, "expired", expired_json(live->policy));
	output_set_number(object, "live", mark_count(live->policy));
	output_set(object, "drift", change_list_json(&report->drift));
	output_set(object, "bypassed", bypasses_json(report->bypasses));
	output_set_text(object, "version", ward->version);
	return object;
}

/* There is something to say all the same. */
static bool lacks_module(const char *interface)
{
	struct ward_socket *wards;

	if (!barrier_is_put(interface, BARRIER_CLOSED) &&
	    !barrier_is_put(interface, BARRIER_RESCUE))
		return false;
	wards = ward_open_quietly();
	ward_close(wards);
	return !wards;
}

/* Into @array, if there is one, or else to standard output. */
static int report_one(const char *interface, json_t *array)
{
	struct report report = { 0 };
	int result;

	result = lacks_module(interface) ?
			 live_open_bare(&report.live, interface) :
			 live_open(&report.live, interface);
	if (!result && !report.live.warded && !report.live.link) {
		error("there is neither an interface nor a ward %s", interface);
		result = -1;
	}
	if (!result) {
		find_drift(&report);
		if (report.live.link)
			report.bypasses = link_bypasses(report.live.route,
							report.live.link);
		if (array)
			output_append(array, report_json(&report));
		else
			print_report(&report);
	}
	change_list_free(&report.drift);
	live_close(&report.live);
	return result;
}

/**
 * struct listing - interfaces that are reported on
 * @array: as in report_one()
 * @wards: those that were, being wards
 * @ward_count: number of @wards
 * @count: of all that were
 * @result: 0, or -1 after an error
 */
struct listing {
	json_t *array;
	struct ward *wards;
	size_t ward_count, count;
	int result;
};

static void list_one(struct listing *listing, const char *interface)
{
	listing->count++;
	if (report_one(interface, listing->array))
		listing->result = -1;
}

/* Without the module they are all there is. */
static void list_barrier(const char *interface, void *data)
{
	struct listing *listing = data;
	size_t i;

	for (i = 0; i < listing->ward_count; i++)
		if (!strcmp(listing->wards[i].name, interface))
			return;
	list_one(listing, interface);
}

static int list_wards(struct listing *listing)
{
	struct ward_socket *socket = ward_open();
	size_t i;
	int result;

	if (!socket)
		return -1;
	result = ward_get_all(socket, &listing->wards, &listing->ward_count);
	ward_close(socket);
	for (i = 0; i < listing->ward_count; i++)
		list_one(listing, listing->wards[i].name);
	return result;
}

static void find_bare(const char *interface, void *data)
{
	bool *bare = data;

	*bare |= lacks_module(interface);
}

static int report_all(json_t *array)
{
	struct listing listing = { .array = array };
	bool bare = false;

	barrier_walk(BARRIER_CLOSED, find_bare, &bare);
	barrier_walk(BARRIER_RESCUE, find_bare, &bare);
	if (!bare && list_wards(&listing))
		listing.result = -1;
	barrier_walk(BARRIER_CLOSED, list_barrier, &listing);
	barrier_walk(BARRIER_RESCUE, list_barrier, &listing);
	if (!listing.count && !listing.result && !array)
		puts("there is no ward");
	ward_free_all(listing.wards, listing.ward_count);
	return listing.result;
}

/* One object for one interface, a list for all. */
static int report_json_all(void)
{
	json_t *array = output_array();
	int result;

	if (option_interface)
		result = report_one(option_interface, array);
	else
		result = report_all(array);
	if (!option_interface)
		output_json(json_incref(array), false);
	else if (!result)
		output_json(json_incref(json_array_get(array, 0)), false);
	json_decref(array);
	return result;
}

int status_main(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };
	int result;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return EXIT_USAGE;
	if (optind != argc) {
		error("status takes no argument: say which interface with -i");
		return EXIT_USAGE;
	}
	if (option_json)
		result = report_json_all();
	else if (option_interface)
		result = report_one(option_interface, NULL);
	else
		result = report_all(NULL);
	return output_end(result ? EXIT_ERROR : EXIT_DONE);
}
