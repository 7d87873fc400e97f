// SPDX-License-Identifier: GPL-2.0
/* A sorted array of disjoint intervals, searched by bisection. */
#include "interval.h"

#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

/**
 * wgward_interval32_find() - looks a key up
 * @map: built; any context
 * @key: any
 *
 * Return: the value of the interval that holds @key.
 */
u32 wgward_interval32_find(const struct wgward_interval32 *map, u32 key)
{
	u32 low = 0, high = map->count;

	/* first[low] <= key < first[high] */
	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if (map->first[middle] <= key)
			low = middle;
		else
			high = middle;
	}
	return map->value[low];
}

/**
 * wgward_interval128_find() - looks a key up
 * @map: built; any context
 * @key: any
 *
 * Return: the value of the interval that holds @key.
 */
u32 wgward_interval128_find(const struct wgward_interval128 *map,
			    struct wgward_key128 key)
{
	u32 low = 0, high = map->count;

	/* first[low] <= key < first[high] */
	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if (!wgward_key128_before(key, map->first[middle]))
			low = middle;
		else
			high = middle;
	}
	return map->value[low];
}

/**
 * wgward_interval128_create() - begins a map without intervals
 * @map: what to set up
 * @space: how many will be appended at most, not 0
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_interval128_create(struct wgward_interval128 *map, u32 space)
{
	map->count = 0;
	map->first =
		kvmalloc_array(space, sizeof(*map->first), GFP_KERNEL_ACCOUNT);
	map->value =
		kvmalloc_array(space, sizeof(*map->value), GFP_KERNEL_ACCOUNT);
	if (map->first && map->value)
		return 0;
	wgward_interval128_free(map);
	return -ENOMEM;
}

/**
 * wgward_interval128_append() - the value of all keys from @first on
 * @map: with room; begins with key 0
 * @first: not before that of the latest interval
 * @value: replaces the latest interval's if that begins at @first, too
 */
void wgward_interval128_append(struct wgward_interval128 *map,
			       struct wgward_key128 first, u32 value)
{
	u32 i = map->count;

	if (i && wgward_key128_equal(map->first[i - 1], first))
		i--;
	if (!i || map->value[i - 1] != value) {
		map->first[i] = first;
		map->value[i] = value;
		i++;
	}
	map->count = i;
}

/**
 * wgward_interval128_trim() - gives back the room that was not needed
 * @map: built
 *
 * Return: 0 or -ENOMEM, which leaves the map as it was.
 */
int wgward_interval128_trim(struct wgward_interval128 *map)
{
	struct wgward_interval128 exact;

	if (wgward_interval128_create(&exact, map->count))
		return -ENOMEM;
	exact.count = map->count;
	memcpy(exact.first, map->first, map->count * sizeof(*map->first));
	memcpy(exact.value, map->value, map->count * sizeof(*map->value));
	wgward_interval128_free(map);
	*map = exact;
	return 0;
}

/**
 * wgward_interval32_narrow() - copies a map whose keys all fit 32 bits
 * @map: what to set up
 * @wide: built
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_interval32_narrow(struct wgward_interval32 *map,
			     const struct wgward_interval128 *wide)
{
	u32 i;

	map->first = kvmalloc_array(wide->count, sizeof(*map->first),
				    GFP_KERNEL_ACCOUNT);
	map->value = kvmalloc_array(wide->count, sizeof(*map->value),
				    GFP_KERNEL_ACCOUNT);
	if (!map->first || !map->value) {
		wgward_interval32_free(map);
		return -ENOMEM;
	}
	for (i = 0; i < wide->count; i++)
		map->first[i] = wide->first[i].lo;
	memcpy(map->value, wide->value, wide->count * sizeof(*map->value));
	map->count = wide->count;
	return 0;
}

/**
 * wgward_interval32_free() - frees what a map holds and empties it
 * @map: also one that was never begun, if it is all zero
 */
void wgward_interval32_free(struct wgward_interval32 *map)
{
	kvfree(map->first);
	kvfree(map->value);
	memset(map, 0, sizeof(*map));
}

/**
 * wgward_interval128_free() - frees what a map holds and empties it
 * @map: also one that was never begun, if it is all zero
 */
void wgward_interval128_free(struct wgward_interval128 *map)
{
	kvfree(map->first);
	kvfree(map->value);
	memset(map, 0, sizeof(*map));
}
