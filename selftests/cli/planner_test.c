// SPDX-License-Identifier: GPL-2.0
/*
 * The planner, without a kernel: random meshes follow one another, the
 * changes planned are carried out on a model of WireGuard that is as simple
 * as can be, and what comes out has to be what was wanted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../tools/address.h"
#include "../../tools/key.h"
#include "../../tools/memory.h"
#include "../../tools/planner.h"
#include "../../tools/policy_diff.h"
#include "../unit/tap.h"

#define NODES 12
#define ROUNDS 3000

/* What is wrong, of the round at hand. */
static char complaint[256];

/* False, for whoever has to say that something is. */
static bool __attribute__((format(printf, 1, 2)))
complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(complaint, sizeof(complaint), format, arguments);
	va_end(arguments);
	return false;
}

static bool resolve_nothing(const char *text,
			    union wireguard_endpoint *endpoint,
			    const char **why)
{
	(void)text;
	memset(endpoint, 0, sizeof(*endpoint));
	*why = "nothing resolves here";
	return false;
}

/* The last digits of "192.0.2.N:1" become the address. */
static bool resolve(const char *text, union wireguard_endpoint *endpoint,
		    const char **why)
{
	unsigned int number;

	*why = NULL;
	memset(endpoint, 0, sizeof(*endpoint));
	if (sscanf(text, "192.0.2.%u:1", &number) != 1)
		abort();
	endpoint->ipv4.sin_family = AF_INET;
	endpoint->ipv4.sin_port = htons(1);
	endpoint->ipv4.sin_addr.s_addr = htonl(0xc0000200 + number);
	return true;
}

static struct wgward_prefix prefix(const char *text)
{
	struct wgward_prefix prefix;

	if (prefix_parse(text, &prefix))
		abort();
	return prefix;
}

static struct wgward_prefix random_prefix(bool route)
{
	struct wgward_prefix prefix = { 0 };
	unsigned int host = random_below(64);

	if (random_once_in(3)) {
		prefix.family = AF_INET6;
		prefix.address.s6_addr[0] = 0xfd;
		prefix.length = route ? 122 + random_below(7) : 128;
		prefix.address.s6_addr[15] = host &
					     (0xff << (128 - prefix.length));
		return prefix;
	}
	prefix.family = AF_INET;
	prefix.length = route ? 26 + random_below(7) : 32;
	prefix.address.s6_addr32[0] = htonl(
		0x0a000000 | (host & (0xffffffffULL << (32 - prefix.length))));
	return prefix;
}

static void random_node(struct wgward_node *node, unsigned int number,
			const bool *present, unsigned int relay)
{
	unsigned int i;

	memset(node, 0, sizeof(*node));
	snprintf(node->name, sizeof(node->name), "n%u", number);
	memset(node->key, number + 1, sizeof(node->key));
	node->flags = number ? 0 : WGWARD_NODE_F_SELF;
	node->address_count = 1 + random_below(3);
	node->addresses =
		memory_zero(node->address_count, sizeof(*node->addresses));
	for (i = 0; i < node->address_count; i++)
		node->addresses[i] = random_prefix(false);
	node->route_count = random_below(3);
	node->routes = memory_zero(node->route_count, sizeof(*node->routes));
	for (i = 0; i < node->route_count; i++)
		node->routes[i] = random_prefix(true);
	if (number != relay && present[relay] && random_once_in(3))
		node->relay = memory_print("n%u", relay);
	if (random_once_in(2))
		node->endpoint = memory_print("192.0.2.%u:1", random_below(3));
}

static void free_node(struct wgward_node *node)
{
	free(node->addresses);
	free(node->routes);
	free(node->relay);
	free(node->endpoint);
}

static void add_rule(struct wgward_policy *policy)
{
	struct wgward_service service = { 0 };
	struct wgward_rule rule = { .services = &service, .service_count = 1 };
	const char *why;

	snprintf(rule.name, sizeof(rule.name), "r%u", random_below(4));
	rule.action = random_below(2);
	service.first = 6 << 16 | (1 + random_below(9));
	service.last = service.first;
	rule.from.any = true;
	rule.to.any = true;
	wgward_policy_add_rule(policy, &rule, &why);
}

static struct wgward_policy *random_policy(void)
{
	struct wgward_policy *policy = wgward_policy_create();
	unsigned int relay = random_below(NODES);
	bool present[NODES];
	struct wgward_node node;
	unsigned int i;
	const char *why;
	int result;

	if (!policy)
		abort();
	policy->fallback = WGWARD_ACTION_DENY;
	for (i = 0; i < NODES; i++)
		present[i] = !i || random_below(3);
	for (i = 0; i < NODES; i++) {
		if (!present[i])
			continue;
		/* One that clashes with another stays away, but self. */
		do {
			random_node(&node, i, present, relay);
			result = wgward_policy_add_node(policy, &node, &why);
			free_node(&node);
		} while (result && !i);
	}
	while (random_below(3))
		add_rule(policy);
	return policy;
}

