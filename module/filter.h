/* SPDX-License-Identifier: GPL-2.0 */
/* Which flows a request means. */
#ifndef _WGWARD_FILTER_H
#define _WGWARD_FILTER_H

#include "flow.h"
#include "policy.h"

struct netlink_ext_ack;
struct nlattr;
struct nlmsghdr;

/**
 * struct wgward_filter - flows that match all of what is given
 * @node: stable id of the node at either end, or WGWARD_NONE
 * @rule: stable id of the rule that passed them, or WGWARD_NONE
 * @count: number of @services
 * @services: any of these was asked for; all were if there are none
 */
struct wgward_filter {
	u32 node;
	u32 rule;
	u32 count;
	struct wgward_service services[WGWARD_MAX_SERVICE_RANGES];
};

/*
 * What the request @header with @attrs says of flows. @policy, which may be
 * NULL, knows nodes and rules by name. 0 or a negative error, with a message.
 */
int wgward_filter_read(struct wgward_filter *filter,
		       const struct wgward_policy *policy,
		       struct nlattr **attrs, const struct nlmsghdr *header,
		       struct netlink_ext_ack *extack);

/* Whether the request means @flow. Any context. */
static inline bool wgward_filter_match(const struct wgward_filter *filter,
				       const struct wgward_flow *flow)
{
	u32 i;

	if (filter->node != WGWARD_NONE && flow->node[0] != filter->node &&
	    flow->node[1] != filter->node)
		return false;
	if (filter->rule != WGWARD_NONE &&
	    READ_ONCE(flow->rule) != filter->rule)
		return false;
	for (i = 0; i < filter->count; i++)
		if (flow->service >= filter->services[i].first &&
		    flow->service <= filter->services[i].last)
			return true;
	return !filter->count;
}

#endif /* _WGWARD_FILTER_H */
