// SPDX-License-Identifier: GPL-2.0
/* The policy of a ward: its life, and what it says of a conversation. */
#include "policy.h"

#include <asm/byteorder.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "compiled.h"
#include "names.h"

const u32 wgward_timeout_defaults[] = {
	[WGWARD_TIMEOUT_TCP_NEW] = 30,
	/* RFC 5382 wants at least 2 h 4 min. */
	[WGWARD_TIMEOUT_TCP_ESTABLISHED] = 7440,
	[WGWARD_TIMEOUT_TCP_CLOSING] = 10,
	[WGWARD_TIMEOUT_UDP_NEW] = 30,
	[WGWARD_TIMEOUT_UDP_ESTABLISHED] = 180,
	[WGWARD_TIMEOUT_ICMP] = 30,
	[WGWARD_TIMEOUT_SCTP_NEW] = 30,
	[WGWARD_TIMEOUT_SCTP_ESTABLISHED] = 7440,
	[WGWARD_TIMEOUT_SCTP_CLOSING] = 10,
	[WGWARD_TIMEOUT_OTHER] = 600,
};

/**
 * wgward_policy_create() - begins a policy without any objects
 *
 * Return: what wgward_policy_free() frees; NULL for want of memory.
 */
struct wgward_policy *wgward_policy_create(void)
{
	struct wgward_policy *policy;

