// SPDX-License-Identifier: GPL-2.0
/*
 * Compiling, third part still: who succeeds whom where rules end.
 *
 * A chain is what has been painted on an interval so far, the strongest first.
 * Chains grow at their end and share their beginnings: each is a rule behind a
 * shorter chain, and the same rule behind the same chain is the same chain. So
 * equal chains have equal numbers, whichever map and interval they are of.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "build.h"
#include "compiled.h"
#include "names.h"

/* What a chain costs, in steps: this bounds their memory. */
#define CHAIN_STEPS 16

static const struct wgward_rule *rule_of(const struct wgward_build *build,
					 u32 rank)
{
	return &build->policy->rules[rank & WGWARD_RANK_INDEX];
}

static bool is_audited(const struct wgward_build *build, u32 rank)
{
	return rule_of(build, rank)->flags & WGWARD_RULE_F_AUDIT;
}

/* Whether @rank lives on when @stronger, which may be none, has ended. */
static bool outlives(const struct wgward_build *build, u32 rank, u32 stronger)
{
	u64 until = rule_of(build, rank)->until;
	u64 end;

	if (stronger == WGWARD_RANK_NONE)
		return true;
	end = rule_of(build, stronger)->until;
	return end && (!until || until > end);
}

/*
 * Whether @rank will ever be the strongest behind @chain: of the rules without
 * audit, which nothing audited hides, or if it is audited, of all.
 */
static bool may_succeed(const struct wgward_build *build, u32 chain, u32 rank)
{
	const struct wgward_chains *chains = &build->services.chains;

	if (!outlives(build, rank, chains->enforced.data[chain]))
		return false;
	return !is_audited(build, rank) ||
	       outlives(build, rank, chains->audited.data[chain]);
}

static int push_chain(struct wgward_build *build, u32 chain, u32 rank)
{
	struct wgward_chains *chains = &build->services.chains;
	bool audited = is_audited(build, rank);

	if (wgward_vector_push(&chains->before, chain) ||
	    wgward_vector_push(&chains->rank, rank) ||
	    wgward_vector_push(&chains->enforced,
			       audited ? chains->enforced.data[chain] : rank) ||
	    wgward_vector_push(&chains->audited,
			       audited ? rank : chains->audited.data[chain]) ||
	    wgward_vector_push(&chains->succession, WGWARD_NONE))
		return -ENOMEM;
	return 0;
}

/* Finds or makes the chain of @rank behind *@chain. */
static int extend_chain(struct wgward_build *build, u32 *chain, u32 rank)
{
	struct wgward_chains *chains = &build->services.chains;
	u32 cursor, hash, found;
	int error;

	hash = hsiphash_2u32(*chain, rank, &build->policy->names->seed);
	wgward_table_for_each(&chains->table, hash, cursor, found) {
		if (chains->before.data[found] == *chain &&
		    chains->rank.data[found] == rank) {
			*chain = found;
			return 0;
		}
	}
	error = wgward_build_steps(build, CHAIN_STEPS);
	if (error)
		return error;
	found = chains->rank.count;
	if (wgward_table_reserve(&chains->table, 1) ||
	    push_chain(build, *chain, rank))
		return -ENOMEM;
	wgward_table_insert(&chains->table, hash, found);
	*chain = found;
	return 0;
}

/**
 * wgward_build_chains() - begins with the chain of no rules, number 0
 * @build: only just begun
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_build_chains(struct wgward_build *build)
{
	struct wgward_chains *chains = &build->services.chains;

	if (wgward_vector_push(&chains->before, 0) ||
	    wgward_vector_push(&chains->rank, WGWARD_RANK_NONE) ||
	    wgward_vector_push(&chains->enforced, WGWARD_RANK_NONE) ||
	    wgward_vector_push(&chains->audited, WGWARD_RANK_NONE) ||
	    wgward_vector_push(&chains->succession, WGWARD_NONE) ||
	    wgward_vector_push(&chains->start, 0))
		return -ENOMEM;
	return 0;
}

/**
 * wgward_build_succeed() - puts a rule behind those that are stronger
 * @build: chains begun
 * @colour: what is painted: WGWARD_RANK_NONE, or a chain, whose number stands
 *	behind WGWARD_RANK_SUCCESSION; stays as it is if @rank never decides
 * @rank: of a rule weaker than all of these
 *
 * Return: 0, -ENOMEM or -E2BIG.
 */
