// SPDX-License-Identifier: GPL-2.0
/* Token buckets: so many a second, and as many at once. */

#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "bucket.h"

/**
 * wgward_bucket_take() - takes a token, if there is one
 * @bucket: any context
 * @rate: tokens that come in a second, and that it holds
 *
 * What is kept is not a number of tokens but the time at which all of them
 * will have come: each that is taken moves it on, and when it would lie a
 * second ahead the bucket is empty. So one number says it all.
 *
 * Return: whether there was one.
 */
bool wgward_bucket_take(struct wgward_bucket *bucket, u32 rate)
{
	s64 filled = atomic64_read(&bucket->filled);
	s64 now = ktime_get_ns();
	s64 next;

	do {
		next = max(filled, now) + NSEC_PER_SEC / rate;
		if (next > now + NSEC_PER_SEC)
			return false;
	} while (!atomic64_try_cmpxchg(&bucket->filled, &filled, next));
	return true;
}
