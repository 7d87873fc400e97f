// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "intern.h"
#include "memory.h"

/* What a list takes beside its words: its start, and its place in the table. */
#define EXTRA_WORDS 8

/* Of a file's own making: who writes it gains nothing by collisions. */
static u32 hash_words(const u32 *words, size_t count)
{
	u64 hash = 0x9e3779b97f4a7c15ULL ^ count;
	size_t i;

	for (i = 0; i < count; i++) {
		hash = (hash ^ words[i]) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 32;
	}
	return hash;
}

static void make_room(struct intern *intern, size_t used, size_t count)
{
	size_t space = intern->space ? intern->space : 256;

	while (space < used + count)
		space *= 2;
	if (space == intern->space)
		return;
	intern->words = memory_resize(intern->words, space, sizeof(u32));
	intern->space = space;
}

const u32 *intern_list(const struct intern *intern, u32 number, size_t *count)
{
	*count = intern->start[number + 1] - intern->start[number];
	return intern->words + intern->start[number];
}

static u32 add(struct intern *intern, const u32 *words, size_t count, u32 hash)
{
	size_t used = intern->count ? intern->start[intern->count] : 0;

	make_room(intern, used, count);
	if (count)
		memcpy(intern->words + used, words, count * sizeof(*words));
	intern->start = memory_grow(intern->start, (size_t)intern->count + 1,
				    sizeof(*intern->start));
	intern->start[intern->count] = used;
	intern->start[intern->count + 1] = used + count;
	if (wgward_table_reserve(&intern->table, 1))
		memory_fail();
	wgward_table_insert(&intern->table, hash, intern->count);
	if (intern->kept)
		*intern->kept += count + EXTRA_WORDS;
	return intern->count++;
}

u32 intern_number(struct intern *intern, const u32 *words, size_t count)
{
	u32 hash = hash_words(words, count);
	u32 cursor, number;
	const u32 *known;
	size_t length;

	wgward_table_for_each(&intern->table, hash, cursor, number) {
		known = intern_list(intern, number, &length);
		if (length == count &&
		    (!count || !memcmp(known, words, count * sizeof(*words))))
			return number;
	}
	return add(intern, words, count, hash);
}

void intern_free(struct intern *intern)
{
	free(intern->words);
	free(intern->start);
	wgward_table_free(&intern->table);
	*intern = (struct intern){ .kept = intern->kept };
}
