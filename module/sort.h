/* SPDX-License-Identifier: GPL-2.0 */
/* Sorting numbers, with the comparison inlined. */
#ifndef _WGWARD_SORT_H
#define _WGWARD_SORT_H

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/types.h>

typedef bool (*wgward_before_t)(const void *context, u32 a, u32 b);

/* Short runs are sorted by insertion, and then merged. */
#define WGWARD_SORT_RUN 8

static __always_inline void wgward_sort_run(u32 *numbers, u32 count,
					    wgward_before_t before,
					    const void *context)
{
	u32 i, j, number;

	for (i = 1; i < count; i++) {
		number = numbers[i];
		for (j = i; j && before(context, number, numbers[j - 1]); j--)
			numbers[j] = numbers[j - 1];
		numbers[j] = number;
	}
}

/* Merges the sorted runs [low, middle) and [middle, high) of @from. */
static __always_inline void wgward_sort_merge(u32 *to, const u32 *from, u32 low,
					      u32 middle, u32 high,
					      wgward_before_t before,
					      const void *context)
{
	u32 left = low, right = middle, out = low;

	/* Input is often in order already. */
	if (right < high && before(context, from[right], from[right - 1])) {
		while (left < middle && right < high) {
			if (before(context, from[right], from[left]))
				to[out++] = from[right++];
			else
				to[out++] = from[left++];
		}
	}
	while (left < middle)
		to[out++] = from[left++];
	while (right < high)
		to[out++] = from[right++];
}

/*
 * Sorts @count numbers, fewer than 2^30; equals keep their order. @scratch has
 * room for as many. lib/sort.c calls its comparison through a pointer, which
 * costs several times as much where there are retpolines.
 */
static __always_inline void wgward_sort(u32 *numbers, u32 *scratch, u32 count,
					wgward_before_t before,
					const void *context)
{
	u32 *from = numbers, *to = scratch;
	u32 width, low;

	for (low = 0; low < count; low += WGWARD_SORT_RUN)
		wgward_sort_run(numbers + low,
				min(count - low, (u32)WGWARD_SORT_RUN), before,
				context);
	for (width = WGWARD_SORT_RUN; width < count; width *= 2) {
		for (low = 0; low < count; low += 2 * width)
			wgward_sort_merge(to, from, low,
					  min(low + width, count),
					  min(low + 2 * width, count), before,
					  context);
		swap(from, to);
		cond_resched();
	}
	if (from != numbers)
		memcpy(numbers, from, count * sizeof(*numbers));
}

#endif /* _WGWARD_SORT_H */
