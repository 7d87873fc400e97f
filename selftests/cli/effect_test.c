// SPDX-License-Identifier: GPL-2.0
/*
 * What a change of policy means, against the naive answer: for random policies
 * that follow one another, random packets are judged by either, and the lines
 * of the effect, read by the names that people see, must say the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>

#include "../../tools/address.h"
#include "../../tools/effect_internal.h"
#include "../../tools/memory.h"
#include "../../tools/service.h"
#include "../unit/generate.h"
#include "../unit/tap.h"

#define ROUNDS 1500
#define QUESTIONS 300

/* A policy's copy with some of its objects left out or made anew. */

static const char *why;

static void copy_nodes(struct wgward_policy *to,
		       const struct wgward_policy *from,
		       const struct world *world)
{
	const struct wgward_node *other;
	struct wgward_node node;
	u32 i;

	for (i = 0; i < from->node_count; i++) {
		node = from->nodes[i];
		if (i && random_once_in(12))
			continue;
		other = generate_node(world, to, !i);
		if (random_once_in(8)) {
			node.group_count = other->group_count;
			node.groups = other->groups;
		}
		if (random_once_in(8)) {
			node.address_count = other->address_count;
			node.addresses = other->addresses;
		}
		if (random_once_in(8)) {
			node.route_count = other->route_count;
			node.routes = other->routes;
		}
		if (random_once_in(8))
			node.flags ^= WGWARD_NODE_F_ROUTE_GROUPS;
		if (random_once_in(8))
			node.until = other->until;
		if (wgward_policy_add_node(to, &node, &why) && !i)
			wgward_policy_add_node(to, &from->nodes[0], &why);
	}
	for (i = random_below(3); i; i--)
		wgward_policy_add_node(to, generate_node(world, to, false),
				       &why);
}

static void copy_rules(struct wgward_policy *to,
		       const struct wgward_policy *from,
		       const struct world *world)
{
	const struct wgward_rule *other;
	struct wgward_rule rule;
	u32 i;

	for (i = 0; i < from->rule_count; i++) {
		rule = from->rules[i];
		if (random_once_in(12))
			continue;
		other = generate_rule(world, to);
		if (random_once_in(12))
			rule.action = other->action;
		if (random_once_in(12))
			rule.flags ^= WGWARD_RULE_F_AUDIT;
		if (random_once_in(12))
			rule.until = other->until;
		if (random_once_in(12))
			rule.from = other->from;
		if (random_once_in(12))
			rule.to = other->to;
		if (random_once_in(12)) {
			rule.service_count = other->service_count;
			rule.services = other->services;
		}
		wgward_policy_add_rule(to, &rule, &why);
	}
	for (i = random_below(3); i; i--)
		wgward_policy_add_rule(to, generate_rule(world, to), &why);
}

static struct wgward_policy *change(const struct wgward_policy *from,
				    const struct world *world)
{
	struct wgward_policy *to = wgward_policy_create();
	u32 i;

	if (!to)
		abort();
	to->fallback = random_once_in(9) ? WGWARD_ACTION_ALLOW : from->fallback;
	to->audit = random_once_in(20);
	for (i = 0; i < from->network_count; i++)
		if (!random_once_in(9))
			wgward_policy_add_network(to, &from->networks[i], &why);
	for (i = 0; i < from->group_count; i++)
		wgward_policy_add_group(to, from->groups[i].name, &why);
	copy_nodes(to, from, world);
	copy_rules(to, from, world);
	return to;
}

/* The naive answer. */

struct question {
	u8 family;
	struct in6_addr source, destination;
	u32 service;
};

static u32 owner_of(const struct wgward_policy *policy,
		    const struct question *question, bool destination)
{
	if (!policy)
		return WGWARD_NONE;
	return wgward_policy_owner(policy, question->family,
				   destination ? &question->destination :
						 &question->source);
}

/* Nothing passes that WireGuard has nobody for. */
static bool passes(const struct wgward_policy *policy,
		   const struct question *question, u64 now)
{
	struct wgward_verdict verdict;

	if (owner_of(policy, question, false) == WGWARD_NONE ||
	    owner_of(policy, question, true) == WGWARD_NONE)
		return false;
	wgward_policy_judge(policy, question->family, &question->source,
			    &question->destination,
			    question->service >> SERVICE_SHIFT,
			    question->service, now, &verdict);
	return policy->audit || verdict.code == WGWARD_VERDICT_PASS;
}

