// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "command.h"
#include "endpoint.h"
#include "key.h"
#include "memory.h"
#include "peers.h"

/* A prefix and whose it is, found by bisection. */
struct owned {
	struct wgward_prefix prefix;
	const u8 *key;
};

struct owners {
	struct owned *items;
	size_t count;
};

static int compare_owned(const void *a, const void *b)
{
	const struct owned *left = a, *right = b;

	return prefix_compare(&left->prefix, &right->prefix);
}

static void owners_add(struct owners *owners, const u8 *key,
		       const struct wgward_prefix *prefixes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		owners->items = memory_grow(owners->items, owners->count,
					    sizeof(*owners->items));
		owners->items[owners->count++] =
			(struct owned){ prefixes[i], key };
	}
}

static void owners_sort(struct owners *owners)
{
	if (owners->count)
		qsort(owners->items, owners->count, sizeof(*owners->items),
		      compare_owned);
}

/* The key, or NULL. */
static const u8 *owners_find(const struct owners *owners,
			     const struct wgward_prefix *prefix)
{
	struct owned wanted = { .prefix = *prefix };
	const struct owned *found;

	if (!owners->count)
		return NULL;
	found = bsearch(&wanted, owners->items, owners->count, sizeof(wanted),
			compare_owned);
	return found ? found->key : NULL;
}

/**
 * struct diff - a comparison under way
 * @wanted: what is to be
 * @device: what is, or NULL
 * @context: what the caller knows
 * @is: whose the prefixes are
 * @will: whose they should be
 * @list: what is told
 * @changes: what is done
 * @count: number of @changes
 * @later: told after what moves
 */
struct diff {
	const struct peers *wanted;
	const struct wireguard_device *device;
	const struct peers_context *context;
	struct owners is, will;
	struct change_list *list;
	struct wireguard_change *changes;
	size_t count;
};

/* The node's name, or the key where no policy knows it. */
static const char *name_of(const struct diff *diff, const u8 *key, char *text)
{
	const struct wgward_policy *const policies[] = {
		diff->context->after,
		diff->context->before,
	};
	size_t i;
	u32 node;

	for (i = 0; i < 2; i++) {
		if (!policies[i])
			continue;
		node = wgward_policy_find_node_by_key(policies[i], key);
		if (node != WGWARD_NONE)
			return policies[i]->nodes[node].name;
	}
	return key_format(text, key);
}

static struct wireguard_change *begin_change(struct diff *diff, const u8 *key)
{
	struct wireguard_change *change;

	diff->changes =
		memory_grow(diff->changes, diff->count, sizeof(*diff->changes));
	change = &diff->changes[diff->count++];
	memset(change, 0, sizeof(*change));
	memcpy(change->key, key, WGWARD_KEY_LEN);
	change->keepalive = -1;
	return change;
}

static void append_prefix(struct wgward_prefix **prefixes, size_t *count,
			  const struct wgward_prefix *prefix)
{
	*prefixes = memory_grow(*prefixes, *count, sizeof(**prefixes));
	(*prefixes)[(*count)++] = *prefix;
}

static void tell_prefix(struct diff *diff, const struct wgward_prefix *prefix,
			const u8 *from, const u8 *to)
{
	char text[PREFIX_TEXT_LEN], keys[2][KEY_TEXT_LEN];
	enum change_verb verb = CHANGE_MOVE;

	if (!from)
		verb = CHANGE_ADD;
	else if (!to)
		verb = CHANGE_REMOVE;
	change_add(diff->list, CHANGE_PREFIX, verb, prefix_format(text, prefix),
		   from ? name_of(diff, from, keys[0]) : NULL,
		   to ? name_of(diff, to, keys[1]) : NULL);
}

static void give_prefixes(struct diff *diff, const struct peer *peer,
			  struct wireguard_change *change)
{
	const u8 *owner;
	size_t i;

	for (i = 0; i < peer->prefix_count; i++) {
		owner = owners_find(&diff->is, &peer->prefixes[i]);
		if (owner && !memcmp(owner, peer->key, WGWARD_KEY_LEN))
			continue;
		append_prefix(&change->add, &change->add_count,
			      &peer->prefixes[i]);
		tell_prefix(diff, &peer->prefixes[i], owner, peer->key);
	}
}