/* The model of WireGuard. */

static struct wireguard_peer *model_find(struct wireguard_device *device,
					 const u8 *key)
{
	return (struct wireguard_peer *)wireguard_find_peer(device, key);
}

static int compare_peers(const void *a, const void *b)
{
	return memcmp(a, b, WGWARD_KEY_LEN);
}

static void model_create(struct wireguard_device *device, const u8 *key)
{
	struct wireguard_peer peer = { 0 };

	if (device->has_key && !memcmp(device->key, key, WGWARD_KEY_LEN))
		return;
	memcpy(peer.key, key, WGWARD_KEY_LEN);
	device->peers =
		memory_grow(device->peers, device->peer_count, sizeof(peer));
	device->peers[device->peer_count++] = peer;
	qsort(device->peers, device->peer_count, sizeof(peer), compare_peers);
}

static bool model_drop(struct wireguard_peer *peer,
		       const struct wgward_prefix *prefix)
{
	size_t i;

	for (i = 0; i < peer->prefix_count; i++) {
		if (!prefix_equal(&peer->prefixes[i], prefix))
			continue;
		peer->prefixes[i] = peer->prefixes[--peer->prefix_count];
		return true;
	}
	return false;
}

static void model_give(struct wireguard_device *device,
		       struct wireguard_peer *peer,
		       const struct wgward_prefix *prefix)
{
	size_t i;

	for (i = 0; i < device->peer_count; i++)
		model_drop(&device->peers[i], prefix);
	peer->prefixes = memory_resize(peer->prefixes, peer->prefix_count + 1,
				       sizeof(*prefix));
	peer->prefixes[peer->prefix_count++] = *prefix;
}

static void model_preshare(struct wireguard_peer *peer, const u8 *key)
{
	key_free(peer->preshared);
	peer->preshared = key_is_zero(key) ? NULL : key_copy(key);
}

static bool model_change(struct wireguard_device *device,
			 const struct wireguard_change *change)
{
	struct wireguard_peer *peer = model_find(device, change->key);
	size_t i;

	if (!peer != change->create)
		return complain(
			"creates what is there, or changes what is not");
	if (!peer)
		model_create(device, change->key);
	peer = model_find(device, change->key);
	/* WireGuard does not even say that it ignores its own key. */
	if (!peer)
		return true;
	if (change->endpoint.any.sa_family != AF_UNSPEC)
		peer->endpoint = change->endpoint;
	if (change->keepalive >= 0)
		peer->keepalive = change->keepalive;
	if (change->preshared)
		model_preshare(peer, change->preshared);
	for (i = 0; i < change->add_count; i++)
		model_give(device, peer, &change->add[i]);
	return true;
}

static bool model_take(struct wireguard_device *device,
		       const struct wireguard_change *change)
{
	struct wireguard_peer *peer = model_find(device, change->key);
	size_t i;

	for (i = 0; i < change->take_count; i++)
		if (!peer || !model_drop(peer, &change->take[i]))
			return complain("takes what is not there");
	return true;
}

static bool model_remove(struct wireguard_device *device, const u8 *key)
{
	struct wireguard_peer *peer = model_find(device, key);

	if (!peer)
		return (device->has_key &&
			!memcmp(device->key, key, WGWARD_KEY_LEN)) ||
		       complain("removes what is not there");
	free(peer->prefixes);
	key_free(peer->preshared);
	*peer = device->peers[--device->peer_count];
	qsort(device->peers, device->peer_count, sizeof(*peer), compare_peers);
	return true;
}

static void model_set_key(struct wireguard_device *device, const u8 *key)
{
	if (model_find(device, key))
		model_remove(device, key);
	memcpy(device->key, key, WGWARD_KEY_LEN);
	device->has_key = true;
}

/* In wireguard_change()'s order. */
static bool model_run(struct wireguard_device *device,
		      const struct wireguard_change *changes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!changes[i].remove && !model_change(device, &changes[i]))
			return false;
	for (i = 0; i < count; i++)
		if (!changes[i].remove && !model_take(device, &changes[i]))
			return false;
	for (i = 0; i < count; i++)
		if (changes[i].remove && !model_remove(device, changes[i].key))
			return false;
	return true;
}

static void model_free(struct wireguard_device *device)
{
	size_t i;

	for (i = 0; i < device->peer_count; i++) {
		key_free(device->peers[i].preshared);
		free(device->peers[i].prefixes);
	}
	free(device->peers);
	memset(device, 0, sizeof(*device));
}

/* The checks. */

