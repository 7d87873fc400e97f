// SPDX-License-Identifier: GPL-2.0
/*
 * What the rules say of services, as functions: from each service on, what
 * decides. Equal functions have one number, whichever policy they are of, so
 * most comparisons end with that of two numbers.
 */
#include <stdlib.h>
#include <string.h>

#include "effect_internal.h"
#include "memory.h"

/* Words of a list under construction. */
struct words {
	u32 *items;
	size_t count;
};

static void push(struct words *words, u32 word)
{
	words->items = memory_grow(words->items, words->count, sizeof(u32));
	words->items[words->count++] = word;
}

/* From @first on @decider decides, unless it does already. */
static void push_from(struct words *words, u32 first, u32 decider)
{
	if (words->count && words->items[words->count - 1] == decider)
		return;
	push(words, first);
	push(words, decider);
}

static u32 take_number(struct intern *intern, struct words *words)
{
	u32 number = intern_number(intern, words->items, words->count);

	free(words->items);
	return number;
}

static u32 rule_count(const struct wgward_policy *policy)
{
	return policy ? policy->rule_count : 0;
}

/* The next rule of @action from @i on; rules stand in the order of names. */
static u32 next_rule(const struct wgward_policy *policy, u8 action, u32 i)
{
	while (i < rule_count(policy) && policy->rules[i].action != action)
		i++;
	return i;
}

static int compare_rules(const struct effect *effect, const u32 *at)
{
	bool end[SPAN_SIDES];
	unsigned int side;

	for (side = 0; side < SPAN_SIDES; side++)
		end[side] = at[side] == rule_count(effect->policies[side]);
	if (end[0] || end[1])
		return end[0] - end[1];
	return strcmp(effect->policies[0]->rules[at[0]].name,
		      effect->policies[1]->rules[at[1]].name);
}

/* Numbers the rules of both policies that have this action, by their names. */
static void number_action(struct effect *effect, u8 action)
{
	struct effect_services *services = &effect->services;
	u32 at[SPAN_SIDES] = { 0, 0 };
	struct effect_rule *rule;
	unsigned int side;
	int order;

	for (;;) {
		for (side = 0; side < SPAN_SIDES; side++)
			at[side] = next_rule(effect->policies[side], action,
					     at[side]);
		if (at[0] == rule_count(effect->policies[0]) &&
		    at[1] == rule_count(effect->policies[1]))
			return;
		order = compare_rules(effect, at);
		services->rules = memory_grow(services->rules,
					      services->rule_count,
					      sizeof(*services->rules));
		rule = &services->rules[services->rule_count];
		*rule = (struct effect_rule){
			.action = action,
			.index = { WGWARD_NONE, WGWARD_NONE },
		};
		for (side = 0; side < SPAN_SIDES; side++) {
			/* The one whose name comes later waits. */
			if (side ? order < 0 : order > 0)
				continue;
			rule->index[side] = at[side];
			services->number[side][at[side]++] =
				services->rule_count;
		}
		services->rule_count++;
	}
}

void effect_begin_services(struct effect *effect)
{
	static const u32 empty[] = { 0, EFFECT_DEFAULT };
	struct effect_services *services = &effect->services;
	const struct wgward_policy *policy;
	unsigned int side;
	u32 maps;

	for (side = 0; side < SPAN_SIDES; side++) {
		policy = effect->policies[side];
		services->number[side] =
			memory_zero(rule_count(policy), sizeof(u32));
		maps = policy ? policy->compiled->services.count : 0;
		services->of_map[side] = memory_zero(maps, sizeof(u32));
		memset(services->of_map[side], 0xff, maps * sizeof(u32));
	}
	services->functions.kept = &effect->kept;
	services->merges.kept = &effect->kept;
	services->changes.kept = &effect->kept;
	services->lists.kept = &effect->kept;
	services->pieces.kept = &effect->kept;
	/* The stronger first. */
	number_action(effect, WGWARD_ACTION_DENY);
	number_action(effect, WGWARD_ACTION_REJECT);
	number_action(effect, WGWARD_ACTION_ALLOW);
	intern_number(&services->functions, empty, 2);
	intern_number(&services->lists, NULL, 0);
}

void effect_free_services(struct effect *effect)
{
	struct effect_services *services = &effect->services;
	unsigned int side;

	for (side = 0; side < SPAN_SIDES; side++) {
		free(services->number[side]);
		free(services->of_map[side]);
	}
	free(services->rules);
	intern_free(&services->functions);
	intern_free(&services->merges);
	free(services->merged);
	intern_free(&services->changes);
	free(services->deltas);
	intern_free(&services->lists);
	intern_free(&services->pieces);
}

static bool is_over(const struct wgward_policy *policy, u32 rank, u64 now)
{
	u64 until = policy->rules[rank & WGWARD_RANK_INDEX].until;

	return until && until <= now;
}

