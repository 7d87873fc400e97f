/* SPDX-License-Identifier: GPL-2.0 */
/* What show and status have in common. */
#ifndef _SHOW_H
#define _SHOW_H

#include <jansson.h>

#include "columns.h"
#include "live.h"

/**
 * struct show_options - which of them
 * @node: those of this one, or NULL
 * @rule: likewise
 * @service: likewise
 * @unused: those that never did anything
 */
struct show_options {
	const char *node, *rule, *service;
	bool unused;
};

/*
 * Each prints one kind of object. Returns 0, or -1 after an error was
 * printed.
 */
int show_nodes(struct live *live, const struct show_options *options);
int show_groups(struct live *live, const struct show_options *options);
int show_rules(struct live *live, const struct show_options *options);
int show_flows(struct live *live, const struct show_options *options);
int show_drops(struct live *live, const struct show_options *options);

/*
 * What @options say about flows. Both return false after an error was
 * printed: the first if there is no such node or rule, with what was probably
 * meant, the second if the service is none.
 */
bool show_find(const struct live *live, const struct show_options *options);
bool show_filter(const struct show_options *options,
		 struct ward_filter *filter);

/* For people, at most @most nodes, in short; all as JSON. */
void show_node_columns(const struct live *live, u32 most, const char *indent);
json_t *show_nodes_json(const struct live *live);
/* A flow; and its ends, as "alice 10.10.0.1:4711", in memory to be freed. */
json_t *show_flow_json(const struct ward_flow *flow);
char *show_flow_source(const struct ward_flow *flow);
char *show_flow_destination(const struct ward_flow *flow);
/* Of enum wgward_reason, as a ward and each node have them. */
json_t *show_counters_json(const struct ward_counter *counters);
json_t *show_limits_json(const struct ward *ward);
/* How many "show groups" shows. */
u32 show_group_count(const struct wgward_policy *policy);

#endif /* _SHOW_H */
