// SPDX-License-Identifier: GPL-2.0
/* A policy on its way to the kernel. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "command.h"
#include "ward_internal.h"

static void put_address(struct netlink *netlink, u16 type,
			const struct wgward_prefix *prefix)
{
	netlink_put(netlink, type, &prefix->address,
		    prefix->family == AF_INET6 ? 16 : 4);
}

static void put_prefix(struct netlink *netlink, u16 type,
		       const struct wgward_prefix *prefix)
{
	struct nlattr *nest = netlink_nest(netlink, type);

	put_address(netlink, WGWARD_PREFIX_A_ADDRESS, prefix);
	netlink_put_u8(netlink, WGWARD_PREFIX_A_LENGTH, prefix->length);
	netlink_nest_end(netlink, nest);
}

static void put_prefixes(struct netlink *netlink, u16 type,
			 const struct wgward_prefix *prefixes, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		put_prefix(netlink, type, &prefixes[i]);
}

static void put_group_names(struct netlink *netlink, u16 type,
			    const struct wgward_policy *policy,
			    const u32 *groups, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		netlink_put_string(netlink, type,
				   policy->groups[groups[i]].name);
}

static void put_group(struct netlink *netlink, const struct wgward_group *group)
{
	struct nlattr *nest = netlink_nest(netlink, WGWARD_A_GROUP);

	netlink_put_string(netlink, WGWARD_GROUP_A_NAME, group->name);
	netlink_nest_end(netlink, nest);
}

static void put_node(struct netlink *netlink,
		     const struct wgward_policy *policy,
		     const struct wgward_node *node)
{
	struct nlattr *nest = netlink_nest(netlink, WGWARD_A_NODE);
	u32 i;

	netlink_put_string(netlink, WGWARD_NODE_A_NAME, node->name);
	netlink_put(netlink, WGWARD_NODE_A_KEY, node->key, sizeof(node->key));
	if (node->flags)
		netlink_put_u32(netlink, WGWARD_NODE_A_FLAGS, node->flags);
	for (i = 0; i < node->address_count; i++)
		put_address(netlink, WGWARD_NODE_A_ADDRESS,
			    &node->addresses[i]);
	put_prefixes(netlink, WGWARD_NODE_A_ROUTE, node->routes,
		     node->route_count);
	put_group_names(netlink, WGWARD_NODE_A_GROUP, policy, node->groups,
			node->group_count);
	if (node->relay)
		netlink_put_string(netlink, WGWARD_NODE_A_RELAY, node->relay);
	if (node->endpoint)
		netlink_put_string(netlink, WGWARD_NODE_A_ENDPOINT,
				   node->endpoint);
	if (node->listen_port)
		netlink_put_u16(netlink, WGWARD_NODE_A_LISTEN_PORT,
				node->listen_port);
	if (node->until)
		netlink_put_u64(netlink, WGWARD_NODE_A_UNTIL, node->until);
	netlink_nest_end(netlink, nest);
}

static void put_selector(struct netlink *netlink, u16 type,
			 const struct wgward_policy *policy,
			 const struct wgward_selector *selector)
{
	struct nlattr *nest = netlink_nest(netlink, type);

	if (selector->any)
		netlink_put_flag(netlink, WGWARD_SELECTOR_A_ANY);
	put_group_names(netlink, WGWARD_SELECTOR_A_GROUP, policy,
			selector->groups, selector->group_count);
	put_prefixes(netlink, WGWARD_SELECTOR_A_PREFIX, selector->prefixes,
		     selector->prefix_count);
	put_group_names(netlink, WGWARD_SELECTOR_A_EXCEPT_GROUP, policy,
			selector->except_groups, selector->except_group_count);
	put_prefixes(netlink, WGWARD_SELECTOR_A_EXCEPT_PREFIX,
		     selector->except_prefixes, selector->except_prefix_count);
	netlink_nest_end(netlink, nest);
}

static void put_service(struct netlink *netlink,
			const struct wgward_service *service)
{
	struct nlattr *nest = netlink_nest(netlink, WGWARD_RULE_A_SERVICE);

	netlink_put_u32(netlink, WGWARD_SERVICE_A_FIRST, service->first);
	netlink_put_u32(netlink, WGWARD_SERVICE_A_LAST, service->last);
	netlink_nest_end(netlink, nest);
}

static void put_rule(struct netlink *netlink,
		     const struct wgward_policy *policy,
		     const struct wgward_rule *rule)
{
	struct nlattr *nest = netlink_nest(netlink, WGWARD_A_RULE);
	u32 i;

	netlink_put_string(netlink, WGWARD_RULE_A_NAME, rule->name);
	netlink_put_u32(netlink, WGWARD_RULE_A_ACTION, rule->action);
	if (rule->flags)
		netlink_put_u32(netlink, WGWARD_RULE_A_FLAGS, rule->flags);
	if (rule->until)
		netlink_put_u64(netlink, WGWARD_RULE_A_UNTIL, rule->until);
	put_selector(netlink, WGWARD_RULE_A_FROM, policy, &rule->from);
	put_selector(netlink, WGWARD_RULE_A_TO, policy, &rule->to);
	for (i = 0; i < rule->service_count; i++)
		put_service(netlink, &rule->services[i]);
	netlink_nest_end(netlink, nest);
}

/* What is not said is the module's default. */
static void put_settings(struct netlink *netlink,
			 const struct wgward_policy *policy)
{
	struct nlattr *nest;
	u32 i;

	if (policy->audit)
		netlink_put_flag(netlink, WGWARD_A_AUDIT);
	if (policy->max_flows)
		netlink_put_u32(netlink, WGWARD_A_MAX_FLOWS, policy->max_flows);
	for (i = 0; i <= WGWARD_TIMEOUT_MAX; i++) {
		if (!policy->timeouts[i])
			continue;
		nest = netlink_nest(netlink, WGWARD_A_TIMEOUT);
		netlink_put_u32(netlink, WGWARD_TIMEOUT_A_KIND, i);
		netlink_put_u32(netlink, WGWARD_TIMEOUT_A_SECONDS,
				policy->timeouts[i]);
		netlink_nest_end(netlink, nest);
	}
}