/* Whose @address is, by looking at everything: index of a peer, or -1. */
static int naive_owner(const struct wireguard_device *device, u8 family,
		       const struct in6_addr *address)
{
	int best = -1, length = -1;
	size_t i, j;

	for (i = 0; i < device->peer_count; i++) {
		for (j = 0; j < device->peers[i].prefix_count; j++) {
			const struct wgward_prefix *prefix =
				&device->peers[i].prefixes[j];

			if (prefix->length <= length ||
			    !prefix_contains(prefix, family, address))
				continue;
			best = device->peers[i].key[0];
			length = prefix->length;
		}
	}
	return best;
}

static bool same_preshared(const u8 *a, const u8 *b)
{
	return a && b ? !memcmp(a, b, WGWARD_KEY_LEN) : !a && !b;
}

/* Both have the same peers and keys, and each address with the same one. */
static bool naive_match(const struct wireguard_device *a,
			const struct wireguard_device *b)
{
	struct wgward_prefix address;
	unsigned int family, i;

	if (a->peer_count != b->peer_count)
		return false;
	for (i = 0; i < a->peer_count; i++)
		if (memcmp(a->peers[i].key, b->peers[i].key, WGWARD_KEY_LEN) ||
		    !same_preshared(a->peers[i].preshared,
				    b->peers[i].preshared))
			return false;
	for (family = 0; family < 2; family++) {
		for (i = 0; i < 128; i++) {
			memset(&address, 0, sizeof(address));
			address.family = family ? AF_INET6 : AF_INET;
			address.address.s6_addr[0] = family ? 0xfd : 10;
			address.address.s6_addr[family ? 15 : 3] = i;
			if (naive_owner(a, address.family, &address.address) !=
			    naive_owner(b, address.family, &address.address))
				return false;
		}
	}
	return true;
}

static bool matches(const struct peers *peers,
		    const struct wireguard_device *device)
{
	char *why = NULL;
	bool match = peers_match(peers, device, &why) || complain("%s", why);

	free(why);
	return match;
}

/* A live peer's endpoint changes only with the file, or if it has none. */
static bool endpoints_right(const struct wgward_policy *before,
			    const struct wgward_policy *after,
			    const struct wireguard_device *device,
			    const struct wireguard_change *changes,
			    size_t count)
{
	const struct wireguard_peer *live;
	const char *was, *is;
	u32 old, new;
	size_t i;

	for (i = 0; i < count; i++) {
		live = wireguard_find_peer(device, changes[i].key);
		if (changes[i].remove || !live ||
		    changes[i].endpoint.any.sa_family == AF_UNSPEC ||
		    live->endpoint.any.sa_family == AF_UNSPEC)
			continue;
		new = wgward_policy_find_node_by_key(after, changes[i].key);
		old = before ? wgward_policy_find_node_by_key(before,
							      changes[i].key) :
			       WGWARD_NONE;
		if (old == WGWARD_NONE)
			return complain("a live peer is told an endpoint");
		was = before->nodes[old].endpoint;
		is = after->nodes[new].endpoint;
		if (!is || (was && !strcmp(was, is)))
			return complain("an endpoint that did not change");
	}
	return true;
}

static struct wireguard_change *make(const struct wgward_policy *before,
				     struct wgward_policy *after,
				     const struct wireguard_device *device,
				     const struct peers *peers, size_t *count)
{
	const struct peers_context context = {
		.before = before,
		.after = after,
		.resolve = resolve,
	};
	struct change_list list = { 0 };
	struct wireguard_change *changes;

	changes = peers_diff(peers, device, &context, &list, count);
	if (*count && !list.count)
		abort();
	change_list_free(&list);
	return changes;
}

/* Some have one to be, some none, and some are left alone. */
static struct preshared_list random_preshared(const struct peers *peers)
{
	struct preshared_list list = { 0 };
	struct preshared *item;
	size_t i;

	list.items = memory_zero(peers->count, sizeof(*list.items));
	for (i = 0; i < peers->count; i++) {
		if (random_once_in(3))
			continue;
		item = &list.items[list.count++];
		memcpy(item->node, peers->items[i].key, WGWARD_KEY_LEN);
		item->key[0] = random_below(3);
		item->file = item->key[0] ? "/key" : NULL;
	}
	return list;
}

/* Those of the file, and of the others those of @was. */
static bool preshared_right(const struct preshared_list *list,
			    const struct peers *was,
			    const struct wireguard_device *device)
{
	static const u8 none[WGWARD_KEY_LEN];
	const struct wireguard_peer *peer;
	const struct peer *former;
	const u8 *key;
	size_t i, j;

	for (i = 0; i < device->peer_count; i++) {
		peer = &device->peers[i];
		former = peers_find(was, peer->key);
		key = former ? former->preshared : none;
		for (j = 0; j < list->count; j++)
			if (!memcmp(list->items[j].node, peer->key,
				    WGWARD_KEY_LEN))
				key = list->items[j].key;
		if (memcmp(peer->preshared ? peer->preshared : none, key,
			   WGWARD_KEY_LEN))
			return complain("another preshared key");
	}
	return true;
}