/* What a node sends itself, and ICMP of the other version, is nobody's. */
static bool matters(const struct effect *effect,
		    const struct question *question)
{
	u8 family = service_family(question->service);
	unsigned int side;
	u32 owner;

	if (family != AF_UNSPEC && family != question->family)
		return false;
	for (side = 0; side < 2; side++) {
		owner = owner_of(effect->policies[side], question, false);
		if (owner != WGWARD_NONE &&
		    owner == owner_of(effect->policies[side], question, true))
			return false;
	}
	return memcmp(&question->source, &question->destination,
		      sizeof(question->source));
}

/* What the names of a line stand for. */

static u32 covered_by(const struct wgward_policy *policy, u8 family,
		      const struct in6_addr *address)
{
	struct wgward_policy const *policies[] = { NULL, policy };
	const struct wgward_identity *identity;
	u32 found = WGWARD_NONE;
	struct spans spans;
	size_t i;

	spans_make(&spans, policies);
	for (i = 0; i < spans.count; i++) {
		struct in6_addr first =
			span_address(family, spans.items[i].first);

		if (spans.items[i].family != family ||
		    memcmp(&first, address, sizeof(first)) > 0)
			continue;
		identity = spans.items[i].identity[1];
		found = identity->flags & WGWARD_IDENTITY_ANY ?
				identity->owner :
				WGWARD_NONE;
	}
	spans_free(&spans);
	return found;
}

static bool in_group(const struct wgward_policy *policy, u32 node,
		     const char *name)
{
	u32 i;

	for (i = 0; i < policy->nodes[node].group_count; i++)
		if (!strcmp(policy->groups[policy->nodes[node].groups[i]].name,
			    name))
			return true;
	return false;
}

/* "10.0.0.1", "10.0.0.0/24" or "10.0.0.1-10.0.0.5" */
static bool in_range(const char *text, u8 family,
		     const struct in6_addr *address)
{
	struct in6_addr first, last;
	struct wgward_prefix prefix;
	char copy[120], *dash;
	u8 families[2];

	snprintf(copy, sizeof(copy), "%s", text);
	dash = strchr(copy, '-');
	if (!dash)
		return !prefix_parse(copy, &prefix) &&
		       prefix_contains(&prefix, family, address);
	*dash = '\0';
	if (!address_parse(copy, &families[0], &first) ||
	    !address_parse(dash + 1, &families[1], &last))
		abort();
	return families[0] == family && families[1] == family &&
	       memcmp(&first, address, sizeof(first)) <= 0 &&
	       memcmp(&last, address, sizeof(last)) >= 0;
}

static bool is_named(const struct wgward_policy *policy, u32 node,
		     const char *text, u8 family,
		     const struct in6_addr *address)
{
	const char *space = strchr(text, ' ');

	if (space)
		return in_range(space + 1, family, address);
	if (strpbrk(text, ".:"))
		return in_range(text, family, address);
	if (node == WGWARD_NONE)
		return false;
	/* In a mesh file, that is, a name is never both. */
	if (wgward_policy_find_node(policy, text) != WGWARD_NONE)
		return !strcmp(text, policy->nodes[node].name);
	return !strcmp(text, "any") || in_group(policy, node, text);
}

static bool in_set(const struct wgward_policy *policy,
		   const struct effect_names *names, u8 family,
		   const struct in6_addr *address)
{
	u32 node = covered_by(policy, family, address);
	bool in = false, out = false;
	const char *text;
	size_t i;

	for (i = 0; i < names->count; i++) {
		text = names->items[i].text;
		if (*text == '!')
			out |= is_named(policy, node, text + 1, family,
					address);
		else
			in |= is_named(policy, node, text, family, address);
	}
	return in && !out;
}

static bool in_piece(const u32 *piece, size_t length, u32 service)
{
	size_t i;

	for (i = EFFECT_PIECE_HEAD; i < length; i += 2)
		if (piece[i] <= service && service <= piece[i + 1])
			return true;
	return false;
}

/**
 * struct told - a line, named
 * @piece: its copy
 * @length: of @piece
 * @from: names of who starts
 * @to: names of with whom
 */
struct told {
	u32 *piece;
	size_t length;
	struct effect_names from, to;
};

static struct told *tell_all(const struct effect *effect)
{
	struct told *told = memory_zero(effect->line_count, sizeof(*told));
	const struct effect_line *line;
	size_t i;

	for (i = 0; i < effect->line_count; i++) {
		line = &effect->lines[i];
		told[i].piece = (u32 *)intern_list(
			&effect->services.pieces, line->piece, &told[i].length);
		effect_name_line(effect, line, &told[i].from, &told[i].to);
	}
	return told;
}

