/* SPDX-License-Identifier: GPL-2.0 */
/* What show and status have in common. */
#ifndef _SHOW_H
#define _SHOW_H

#include <jansson.h>

#include "columns.h"
#include "live.h"

/*
 * Each prints one kind of object. Returns 0, or -1 after an error was
 * printed.
 */
int show_nodes(struct live *live);
int show_groups(struct live *live);
int show_rules(struct live *live);
int show_flows(struct live *live);
int show_drops(struct live *live);

/* For people, at most @most nodes; all as JSON. */
void show_node_columns(const struct live *live, u32 most, const char *indent);
json_t *show_nodes_json(const struct live *live);
json_t *show_drops_json(const struct ward *ward);
/* How many "show groups" shows. */
u32 show_group_count(const struct wgward_policy *policy);

#endif /* _SHOW_H */