/* From @before, which @device is at, to @after; and nothing is left to do. */
static bool step(const struct wgward_policy *before,
		 struct wgward_policy *after, struct wireguard_device *device)
{
	struct peers *peers = peers_from_policy(after, random_below(2) * 25);
	struct preshared_list preshared = random_preshared(peers);
	struct peers *was = peers_from_device(device);
	struct wireguard_change *changes;
	size_t count;
	bool right;

	peers_preshare(peers, &preshared);
	changes = make(before, after, device, peers, &count);
	right = endpoints_right(before, after, device, changes, count) &&
		model_run(device, changes, count) && matches(peers, device) &&
		preshared_right(&preshared, was, device);
	wireguard_changes_free(changes, count);
	if (right) {
		changes = make(after, after, device, peers, &count);
		if (count)
			right = complain("something is left to do");
		wireguard_changes_free(changes, count);
	}
	peers_free(was);
	preshared_forget(&preshared);
	peers_free(peers);
	return right;
}

static void test_steps(void)
{
	struct wgward_policy *before = NULL, *after;
	struct wireguard_device device = { 0 };
	bool right = true;
	unsigned int i;

	for (i = 0; right && i < ROUNDS; i++) {
		/* Now and then what is there was nobody's doing. */
		if (random_once_in(10)) {
			if (before)
				wgward_policy_free(before);
			before = NULL;
		}
		after = random_policy();
		right = step(before, after, &device);
		if (before)
			wgward_policy_free(before);
		before = after;
	}
	tap_result(right, "%u random changes of peers arrive", ROUNDS);
	if (!right)
		tap_note("round %u: %s", i, complaint);
	wgward_policy_free(before);
	model_free(&device);
}

static void test_put_back(void)
{
	const struct preshared_list none = { 0 };
	struct wireguard_device device = { 0 };
	struct wgward_policy *policies[2];
	struct wireguard_change *changes;
	struct peers *former;
	bool right = true;
	unsigned int i;
	size_t count;

	for (i = 0; right && i < ROUNDS / 10; i++) {
		policies[0] = random_policy();
		policies[1] = random_policy();
		right = step(NULL, policies[0], &device);
		former = peers_from_device(&device);
		right = right && step(policies[0], policies[1], &device);
		if (right) {
			changes = make(policies[0], policies[0], &device,
				       former, &count);
			right = model_run(&device, changes, count) &&
				matches(former, &device) &&
				preshared_right(&none, former, &device);
			wireguard_changes_free(changes, count);
		}
		peers_free(former);
		wgward_policy_free(policies[0]);
		wgward_policy_free(policies[1]);
	}
	tap_result(right, "what was changed is put back");
	if (!right)
		tap_note("round %u: %s", i, complaint);
	model_free(&device);
}

/* All nodes trade places with @self, who had key 1 until now. */
static struct wgward_policy *swapped_policy(unsigned int self)
{
	struct wgward_policy *policy = wgward_policy_create();
	struct wgward_prefix address;
	struct wgward_node node;
	unsigned int i;
	const char *why;

	for (i = 0; i < 4; i++) {
		memset(&node, 0, sizeof(node));
		address = prefix("10.0.0.0");
		address.address.s6_addr[3] = i;
		snprintf(node.name, sizeof(node.name), "n%u", i);
		memset(node.key, i + 1, sizeof(node.key));
		node.flags = i == self ? WGWARD_NODE_F_SELF : 0;
		node.addresses = &address;
		node.address_count = 1;
		if (wgward_policy_add_node(policy, &node, &why))
			abort();
	}
	return policy;
}

/* Whether @device arrives at @peers, which are of @policy. */
static bool arrives(struct wgward_policy *policy, const struct peers *peers,
		    struct wireguard_device *device)
{
	struct wireguard_change *changes;
	size_t count;
	bool right;

	changes = make(policy, policy, device, peers, &count);
	right = model_run(device, changes, count) && matches(peers, device);
	wireguard_changes_free(changes, count);
	return right;
}

/* Self becomes n2, a peer until now: in changeover.c's order. */
static void test_identity(void)
{
	struct wgward_policy *was = swapped_policy(0), *is = swapped_policy(2);
	struct peers *former = peers_from_policy(was, 0);
	struct peers *wanted = peers_from_policy(is, 0);
	struct wireguard_device device = { 0 };
	struct wireguard_change *changes;
	size_t count;
	bool right;

	model_set_key(&device, was->nodes[0].key);
	right = arrives(was, former, &device);
	/* As it was planned when the key was still the former one. */
	changes = make(was, is, &device, wanted, &count);
	model_set_key(&device, is->nodes[2].key);
	right = right && model_run(&device, changes, count) &&
		matches(wanted, &device);
	wireguard_changes_free(changes, count);
	tap_result(right, "self takes the key of a peer, which takes self's");

	model_set_key(&device, was->nodes[0].key);
	right = arrives(was, former, &device);
	tap_result(right, "keys that were traded are put back");

	model_set_key(&device, is->nodes[2].key);
	peers_leave_out(former, device.key);
	right = former->count == 2 && !peers_find(former, device.key) &&
		peers_find(former, was->nodes[1].key) &&
		peers_find(former, was->nodes[3].key);
	tap_result(right && arrives(was, former, &device),
		   "without the former key all other peers are put back");
	peers_free(former);
	peers_free(wanted);
	wgward_policy_free(was);
	wgward_policy_free(is);
	model_free(&device);
}