/* Those that go to another peer are taken by being given. */
static void take_prefixes(struct diff *diff, const struct wireguard_peer *live,
			  struct wireguard_change *change)
{
	size_t i;

	for (i = 0; i < live->prefix_count; i++) {
		if (owners_find(&diff->will, &live->prefixes[i]))
			continue;
		append_prefix(&change->take, &change->take_count,
			      &live->prefixes[i]);
		tell_prefix(diff, &live->prefixes[i], live->key, NULL);
	}
}

/*
 * Roaming wins: a live peer is told an endpoint only if it has none, or if
 * the file has another than it had at the last apply.
 */
static bool wants_endpoint(const struct diff *diff, const struct peer *peer,
			   const struct wireguard_peer *live)
{
	const struct wgward_policy *before = diff->context->before;
	const char *former;
	u32 node;

	if (!peer->endpoint)
		return false;
	if (!live || live->endpoint.any.sa_family == AF_UNSPEC)
		return true;
	if (!before)
		return false;
	node = wgward_policy_find_node_by_key(before, peer->key);
	if (node == WGWARD_NONE)
		return false;
	former = before->nodes[node].endpoint;
	return !former || strcmp(former, peer->endpoint);
}

/* Only what is put back has one; we ourselves changed it a moment ago. */
static void put_endpoint_back(const struct peer *peer,
			      const struct wireguard_peer *live,
			      struct wireguard_change *change)
{
	char was[ENDPOINT_TEXT_LEN], is[ENDPOINT_TEXT_LEN];

	if (peer->at.any.sa_family == AF_UNSPEC)
		return;
	if (live && !strcmp(endpoint_format(was, &peer->at),
			    endpoint_format(is, &live->endpoint)))
		return;
	change->endpoint = peer->at;
}

/*
 * What is in force says what the live peer was told, so it must not say what
 * the peer was not.
 */
static void keep_endpoint(struct diff *diff, const struct peer *peer,
			  const struct wireguard_peer *live)
{
	const struct wgward_policy *before = diff->context->before;
	struct wgward_policy *after = diff->context->after;
	u32 was, is;

	if (!live || !before || !after)
		return;
	was = wgward_policy_find_node_by_key(before, peer->key);
	is = wgward_policy_find_node_by_key(after, peer->key);
	if (was != WGWARD_NONE && is != WGWARD_NONE)
		after->nodes[is].endpoint = before->nodes[was].endpoint;
}

static void set_endpoint(struct diff *diff, const struct peer *peer,
			 const struct wireguard_peer *live,
			 struct wireguard_change *change)
{
	char before[ENDPOINT_TEXT_LEN];
	const char *why;

	put_endpoint_back(peer, live, change);
	if (!diff->context->resolve || !wants_endpoint(diff, peer, live))
		return;
	if (!diff->context->resolve(peer->endpoint, &change->endpoint, &why)) {
		memset(&change->endpoint, 0, sizeof(change->endpoint));
		warning("%s: the endpoint %s is left out: %s", peer->name,
			peer->endpoint, why);
		keep_endpoint(diff, peer, live);
		return;
	}
	if (!live) {
		change_add(diff->list, CHANGE_ENDPOINT, CHANGE_ADD, peer->name,
			   NULL, peer->endpoint);
		return;
	}
	endpoint_format(before, &live->endpoint);
	change_add(diff->list, CHANGE_ENDPOINT, CHANGE_SET, peer->name,
		   *before ? before : NULL, peer->endpoint);
}

static void set_keepalive(struct diff *diff, const struct peer *peer,
			  const struct wireguard_peer *live,
			  struct wireguard_change *change)
{
	int was = live ? live->keepalive : 0;
	char before[16], after[16], key[KEY_TEXT_LEN];