/* 1: gained, -1: lost, 0: neither, 2: said more than once. */
static int claim(const struct effect *effect, const struct told *told,
		 const struct question *question)
{
	const struct wgward_policy *policy;
	int claims = 0, result = 0;
	size_t i;

	for (i = 0; i < effect->line_count; i++) {
		if (!in_piece(told[i].piece, told[i].length, question->service))
			continue;
		policy = effect->policies[told[i].piece[EFFECT_PIECE_GAIN]];
		if (!in_set(policy, &told[i].from, question->family,
			    &question->source) ||
		    !in_set(policy, &told[i].to, question->family,
			    &question->destination))
			continue;
		claims++;
		result = told[i].piece[EFFECT_PIECE_GAIN] ? 1 : -1;
	}
	return claims > 1 ? 2 : result;
}

static struct question random_question(const struct world *world,
				       const struct effect *effect)
{
	const struct wgward_policy *policy =
		effect->policies[effect->policies[0] && random_once_in(2) ? 0 :
									    1];
	struct question question = { .family = generate_family() };

	question.source = generate_end(world, policy, question.family);
	question.destination = generate_end(world, policy, question.family);
	question.service = generate_service(world, policy);
	return question;
}

static void note_names(const char *what, const struct effect_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		tap_note("    %s %s", what, names->items[i].text);
}

static void note(const struct effect *effect, const struct told *told,
		 const struct question *question, int wanted, int seen)
{
	char texts[2][ADDRESS_TEXT_LEN];
	size_t i, j;

	tap_note("%s -> %s service %#x: %d, not %d",
		 address_format(texts[0], question->family, &question->source),
		 address_format(texts[1], question->family,
				&question->destination),
		 question->service, seen, wanted);
	for (i = 0; i < effect->line_count; i++) {
		tap_note("  line %zu, gain %u by %u", i,
			 told[i].piece[EFFECT_PIECE_GAIN],
			 told[i].piece[EFFECT_PIECE_BY]);
		for (j = EFFECT_PIECE_HEAD; j < told[i].length; j += 2)
			tap_note("    %#x-%#x", told[i].piece[j],
				 told[i].piece[j + 1]);
		note_names("from", &told[i].from);
		note_names("to", &told[i].to);
	}
}

/* How many questions there were of each answer. */
static unsigned int answers[3];

static bool ask(const struct world *world, const struct effect *effect)
{
	struct told *told = tell_all(effect);
	struct question question;
	int wanted, seen;
	bool right = true;
	unsigned int i;
	size_t j;

	for (i = 0; right && i < QUESTIONS; i++) {
		question = random_question(world, effect);
		if (!matters(effect, &question))
			continue;
		wanted = passes(effect->policies[1], &question, effect->now) -
			 passes(effect->policies[0], &question, effect->now);
		seen = claim(effect, told, &question);
		answers[wanted + 1]++;
		right = seen == wanted;
		if (!right)
			note(effect, told, &question, wanted, seen);
	}
	for (j = 0; j < effect->line_count; j++) {
		effect_free_names(&told[j].from);
		effect_free_names(&told[j].to);
	}
	free(told);
	return right;
}

static bool compile(struct wgward_policy *policy)
{
	return policy && !wgward_policy_compile(policy, &why);
}

static bool try_once(unsigned int round)
{
	static const struct size most = { 3, 8, 4, 10 };
	struct wgward_policy *before, *after;
	struct effect *effect;
	struct world world;
	bool right = true;

	generate_world(&world);
	before = generate_policy(&world, &most);
	after = before ? change(before, &world) : NULL;
	if (compile(before) && compile(after)) {
		effect = effect_make(round % 10 ? before : NULL, after,
				     generate_now());
		right = effect_complete(effect) && ask(&world, effect);
		effect_free(effect);
	}
	wgward_policy_free(before);
	wgward_policy_free(after);
	return right;
}

/* The same policy changes nothing, and says so. */
static bool try_same(void)
{
	static const struct size most = { 3, 20, 4, 20 };
	struct wgward_policy *policy;
	struct effect *effect;
	struct world world;
	bool right = false;

	generate_world(&world);
	policy = generate_policy(&world, &most);
	if (compile(policy)) {
		effect = effect_make(policy, policy, generate_now());
		right = effect_complete(effect) && !effect_count(effect);
		effect_free(effect);
	}
	wgward_policy_free(policy);
	return right;
}

int main(void)
{
	unsigned int round, wrong = 0;

	random_begin();
	for (round = 0; !wrong && round < ROUNDS; round++)
		wrong += !try_once(round);
	tap_result(!wrong, "what is told is what packets see");
	tap_note("lost %u, the same %u, gained %u", answers[0], answers[1],
		 answers[2]);
	tap_result(answers[0] > ROUNDS && answers[2] > ROUNDS,
		   "there was something to see");
	for (round = 0; !wrong && round < 200; round++)
		wrong += !try_same();
	tap_result(!wrong, "a policy that stays changes nothing");
	return tap_end();
}
