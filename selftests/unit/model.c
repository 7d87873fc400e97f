// SPDX-License-Identifier: GPL-2.0
/*
 * What a policy means, worked out the slow and obvious way: every node, every
 * rule and every term is looked at for every packet.
 */
#include "model.h"

#include <arpa/inet.h>
#include <string.h>

#include "tap.h"

/* What the policy says of one address. */
struct place {
	u8 family;
	struct in6_addr address;
	u32 owner;
	bool groups; /* `any` and the owner's groups cover it */
	bool unowned;
};

static bool address_bit(const struct in6_addr *address, u32 bit)
{
	return address->s6_addr[bit / 8] >> (7 - bit % 8) & 1;
}

bool model_prefix_holds(const struct wgward_prefix *prefix, u8 family,
			const struct in6_addr *address)
{
	u32 i;

	if (prefix->family != family)
		return false;
	for (i = 0; i < prefix->length; i++) {
		if (address_bit(&prefix->address, i) != address_bit(address, i))
			return false;
	}
	return true;
}

static bool prefixes_hold(const struct wgward_prefix *prefixes, u32 count,
			  const struct place *place)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (model_prefix_holds(&prefixes[i], place->family,
				       &place->address))
			return true;
	}
	return false;
}

/* Whether a network closer to the address than @route holds it. */
static bool network_is_closer(const struct wgward_policy *policy,
			      const struct wgward_prefix *route,
			      const struct place *place)
{
	u32 i;

	for (i = 0; i < policy->network_count; i++) {
		if (policy->networks[i].length > route->length &&
		    prefixes_hold(&policy->networks[i], 1, place))
			return true;
	}
	return false;
}

static struct place find_place(const struct wgward_policy *policy, u8 family,
			       const struct in6_addr *address)
{
	struct place place = {
		.family = family,
		.address = *address,
		.owner = WGWARD_NONE,
	};
	int longest = -1;
	u32 i, j;

	for (i = 0; i < policy->node_count; i++) {
		const struct wgward_node *node = &policy->nodes[i];

		for (j = 0; j < node->route_count; j++) {
			const struct wgward_prefix *route = &node->routes[j];

			if (!model_prefix_holds(route, family, address) ||
			    route->length <= longest ||
			    network_is_closer(policy, route, &place))
				continue;
			longest = route->length;
			place.owner = i;
			place.groups = route->length &&
				       node->flags & WGWARD_NODE_F_ROUTE_GROUPS;
		}
		if (prefixes_hold(node->addresses, node->address_count,
				  &place)) {
			longest = 129;
			place.owner = i;
			place.groups = true;
		}
	}
	place.unowned =
		place.owner == WGWARD_NONE &&
		prefixes_hold(policy->networks, policy->network_count, &place);
	return place;
}

static bool groups_hold(const struct wgward_policy *policy, const u32 *groups,
			u32 count, const struct place *place)
{
	const struct wgward_node *owner;
	u32 i, j;

	if (!place->groups)
		return false;
	owner = &policy->nodes[place->owner];
	for (i = 0; i < count; i++) {
		for (j = 0; j < owner->group_count; j++) {
			if (owner->groups[j] == groups[i])
				return true;
		}
	}
	return false;
}

static bool selector_matches(const struct wgward_policy *policy,
			     const struct wgward_selector *selector,
			     const struct place *place)
{
	if (groups_hold(policy, selector->except_groups,
			selector->except_group_count, place) ||
	    prefixes_hold(selector->except_prefixes,
			  selector->except_prefix_count, place))
		return false;
	return (selector->any && place->groups) ||
	       groups_hold(policy, selector->groups, selector->group_count,
			   place) ||
	       prefixes_hold(selector->prefixes, selector->prefix_count, place);
}

/* Where the services from @at on that a rule is for end, @at if at once. */
static u32 services_end(const struct wgward_rule *rule, u32 at)
{
	u32 i;

	for (i = 0; i < rule->service_count; i++) {
		if (rule->services[i].first <= at &&
		    at <= rule->services[i].last)
			return services_end(rule, rule->services[i].last + 1);
	}
	return at;
}

static bool services_match(const struct wgward_rule *rule, u8 protocol,
			   u32 service)
{
	u32 first = protocol << 16;

	if (service != WGWARD_NONE)
		return services_end(rule, service) > service;
	return services_end(rule, first) > (first | 0xffff);
}

/* A packet, and when. */
struct question {
	struct place source, destination;
	u8 protocol;
	u32 service;
	u64 now;
};

static bool has_ended(u64 until, u64 now)
{
	return until && now >= until;
}

static bool rule_matches(const struct wgward_policy *policy,
			 const struct wgward_rule *rule,
			 const struct question *question)
{
	return !has_ended(rule->until, question->now) &&
	       services_match(rule, question->protocol, question->service) &&
	       selector_matches(policy, &rule->from, &question->source) &&
	       selector_matches(policy, &rule->to, &question->destination);
}

/*
 * The rule of an action with the smallest name that matches, of those without
 * audit or of all.
 */
