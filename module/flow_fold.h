/* SPDX-License-Identifier: GPL-2.0 */
/* What flows have counted, told to their rules and nodes. */
#ifndef _WGWARD_FLOW_FOLD_H
#define _WGWARD_FLOW_FOLD_H

#include <linux/types.h>

struct wgward_flow;
struct wgward_ward;

/* All under RCU, in any context. Folds what came since the last time. */
void wgward_flow_fold(struct wgward_ward *ward, struct wgward_flow *flow);
/* The same for the last time: @flow has left its table. */
void wgward_flow_fold_end(struct wgward_ward *ward, struct wgward_flow *flow);
/* Folds @flow if it has counted so much that it should not wait. */
void wgward_flow_fold_much(struct wgward_ward *ward, struct wgward_flow *flow);

void wgward_flow_fold_init(void);

#endif /* _WGWARD_FLOW_FOLD_H */
