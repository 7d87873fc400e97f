// SPDX-License-Identifier: GPL-2.0
/*
 * wgward refresh: looks up the endpoints of silent peers again, as names may
 * lead elsewhere by now. Others are left alone, as they may have roamed.
 *
 * JSON: interface, changed, peers: a list of name, endpoint (as in the file),
 * before, after.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "endpoint.h"
#include "key.h"
#include "live.h"
#include "lock.h"
#include "memory.h"
#include "output.h"
#include "rescue.h"

/* WireGuard begins a handshake each 120 s with a peer it talks to. */
#define SILENT_SECONDS 135
/* For looking up names, of which each may take its ten seconds. */
#define PATIENCE_SECONDS 60

/**
 * struct refreshed - a silent peer whose endpoint was looked up
 * @key: the peer's
 * @text: as the file gave it
 * @endpoint: as it is now
 */
struct refreshed {
	u8 key[WGWARD_KEY_LEN];
	char *text;
	union wireguard_endpoint endpoint;
};

/**
 * struct refresh - a refresh
 * @live: what is
 * @items: silent peers
 * @count: number of @items
 * @told: as JSON, or NULL
 * @changed: how many peers were sent elsewhere
 */
struct refresh {
	struct live live;
	struct refreshed *items;
	size_t count;
	json_t *told;
	size_t changed;
};

static bool is_silent(const struct wireguard_peer *peer)
{
	return time(NULL) - peer->handshake >= SILENT_SECONDS;
}

/* An address leads where it led before: a peer that is elsewhere has roamed. */
static bool may_have_moved(const struct wireguard_peer *peer,
			   const struct wgward_node *node)
{
	return is_silent(peer) && node && node->endpoint &&
	       (peer->endpoint.any.sa_family == AF_UNSPEC ||
		endpoint_has_name(node->endpoint));
}

static const struct wgward_node *node_of(const struct live *live, const u8 *key)
{
	u32 node = wgward_policy_find_node_by_key(live->policy, key);

	return node == WGWARD_NONE ? NULL : &live->policy->nodes[node];
}

static void look_up(struct refresh *refresh, const struct wgward_node *node)
{
	struct refreshed item = { 0 };
	const char *why;

	if (!endpoint_resolve(node->endpoint, &item.endpoint, &why)) {
		warning("%s: the endpoint %s is left out: %s", node->name,
			node->endpoint, why);
		return;
	}
	memcpy(item.key, node->key, WGWARD_KEY_LEN);
	item.text = memory_copy(node->endpoint);
	refresh->items = memory_grow(refresh->items, refresh->count,
				     sizeof(*refresh->items));
	refresh->items[refresh->count++] = item;
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* Takes its time, so it comes before the lock; but not all of a timer's. */
static void look_up_all(struct refresh *refresh)
{
	const struct wireguard_device *device = refresh->live.device;
	time_t end = now() + PATIENCE_SECONDS;
	const struct wgward_node *node;
	size_t i;

	for (i = 0; i < device->peer_count; i++) {
		node = node_of(&refresh->live, device->peers[i].key);
		if (!may_have_moved(&device->peers[i], node))
			continue;
		if (now() > end) {
			warning("%s and others are left out: looking up names "
				"took more than %u seconds",
				node->name, PATIENCE_SECONDS);
			return;
		}
		look_up(refresh, node);
	}
}

static void tell(struct refresh *refresh, const struct wgward_node *node,
		 const struct wireguard_peer *peer,
		 const struct refreshed *item)
{
	char before[ENDPOINT_TEXT_LEN], after[ENDPOINT_TEXT_LEN];
	json_t *object;

	endpoint_format(before, &peer->endpoint);
	endpoint_format(after, &item->endpoint);
	refresh->changed++;
	if (!refresh->told) {
		printf("~ endpoint %s: %s%s%s (%s)\n", node->name, before,
		       *before ? " -> " : "", after, item->text);
		return;
	}
	object = output_object();
	output_set_text(object, "name", node->name);
	output_set_text(object, "endpoint", item->text);
	output_set_text(object, "before", *before ? before : NULL);
	output_set_text(object, "after", after);
	output_append(refresh->told, object);
}

static bool same_endpoint(const union wireguard_endpoint *a,
			  const union wireguard_endpoint *b)
{
	char texts[2][ENDPOINT_TEXT_LEN];

	return !strcmp(endpoint_format(texts[0], a),
		       endpoint_format(texts[1], b));
}

/* A peer that is gone, or was heard of meanwhile, or moved in the file. */
static bool is_outdated(const struct refresh *refresh,
			const struct refreshed *item,
			const struct wireguard_peer *peer)
{
	const struct wgward_node *node = node_of(&refresh->live, item->key);

	return !peer || !may_have_moved(peer, node) ||
	       strcmp(node->endpoint, item->text);
}

static int set(struct refresh *refresh, const struct refreshed *item)
{
	const struct live *live = &refresh->live;
	const struct wireguard_peer *peer =
		wireguard_find_peer(live->device, item->key);
	struct wireguard_change change = {
		.endpoint = item->endpoint,
		.keepalive = -1,
	};

	if (is_outdated(refresh, item, peer) ||
	    same_endpoint(&peer->endpoint, &item->endpoint))
		return 0;
	memcpy(change.key, item->key, WGWARD_KEY_LEN);
	if (wireguard_change(live->wireguard, live->interface, &change, 1))
		return -1;
	tell(refresh, node_of(live, item->key), peer, item);
	return 0;
}

static int set_all(struct refresh *refresh)
{
	struct live *live = &refresh->live;
	int result = 0;
	size_t i;

	if (!refresh->count)
		return 0;
	if (lock_take(live->interface) || live_read(live))
		return -1;
	if (!live->device || !live->policy)
		return 0;
	for (i = 0; i < refresh->count; i++)
		if (set(refresh, &refresh->items[i]))
			result = -1;
	return result;
}

static void report(struct refresh *refresh, const char *interface)
{
	json_t *object;

	if (!refresh->told) {
		if (!refresh->changed)
			printf("%s: nothing to change\n", interface);
		return;
	}
	object = output_object();
	output_set_text(object, "interface", interface);
	output_set_bool(object, "changed", refresh->changed);
	output_set(object, "peers", refresh->told);
	output_json(object, false);
	refresh->told = NULL;
}

static int run(struct refresh *refresh, const char *interface)
{
	int status;

	/* When a rescue began, names may have led nowhere yet. */
	if (rescue_lasts(interface) ? rescue_open(&refresh->live, interface) :
				      live_open(&refresh->live, interface))
		return EXIT_ERROR;
	if (!refresh->live.device || !refresh->live.policy) {
		error("%s has no %s", interface,
		      refresh->live.device ? "policy in force" : "interface");
		return EXIT_ERROR;
	}
	if (option_json)
		refresh->told = output_array();
	look_up_all(refresh);
	status = set_all(refresh) ? EXIT_ERROR : EXIT_DONE;
	report(refresh, interface);
	return status;
}

int refresh_main(int argc, char **argv)
{
	static const struct option options[] = { { 0 } };
	struct refresh refresh = { 0 };
	const char *interface;
	int status;
	size_t i;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return command_usage("refresh");
	if (optind != argc) {
		error("refresh takes no argument: say which interface with -i");
		return command_usage("refresh");
	}
	interface = command_interface(NULL);
	if (!interface)
		return EXIT_ERROR;
	status = run(&refresh, interface);
	for (i = 0; i < refresh.count; i++)
		free(refresh.items[i].text);
	free(refresh.items);
	json_decref(refresh.told);
	live_close(&refresh.live);
	return output_end(status);
}