static u32 first_rule(const struct wgward_policy *policy, u8 action,
		      bool audited, const struct question *question)
{
	u32 best = WGWARD_NONE;
	u32 i;

	for (i = 0; i < policy->rule_count; i++) {
		const struct wgward_rule *rule = &policy->rules[i];

		if (rule->action == action &&
		    (audited || !(rule->flags & WGWARD_RULE_F_AUDIT)) &&
		    rule_matches(policy, rule, question) &&
		    (best == WGWARD_NONE ||
		     strcmp(rule->name, policy->rules[best].name) < 0))
			best = i;
	}
	return best;
}

u32 model_owner(const struct wgward_policy *policy, u8 family,
		const struct in6_addr *address)
{
	return find_place(policy, family, address).owner;
}

static u8 code_of(u8 action)
{
	if (action == WGWARD_ACTION_ALLOW)
		return WGWARD_VERDICT_PASS;
	return action == WGWARD_ACTION_REJECT ? WGWARD_VERDICT_REJECT :
						WGWARD_VERDICT_DROP;
}

/* The rule that decides, and the code, which may be the default's. */
static u32 decide(const struct wgward_policy *policy, bool audited,
		  const struct question *question, u8 *code)
{
	static const u8 actions[] = { WGWARD_ACTION_DENY, WGWARD_ACTION_REJECT,
				      WGWARD_ACTION_ALLOW };
	u32 i, rule;

	for (i = 0; i < 3; i++) {
		rule = first_rule(policy, actions[i], audited, question);
		if (rule != WGWARD_NONE) {
			*code = code_of(actions[i]);
			return rule;
		}
	}
	*code = code_of(policy->fallback);
	return WGWARD_NONE;
}

static bool owner_has_ended(const struct wgward_policy *policy,
			    const struct place *place, u64 now)
{
	return place->owner != WGWARD_NONE &&
	       has_ended(policy->nodes[place->owner].until, now);
}

void model_judge(const struct wgward_policy *policy, u8 family,
		 const struct in6_addr *source,
		 const struct in6_addr *destination, u8 protocol, u32 service,
		 u64 now, struct wgward_verdict *verdict)
{
	struct question question = {
		.source = find_place(policy, family, source),
		.destination = find_place(policy, family, destination),
		.protocol = protocol,
		.service = service,
		.now = now,
	};
	u32 audited;

	verdict->source = question.source.owner;
	verdict->destination = question.destination.owner;
	verdict->rule = WGWARD_NONE;
	verdict->audited = WGWARD_NONE;
	verdict->code = WGWARD_VERDICT_DROP;
	verdict->audited_code = WGWARD_VERDICT_DROP;
	verdict->reason = WGWARD_REASON_SAME_ADDRESS;
	if (!memcmp(source, destination, sizeof(*source)))
		return;
	verdict->reason = WGWARD_REASON_UNOWNED;
	if (question.source.unowned || question.destination.unowned)
		return;
	verdict->reason = WGWARD_REASON_NODE_EXPIRED;
	if (owner_has_ended(policy, &question.source, now) ||
	    owner_has_ended(policy, &question.destination, now))
		return;
	verdict->rule = decide(policy, false, &question, &verdict->code);
	verdict->reason = verdict->rule == WGWARD_NONE ? WGWARD_REASON_DEFAULT :
							 WGWARD_REASON_RULE;
	audited = decide(policy, true, &question, &verdict->audited_code);
	if (verdict->audited_code != verdict->code)
		verdict->audited = audited;
}

static void note_verdict(const char *who, const struct wgward_verdict *verdict)
{
	tap_note("  %s: code %u reason %u rule %d audited %d %u nodes %d %d",
		 who, verdict->code, verdict->reason, verdict->rule,
		 verdict->audited, verdict->audited_code, verdict->source,
		 verdict->destination);
}

static bool same_verdict(const struct wgward_verdict *a,
			 const struct wgward_verdict *b)
{
	return a->code == b->code && a->reason == b->reason &&
	       a->rule == b->rule && a->audited == b->audited &&
	       a->audited_code == b->audited_code && a->source == b->source &&
	       a->destination == b->destination;
}

bool model_agrees(const struct wgward_policy *policy, u8 family,
		  const struct in6_addr *source,
		  const struct in6_addr *destination, u8 protocol, u32 service,
		  u64 now)
{
	struct wgward_verdict policys, models;
	char text[2][INET6_ADDRSTRLEN];

	wgward_policy_judge(policy, family, source, destination, protocol,
			    service, now, &policys);
	model_judge(policy, family, source, destination, protocol, service, now,
		    &models);
	if (same_verdict(&policys, &models) &&
	    wgward_policy_owner(policy, family, source) == models.source)
		return true;
	inet_ntop(family, source, text[0], sizeof(text[0]));
	inet_ntop(family, destination, text[1], sizeof(text[1]));
	tap_note("%s > %s protocol %u service %#x at %llu", text[0], text[1],
		 protocol, service, (unsigned long long)now);
	note_verdict("policy", &policys);
	note_verdict("model ", &models);
	return false;
}
