// SPDX-License-Identifier: GPL-2.0
/* The naive twin of a datagram in fragments, which marks every byte. */
#include "fragment_twin.h"

#include <linux/jiffies.h>
#include <string.h>

#include <linux/wgward.h>

#define SPANS 4

static u32 count_spans(const struct fragment_twin *twin)
{
	u32 i, count = 0;

	for (i = 0; i < FRAGMENT_TWIN_UNITS; i++)
		count += twin->seen[i] && !twin->seen[i + 1];
	return count;
}

u32 fragment_twin_end(const struct fragment_twin *twin)
{
	u32 i, end = 0;

	for (i = 0; i < FRAGMENT_TWIN_UNITS; i++) {
		if (twin->seen[i])
			end = i + 1;
	}
	return end;
}

static bool is_whole(const struct fragment_twin *twin)
{
	return twin->length && count_spans(twin) == 1 &&
	       fragment_twin_end(twin) == twin->length;
}

void fragment_twin_first(struct fragment_twin *twin, u32 end, u32 epoch,
			 bool pass)
{
	memset(twin, 0, sizeof(*twin));
	twin->known = pass;
	memset(twin->seen, true, end);
	twin->epoch = epoch;
	twin->born = jiffies;
}

int fragment_twin_later(struct fragment_twin *twin, u32 start, u32 end,
			bool last, u32 epoch)
{
	int drop = 0;
	u32 i;

	if (!twin->known || twin->epoch != epoch ||
	    jiffies - twin->born >= FRAGMENT_TWIN_SECONDS * HZ)
		return -(WGWARD_REASON_FRAGMENT_ORPHAN + 1);
	for (i = start; i < end; i++) {
		if (twin->seen[i])
			drop = -(WGWARD_REASON_FRAGMENT_OVERLAP + 1);
	}
	if (twin->length && (last || end > twin->length))
		drop = -(WGWARD_REASON_FRAGMENT_OVERLAP + 1);
	if (last && end < fragment_twin_end(twin))
		drop = -(WGWARD_REASON_FRAGMENT_OVERLAP + 1);
	if (last)
		twin->length = end;
	memset(twin->seen + start, true, end - start);
	if (!drop && count_spans(twin) > SPANS)
		drop = -(WGWARD_REASON_FRAGMENT_LIMIT + 1);
	if (drop || is_whole(twin))
		twin->known = false;
	return drop;
}
