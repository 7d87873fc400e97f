// SPDX-License-Identifier: GPL-2.0
/*
 * sshd tells each session where it leads to, in its environment. sudo and its
 * like take that away from a command, but not from the shell that it was given
 * in, so the environments of all ancestors are looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "address.h"
#include "command.h"
#include "memory.h"
#include "session.h"

#define VARIABLE "SSH_CONNECTION="
#define SERVICE(port) (IPPROTO_TCP << 16 | (port))
/* Environments are no longer than that by far. */
#define ENVIRONMENT_SIZE (1024 * 1024)

/**
 * struct session - an SSH session
 * @family: of the addresses
 * @client: who started it
 * @server: self
 * @client_port: where it came from
 * @server_port: where it went to
 */
struct session {
	u8 family;
	struct in6_addr client, server;
	u16 client_port, server_port;
};

/* Reads what there is of a file of /proc, with a NUL behind it; or NULL. */
static char *read_proc(pid_t process, const char *name)
{
	char *content = NULL;
	char path[64];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", process, name);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	content = memory_zero(1, ENVIRONMENT_SIZE + 2);
	length = fread(content, 1, ENVIRONMENT_SIZE, file);
	fclose(file);
	content[length] = '\0';
	return content;
}

static pid_t parent_of(pid_t process)
{
	char *stat = read_proc(process, "stat");
	const char *end;
	pid_t parent = 0;

	/* The name before it may contain anything. */
	end = stat ? strrchr(stat, ')') : NULL;
	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		parent = 0;
	free(stat);
	return parent;
}

/* "10.10.0.2 40000 10.10.0.1 22" */
static bool parse(const char *text, struct session *session)
{
	char client[ADDRESS_TEXT_LEN], server[ADDRESS_TEXT_LEN];
	u8 family;

	return sscanf(text, "%45s %hu %45s %hu", client, &session->client_port,
		      server, &session->server_port) == 4 &&
	       address_parse(client, &session->family, &session->client) &&
	       address_parse(server, &family, &session->server) &&
	       family == session->family;
}

/* Finds that of @process's environment. */
static bool find(pid_t process, struct session *session)
{
	char *environment = read_proc(process, "environ");
	const char *text;
	bool found = false;

	for (text = environment; text && *text; text += strlen(text) + 1) {
		if (strncmp(text, VARIABLE, strlen(VARIABLE)))
			continue;
		found = parse(text + strlen(VARIABLE), session);
		break;
	}
	free(environment);
	return found;
}

/**
 * struct route - the route that a packet takes
 * @ifindex: it leaves through
 * @type: RTN_LOCAL: it stays here
 * @table: it is in, and
 * @length: of its prefix; both only if asked for
 */
struct route {
	u32 ifindex;
	u8 type;
	u32 table;
	u8 length;
};

static int read_route(const struct nlmsghdr *header, void *data)
{
	const struct rtmsg *message = mnl_nlmsg_get_payload(header);
	const struct nlattr *attributes[RTA_TABLE + 1];
	struct route *route = data;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*message))
		return -EBADMSG;
	netlink_parse(header, sizeof(*message), attributes, RTA_TABLE);
	route->ifindex = netlink_u32(attributes[RTA_OIF]);
	route->type = message->rtm_type;
	route->table = netlink_u32(attributes[RTA_TABLE]);
	route->length = message->rtm_dst_len;
	return 0;
}

/* @source: NULL: any. @flags: RTM_F_FIB_MATCH for table and length. */
static bool find_route(const struct live *live, u8 family,
		       const struct in6_addr *destination,
		       const struct in6_addr *source, u32 flags,
		       struct route *route)
{
	u8 bits = address_bits(family);
	struct rtmsg *message;

	netlink_start(live->route, RTM_GETROUTE, 0);
	message = netlink_extra(live->route, sizeof(*message));
	message->rtm_family = family;
	message->rtm_dst_len = bits;
	message->rtm_src_len = source ? bits : 0;
	message->rtm_flags = flags;
	netlink_put(live->route, RTA_DST, destination, bits / 8);
	if (source)
		netlink_put(live->route, RTA_SRC, source, bits / 8);
	memset(route, 0, sizeof(*route));
	return !netlink_request(live->route, read_route, route);
}

/* Not one of another namespace, or of a machine that we came from. */
static bool is_here(const struct live *live, const struct session *session)
{
	struct route route;

	return find_route(live, session->family, &session->server, NULL, 0,
			  &route) &&
	       route.type == RTN_LOCAL;
}

/* By the interface that answers leave through. No route is none through it. */
static bool leads_through(const struct live *live,
			  const struct session *session)
{
	struct route route;

	return live->link &&
	       find_route(live, session->family, &session->client,
			  &session->server, 0, &route) &&
	       route.ifindex == live->link->ifindex;
}

static bool has_longer(const struct link_prefixes *prefixes,
		       const struct session *session, u8 length)
{
	size_t i;

	for (i = 0; i < prefixes->count; i++)
		if (prefixes->items[i].length > length &&
		    prefix_contains(&prefixes->items[i], session->family,
				    &session->client))
			return true;
	return false;
}

/*
 * Whether a route of ours would take the answers from the one that they leave
 * by now. A table of its own comes before the main one, where ours are.
 */
