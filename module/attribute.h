/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes to objects, and objects to attributes. */
#ifndef _WGWARD_ATTRIBUTE_H
#define _WGWARD_ATTRIBUTE_H

#include <net/netlink.h>

#include "policy.h"

/*
 * Payload of a node, group or rule in a request, at most. A dump gives each
 * attribute back as it was, and adds what is left of 64 KiB at most: flags that
 * were left out, id, counters. So all that can be added can be dumped.
 */
#define WGWARD_OBJECT_LEN 64000

struct genl_info;
struct netlink_ext_ack;
struct wgward_node_numbers;
struct wgward_rule_numbers;

/* Of a request; by the attribute's number. What is not there is refused. */
extern const struct nla_policy wgward_prefix_policy[WGWARD_PREFIX_A_MAX + 1];
extern const struct nla_policy wgward_node_policy[WGWARD_NODE_A_MAX + 1];
extern const struct nla_policy wgward_group_policy[WGWARD_GROUP_A_MAX + 1];
extern const struct nla_policy wgward_rule_policy[WGWARD_RULE_A_MAX + 1];
extern const struct nla_policy wgward_service_policy[WGWARD_SERVICE_A_MAX + 1];
extern const struct nla_policy wgward_timeout_policy[WGWARD_TIMEOUT_A_MAX + 1];
extern const struct netlink_range_validation wgward_service_range;

/* Kinds of nests in requests. */
enum wgward_nest {
	WGWARD_NEST_PREFIX,
	WGWARD_NEST_NODE,
	WGWARD_NEST_GROUP,
	WGWARD_NEST_SELECTOR,
	WGWARD_NEST_SERVICE,
	WGWARD_NEST_RULE,
	WGWARD_NEST_TIMEOUT,
};

/*
 * Sets message and attribute of a refusal. @why lives as long as the module;
 * @attr may be NULL.
 */
void wgward_attribute_refuse(struct netlink_ext_ack *extack,
			     const struct nlattr *attr, const char *why);

/*
 * -EINVAL when an attribute at the top of the request @header is given twice
 * that may be given once; the core would take the last one silently.
 */
int wgward_attribute_check(const struct nlmsghdr *header,
			   struct netlink_ext_ack *extack);
/* Refuses when @attrs at the top lack @type. */
int wgward_attribute_require(struct nlattr **attrs, int type,
			     struct netlink_ext_ack *extack);
/*
 * The attributes of @nest by number; @attrs has room for all of its kind. The
 * command's policy has validated @nest and what is in it, as NLA_POLICY_NESTED.
 * Refuses it when one is missing that it needs, or given twice.
 */
int wgward_attribute_parse(struct nlattr **attrs, const struct nlattr *nest,
			   enum wgward_nest kind,
			   struct netlink_ext_ack *extack);
/* The text of a validated NLA_NUL_STRING, or NULL when some follows its NUL. */
const char *wgward_attribute_text(const struct nlattr *attr,
				  struct netlink_ext_ack *extack);
/* An IPv4 or IPv6 address as a prefix of full length. */
int wgward_attribute_address(struct wgward_prefix *prefix,
			     const struct nlattr *attr,
			     struct netlink_ext_ack *extack);

/* Services from the first to the last. */
int wgward_attribute_service(struct wgward_service *service,
			     const struct nlattr *nest,
			     struct netlink_ext_ack *extack);

/*
 * Reads what BEGIN says of the policy itself; @skb is its request, whose
 * sender may need privilege.
 */
int wgward_attribute_read_head(struct wgward_policy *policy,
			       const struct sk_buff *skb,
			       const struct genl_info *info);

/* Each adds what the nest @attr describes. */
int wgward_attribute_add_network(struct wgward_policy *policy,
				 const struct nlattr *attr,
				 struct netlink_ext_ack *extack);
int wgward_attribute_add_node(struct wgward_policy *policy,
			      const struct nlattr *attr,
			      struct netlink_ext_ack *extack);
int wgward_attribute_add_group(struct wgward_policy *policy,
			       const struct nlattr *attr,
			       struct netlink_ext_ack *extack);
int wgward_attribute_add_rule(struct wgward_policy *policy,
			      const struct nlattr *attr,
			      struct netlink_ext_ack *extack);

/* Bytes that each takes in a message, at most. */
size_t wgward_attribute_node_size(const struct wgward_policy *policy,
				  const struct wgward_node *node);
size_t wgward_attribute_group_size(const struct wgward_group *group);
size_t wgward_attribute_rule_size(const struct wgward_policy *policy,
				  const struct wgward_rule *rule);

/* Each puts an object into a message. -EMSGSIZE, and nothing was put. */
int wgward_attribute_put_address(struct sk_buff *skb, int type, u8 family,
				 const struct in6_addr *address);
/* What BEGIN said of the policy itself. */
int wgward_attribute_put_head(struct sk_buff *skb,
			      const struct wgward_policy *policy);
/* A counter that is zero in all respects is not worth a nest. */
int wgward_attribute_put_counter(struct sk_buff *skb, int type, u32 reason,
				 u64 passed, u64 dropped, u64 audited);
int wgward_attribute_put_node(struct sk_buff *skb,
			      const struct wgward_policy *policy,
			      const struct wgward_node *node,
			      const struct wgward_node_numbers *numbers);
int wgward_attribute_put_group(struct sk_buff *skb,
			       const struct wgward_group *group);
int wgward_attribute_put_rule(struct sk_buff *skb,
			      const struct wgward_policy *policy,
			      const struct wgward_rule *rule,
			      const struct wgward_rule_numbers *numbers);

#endif /* _WGWARD_ATTRIBUTE_H */
