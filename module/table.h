/* SPDX-License-Identifier: GPL-2.0 */
/* A hash table from what the caller compares to an index. */
#ifndef _WGWARD_TABLE_H
#define _WGWARD_TABLE_H

#include <linux/limits.h>
#include <linux/types.h>

struct wgward_slot {
	u32 hash;
	u32 value;
};

/**
 * struct wgward_table - open addressing with linear probing
 * @slots: NULL while empty; a value of U32_MAX marks a free one
 * @mask: number of slots, a power of two, less one
 * @count: slots in use, at most half of them
 *
 * Keys are not in the table: a look-up yields the values that were put in
 * under a hash, and the caller compares what they stand for.
 */
struct wgward_table {
	struct wgward_slot *slots;
	u32 mask;
	u32 count;
};

void wgward_table_free(struct wgward_table *table);
int wgward_table_reserve(struct wgward_table *table, u32 extra);
void wgward_table_insert(struct wgward_table *table, u32 hash, u32 value);
void wgward_table_remove(struct wgward_table *table, u32 hash, u32 value);
void wgward_table_renumber(struct wgward_table *table, const u32 *numbers);

/*
 * The next value under @hash from slot *@cursor on, or U32_MAX. Start with
 * *@cursor = @hash and repeat until it is the one, or there is none left.
 */
static inline u32 wgward_table_next(const struct wgward_table *table, u32 hash,
				    u32 *cursor)
{
	const struct wgward_slot *slot;

	if (!table->slots)
		return U32_MAX;
	do {
		slot = &table->slots[(*cursor)++ & table->mask];
	} while (slot->value != U32_MAX && slot->hash != hash);
	return slot->value;
}

#define wgward_table_for_each(table, hash_, cursor, value)             \
	for ((cursor) = (hash_);                                       \
	     ((value) = wgward_table_next(table, hash_, &(cursor))) != \
	     U32_MAX;)

#endif /* _WGWARD_TABLE_H */
