// SPDX-License-Identifier: GPL-2.0
/*
 * Whether WireGuard sends every address of the world where it should.
 *
 * Lists of prefixes can differ and mean the same, and what counts is what
 * WireGuard does: so both sides are turned into interval maps from addresses
 * to keys, longest prefix first, and those are compared.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "key.h"
#include "memory.h"
#include "peers.h"

/* From @first on, until the next one begins; NULL @key: nobody's. */
struct interval {
	struct in6_addr first;
	const u8 *key;
};

struct owned {
	struct wgward_prefix prefix;
	const u8 *key;
};

/**
 * struct owner_map - of the addresses of one family
 * @intervals: in their order, the first one from zero
 * @count: number of @intervals
 * @nested: prefixes around the one at hand, outermost first
 * @depth: number of @nested
 */
struct owner_map {
	struct interval *intervals;
	size_t count;
	const struct owned *nested[129];
	size_t depth;
};

static bool same_key(const u8 *a, const u8 *b)
{
	if (!a || !b)
		return a == b;
	return !memcmp(a, b, WGWARD_KEY_LEN);
}

static void map_append(struct owner_map *map, struct in6_addr first,
		       const u8 *key)
{
	struct interval *last = NULL;

	if (map->count)
		last = &map->intervals[map->count - 1];
	/* A prefix within another may begin where that one does. */
	if (last && !memcmp(&last->first, &first, sizeof(first))) {
		last->key = key;
		if (map->count > 1 && same_key(last[-1].key, key))
			map->count--;
		return;
	}
	if (last && same_key(last->key, key))
		return;
	map->intervals = memory_grow(map->intervals, map->count,
				     sizeof(*map->intervals));
	map->intervals[map->count++] = (struct interval){ first, key };
}

/* Adds one to an address in place; false at the end of the world. */
static bool increment(struct in6_addr *address, u8 family)
{
	int i;

	for (i = address_bits(family) / 8 - 1; i >= 0; i--)
		if (++address->s6_addr[i])
			return true;
	return false;
}

static void map_leave(struct owner_map *map)
{
	const struct owned *left = map->nested[--map->depth];
	struct in6_addr next = prefix_last(&left->prefix);

	if (increment(&next, left->prefix.family))
		map_append(map, next,
			   map->depth ? map->nested[map->depth - 1]->key :
					NULL);
}

static int compare_owned(const void *a, const void *b)
{
	const struct owned *left = a, *right = b;

	return prefix_compare(&left->prefix, &right->prefix);
}

/* @owned is sorted, so that what is around comes before what is within. */
static void map_build(struct owner_map *map, u8 family,
		      const struct owned *owned, size_t count)
{
	const struct in6_addr zero = { 0 };
	size_t i;

	map_append(map, zero, NULL);
	for (i = 0; i < count; i++) {
		if (owned[i].prefix.family != family)
			continue;
		while (map->depth &&
		       !prefix_covers(&map->nested[map->depth - 1]->prefix,
				      &owned[i].prefix))
			map_leave(map);
		map->nested[map->depth++] = &owned[i];
		map_append(map, owned[i].prefix.address, owned[i].key);
	}
	while (map->depth)
		map_leave(map);
}

static struct owned *own(struct owned *owned, size_t *count, const u8 *key,
			 const struct wgward_prefix *prefixes,
			 size_t prefix_count)
{
	size_t i;

	for (i = 0; i < prefix_count; i++) {
		owned = memory_grow(owned, *count, sizeof(*owned));
		owned[(*count)++] = (struct owned){ prefixes[i], key };
	}
	return owned;
}

static struct owned *own_all(const struct peers *peers, size_t *count)
{
	struct owned *owned = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < peers->count; i++)
		owned = own(owned, count, peers->items[i].key,
			    peers->items[i].prefixes,
			    peers->items[i].prefix_count);
	if (*count)
		qsort(owned, *count, sizeof(*owned), compare_owned);
	return owned;
}

static char *tell_address(u8 family, const struct in6_addr *address,
			  const u8 *wanted, const u8 *found)
{
	char keys[2][KEY_TEXT_LEN];
	char text[ADDRESS_TEXT_LEN];

	return memory_print("%s is with %s and not with %s",
			    address_format(text, family, address),
			    found ? key_format(keys[0], found) : "nobody",
			    wanted ? key_format(keys[1], wanted) : "nobody");
}

/* Which of two intervals begins first; none is after all. */
static int compare_first(const struct owner_map *a, const struct owner_map *b,
			 size_t i)
{
	if (i == a->count || i == b->count)
		return (i == a->count) - (i == b->count);
	return memcmp(&a->intervals[i].first, &b->intervals[i].first,
		      sizeof(a->intervals[i].first));
}

/* NULL, or what is different. Both begin at zero. */
static char *compare_maps(u8 family, const struct owner_map *wanted,
			  const struct owner_map *found)
{
	const struct interval *w, *f;
	size_t i = 0;
	int order;

	for (;; i++) {
		if (i == wanted->count && i == found->count)
			return NULL;
		order = compare_first(wanted, found, i);
		/* The one that begins later still has its former interval. */
		w = &wanted->intervals[order > 0 ? i - 1 : i];
		f = &found->intervals[order < 0 ? i - 1 : i];
		if (order || !same_key(w->key, f->key))
			return tell_address(family,
					    order > 0 ? &f->first : &w->first,
					    w->key, f->key);
	}
}

static char *compare_family(u8 family, const struct owned *wanted,
			    size_t wanted_count, const struct owned *found,
			    size_t found_count)
{
	struct owner_map wanted_map = { 0 }, found_map = { 0 };
	char *why;

	map_build(&wanted_map, family, wanted, wanted_count);
	map_build(&found_map, family, found, found_count);
	why = compare_maps(family, &wanted_map, &found_map);
	free(wanted_map.intervals);
	free(found_map.intervals);
	return why;
}

/* That it need not be the same is as good. */
static bool same_preshared(const struct peer *wanted, const struct peers *found)
{
	return !wanted->preshared ||
	       !memcmp(wanted->preshared,
		       peers_find(found, wanted->key)->preshared,
		       WGWARD_KEY_LEN);
}

static char *compare_keys(const struct peers *wanted, const struct peers *found)
{
	char key[KEY_TEXT_LEN];
	size_t i;

	for (i = 0; i < wanted->count; i++)
		if (!peers_find(found, wanted->items[i].key))
			return memory_print("the peer %s is missing",
					    wanted->items[i].name);
	for (i = 0; i < wanted->count; i++)
		if (!same_preshared(&wanted->items[i], found))
			return memory_print("the preshared key of %s is not "
					    "the one that it should be",
					    key_format(key,
						       wanted->items[i].key));
	for (i = 0; i < found->count; i++)
		if (!peers_find(wanted, found->items[i].key))
			return memory_print("there is a peer %s",
					    key_format(key,
						       found->items[i].key));
	return NULL;
}

bool peers_match(const struct peers *wanted,
		 const struct wireguard_device *device, char **why)
{
	struct peers *found = peers_from_device(device);
	size_t wanted_count, found_count;
	struct owned *will, *is;

	will = own_all(wanted, &wanted_count);
	is = own_all(found, &found_count);
	*why = compare_keys(wanted, found);
	if (!*why)
		*why = compare_family(AF_INET, will, wanted_count, is,
				      found_count);
	if (!*why)
		*why = compare_family(AF_INET6, will, wanted_count, is,
				      found_count);
	free(will);
	free(is);
	peers_free(found);
	return !*why;
}
