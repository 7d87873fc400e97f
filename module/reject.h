/* SPDX-License-Identifier: GPL-2.0 */
/* What tells a sender that its packet was rejected. */
#ifndef _WGWARD_REJECT_H
#define _WGWARD_REJECT_H

#include <linux/types.h>

#include "bucket.h"

struct wgward_judgement;

#define WGWARD_ANSWER_SHARES 64

/**
 * struct wgward_answers - bounds a ward's answers to rejected packets
 * @all: to whomever
 * @nodes: to nodes, by their place in the policy
 * @addresses: to other senders, by a hash of their address
 * @seed: of that hash; secret, so that nobody can choose whose share is theirs
 */
struct wgward_answers {
	struct wgward_bucket all;
	struct wgward_bucket nodes[WGWARD_ANSWER_SHARES];
	struct wgward_bucket addresses[WGWARD_ANSWER_SHARES];
	u32 seed;
};

/*
 * Answers the sender of @judgement's packet, which was rejected: a TCP reset,
 * or an ICMP error. Not more often than a ward may, nor to what must not be
 * answered. The packet stays as it is. Under RCU; any context but hard
 * interrupts.
 */
void wgward_reject_answer(const struct wgward_judgement *judgement);

/*
 * Whether @judgement's packet is such an answer, on its way out of the ward's
 * device; to be asked once. Under RCU; any context but hard interrupts.
 */
bool wgward_reject_is_answer(const struct wgward_judgement *judgement);

#endif /* _WGWARD_REJECT_H */
