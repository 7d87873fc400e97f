// SPDX-License-Identifier: GPL-2.0
/*
 * Compiling, first part: from an address to its identity.
 *
 * What rules may look at is an address's signature: the groups that it
 * carries, and the prefixes of rules around it. Of these the smallest says it
 * all, since prefixes are nested or disjoint.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "build.h"
#include "compiled.h"
#include "names.h"
#include "sweep.h"

/*
 * The number of the signature; makes it if it is new. Without a prefix it is
 * that of the set, see build_sets().
 */
static int find_signature(struct wgward_build *build, u32 set, u32 prefix,
			  u32 *signature)
{
	u32 hash, cursor, i;

	*signature = set;
	if (prefix == WGWARD_NONE)
		return 0;
	hash = hsiphash_2u32(set, prefix, &build->policy->names->seed);
	wgward_table_for_each(&build->signatures, hash, cursor, i) {
		if (build->signature_set.data[i] == set &&
		    build->signature_prefix.data[i] == prefix) {
			*signature = i;
			return 0;
		}
	}
	*signature = build->signature_set.count;
	if (wgward_table_reserve(&build->signatures, 1) ||
	    wgward_vector_push(&build->signature_set, set) ||
	    wgward_vector_push(&build->signature_prefix, prefix))
		return -ENOMEM;
	wgward_table_insert(&build->signatures, hash, *signature);
	return 0;
}

/* Like the latest of the same owner, as most are, or else new. */
static int find_identity(struct wgward_build *build, u32 owner, u32 flags,
			 u32 signature, u32 *identity)
{
	u32 *latest = owner == WGWARD_NONE ? &build->stranger :
					     &build->node_identity[owner];

	*identity = *latest;
	if (*latest != WGWARD_NONE &&
	    build->identity_flags.data[*latest] == flags &&
	    build->identity_signature.data[*latest] == signature)
		return 0;
	*latest = build->identity_owner.count;
	*identity = *latest;
	if (wgward_vector_push(&build->identity_owner, owner) ||
	    wgward_vector_push(&build->identity_flags, flags) ||
	    wgward_vector_push(&build->identity_signature, signature))
		return -ENOMEM;
	return 0;
}

/**
 * wgward_identity_of_span() - the identity of a span's addresses
 * @build: where a new one is entered
 * @span: knows all but @span->identity, which is stored
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_identity_of_span(struct wgward_build *build,
			    struct wgward_span *span)
{
	u32 signature = 0, flags = 0;
	int error = 0;

	if (span->network && span->owner == WGWARD_NONE) {
		/* Drops before any rule is asked. */
		flags = WGWARD_IDENTITY_UNOWNED;
	} else {
		error = find_signature(build, span->set, span->prefix,
				       &signature);
		if (span->set)
			flags = WGWARD_IDENTITY_ANY;
	}
	return error ? error :
		       find_identity(build, span->owner, flags, signature,
				     &span->identity);
}

static bool groups_equal(const struct wgward_node *a,
			 const struct wgward_node *b)
{
	return a->group_count == b->group_count &&
	       (!a->group_count ||
		!memcmp(a->groups, b->groups,
			a->group_count * sizeof(*a->groups)));
}

/* The number of the group set of node @i; makes it if it is new. */
static int find_set(struct wgward_build *build, struct wgward_table *sets,
		    u32 i)
{
	const struct wgward_node *nodes = build->policy->nodes;
	u32 cursor, set, hash;

	hash = hsiphash(nodes[i].groups,
			nodes[i].group_count * sizeof(*nodes[i].groups),
			&build->policy->names->seed);
	wgward_table_for_each(sets, hash, cursor, set) {
		if (groups_equal(&nodes[build->set_node.data[set]],
				 &nodes[i])) {
			build->node_set[i] = set;
			return 0;
		}
	}
	build->node_set[i] = build->set_node.count;
	if (wgward_table_reserve(sets, 1) ||
	    wgward_vector_push(&build->set_node, i))
		return -ENOMEM;
	wgward_table_insert(sets, hash, build->node_set[i]);
	return 0;
}

/*
 * Numbers the group sets of all nodes, and gives each a signature of the same
 * number: that of addresses which no rule's prefix is around.
 */
static int build_sets(struct wgward_build *build)
{
	struct wgward_table sets = { 0 };
	int error;
	u32 i;

	error = wgward_vector_push(&build->set_node, WGWARD_NONE);
	for (i = 0; !error && i < build->policy->node_count; i++) {
		error = find_set(build, &sets, i);
		cond_resched();
	}
	wgward_table_free(&sets);
	for (i = 0; !error && i < build->set_node.count; i++) {
		if (wgward_vector_push(&build->signature_set, i) ||
		    wgward_vector_push(&build->signature_prefix, WGWARD_NONE))
			error = -ENOMEM;
	}
	return error;
}

static int create_tables(struct wgward_build *build)
{
	u32 prefixes = max(build->policy->prefix_count, 1U);
	u32 nodes = max(build->policy->node_count, 1U);
	u32 i;

	build->node_set = kvmalloc_array(nodes, sizeof(*build->node_set),
					 GFP_KERNEL_ACCOUNT);
	build->node_identity = kvmalloc_array(
		nodes, sizeof(*build->node_identity), GFP_KERNEL_ACCOUNT);
	build->term_prefix = kvmalloc_array(
		prefixes, sizeof(*build->term_prefix), GFP_KERNEL_ACCOUNT);
	if (!build->node_set || !build->node_identity || !build->term_prefix)
		return -ENOMEM;
	for (i = 0; i < nodes; i++)
		build->node_identity[i] = WGWARD_NONE;
	build->stranger = WGWARD_NONE;
	return 0;
}

static int store_identities(struct wgward_build *build)
{
	u32 count = build->identity_owner.count;
	struct wgward_identity *identities;
	u32 i;

	identities = kvcalloc(count, sizeof(*identities), GFP_KERNEL_ACCOUNT);
	if (!identities)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		identities[i].owner = build->identity_owner.data[i];
		identities[i].flags = build->identity_flags.data[i];
	}
	build->compiled->identities = identities;
	return 0;
}

/**
 * wgward_build_identities() - makes the address maps and the identities
 * @build: only just begun
 *
 * The identities' classes are not known yet.
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_build_identities(struct wgward_build *build)
{
	struct wgward_span outside = {
		.owner = WGWARD_NONE,
		.prefix = WGWARD_NONE,
	};
	int error;

	error = create_tables(build);
	if (!error)
		error = build_sets(build);
	/* That of addresses outside all prefixes, 0, is the first. */
	if (!error)
		error = wgward_identity_of_span(build, &outside);
	if (!error)
		error = wgward_build_family(build, AF_INET);
	if (!error)
		error = wgward_build_family(build, AF_INET6);
	if (!error)
		error = store_identities(build);
	return error;
}
