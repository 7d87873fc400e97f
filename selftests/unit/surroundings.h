/* SPDX-License-Identifier: GPL-2.0 */
/* What the data path finds around it in the kernel: time, RCU, counters. */
#ifndef _WGWARD_SURROUNDINGS_H
#define _WGWARD_SURROUNDINGS_H

#include <linux/types.h>

#include "counters.h"

/* Ids of nodes are less than this. */
#define SURROUNDING_NODES 6

/* How often a rule was hit. */
extern u64 surrounding_rule_hits;
/* How often a rule would have changed a verdict but for an audit. */
extern u64 surrounding_rule_audits;
/* How many packets were answered. */
extern u64 surrounding_answers;
/* How many packets were dropped that some node is at the far side of. */
extern u64 surrounding_drops;

/* What flows have told rules and nodes, from and to who started. */
extern struct wgward_traffic surrounding_traffic[2];
/* The rule and the nodes that were told last. */
extern u32 surrounding_told;
extern u32 surrounding_told_nodes[2];

/* Whether the limits' numbers say that some node has flows. */
bool surrounding_flows_counted(void);

#endif /* _WGWARD_SURROUNDINGS_H */
