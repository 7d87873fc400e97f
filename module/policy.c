// SPDX-License-Identifier: GPL-2.0
/* The policy of a ward: its life, and what it says of a conversation. */
#include "policy.h"

#include <asm/byteorder.h>
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

/* The rank of the strongest rule for a service between two identities. */
static u32 strongest_rule(const struct wgward_compiled *compiled,
			  const struct wgward_identity *source,
			  const struct wgward_identity *destination, u32 key)
{
	const struct wgward_service_maps *services = &compiled->services;
	const struct wgward_matrix *matrix = &compiled->matrix;
	bool from_any = source->flags & WGWARD_IDENTITY_ANY;
	bool to_any = destination->flags & WGWARD_IDENTITY_ANY;
	u32 row = source->source_class;
	u32 column = destination->destination_class;
	u32 rank;

	rank = service_rank(services, matrix_find(matrix, row, column), key);
	if (to_any)
		rank = min(rank, service_rank(services,
					      matrix->row_defaults[row], key));
	if (from_any)
		rank = min(rank,
			   service_rank(services,
					matrix->column_defaults[column], key));
	if (from_any && to_any)
		rank = min(rank,
			   service_rank(services, matrix->any_default, key));
	return rank;
}

static void verdict_set(struct wgward_verdict *verdict, bool pass, u8 reason)
{
	verdict->code = pass ? WGWARD_VERDICT_PASS : WGWARD_VERDICT_DROP;
	verdict->reason = reason;
}

/* Whether the time of node @index, which may be none, is up. */
static bool has_ended(const struct wgward_policy *policy, u32 index, u64 now)
{
	u64 until;

	if (index == WGWARD_NONE)
		return false;
	until = policy->nodes[index].until;
	return until && until <= now;
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
	u32 rank;

	from = identify(policy->compiled, family, source);
	to = identify(policy->compiled, family, destination);
	verdict->rule = WGWARD_NONE;
	verdict->audited = WGWARD_NONE;
	verdict->source = from->owner;
	verdict->destination = to->owner;
	if (!memcmp(source, destination, sizeof(*source))) {
		verdict_set(verdict, false, WGWARD_REASON_SAME_ADDRESS);
		return;
	}
	if ((from->flags | to->flags) & WGWARD_IDENTITY_UNOWNED) {
		verdict_set(verdict, false, WGWARD_REASON_UNOWNED);
		return;
	}
	if (has_ended(policy, from->owner, now) ||
	    has_ended(policy, to->owner, now)) {
		verdict_set(verdict, false, WGWARD_REASON_NODE_EXPIRED);
		return;
	}
	if (service > WGWARD_SERVICE_MAX)
		service = WGWARD_SERVICE_UNREAD + protocol;
	rank = strongest_rule(policy->compiled, from, to, service);
	if (rank == WGWARD_RANK_NONE) {
		verdict_set(verdict, policy->fallback == WGWARD_ACTION_ALLOW,
			    WGWARD_REASON_DEFAULT);
		return;
	}
	verdict->rule = rank & ~WGWARD_RANK_ALLOW;
	verdict_set(verdict, rank & WGWARD_RANK_ALLOW, WGWARD_REASON_RULE);
}
