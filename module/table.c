// SPDX-License-Identifier: GPL-2.0
/* A hash table from what the caller compares to an index. */
#include "table.h"

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#define FIRST_SLOTS 32
#define MAX_SLOTS (1U << 31)

/**
 * wgward_table_free() - frees what a table holds and empties it
 * @table: also one that never held anything
 */
void wgward_table_free(struct wgward_table *table)
{
	kvfree(table->slots);
	memset(table, 0, sizeof(*table));
}

/**
 * wgward_table_reserve() - makes room, so that what is inserted cannot fail
 * @table: all zero at first
 * @extra: how many more values
 *
 * May sleep.
 *
 * Return: 0 or -ENOMEM, which leaves the table as it was.
 */
int wgward_table_reserve(struct wgward_table *table, u32 extra)
{
	u64 wanted = ((u64)table->count + extra) * 2;
	struct wgward_table bigger = { 0 };
	u32 slots = FIRST_SLOTS;
	u32 i;

	if (table->slots && wanted <= (u64)table->mask + 1)
		return 0;
	if (wanted > MAX_SLOTS)
		return -ENOMEM;
	while (slots < wanted)
		slots *= 2;
	bigger.slots = kvmalloc_array(slots, sizeof(*bigger.slots),
				      GFP_KERNEL_ACCOUNT);
	if (!bigger.slots)
		return -ENOMEM;
	memset(bigger.slots, 0xff, slots * sizeof(*bigger.slots));
	bigger.mask = slots - 1;
	for (i = 0; table->slots && i <= table->mask; i++) {
		if (table->slots[i].value != U32_MAX)
			wgward_table_insert(&bigger, table->slots[i].hash,
					    table->slots[i].value);
		cond_resched();
	}
	kvfree(table->slots);
	*table = bigger;
	return 0;
}

/**
 * wgward_table_insert() - puts a value in; what is equal is not looked for
 * @table: with room reserved
 * @hash: of what @value stands for
 * @value: anything but U32_MAX
 */
void wgward_table_insert(struct wgward_table *table, u32 hash, u32 value)
{
	u32 i = hash & table->mask;

	while (table->slots[i].value != U32_MAX)
		i = (i + 1) & table->mask;
	table->slots[i].hash = hash;
	table->slots[i].value = value;
	table->count++;
}

/**
 * wgward_table_remove() - takes a value out
 * @table: any
 * @hash: as inserted
 * @value: as inserted
 *
 * A look-up ends at the first free slot, so what stands behind the value, and
 * is not in its own place, moves up.
 */
void wgward_table_remove(struct wgward_table *table, u32 hash, u32 value)
{
	struct wgward_slot *slots = table->slots;
	u32 mask = table->mask;
	u32 i, hole;

	for (hole = hash & mask;
	     slots[hole].hash != hash || slots[hole].value != value;
	     hole = (hole + 1) & mask) {
		if (slots[hole].value == U32_MAX)
			return;
	}
	for (i = (hole + 1) & mask; slots[i].value != U32_MAX;
	     i = (i + 1) & mask) {
		if (((i - slots[i].hash) & mask) < ((i - hole) & mask))
			continue;
		slots[hole] = slots[i];
		hole = i;
	}
	memset(&slots[hole], 0xff, sizeof(*slots));
	table->count--;
}

/**
 * wgward_table_renumber() - replaces every value
 * @table: any
 * @numbers: the new value by the old one
 */
void wgward_table_renumber(struct wgward_table *table, const u32 *numbers)
{
	u32 i;

	for (i = 0; table->slots && i <= table->mask; i++) {
		if (table->slots[i].value != U32_MAX)
			table->slots[i].value = numbers[table->slots[i].value];
	}
}
