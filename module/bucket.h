/* SPDX-License-Identifier: GPL-2.0 */
/* Token buckets: so many a second, and as many at once. */
#ifndef _WGWARD_BUCKET_H
#define _WGWARD_BUCKET_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct wgward_bucket - a token bucket without a lock
 * @filled: when all tokens will have come again, in nanoseconds of the
 *	monotonic clock; zero is full
 */
struct wgward_bucket {
	atomic64_t filled;
};

/* Takes a token of the @rate that come in a second, if there is one. */
bool wgward_bucket_take(struct wgward_bucket *bucket, u32 rate);

#endif /* _WGWARD_BUCKET_H */
