/* SPDX-License-Identifier: GPL-2.0 */
/* The naive twin of a datagram in fragments, which marks every byte. */
#ifndef _WGWARD_FRAGMENT_TWIN_H
#define _WGWARD_FRAGMENT_TWIN_H

#include <linux/types.h>

#define FRAGMENT_TWIN_UNITS 24
#define FRAGMENT_TWIN_SECONDS 30

/**
 * struct fragment_twin - a datagram, in units of eight bytes
 * @known: its first fragment was passed, and more is to come
 * @seen: by unit; the one behind the last never is
 * @length: known when the last fragment has come, else 0
 * @epoch: when the first was passed
 * @born: jiffies, likewise
 */
struct fragment_twin {
	bool known;
	bool seen[FRAGMENT_TWIN_UNITS + 1];
	u32 length;
	u32 epoch;
	unsigned long born;
};

/* The end of what was seen. */
u32 fragment_twin_end(const struct fragment_twin *twin);

/* A first fragment that ends at unit @end, and whether it is passed. */
void fragment_twin_first(struct fragment_twin *twin, u32 end, u32 epoch,
			 bool pass);

/* 0, or -(enum wgward_reason + 1) if it is to be dropped. */
int fragment_twin_later(struct fragment_twin *twin, u32 start, u32 end,
			bool last, u32 epoch);

#endif /* _WGWARD_FRAGMENT_TWIN_H */