static bool is_taken(const struct live *live, const struct goal *goal,
		     const struct session *session)
{
	const struct target *target = &goal->target;
	struct link_changes changes;
	struct route route;
	bool taken;

	if (!find_route(live, session->family, &session->client,
			&session->server, RTM_F_FIB_MATCH, &route) ||
	    (route.table != RT_TABLE_MAIN && route.table != RT_TABLE_DEFAULT))
		return false;
	link_diff(target->policy, target->mtu, live->link, NULL, false,
		  &changes);
	/* With an address comes the route to its network. */
	taken = has_longer(&changes.add_routes, session, route.length) ||
		has_longer(&changes.add_addresses, session, route.length);
	link_changes_free(&changes);
	return taken;
}

static bool same(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/*
 * Whether the ward has taken the session for one that self started: what came
 * first of it, when there was a ward, came from here.
 */
static bool is_reverse(const struct live *live, const struct session *session)
{
	const struct ward_filter filter = {
		.services = { { SERVICE(session->client_port),
				SERVICE(session->client_port) } },
		.service_count = 1,
	};
	struct ward_flow *flows;
	bool found = false;
	size_t count, i;

	if (!live->policy || ward_read_flows(live->wards, live->interface,
					     &filter, &flows, &count))
		return false;
	for (i = 0; i < count; i++)
		found |= flows[i].family == session->family &&
			 flows[i].source_port == session->server_port &&
			 same(&flows[i].source, &session->server) &&
			 same(&flows[i].destination, &session->client);
	free(flows);
	return found;
}

static bool is_refused(const struct live *live, const struct goal *goal,
		       const struct session *session)
{
	bool reverse = is_reverse(live, session);
	struct wgward_verdict verdict;

	if (goal->policy->audit)
		return false;
	wgward_policy_judge(
		goal->policy, session->family,
		reverse ? &session->server : &session->client,
		reverse ? &session->client : &session->server, IPPROTO_TCP,
		SERVICE(reverse ? session->client_port : session->server_port),
		time(NULL), &verdict);
	return verdict.code != WGWARD_VERDICT_PASS;
}

/* The key of the peer that has the longest prefix around the client. */
static const u8 *find_peer(const struct peers *peers,
			   const struct session *session)
{
	const struct wgward_prefix *best = NULL;
	const u8 *key = NULL;
	size_t i, j;

	for (i = 0; i < peers->count; i++) {
		for (j = 0; j < peers->items[i].prefix_count; j++) {
			const struct wgward_prefix *prefix =
				&peers->items[i].prefixes[j];

			if (!prefix_contains(prefix, session->family,
					     &session->client) ||
			    (best && best->length >= prefix->length))
				continue;
			best = prefix;
			key = peers->items[i].key;
		}
	}
	return key;
}

static bool peer_stays(const struct live *live, const struct goal *goal,
		       const struct session *session)
{
	struct peers *before = peers_from_device(live->device);
	struct peers *after = peers_from_policy(goal->policy, -1);
	const u8 *was = find_peer(before, session);
	const u8 *is = find_peer(after, session);
	bool stays = was && is && !memcmp(was, is, WGWARD_KEY_LEN);

	peers_free(before);
	peers_free(after);
	return stays;
}

static bool is_self(const struct wgward_policy *policy,
		    const struct session *session)
{
	const struct wgward_node *self = &policy->nodes[policy->self];
	u32 i;

	for (i = 0; i < self->address_count; i++)
		if (self->addresses[i].family == session->family &&
		    same(&self->addresses[i].address, &session->server))
			return true;
	return false;
}

/* Only our own addresses go. */
static bool address_stays(const struct live *live, const struct goal *goal,
			  const struct session *session)
{
	const struct link_address *address;
	size_t i;

	for (i = 0; i < live->link->address_count; i++) {
		address = &live->link->addresses[i];
		if (address->own && address->prefix.family == session->family &&
		    same(&address->prefix.address, &session->server))
			return is_self(goal->policy, session);
	}
	return true;
}

/* Why the session, which leads through the interface, would be cut, or NULL. */
static const char *why_cut(const struct live *live, const struct goal *goal,
			   const struct session *session)
{
	if (live->device->has_key &&
	    memcmp(live->device->key, goal->target.key, WGWARD_KEY_LEN))
		return "this node gets another key";
	if (!peer_stays(live, goal, session))
		return "it comes from a peer that does not have its address "
		       "any more";
	if (!address_stays(live, goal, session))
		return "it goes to an address that goes";
	if (is_refused(live, goal, session))
		return "the rules refuse it";
	return NULL;
}

static const char *cut(const struct live *live, const struct goal *goal,
		       const struct session *session)
{
	if (!is_here(live, session))
		return NULL;
	if (leads_through(live, session))
		return why_cut(live, goal, session);
	return is_taken(live, goal, session) ?
		       "its answers would leave through the interface" :
		       NULL;
}

int session_check(const struct live *live, const struct goal *goal,
		  refusal_tell *tell)
{
	char client[ADDRESS_TEXT_LEN];
	struct session session;
	const char *why;
	pid_t process;

	for (process = getpid(); process > 0; process = parent_of(process)) {
		if (!find(process, &session))
			continue;
		why = cut(live, goal, &session);
		if (!why)
			continue;
		tell("%s: this cuts the SSH session from %s that it is said "
		     "in, as %s: --confirm SECONDS to come back, or --force if "
		     "that is meant",
		     live->interface,
		     address_format(client, session.family, &session.client),
		     why);
		return -1;
	}
	return 0;
}
