// SPDX-License-Identifier: GPL-2.0
/* What is put into a table is found until it is taken out, and only then. */
#include <stdlib.h>

#include "table.h"
#include "tap.h"

#define STEPS 20000
/* Few, so that tables are full of clusters, also around their end. */
#define VALUES 100

/* By value, what it stands under, and how often. */
struct twin {
	u32 hash[VALUES];
	u32 copies[VALUES];
	u32 count;
};

static u32 random_hash(void)
{
	/* Near the last slot of a small table, or anywhere. */
	return random_once_in(4) ? (u32)random_next() : 28 + random_below(8);
}

static u32 copies(const struct wgward_table *table, u32 hash, u32 value)
{
	u32 cursor, found, count = 0;

	wgward_table_for_each(table, hash, cursor, found)
		count += found == value;
	return count;
}

static bool equal(const struct wgward_table *table, const struct twin *twin)
{
	u32 i;

	for (i = 0; i < VALUES; i++) {
		if (copies(table, twin->hash[i], i) != twin->copies[i])
			return false;
	}
	return table->count == twin->count;
}

static void put(struct wgward_table *table, struct twin *twin, u32 value)
{
	if (!twin->copies[value])
		twin->hash[value] = random_hash();
	if (wgward_table_reserve(table, 1))
		exit(1);
	wgward_table_insert(table, twin->hash[value], value);
	twin->copies[value]++;
	twin->count++;
}

static void take(struct wgward_table *table, struct twin *twin, u32 value)
{
	/* What is not there stays so. */
	wgward_table_remove(table, twin->hash[value], value);
	if (!twin->copies[value])
		return;
	twin->copies[value]--;
	twin->count--;
}

/* A table that holds @level values or so, while they come and go. */
static void test_random(u32 level)
{
	struct wgward_table table = { 0 };
	struct twin twin = { 0 };
	bool ok = true;
	u32 i;

	put(&table, &twin, 0);
	for (i = 0; ok && i < STEPS; i++) {
		if (random_below(2 * level) < twin.count)
			take(&table, &twin, random_below(VALUES));
		else
			put(&table, &twin, random_below(VALUES));
		ok = equal(&table, &twin);
	}
	tap_result(ok, "about %u values come and go", level);
	for (i = 0; i < VALUES; i++)
		while (twin.copies[i])
			take(&table, &twin, i);
	tap_result(equal(&table, &twin) && !table.count,
		   "about %u values: none is left", level);
	wgward_table_free(&table);
}

int main(void)
{
	random_begin();
	test_random(4);
	test_random(14);
	test_random(60);
	return tap_end();
}