/* Gives one prefix or key to someone, or takes it, and the like. */
static void disturb(struct wireguard_device *device)
{
	const u8 key[WGWARD_KEY_LEN] = { random_below(3) };
	struct wgward_prefix prefix = random_prefix(random_once_in(2));
	struct wireguard_peer *peer;

	if (!device->peer_count)
		return;
	peer = &device->peers[random_below(device->peer_count)];
	if (random_once_in(5))
		model_preshare(peer, key);
	else if (random_once_in(3) && peer->prefix_count)
		model_drop(peer,
			   &peer->prefixes[random_below(peer->prefix_count)]);
	else
		model_give(device, peer, &prefix);
}

static void test_match(void)
{
	unsigned int i, same = 0, different = 0;
	struct wireguard_device devices[2] = { 0 };
	struct wgward_policy *policy;
	struct peers *peers;
	bool right = true;
	char *why;

	for (i = 0; right && i < ROUNDS; i++) {
		policy = random_policy();
		step(NULL, policy, &devices[1]);
		peers = peers_from_device(&devices[1]);
		right = arrives(policy, peers, &devices[0]);
		disturb(&devices[0]);
		why = NULL;
		right = right && peers_match(peers, &devices[0], &why) ==
					 naive_match(&devices[1], &devices[0]);
		same += !why;
		different += !!why;
		free(why);
		peers_free(peers);
		wgward_policy_free(policy);
	}
	tap_result(right && same > ROUNDS / 100 && different > ROUNDS / 10,
		   "reading back agrees with looking up every address "
		   "(%u times the same, %u times not)",
		   same, different);
	model_free(&devices[0]);
	model_free(&devices[1]);
}

static void add_simple_node(struct wgward_policy *policy, unsigned int number,
			    const char *relay, const char *endpoint)
{
	struct wgward_prefix address = { .family = AF_INET, .length = 32 };
	struct wgward_node node = { 0 };
	const char *why;

	snprintf(node.name, sizeof(node.name), "n%u", number);
	memset(node.key, number + 1, sizeof(node.key));
	node.flags = number ? 0 : WGWARD_NODE_F_SELF;
	address.address.s6_addr32[0] = htonl(0x0a000000 + number);
	node.addresses = &address;
	node.address_count = 1;
	node.relay = (char *)relay;
	node.endpoint = (char *)endpoint;
	if (wgward_policy_add_node(policy, &node, &why))
		abort();
}

static void test_relay(void)
{
	struct wgward_policy *policy = wgward_policy_create();
	struct peers *peers;

	add_simple_node(policy, 0, NULL, NULL);
	add_simple_node(policy, 1, NULL, NULL);
	add_simple_node(policy, 2, "n1", NULL);
	add_simple_node(policy, 3, "n0", NULL);
	peers = peers_from_policy(policy, 0);
	tap_result(peers->count == 2 && !strcmp(peers->items[0].name, "n1") &&
			   peers->items[0].prefix_count == 2 &&
			   !strcmp(peers->items[1].name, "n3"),
		   "who is behind a relay is reached through it");
	peers_free(peers);
	wgward_policy_free(policy);

	policy = wgward_policy_create();
	add_simple_node(policy, 0, "n2", NULL);
	add_simple_node(policy, 1, NULL, NULL);
	add_simple_node(policy, 2, NULL, NULL);
	peers = peers_from_policy(policy, 0);
	tap_result(peers->count == 1 && !strcmp(peers->items[0].name, "n2") &&
			   peers->items[0].prefix_count == 2,
		   "who is behind a relay has no other peer");
	peers_free(peers);
	wgward_policy_free(policy);
}

/* A second plan for the same is empty, whatever comes from the kernel. */
static void test_same_policy(void)
{
	struct change_list list = { 0 };
	struct wgward_policy *a, *b;
	bool right = true;
	unsigned int i;

	for (i = 0; right && i < 200; i++) {
		a = random_policy();
		b = random_policy();
		right = !policy_diff(a, a, &list) && !list.count;
		if (right && policy_diff(a, b, &list))
			right = list.count;
		change_list_free(&list);
		wgward_policy_free(a);
		wgward_policy_free(b);
	}
	tap_result(right, "a policy does not differ from itself");
}

