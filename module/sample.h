/* SPDX-License-Identifier: GPL-2.0 */
/* What is told of verdicts: the verdicts multicast group, and a tracepoint. */
#ifndef _WGWARD_SAMPLE_H
#define _WGWARD_SAMPLE_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "bucket.h"

struct in6_addr;
struct wgward_judgement;

/**
 * struct wgward_samples - bounds what a ward tells of its verdicts
 * @asked: of verdicts of rules that want them told
 * @other: of all others, whose noise is not to drown those
 * @suppressed: samples that were not sent since the last that was
 */
struct wgward_samples {
	struct wgward_bucket asked;
	struct wgward_bucket other;
	atomic64_t suppressed;
};

/**
 * struct wgward_sample - a verdict that is told
 * @code: enum wgward_verdict_code
 * @reason: enum wgward_reason
 * @audit: because of an audit this verdict is not what happens
 * @log: the rule wants its verdicts told
 * @rule: stable id of the rule, or WGWARD_NONE
 */
struct wgward_sample {
	u8 code;
	u8 reason;
	bool audit;
	bool log;
	u32 rule;
};

/*
 * Tells what there is to tell of @judgement and its @result, which is not 0.
 * Never fails: who does not hear of it is told how many there were. Under RCU;
 * any context but hard interrupts.
 */
void wgward_sample_tell(const struct wgward_judgement *judgement, int result);

/* IPv4 as IPv6 has it, so that one format shows both. 16 bytes. */
void wgward_sample_address(u8 *to, u8 family, const struct in6_addr *address);

#endif /* _WGWARD_SAMPLE_H */