/* What the module keeps, and does not use. */
static void put_kept(struct netlink *netlink,
		     const struct wgward_policy *policy)
{
	u32 i;

	if (policy->listen_port)
		netlink_put_u16(netlink, WGWARD_A_LISTEN_PORT,
				policy->listen_port);
	if (policy->mtu)
		netlink_put_u32(netlink, WGWARD_A_MTU, policy->mtu);
	for (i = 0; i < policy->removed_count; i++)
		netlink_put_string(netlink,
				   policy->removed[i].is_rule ?
					   WGWARD_A_REMOVED_RULE :
					   WGWARD_A_REMOVED_NODE,
				   policy->removed[i].name);
}

int ward_begin(struct ward_socket *socket, const char *interface,
	       u64 generation, bool peers_change,
	       const struct wgward_policy *policy, bool *rival)
{
	struct netlink *netlink = socket->netlink;
	int result;

	ward_start(socket, WGWARD_CMD_BEGIN, interface);
	netlink_put_u64(netlink, WGWARD_A_GENERATION, generation);
	if (peers_change)
		netlink_put_flag(netlink, WGWARD_A_PEERS_CHANGE);
	if (policy->mesh[0])
		netlink_put_string(netlink, WGWARD_A_MESH, policy->mesh);
	if (policy->has_revision)
		netlink_put_u64(netlink, WGWARD_A_REVISION, policy->revision);
	netlink_put_u32(netlink, WGWARD_A_DEFAULT, policy->fallback);
	put_settings(netlink, policy);
	put_kept(netlink, policy);
	put_prefixes(netlink, WGWARD_A_NETWORK, policy->networks,
		     policy->network_count);
	result = netlink_request(netlink, NULL, NULL);
	if (rival) {
		/* A rival that died on the way is one as well. */
		*rival = result == -ESTALE || result == -EBUSY ||
			 result == -EUCLEAN;
		if (*rival)
			return -1;
	}
	return result ? ward_refused(socket, interface, "begin a change",
				     result) :
			0;
}

/* After each object: sends the message when it is full or there is no more. */
static int flush(struct ward_socket *socket, const char *interface,
		 const char *kind, const char *name, bool last)
{
	if (!netlink_fits(socket->netlink)) {
		error("%s: %s %s is too large: its lists together must not "
		      "take more than 64 KiB",
		      interface, kind, name);
		return -1;
	}
	if (!last && netlink_length(socket->netlink) < NETLINK_SPLIT)
		return 0;
	if (ward_send(socket, interface, "add to the policy", NULL, NULL))
		return -1;
	ward_start(socket, WGWARD_CMD_ADD, interface);
	return 0;
}

static int add_groups(struct ward_socket *socket, const char *interface,
		      const struct wgward_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->group_count; i++) {
		put_group(socket->netlink, &policy->groups[i]);
		if (flush(socket, interface, "group", policy->groups[i].name,
			  i + 1 == policy->group_count))
			return -1;
	}
	return 0;
}

static int add_nodes(struct ward_socket *socket, const char *interface,
		     const struct wgward_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->node_count; i++) {
		put_node(socket->netlink, policy, &policy->nodes[i]);
		if (flush(socket, interface, "node", policy->nodes[i].name,
			  i + 1 == policy->node_count))
			return -1;
	}
	return 0;
}

static int add_rules(struct ward_socket *socket, const char *interface,
		     const struct wgward_policy *policy)
{
	u32 i;

	for (i = 0; i < policy->rule_count; i++) {
		put_rule(socket->netlink, policy, &policy->rules[i]);
		if (flush(socket, interface, "rule", policy->rules[i].name,
			  i + 1 == policy->rule_count))
			return -1;
	}
	return 0;
}

int ward_add(struct ward_socket *socket, const char *interface,
	     const struct wgward_policy *policy)
{
	/* Groups come before what names them. */
	ward_start(socket, WGWARD_CMD_ADD, interface);
	if (add_groups(socket, interface, policy) ||
	    add_nodes(socket, interface, policy))
		return -1;
	return add_rules(socket, interface, policy);
}
