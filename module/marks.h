/* SPDX-License-Identifier: GPL-2.0 */
/* A set of numbers that is filled in any order and emptied in ascending. */
#ifndef _WGWARD_MARKS_H
#define _WGWARD_MARKS_H

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * struct wgward_marks - a bit for each number, and which words have any
 * @bits: by number
 * @words: bits by word of @bits: zero only if the word is zero
 * @count: words in @words
 *
 * Emptying a set of few numbers out of many is to cost little.
 */
struct wgward_marks {
	unsigned long *bits;
	unsigned long *words;
	u32 count;
};

static inline void wgward_marks_free(struct wgward_marks *marks)
{
	kvfree(marks->bits);
	kvfree(marks->words);
	memset(marks, 0, sizeof(*marks));
}

/* An empty set for numbers below @size; 0 or -ENOMEM. */
static inline int wgward_marks_create(struct wgward_marks *marks, u32 size)
{
	u32 words = size / BITS_PER_LONG + 1;

	marks->count = words / BITS_PER_LONG + 1;
	marks->bits = kvcalloc(words, sizeof(*marks->bits), GFP_KERNEL_ACCOUNT);
	marks->words = kvcalloc(marks->count, sizeof(*marks->words),
				GFP_KERNEL_ACCOUNT);
	if (marks->bits && marks->words)
		return 0;
	wgward_marks_free(marks);
	return -ENOMEM;
}

static inline void wgward_marks_set(struct wgward_marks *marks, u32 number)
{
	__set_bit(number, marks->bits);
	__set_bit(number / BITS_PER_LONG, marks->words);
}

static inline void wgward_marks_clear(struct wgward_marks *marks, u32 number)
{
	__clear_bit(number, marks->bits);
}

/*
 * Takes all numbers out, ascending, and returns how many they were; @numbers
 * has room for them.
 */
static inline u32 wgward_marks_empty(struct wgward_marks *marks, u32 *numbers)
{
	unsigned long words, bits;
	u32 i, word, count = 0;

	for (i = 0; i < marks->count; i++) {
		words = marks->words[i];
		marks->words[i] = 0;
		for (; words; words &= words - 1) {
			word = i * BITS_PER_LONG + __ffs(words);
			bits = marks->bits[word];
			marks->bits[word] = 0;
			for (; bits; bits &= bits - 1)
				numbers[count++] =
					word * BITS_PER_LONG + __ffs(bits);
		}
	}
	return count;
}

#endif /* _WGWARD_MARKS_H */
