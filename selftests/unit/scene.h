/* SPDX-License-Identifier: GPL-2.0 */
/* A ward and its naive twin, and what happens to both. */
#ifndef _WGWARD_SCENE_H
#define _WGWARD_SCENE_H

#include "datagram.h"
#include "generate.h"
#include "surroundings.h"
#include "twin.h"
#include "ward.h"

#define NODES SURROUNDING_NODES
#define POOL 16

/**
 * struct scene - a ward and its twin
 * @world: what rules are made of
 * @pool: addresses by family
 * @mesh: who has them today: node of each, or NODES for nobody
 * @self: which node is self
 * @ward: what is tested
 * @view: what it has published
 * @reasons: what it counts
 * @heard: what policies passed, so that rules and nodes are told
 * @audits: wards may audit, and time may reach the ends of rules
 * @last: packet that came, if any
 * @twin: what it is tested against
 */
struct scene {
	struct world world;
	struct in6_addr pool[2][POOL];
	u32 mesh[POOL];
	u32 self;
	struct wgward_ward ward;
	struct wgward_view view;
	struct wgward_reason_counters reasons;
	struct wgward_traffic heard;
	bool audits;
	struct datagram last;
	struct twin twin;
};

/* How often things happened that the comparison is about. */
struct seen {
	u32 packets, passed[__WGWARD_REASON_MAX], dropped[__WGWARD_REASON_MAX];
	u32 hits, guarded, commits, aborts, losses, expiries;
	u32 rejected, audited, renewals, adopted;
};

/* The world, and who is in it; no policy. */
void scene_begin(struct scene *scene);
void scene_end(struct scene *scene);

/* What a transaction, or the loss of the device, does to the view. */
void scene_change_policy(struct scene *scene, struct seen *seen);
void scene_pass_time(struct scene *scene, struct seen *seen);

/* A packet, often of a known conversation. */
struct datagram scene_datagram(struct scene *scene);
/* Judges such a packet, or an error about it; false if the twin differs. */
bool scene_judge_packet(struct scene *scene, struct seen *seen);
/* Judges any packet; false if it is not what was expected. */
bool scene_judge(struct scene *scene, struct sk_buff *skb, bool ingress,
		 const struct twin_verdict *expected, struct seen *seen);

/*
 * The limits' numbers must be those of the flows that there are, and all that
 * these counted must have been told. Ends them.
 */
bool scene_counts_hold(struct scene *scene);

static inline u8 scene_family(u32 index)
{
	return index ? AF_INET6 : AF_INET;
}

#endif /* _WGWARD_SCENE_H */