	if (peer->keepalive < 0 || peer->keepalive == was)
		return;
	change->keepalive = peer->keepalive;
	snprintf(before, sizeof(before), "%d", was);
	snprintf(after, sizeof(after), "%d", peer->keepalive);
	change_add(diff->list, CHANGE_KEEPALIVE, CHANGE_SET,
		   name_of(diff, peer->key, key), before, after);
}

/* Of the key itself nothing is told, but where it is from. */
static void set_preshared(struct diff *diff, const struct peer *peer,
			  const struct wireguard_peer *live,
			  struct wireguard_change *change)
{
	const u8 *was = live ? live->preshared : NULL;
	enum change_verb verb = CHANGE_SET;

	if (!peer->preshared)
		return;
	if (was ? !memcmp(was, peer->preshared, WGWARD_KEY_LEN) :
		  key_is_zero(peer->preshared))
		return;
	change->preshared = key_copy(peer->preshared);
	if (!was)
		verb = CHANGE_ADD;
	else if (key_is_zero(peer->preshared))
		verb = CHANGE_REMOVE;
	change_add(diff->list, CHANGE_PRESHARED, verb, peer->name, NULL,
		   peer->preshared_file);
}

static bool is_empty(const struct wireguard_change *change)
{
	return !change->create && !change->add_count && !change->take_count &&
	       change->keepalive < 0 && !change->preshared &&
	       change->endpoint.any.sa_family == AF_UNSPEC;
}

/* By name and key, or by key alone where the name is not known. */
static void tell_peer(struct diff *diff, enum change_verb verb, const u8 *key)
{
	char text[KEY_TEXT_LEN], unnamed[KEY_TEXT_LEN];
	const char *name = name_of(diff, key, unnamed);
	const char *detail = name == unnamed ? NULL : key_format(text, key);

	change_add(diff->list, CHANGE_PEER, verb, name,
		   verb == CHANGE_REMOVE ? detail : NULL,
		   verb == CHANGE_ADD ? detail : NULL);
}

static void compare_peer(struct diff *diff, const struct peer *peer)
{
	const struct wireguard_peer *live;
	struct wireguard_change *change;

	live = wireguard_find_peer(diff->device, peer->key);
	change = begin_change(diff, peer->key);
	change->create = !live;
	if (!live)
		tell_peer(diff, CHANGE_ADD, peer->key);
	give_prefixes(diff, peer, change);
	if (live)
		take_prefixes(diff, live, change);
	set_endpoint(diff, peer, live, change);
	set_keepalive(diff, peer, live, change);
	set_preshared(diff, peer, live, change);
	if (is_empty(change))
		diff->count--;
}

static void remove_peers(struct diff *diff)
{
	size_t i;

	for (i = 0; diff->device && i < diff->device->peer_count; i++) {
		const u8 *gone = diff->device->peers[i].key;

		if (peers_find(diff->wanted, gone))
			continue;
		begin_change(diff, gone)->remove = true;
		tell_peer(diff, CHANGE_REMOVE, gone);
	}
}

static void find_owners(struct diff *diff)
{
	size_t i;

	for (i = 0; diff->device && i < diff->device->peer_count; i++)
		owners_add(&diff->is, diff->device->peers[i].key,
			   diff->device->peers[i].prefixes,
			   diff->device->peers[i].prefix_count);
	for (i = 0; i < diff->wanted->count; i++)
		owners_add(&diff->will, diff->wanted->items[i].key,
			   diff->wanted->items[i].prefixes,
			   diff->wanted->items[i].prefix_count);
	owners_sort(&diff->is);
	owners_sort(&diff->will);
}

struct wireguard_change *peers_diff(const struct peers *wanted,
				    const struct wireguard_device *device,
				    const struct peers_context *context,
				    struct change_list *list, size_t *count)
{
	struct diff diff = {
		.wanted = wanted,
		.device = device,
		.context = context,
		.list = list,
	};
	size_t i;

	find_owners(&diff);
	for (i = 0; i < wanted->count; i++)
		compare_peer(&diff, &wanted->items[i]);
	remove_peers(&diff);
	free(diff.is.items);
	free(diff.will.items);
	*count = diff.count;
	return diff.changes;
}