	policy = kvzalloc(sizeof(*policy), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return NULL;
	policy->names = wgward_names_create();
	if (!policy->names) {
		kvfree(policy);
		return NULL;
	}
	/* A default must be stated. */
	policy->fallback = U8_MAX;
	policy->self = WGWARD_NONE;
	return policy;
}

/**
 * wgward_policy_free() - frees a policy with all that it holds
 * @policy: compiled or not, or NULL; nobody reads it any more
 */
void wgward_policy_free(struct wgward_policy *policy)
{
	u32 i;

	if (!policy)
		return;
	for (i = 0; i < policy->group_count; i++)
		kvfree(policy->groups[i].name);
	/* One block holds all that a node or a rule points to. */
	for (i = 0; i < policy->node_count; i++)
		kvfree(policy->nodes[i].addresses);
	for (i = 0; i < policy->rule_count; i++)
		kvfree(policy->rules[i].services);
	kvfree(policy->networks);
	kvfree(policy->removed);
	kvfree(policy->groups);
	kvfree(policy->nodes);
	kvfree(policy->rules);
	wgward_names_free(policy->names);
	wgward_compiled_free(policy->compiled);
	kvfree(policy);
}

/**
 * wgward_compiled_free() - frees what a policy was compiled to
 * @compiled: also half of it, if the rest is zero; or NULL
 */
void wgward_compiled_free(struct wgward_compiled *compiled)
{
	if (!compiled)
		return;
	wgward_interval32_free(&compiled->ipv4);
	wgward_interval128_free(&compiled->ipv6);
	kvfree(compiled->identities);
	kvfree(compiled->services.start);
	kvfree(compiled->services.first);
	kvfree(compiled->services.rank);
	kvfree(compiled->successions.start);
	kvfree(compiled->successions.rank);
	kvfree(compiled->matrix.start);
	kvfree(compiled->matrix.columns);
	kvfree(compiled->matrix.maps);
	kvfree(compiled->matrix.row_defaults);
	kvfree(compiled->matrix.column_defaults);
	kvfree(compiled);
}

static const struct wgward_identity *
identify(const struct wgward_compiled *compiled, u8 family,
	 const struct in6_addr *address)
{
	struct wgward_key128 key;
	u32 i;

	if (family == AF_INET) {
		i = wgward_interval32_find(&compiled->ipv4,
					   be32_to_cpu(address->s6_addr32[0]));
	} else {
		key.hi = (u64)be32_to_cpu(address->s6_addr32[0]) << 32 |
			 be32_to_cpu(address->s6_addr32[1]);
		key.lo = (u64)be32_to_cpu(address->s6_addr32[2]) << 32 |
			 be32_to_cpu(address->s6_addr32[3]);
		i = wgward_interval128_find(&compiled->ipv6, key);
	}
	return &compiled->identities[i];
}

/**
 * wgward_policy_owner() - whose address it is
 * @policy: compiled
 * @family: AF_INET or AF_INET6
 * @address: any
 *
 * Return: the index of the node, or WGWARD_NONE.
 */
u32 wgward_policy_owner(const struct wgward_policy *policy, u8 family,
			const struct in6_addr *address)
{
	return identify(policy->compiled, family, address)->owner;
}

/* The map for a pair of classes, which the rows list by column. */
static u32 matrix_find(const struct wgward_matrix *matrix, u32 row, u32 column)
{
	u32 low = matrix->start[row], end = matrix->start[row + 1];
	u32 high = end;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (matrix->columns[middle] < column)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && matrix->columns[low] == column ? matrix->maps[low] :
							     0;
}

static u32 service_rank(const struct wgward_service_maps *services, u32 map,
			u32 key)
{
	u32 start = services->start[map];
	struct wgward_interval32 one = {
		.count = services->start[map + 1] - start,
		.first = services->first + start,
		.value = services->rank + start,
	};

	return map ? wgward_interval32_find(&one, key) : WGWARD_RANK_NONE;
}

static bool is_over(u64 until, u64 now)
{
	return until && until <= now;
}

/**
 * struct strongest - of the living rules that match
 * @enforced: rank of the strongest without audit
 * @any: rank of the strongest, were none audited
 */
struct strongest {
	u32 enforced, any;
};

/* The strongest that lives, of rules each of which outlives those before. */
static u32 first_living(const struct wgward_policy *policy, u32 low, u32 high,
			u64 now)
{
	const u32 *ranks = policy->compiled->successions.rank;
	u32 end = high;

	while (low < high) {
		u32 middle = low + (high - low) / 2;
		u32 index = ranks[middle] & WGWARD_RANK_INDEX;

		if (is_over(policy->rules[index].until, now))
			low = middle + 1;
		else
			high = middle;
	}
	return low < end ? ranks[low] : WGWARD_RANK_NONE;
}

static void ask_succession(const struct wgward_policy *policy, u32 which,
			   u64 now, struct strongest *strongest)
{
	const u32 *start = policy->compiled->successions.start + 2 * which;
	u32 rank;

	rank = first_living(policy, start[0], start[1], now);
	strongest->enforced = min(strongest->enforced, rank);
	strongest->any = min(strongest->any, rank);
	rank = first_living(policy, start[1], start[2], now);
	strongest->any = min(strongest->any, rank);
}

static void ask_map(const struct wgward_policy *policy, u32 map, u32 key,
		    u64 now, struct strongest *strongest)
{
	u32 rank = service_rank(&policy->compiled->services, map, key);

	if (rank == WGWARD_RANK_NONE)
		return;
	if (unlikely(rank & WGWARD_RANK_SUCCESSION)) {
		ask_succession(policy, rank & ~WGWARD_RANK_SUCCESSION, now,
			       strongest);
		return;
	}
	strongest->enforced = min(strongest->enforced, rank);
	strongest->any = min(strongest->any, rank);
}

/* The strongest rules for a service between two identities. */
static struct strongest
find_strongest(const struct wgward_policy *policy,
	       const struct wgward_identity *source,
	       const struct wgward_identity *destination, u32 key, u64 now)
{
	struct strongest found = { WGWARD_RANK_NONE, WGWARD_RANK_NONE };
	const struct wgward_matrix *matrix = &policy->compiled->matrix;
	bool from_any = source->flags & WGWARD_IDENTITY_ANY;
	bool to_any = destination->flags & WGWARD_IDENTITY_ANY;
	u32 row = source->source_class;
	u32 column = destination->destination_class;

	ask_map(policy, matrix_find(matrix, row, column), key, now, &found);
	if (to_any)
		ask_map(policy, matrix->row_defaults[row], key, now, &found);
	if (from_any)
		ask_map(policy, matrix->column_defaults[column], key, now,
			&found);
	if (from_any && to_any)
		ask_map(policy, matrix->any_default, key, now, &found);
	return found;
}

/* What is done where the rule of @rank decides, or the default. */
static u8 code_of(const struct wgward_policy *policy, u32 rank)
{
	static const u8 by_strength[WGWARD_STRENGTHS] = {
		[WGWARD_STRENGTH_DENY] = WGWARD_VERDICT_DROP,
		[WGWARD_STRENGTH_REJECT] = WGWARD_VERDICT_REJECT,
		[WGWARD_STRENGTH_ALLOW] = WGWARD_VERDICT_PASS,
	};
	static const u8 by_action[] = {
		[WGWARD_ACTION_ALLOW] = WGWARD_VERDICT_PASS,
		[WGWARD_ACTION_DENY] = WGWARD_VERDICT_DROP,
		[WGWARD_ACTION_REJECT] = WGWARD_VERDICT_REJECT,
	};

	if (rank == WGWARD_RANK_NONE)
		return by_action[policy->fallback];
	return by_strength[rank >> WGWARD_RANK_SHIFT];
}

static void decide(const struct wgward_policy *policy,
		   const struct strongest *strongest,
		   struct wgward_verdict *verdict)
{
	verdict->code = code_of(policy, strongest->enforced);
	verdict->audited_code = code_of(policy, strongest->any);
	verdict->reason = WGWARD_REASON_DEFAULT;
	if (strongest->enforced != WGWARD_RANK_NONE) {
		verdict->reason = WGWARD_REASON_RULE;
		verdict->rule = strongest->enforced & WGWARD_RANK_INDEX;
	}
	/* The two differ only where an audited rule is the strongest. */
	if (verdict->audited_code != verdict->code)
		verdict->audited = strongest->any & WGWARD_RANK_INDEX;
}

static void refuse(struct wgward_verdict *verdict, u8 reason)
{
	verdict->code = WGWARD_VERDICT_DROP;
	verdict->audited_code = WGWARD_VERDICT_DROP;
	verdict->reason = reason;
}

/**
 * wgward_policy_node_ended() - whether the time of a node is up
 * @policy: compiled; any context, no locks
 * @index: of the node, or WGWARD_NONE
 * @now: seconds since 1970
 *
 * Return: whether there is such a node, and it has ended.
 */
bool wgward_policy_node_ended(const struct wgward_policy *policy, u32 index,
			      u64 now)
{
	return index != WGWARD_NONE && is_over(policy->nodes[index].until, now);
}

static void end_note(u64 end, u64 now, u64 *next)
{
	if (end > now && (!*next || end < *next))
		*next = end;
}

/**
 * wgward_policy_next_end() - when the next rule or node ends
 * @policy: compiled; any context, no locks
 * @now: seconds since 1970
 *
 * Return: seconds since 1970, after @now; 0 if none does.
 */
u64 wgward_policy_next_end(const struct wgward_policy *policy, u64 now)
{
	u64 next = 0;
	u32 i;

	for (i = 0; i < policy->node_count; i++)
		end_note(policy->nodes[i].until, now, &next);
	for (i = 0; i < policy->rule_count; i++)
		end_note(policy->rules[i].until, now, &next);
	return next;
}

/**
 * wgward_policy_judge() - the verdict on a conversation, by rules alone
 * @policy: compiled; any context, no locks
 * @family: AF_INET or AF_INET6, of both addresses
 * @source: who starts it
 * @destination: with whom
 * @protocol: matters only without a @service
 * @service: service number; WGWARD_NONE if it could not be read: then only
 *	rules for every service of @protocol match
 * @now: seconds since 1970
 * @verdict: to be filled
 */
void wgward_policy_judge(const struct wgward_policy *policy, u8 family,
			 const struct in6_addr *source,
			 const struct in6_addr *destination, u8 protocol,
			 u32 service, u64 now, struct wgward_verdict *verdict)
{
	const struct wgward_identity *from, *to;
	struct strongest strongest;

	from = identify(policy->compiled, family, source);
	to = identify(policy->compiled, family, destination);
	verdict->rule = WGWARD_NONE;
	verdict->audited = WGWARD_NONE;
	verdict->source = from->owner;
	verdict->destination = to->owner;
	if (!memcmp(source, destination, sizeof(*source))) {
		refuse(verdict, WGWARD_REASON_SAME_ADDRESS);
		return;
	}
	if ((from->flags | to->flags) & WGWARD_IDENTITY_UNOWNED) {
		refuse(verdict, WGWARD_REASON_UNOWNED);
		return;
	}
	if (wgward_policy_node_ended(policy, from->owner, now) ||
	    wgward_policy_node_ended(policy, to->owner, now)) {
		refuse(verdict, WGWARD_REASON_NODE_EXPIRED);
		return;
	}
	if (service > WGWARD_SERVICE_MAX)
		service = WGWARD_SERVICE_UNREAD + protocol;
	strongest = find_strongest(policy, from, to, service, now);
	decide(policy, &strongest, verdict);
}