#define VARIANTS 29

/* A small policy, of which one thing is different in each @variant. */
static struct wgward_policy *variant_policy(unsigned int variant)
{
	struct wgward_policy *policy = wgward_policy_create();
	struct wgward_prefix network = prefix("10.0.0.0/24");
	struct wgward_prefix addresses[] = { prefix("10.0.0.1"),
					     prefix("10.0.0.2") };
	struct wgward_prefix route = prefix("192.168.7.0/24");
	struct wgward_service service = { 6 << 16 | 22, 6 << 16 | 22 };
	u32 groups[] = { 0, 1 };
	struct wgward_node node = {
		.name = "n1",
		.key = { 2 },
		.flags = variant == 1  ? WGWARD_NODE_F_ROUTE_GROUPS :
			 variant == 25 ? WGWARD_NODE_F_BEHIND_NAT :
					 0,
		.listen_port = variant == 26 ? 51821 : 0,
		.addresses = addresses,
		.address_count = variant == 2 ? 2 : 1,
		.routes = &route,
		.route_count = variant != 3,
		.groups = groups,
		.group_count = variant == 4 ? 2 : 1,
		.endpoint = variant == 5 ? NULL : "hub.example:1",
		.relay = variant == 6 ? "n0" : NULL,
		.until = variant == 15 ? 4102444800 : 0,
	};
	struct wgward_rule rule = {
		.name = "r",
		.action = variant == 7	? WGWARD_ACTION_DENY :
			  variant == 24 ? WGWARD_ACTION_REJECT :
					  WGWARD_ACTION_ALLOW,
		.flags = variant == 16 ? WGWARD_RULE_F_AUDIT :
			 variant == 17 ? WGWARD_RULE_F_LOG :
					 0,
		.until = variant == 18 ? 4102444800 :
			 variant == 19 ? 4102444801 :
					 0,
		.services = &service,
		.service_count = 1,
		.from = { .groups = groups, .group_count = 1 },
		.to = { .any = true },
	};
	const char *why;

	policy->fallback = variant == 8 ? WGWARD_ACTION_ALLOW :
					  WGWARD_ACTION_DENY;
	if (variant == 20)
		policy->fallback = WGWARD_ACTION_REJECT;
	policy->audit = variant == 21;
	policy->max_flows = variant == 22 ? 1000 : 0;
	policy->listen_port = variant == 27 ? 51820 : 0;
	policy->mtu = variant == 28 ? 1400 : 0;
	if (variant == 23)
		policy->timeouts[WGWARD_TIMEOUT_UDP_NEW] = 29;
	strcpy(policy->mesh, variant == 9 ? "lab" : "corp");
	policy->has_revision = true;
	policy->revision = variant == 10;
	network.length = variant == 11 ? 25 : 24;
	service.last += variant == 12;
	if (variant == 13) {
		rule.to.except_groups = groups;
		rule.to.except_group_count = 1;
	}
	if (variant == 14) {
		rule.to.except_prefixes = &route;
		rule.to.except_prefix_count = 1;
	}
	add_simple_node(policy, 0, NULL, NULL);
	if (wgward_policy_add_network(policy, &network, &why) ||
	    wgward_policy_add_group(policy, "a", &why) ||
	    wgward_policy_add_group(policy, "b", &why) ||
	    wgward_policy_add_node(policy, &node, &why) ||
	    wgward_policy_add_rule(policy, &rule, &why))
		abort();
	return policy;
}

static void test_variants(void)
{
	struct wgward_policy *policies[VARIANTS];
	struct change_list list = { 0 };
	bool right = true;
	unsigned int i, j;

	for (i = 0; i < VARIANTS; i++)
		policies[i] = variant_policy(i);
	for (i = 0; i < VARIANTS; i++) {
		for (j = 0; j < VARIANTS; j++) {
			if (policy_diff(policies[i], policies[j], &list) ==
				    (i != j) &&
			    !list.count == (i == j)) {
				change_list_free(&list);
				continue;
			}
			right = false;
			tap_note("from %u to %u: %zu changes", i, j,
				 list.count);
			change_list_free(&list);
		}
	}
	for (i = 0; i < VARIANTS; i++)
		wgward_policy_free(policies[i]);
	tap_result(right, "policies that differ in one thing differ");
}

/* The module may say what the file leaves out. */
static void test_defaults(void)
{
	struct wgward_policy *before = variant_policy(0);
	struct wgward_policy *after = variant_policy(0);
	struct change_list list = { 0 };

	before->max_flows = WGWARD_MAX_FLOWS;
	memcpy(before->timeouts, wgward_timeout_defaults,
	       sizeof(before->timeouts));
	tap_result(!policy_diff(before, after, &list) &&
			   !policy_diff(after, before, &list) && !list.count,
		   "a default that is told is no change");
	change_list_free(&list);
	wgward_policy_free(before);
	wgward_policy_free(after);
}