int wgward_build_succeed(struct wgward_build *build, u32 *colour, u32 rank)
{
	u32 chain = 0;
	int error;

	if (*colour != WGWARD_RANK_NONE)
		chain = *colour & ~WGWARD_RANK_SUCCESSION;
	if (!may_succeed(build, chain, rank))
		return 0;
	error = extend_chain(build, &chain, rank);
	if (!error)
		*colour = chain | WGWARD_RANK_SUCCESSION;
	return error;
}

/* Writes the rules of @chain that are @audited or not, from the last. */
static u32 *write_rules(const struct wgward_build *build, u32 chain,
			bool audited, u32 *end)
{
	const struct wgward_chains *chains = &build->services.chains;

	for (; chain; chain = chains->before.data[chain]) {
		if (is_audited(build, chains->rank.data[chain]) == audited)
			*--end = chains->rank.data[chain];
	}
	return end;
}

static int push_succession(struct wgward_build *build, u32 chain)
{
	struct wgward_chains *chains = &build->services.chains;
	struct wgward_vector *ranks = &chains->ranks;
	u32 link, count = 0;
	u32 *middle;

	for (link = chain; link; link = chains->before.data[link])
		count++;
	if (ranks->count + count > WGWARD_MAX_SUCCESSORS)
		return wgward_build_refuse(
			build, "Rules that end or are audited stand behind "
			       "one another more than 4194304 times");
	if (wgward_vector_reserve(ranks, count))
		return -ENOMEM;
	ranks->count += count;
	middle = write_rules(build, chain, true, ranks->data + ranks->count);
	write_rules(build, chain, false, middle);
	if (wgward_vector_push(&chains->start, middle - ranks->data) ||
	    wgward_vector_push(&chains->start, ranks->count))
		return -ENOMEM;
	return 0;
}

/**
 * wgward_build_succession() - from a chain to what is kept of it
 * @build: painted
 * @colour: as wgward_build_succeed() left it; becomes the value of an interval
 *
 * Only the chains that a map has in the end get here, not all that they began
 * with.
 *
 * Return: 0, -ENOMEM or -E2BIG.
 */
int wgward_build_succession(struct wgward_build *build, u32 *colour)
{
	u32 chain = *colour & ~WGWARD_RANK_SUCCESSION;
	struct wgward_chains *chains = &build->services.chains;
	u32 *number = &chains->succession.data[chain];
	int error;

	if (*number == WGWARD_NONE) {
		error = push_succession(build, chain);
		if (error)
			return error;
		*number = chains->start.count / 2 - 1;
	}
	*colour = *number | WGWARD_RANK_SUCCESSION;
	return 0;
}

/**
 * wgward_build_successions_end() - puts the successions where they are used
 * @build: all maps made
 *
 * Return: 0 or -ENOMEM.
 */
int wgward_build_successions_end(struct wgward_build *build)
{
	struct wgward_successions *successions = &build->compiled->successions;
	struct wgward_chains *chains = &build->services.chains;

	successions->count = chains->start.count / 2;
	successions->start = wgward_vector_take(&chains->start);
	successions->rank = wgward_vector_take(&chains->ranks);
	return successions->start && successions->rank ? 0 : -ENOMEM;
}

/**
 * wgward_build_chains_free() - frees all chains
 * @chains: also half of them, if the rest is zero
 */
void wgward_build_chains_free(struct wgward_chains *chains)
{
	wgward_vector_free(&chains->before);
	wgward_vector_free(&chains->rank);
	wgward_vector_free(&chains->enforced);
	wgward_vector_free(&chains->audited);
	wgward_vector_free(&chains->succession);
	wgward_table_free(&chains->table);
	wgward_vector_free(&chains->start);
	wgward_vector_free(&chains->ranks);
}