/*
 * Which rule it is now: where rules end, the first that lives. Each outlives
 * those before it.
 */
static u32 decider_of(const struct effect *effect, unsigned int side, u32 rank)
{
	const struct wgward_policy *policy = effect->policies[side];
	const struct wgward_successions *successions;
	u32 low, high, middle, end;

	if (rank == WGWARD_RANK_NONE)
		return EFFECT_DEFAULT;
	if (!(rank & WGWARD_RANK_SUCCESSION))
		return effect->services.number[side][rank & WGWARD_RANK_INDEX];
	successions = &policy->compiled->successions;
	rank &= ~WGWARD_RANK_SUCCESSION;
	low = successions->start[2 * rank];
	end = successions->start[2 * rank + 1];
	for (high = end; low < high;) {
		middle = low + (high - low) / 2;
		if (is_over(policy, successions->rank[middle], effect->now))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == end)
		return EFFECT_DEFAULT;
	rank = successions->rank[low] & WGWARD_RANK_INDEX;
	return effect->services.number[side][rank];
}

static u32 make_function(struct effect *effect, unsigned int side, u32 map)
{
	const struct wgward_service_maps *maps =
		&effect->policies[side]->compiled->services;
	struct words words = { 0 };
	u32 i;

	for (i = maps->start[map]; i < maps->start[map + 1]; i++) {
		/* Above, there is what could not be read. */
		if (maps->first[i] > WGWARD_SERVICE_MAX)
			break;
		push_from(&words, maps->first[i],
			  decider_of(effect, side, maps->rank[i]));
	}
	return take_number(&effect->services.functions, &words);
}

u32 effect_function(struct effect *effect, unsigned int side, u32 map)
{
	u32 *of_map = effect->services.of_map[side];

	if (!map)
		return 0;
	if (of_map[map] == WGWARD_NONE)
		of_map[map] = make_function(effect, side, map);
	return of_map[map];
}

u32 effect_function_special(struct effect *effect, u32 mode)
{
	const u32 words[] = { 0, EFFECT_SPECIAL(mode) };

	return intern_number(&effect->services.functions, words, 2);
}

/**
 * struct walk - through two functions at once
 * @list: pairs of words
 * @count: words
 * @at: pair at hand in each
 */
struct walk {
	const u32 *list[2];
	size_t count[2];
	size_t at[2];
};

static void walk_begin(struct walk *walk, const struct effect *effect, u32 a,
		       u32 b)
{
	memset(walk, 0, sizeof(*walk));
	walk->list[0] =
		intern_list(&effect->services.functions, a, &walk->count[0]);
	walk->list[1] =
		intern_list(&effect->services.functions, b, &walk->count[1]);
}

static u32 walk_decider(const struct walk *walk, unsigned int which)
{
	return walk->list[which][walk->at[which] + 1];
}

/* Where one of the two changes next. */
static u32 walk_next(const struct walk *walk)
{
	u32 next = WGWARD_SERVICE_MAX + 1;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (walk->at[i] + 2 < walk->count[i] &&
		    walk->list[i][walk->at[i] + 2] < next)
			next = walk->list[i][walk->at[i] + 2];
	return next;
}

static void walk_to(struct walk *walk, u32 first)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (walk->at[i] + 2 < walk->count[i] &&
		    walk->list[i][walk->at[i] + 2] == first)
			walk->at[i] += 2;
}

static u32 merge(struct effect *effect, u32 a, u32 b)
{
	struct words words = { 0 };
	struct walk walk;
	u32 first, left, right;

	walk_begin(&walk, effect, a, b);
	for (first = 0; first <= WGWARD_SERVICE_MAX; first = walk_next(&walk)) {
		walk_to(&walk, first);
		left = walk_decider(&walk, 0);
		right = walk_decider(&walk, 1);
		push_from(&words, first, left < right ? left : right);
	}
	effect_step(effect, words.count);
	return take_number(&effect->services.functions, &words);
}

/* What was found out for a pair of numbers; makes room if it is new. */
static u32 *remember(struct intern *pairs, u32 **results, u32 a, u32 b)
{
	const u32 words[] = { a, b };
	u32 known = pairs->count;
	u32 number = intern_number(pairs, words, 2);

	if (number == known) {
		*results = memory_grow(*results, number, sizeof(u32));
		(*results)[number] = WGWARD_NONE;
	}
	return &(*results)[number];
}

u32 effect_merge(struct effect *effect, u32 a, u32 b)
{
	struct effect_services *services = &effect->services;
	u32 *merged;

	if (a == b || !b)
		return a;
	if (!a)
		return b;
	merged = remember(&services->merges, &services->merged, a < b ? a : b,
			  a < b ? b : a);
	if (*merged == WGWARD_NONE)
		*merged = merge(effect, a, b);
	return *merged;
}

