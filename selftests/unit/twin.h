/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The naive twin of the data path: remembers who started what, and asks the
 * policies again about every single packet. It knows no epochs and no ids.
 */
#ifndef _WGWARD_TWIN_H
#define _WGWARD_TWIN_H

#include "datagram.h"
#include "policy.h"

/* A talk for each packet of a play, at the most. */
#ifndef TWIN_TALKS
#define TWIN_TALKS 4096
#endif

/**
 * struct talk - a conversation
 * @used: whether there is one
 * @first: the packet that started it
 * @owner: public keys of who had the addresses of @first, or NULL
 * @was_self: whether that was self
 * @adopted: the other end was heard first, and who started not yet
 * @answered: the other end has sent something
 * @finished: whether the starter, and the other end, have sent a FIN
 * @reset: either end has sent a RST
 * @begun: seconds
 * @seen: seconds
 */
struct talk {
	bool used;
	struct datagram first;
	bool owned[2];
	u8 owner[2][WGWARD_KEY_LEN];
	bool was_self[2];
	bool adopted;
	bool answered;
	bool finished[2];
	bool reset;
	u64 begun;
	u64 seen;
};

/**
 * struct twin - a ward
 * @policy: in force, or NULL
 * @pending: during a guard, or NULL
 * @passive: passes everything without a policy
 * @now: seconds
 * @adopts: until then the other end may be heard first; 0 when not
 * @adopted: how often that was so
 * @heard: the last packet was passed by a policy, so that it counts
 * @started: which it started
 * @talks: going on, or over
 */
struct twin {
	const struct wgward_policy *policy;
	const struct wgward_policy *pending;
	bool passive;
	u64 now;
	u64 adopts;
	u32 adopted;
	bool heard;
	bool started;
	struct talk talks[TWIN_TALKS];
};

/**
 * struct twin_verdict - what the twin says
 * @pass: whether it may
 * @reason: why
 * @reject: if not, whether the sender is told
 * @audited: only an audit lets it pass
 * @refused: why it would not have passed, if @audited
 */
struct twin_verdict {
	bool pass;
	enum wgward_reason reason;
	bool reject;
	bool audited;
	enum wgward_reason refused;
};

struct twin_verdict twin_judge(struct twin *twin,
			       const struct datagram *datagram, bool ingress);
/* Forgets what is over, before other timeouts hold. */
void twin_settle(struct twin *twin);
/* What becomes of a @verdict where all that there is only audits. */
struct twin_verdict twin_conclude(const struct twin *twin,
				  struct twin_verdict verdict);
/* As when the device goes. */
void twin_forget(struct twin *twin);
/* A conversation that is not over, or NULL. */
const struct talk *twin_any(const struct twin *twin);

#endif /* _WGWARD_TWIN_H */