static void test_unresolved(void)
{
	const struct peers_context context = { .resolve = resolve_nothing };
	struct wgward_policy *policy = wgward_policy_create();
	struct wireguard_device device = { 0 };
	struct wireguard_change *changes;
	struct change_list list = { 0 };
	struct peers *peers;
	size_t count;
	bool right;

	add_simple_node(policy, 0, NULL, NULL);
	add_simple_node(policy, 1, NULL, "nowhere.example:1");
	peers = peers_from_policy(policy, 0);
	changes = peers_diff(peers, &device, &context, &list, &count);
	right = count == 1 && changes[0].create &&
		changes[0].endpoint.any.sa_family == AF_UNSPEC &&
		model_run(&device, changes, count);
	wireguard_changes_free(changes, count);
	change_list_free(&list);
	changes = peers_diff(peers, &device, &context, &list, &count);
	tap_result(
		right && !count && !list.count,
		"a name that does not resolve makes a peer without endpoint");
	wireguard_changes_free(changes, count);
	change_list_free(&list);
	peers_free(peers);
	model_free(&device);
	wgward_policy_free(policy);
}

/* Plans from @before to n1 being at @endpoint, and runs what is planned. */
static struct wgward_policy *move_peer(const struct wgward_policy *before,
				       const char *endpoint,
				       struct wireguard_device *device,
				       bool resolves, bool *changes)
{
	struct wgward_policy *after = wgward_policy_create();
	struct target target = { .policy = after, .interface = "wg0" };
	struct link link = { .up = true };
	struct present present = { .link = &link,
				   .device = device,
				   .warded = true,
				   .policy = before };
	struct plan plan;

	add_simple_node(after, 0, NULL, NULL);
	add_simple_node(after, 1, NULL, endpoint);
	memcpy(target.key, device->key, sizeof(target.key));
	plan_make(&plan, &target, &present,
		  resolves ? resolve : resolve_nothing);
	*changes = plan_needs_transaction(&plan) &&
		   model_run(device, plan.peers, plan.peer_count);
	plan_free(&plan);
	return after;
}

/* Each move starts from what the one before it left in force. */
static void test_unresolved_move(void)
{
	static const struct {
		const char *endpoint;
		bool resolves, changes;
	} moves[] = {
		{ "192.0.2.1:1", true, true }, { "192.0.2.2:1", false, false },
		{ "192.0.2.2:1", true, true }, { "192.0.2.2:1", true, false },
		{ NULL, true, true },	       { "192.0.2.1:1", false, false },
		{ "192.0.2.1:1", true, true },
	};
	struct wgward_policy *policies[sizeof(moves) / sizeof(moves[0])];
	struct wireguard_device device = { .has_key = true };
	union wireguard_endpoint last;
	bool right = true, changes;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		policies[i] = move_peer(i ? policies[i - 1] : NULL,
					moves[i].endpoint, &device,
					moves[i].resolves, &changes);
		right = right && changes == moves[i].changes;
	}
	resolve("192.0.2.1:1", &last, &why);
	tap_result(
		right && device.peer_count == 1 &&
			!memcmp(&device.peers[0].endpoint, &last, sizeof(last)),
		"an endpoint that did not resolve is a change the next time");
	while (i--)
		wgward_policy_free(policies[i]);
	model_free(&device);
}

static void add_address(struct link *link, const struct wgward_prefix *prefix,
			bool own)
{
	link->addresses = memory_grow(link->addresses, link->address_count,
				      sizeof(*link->addresses));
	link->addresses[link->address_count++] =
		(struct link_address){ *prefix, own };
}

static void add_route(struct link *link, const struct wgward_prefix *prefix,
		      bool own, bool elsewhere)
{
	link->routes = memory_grow(link->routes, link->route_count,
				   sizeof(*link->routes));
	link->routes[link->route_count++] =
		(struct link_route){ *prefix, own, elsewhere };
}

static void forget_link(struct link *link)
{
	free(link->addresses);
	free(link->routes);
	memset(link, 0, sizeof(*link));
}

static struct wgward_prefix address(const char *text, u8 length)
{
	struct wgward_prefix result = prefix(text);

	result.length = length;
	return result;
}

/* Self is 10.0.0.0 in 10.0.0.0/24, and n1 has 192.168.7.0/24 behind it. */
static struct wgward_policy *routed_policy(void)
{
	struct wgward_policy *policy = wgward_policy_create();
	struct wgward_prefix network = prefix("10.0.0.0/24");
	struct wgward_prefix routes[] = { prefix("192.168.7.0/24"),
					  prefix("0.0.0.0/0") };
	struct wgward_prefix one = prefix("10.0.0.1");
	struct wgward_node node = {
		.name = "n1",
		.key = { 2 },
		.addresses = &one,
		.address_count = 1,
		.routes = routes,
		.route_count = 2,
	};
	const char *why;