static bool passes(const struct effect *effect, unsigned int side, u32 decider)
{
	const struct wgward_policy *policy = effect->policies[side];

	/* Whatever the rules: no packet gets to where nobody is. */
	if (decider == EFFECT_SPECIAL(EFFECT_NOBODY) ||
	    decider == EFFECT_SPECIAL(EFFECT_UNOWNED))
		return false;
	if (policy->audit)
		return true;
	if (decider == EFFECT_SPECIAL(EFFECT_EXPIRED))
		return false;
	if (decider == EFFECT_DEFAULT)
		return policy->fallback == WGWARD_ACTION_ALLOW;
	return effect->services.rules[decider].action == WGWARD_ACTION_ALLOW;
}

bool effect_same_rest(const struct effect *effect)
{
	const struct wgward_policy *before = effect->policies[0];

	return before && before->audit == effect->policies[1]->audit &&
	       passes(effect, 0, EFFECT_DEFAULT) ==
		       passes(effect, 1, EFFECT_DEFAULT);
}

/* Services that change for one reason. */
struct change {
	bool gain;
	u32 by, was;
	u32 first, last;
};

struct changes {
	struct change *items;
	size_t count;
};

static int compare_heads(const struct change *a, const struct change *b)
{
	if (a->gain != b->gain)
		return a->gain - b->gain;
	if (a->by != b->by)
		return a->by < b->by ? -1 : 1;
	return a->was < b->was ? -1 : a->was > b->was;
}

static int compare_changes(const void *left, const void *right)
{
	const struct change *a = left, *b = right;
	int order = compare_heads(a, b);

	if (order)
		return order;
	return a->first < b->first ? -1 : a->first > b->first;
}

static bool allows(const struct effect *effect, u32 decider)
{
	return effect->services.rules[decider].action == WGWARD_ACTION_ALLOW;
}

/* Where no rule decides, the one that did is what people look for. */
static void note_change(const struct effect *effect, struct changes *changes,
			const struct walk *walk, u32 first, u32 last)
{
	u32 was = walk_decider(walk, 0), by = walk_decider(walk, 1);
	u32 rules = effect->services.rule_count;
	bool gain = passes(effect, 1, by);

	if (passes(effect, 0, was) == gain)
		return;
	/* An audit passes what it passes in spite of all rules. */
	if (gain && effect->policies[1]->audit)
		by = EFFECT_DEFAULT;
	if (by < rules || was >= rules || allows(effect, was) == gain)
		was = EFFECT_DEFAULT;
	changes->items = memory_grow(changes->items, changes->count,
				     sizeof(*changes->items));
	changes->items[changes->count++] = (struct change){
		.gain = gain,
		.by = by,
		.was = was,
		.first = first,
		.last = last,
	};
}

/* The piece of the changes from @i on that have one reason. */
static u32 make_piece(struct effect *effect, const struct changes *changes,
		      size_t *i)
{
	const struct change *head = &changes->items[*i];
	const struct change *change = head;
	struct words words = { 0 };

	push(&words, head->gain);
	push(&words, head->by);
	push(&words, head->was);
	for (; *i < changes->count; (*i)++) {
		change = &changes->items[*i];
		if (compare_heads(head, change))
			break;
		if (words.count > EFFECT_PIECE_HEAD &&
		    words.items[words.count - 1] + 1 == change->first) {
			words.items[words.count - 1] = change->last;
			continue;
		}
		push(&words, change->first);
		push(&words, change->last);
	}
	return take_number(&effect->services.pieces, &words);
}

static u32 make_delta(struct effect *effect, u32 before, u32 after)
{
	struct changes changes = { 0 };
	struct words list = { 0 };
	struct walk walk;
	u32 first, next;
	size_t i = 0;

	walk_begin(&walk, effect, before, after);
	for (first = 0; first <= WGWARD_SERVICE_MAX; first = next) {
		walk_to(&walk, first);
		next = walk_next(&walk);
		note_change(effect, &changes, &walk, first, next - 1);
	}
	if (changes.count)
		qsort(changes.items, changes.count, sizeof(*changes.items),
		      compare_changes);
	while (i < changes.count)
		push(&list, make_piece(effect, &changes, &i));
	effect_step(effect, walk.count[0] + walk.count[1]);
	free(changes.items);
	return take_number(&effect->services.lists, &list);
}

u32 effect_delta(struct effect *effect, u32 before, u32 after)
{
	struct effect_services *services = &effect->services;
	u32 *delta;

	delta = remember(&services->changes, &services->deltas, before, after);
	if (*delta == WGWARD_NONE)
		*delta = make_delta(effect, before, after);
	return *delta;
}