	if (wgward_policy_add_network(policy, &network, &why))
		abort();
	add_simple_node(policy, 0, NULL, NULL);
	if (wgward_policy_add_node(policy, &node, &why))
		abort();
	return policy;
}

static void test_link(void)
{
	struct wgward_prefix own = address("10.0.0.0", 24);
	struct wgward_prefix route = prefix("192.168.7.0/24");
	struct wgward_policy *policy = routed_policy();
	struct link link = { .up = true, .mtu = 1420 };
	struct wgward_prefix other = prefix("10.9.9.9");
	struct change_list list = { 0 };
	struct link_changes changes;

	link_diff(policy, 1400, NULL, &list, false, &changes);
	tap_result(changes.add_addresses.count == 1 &&
			   prefix_equal(&changes.add_addresses.items[0],
					&own) &&
			   changes.add_routes.count == 1 &&
			   prefix_equal(&changes.add_routes.items[0], &route) &&
			   changes.mtu == 1400 && changes.up && list.count == 4,
		   "a new interface gets all, but no default route");
	link_changes_free(&changes);

	add_address(&link, &own, true);
	add_route(&link, &route, true, false);
	link_diff(policy, 1420, &link, NULL, false, &changes);
	tap_result(!link_changes_any(&changes), "what is there stays");
	link_changes_free(&changes);

	add_address(&link, &other, false);
	add_route(&link, &other, false, false);
	link_diff(policy, 0, &link, NULL, false, &changes);
	tap_result(!link_changes_any(&changes), "what is others' stays");
	link_changes_free(&changes);

	link.addresses[1].own = true;
	link.routes[1].own = true;
	link_diff(policy, 0, &link, NULL, false, &changes);
	tap_result(changes.remove_addresses.count == 1 &&
			   changes.remove_routes.count == 1 &&
			   prefix_equal(&changes.remove_routes.items[0],
					&other),
		   "what is ours and not wanted goes");
	link_changes_free(&changes);
	forget_link(&link);

	link.up = true;
	own.length = 32;
	add_address(&link, &own, false);
	add_route(&link, &route, false, true);
	link_diff(policy, 0, &link, NULL, false, &changes);
	own = prefix("10.0.0.0/24");
	tap_result(!changes.add_addresses.count &&
			   changes.add_routes.count == 1 &&
			   prefix_equal(&changes.add_routes.items[0], &own),
		   "another's address needs a route, another's route stays");
	link_changes_free(&changes);
	forget_link(&link);
	change_list_free(&list);
	wgward_policy_free(policy);
}

static void test_unknown_peers(void)
{
	struct wgward_policy *policy = wgward_policy_create();
	struct wireguard_device device = { 0 };
	struct target target = { .policy = policy };
	struct present present = { .device = &device };
	u8 known[WGWARD_KEY_LEN], unknown[WGWARD_KEY_LEN] = { 99 };
	const u8 *key = NULL;
	bool right;

	add_simple_node(policy, 0, NULL, NULL);
	add_simple_node(policy, 1, NULL, NULL);
	memset(known, 2, sizeof(known));
	model_create(&device, known);
	right = !plan_unknown_peers(&target, &present, &key);
	model_create(&device, unknown);
	right = right && plan_unknown_peers(&target, &present, &key) == 1 &&
		!memcmp(key, unknown, sizeof(unknown));
	present.policy = policy;
	tap_result(right && !plan_unknown_peers(&target, &present, &key),
		   "strangers count until there was a policy");
	model_free(&device);
	wgward_policy_free(policy);
}

static void test_passive(void)
{
	struct wgward_policy *policy = wgward_policy_create();
	struct wireguard_device device = { .has_key = true };
	struct link link = { .up = true };
	struct target target = { .policy = policy };
	struct present present = { .device = &device, .link = &link };
	struct plan plan;
	bool right;

	add_simple_node(policy, 0, NULL, NULL);
	plan_make(&plan, &target, &present, resolve);
	right = plan.attach && plan.passive && !plan.create;
	plan_free(&plan);
	link.up = false;
	plan_make(&plan, &target, &present, resolve);
	right = right && plan.attach && !plan.passive;
	plan_free(&plan);
	present = (struct present){ 0 };
	plan_make(&plan, &target, &present, resolve);
	right = right && plan.attach && !plan.passive && plan.create &&
		plan.set_key && plan_needs_transaction(&plan);
	plan_free(&plan);
	tap_result(right, "only a live interface keeps passing until commit");
	wgward_policy_free(policy);
}

int main(void)
{
	random_begin();
	test_relay();
	test_steps();
	test_put_back();
	test_identity();
	test_match();
	test_same_policy();
	test_variants();
	test_defaults();
	test_unresolved();
	test_unresolved_move();
	test_link();
	test_unknown_peers();
	test_passive();
	return tap_end();
}
