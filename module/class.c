// SPDX-License-Identifier: GPL-2.0
/*
 * Compiling, second part: from signatures to classes.
 *
 * For each signature the rules are collected that name one of its groups or
 * prefixes; what a rule excepts is taken out again. Signatures that come out
 * with the same rules are one class. No rule is looked at that has nothing to
 * do with the signature.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "build.h"
#include "marks.h"
#include "names.h"

/**
 * struct terms - which rules name what, on one side
 * @groups: rules by group
 * @except_groups: likewise, what rules except
 * @prefixes: rules by number of prefix
 * @except_prefixes: likewise, what rules except
 * @any: rules that name any node and except something
 * @set_start: by group set, where those of its groups that a rule names begin
 *	in @set_groups; one more for the end of the last
 * @set_groups: groups
 */
struct terms {
	struct wgward_relation groups, except_groups;
	struct wgward_relation prefixes, except_prefixes;
	struct wgward_vector any;
	struct wgward_vector set_start, set_groups;
};

/**
 * struct collector - the rules that match a signature
 * @rules: none in between
 * @room: for so many of them at most
 * @work: rules looked at, all in all, and lists that they were looked for in
 */
struct collector {
	struct wgward_marks rules;
	u32 room;
	u64 work;
};

/* In the first pass counts, in the second adds. */
static void note(struct wgward_relation *relation, bool count, u32 key,
		 u32 rule)
{
	if (count)
		wgward_relation_count(relation, key);
	else
		wgward_relation_add(relation, key, rule);
}

static void note_groups(struct wgward_relation *relation, bool count,
			const u32 *groups, u32 group_count, u32 rule)
{
	u32 i;

	for (i = 0; i < group_count; i++)
		note(relation, count, groups[i], rule);
}

static void note_selector(struct terms *terms, bool count,
			  const struct wgward_selector *selector, u32 rule)
{
	/* Groups carry nothing that `any` does not cover. */
	if (!selector->any)
		note_groups(&terms->groups, count, selector->groups,
			    selector->group_count, rule);
	note_groups(&terms->except_groups, count, selector->except_groups,
		    selector->except_group_count, rule);
}

static void note_all(struct wgward_build *build, enum wgward_side side,
		     struct terms *terms, bool count)
{
	const struct wgward_policy *policy = build->policy;
	const u32 *number = build->term_prefix;
	struct wgward_relation *relation;
	u32 rule, list, i, n;

	for (rule = 0; rule < policy->rule_count; rule++) {
		note_selector(terms, count,
			      wgward_rule_side(&policy->rules[rule], side),
			      rule);
		if (!wgward_rule_has_prefix(&policy->rules[rule]))
			continue;
		for (list = 0; list < WGWARD_PREFIX_LISTS; list++) {
			wgward_rule_prefixes(&policy->rules[rule], list, &n);
			relation = list % 2 ? &terms->except_prefixes :
					      &terms->prefixes;
			for (i = 0; i < n && list / 2 == side; i++)
				note(relation, count, number[i], rule);
			number += n;
		}
		cond_resched();
	}
}

static int note_any(struct wgward_build *build, enum wgward_side side,
		    struct terms *terms)
{
	const struct wgward_selector *selector;
	u32 rule;

	for (rule = 0; rule < build->policy->rule_count; rule++) {
		selector = wgward_rule_side(&build->policy->rules[rule], side);
		if (selector->any && !wgward_selector_wild(selector) &&
		    wgward_vector_push(&terms->any, rule))
			return -ENOMEM;
	}
	return 0;
}

static void terms_free(struct terms *terms)
{
	wgward_relation_free(&terms->groups);
	wgward_relation_free(&terms->except_groups);
	wgward_relation_free(&terms->prefixes);
	wgward_relation_free(&terms->except_prefixes);
	wgward_vector_free(&terms->any);
	wgward_vector_free(&terms->set_start);
	wgward_vector_free(&terms->set_groups);
}

static bool group_named(const struct terms *terms, u32 group)
{
	u32 count, except_count;

	wgward_relation_list(&terms->groups, group, &count);
	wgward_relation_list(&terms->except_groups, group, &except_count);
	return count || except_count;
}

static int list_groups(struct terms *terms, const struct wgward_node *node)
{
	u32 i;

	for (i = 0; i < node->group_count; i++) {
		if (group_named(terms, node->groups[i]) &&
		    wgward_vector_push(&terms->set_groups, node->groups[i]))
			return -ENOMEM;
	}
	return 0;
}

/*
 * Lists the groups of each set once, without those that no rule names on this
 * side: there may be many, and as many signatures that have the set.
 */
static int list_sets(const struct wgward_build *build, struct terms *terms)
{
	u32 set, node;

	for (set = 0; set < build->set_node.count; set++) {
		node = build->set_node.data[set];
		if (wgward_vector_push(&terms->set_start,
				       terms->set_groups.count) ||
		    (set && list_groups(terms, &build->policy->nodes[node])))
			return -ENOMEM;
		cond_resched();
	}
	return wgward_vector_push(&terms->set_start, terms->set_groups.count);
}

static int terms_create(struct wgward_build *build, enum wgward_side side,
			struct terms *terms)
{
	u32 prefixes = build->prefix_outer.count;
	u32 groups = build->policy->group_count;

	memset(terms, 0, sizeof(*terms));
	if (wgward_relation_create(&terms->groups, groups) ||
	    wgward_relation_create(&terms->except_groups, groups) ||
	    wgward_relation_create(&terms->prefixes, prefixes) ||
	    wgward_relation_create(&terms->except_prefixes, prefixes) ||
	    note_any(build, side, terms))
		goto err_free;
	note_all(build, side, terms, true);
	if (wgward_relation_seal(&terms->groups) ||
	    wgward_relation_seal(&terms->except_groups) ||
	    wgward_relation_seal(&terms->prefixes) ||
	    wgward_relation_seal(&terms->except_prefixes))
		goto err_free;
	note_all(build, side, terms, false);
	if (list_sets(build, terms))
		goto err_free;
	return 0;

err_free:
	terms_free(terms);
	return -ENOMEM;
}

static void put_in(struct collector *collector, const u32 *rules, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		wgward_marks_set(&collector->rules, rules[i]);
	collector->room += count;
	collector->work += count + 1;
}

static void take_out(struct collector *collector, const u32 *rules, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		wgward_marks_clear(&collector->rules, rules[i]);
	collector->work += count + 1;
}

/* Collects the rules that match a signature. */
static void match_signature(const struct wgward_build *build,
			    const struct terms *terms,
			    struct collector *collector, u32 signature)
{
	u32 smallest = build->signature_prefix.data[signature];
	u32 set = build->signature_set.data[signature];
	u32 first = terms->set_start.data[set];
	u32 end = terms->set_start.data[set + 1];
	const u32 *groups = terms->set_groups.data;
	const u32 *rules;
	u32 i, count;

	if (set)
		put_in(collector, terms->any.data, terms->any.count);
	for (i = first; i < end; i++) {
		rules = wgward_relation_list(&terms->groups, groups[i], &count);
		put_in(collector, rules, count);
	}
	for (i = smallest; i != WGWARD_NONE; i = build->prefix_outer.data[i]) {
		rules = wgward_relation_list(&terms->prefixes, i, &count);
		put_in(collector, rules, count);
	}
	/* Exceptions count whatever the order they are given in. */
	for (i = first; i < end; i++) {
		rules = wgward_relation_list(&terms->except_groups, groups[i],
					     &count);
		take_out(collector, rules, count);
	}
	for (i = smallest; i != WGWARD_NONE; i = build->prefix_outer.data[i]) {
		rules = wgward_relation_list(&terms->except_prefixes, i,
					     &count);
		take_out(collector, rules, count);
	}
}

/* Appends the rules that were collected, of which none is left. */
static int empty_out(const struct wgward_build *build,
		     struct collector *collector, struct wgward_vector *rules)
{
	u32 room = min(collector->room, build->policy->rule_count);

	collector->room = 0;
	if (wgward_vector_reserve(rules, room))
		return -ENOMEM;
	rules->count += wgward_marks_empty(&collector->rules,
					   rules->data + rules->count);
	return 0;
}

/*
 * The class of the rules at the end of classes->rules, behind those of all
 * classes. They stay there if the class is new.
 */
static int find_class(struct wgward_build *build,
		      struct wgward_classes *classes,
		      struct wgward_table *table, u32 *class)
{
	u32 start = classes->start.data[wgward_class_count(classes)];
	const u32 *rules = classes->rules.data + start;
	u32 count = classes->rules.count - start;
	size_t size = count * sizeof(*rules);
	u32 cursor, hash, other;

	*class = 0;
	if (!count)
		return 0;
	hash = hsiphash(rules, size, &build->policy->names->seed);
	wgward_table_for_each(table, hash, cursor, *class) {
		const u32 *same = wgward_class_rules(classes, *class, &other);

		if (other == count && !memcmp(same, rules, size)) {
			classes->rules.count = start;
			return 0;
		}
	}
	*class = wgward_class_count(classes);
	if (wgward_table_reserve(table, 1) ||
	    wgward_vector_push(&classes->start, classes->rules.count))
		return -ENOMEM;
	wgward_table_insert(table, hash, *class);
	return 0;
}

static int check_limits(const struct wgward_build *build,
			const struct collector *collector,
			const struct wgward_classes *classes)
{
	if (collector->work > WGWARD_MAX_MATCHES)
		return wgward_build_refuse(
			build, "Rules and addresses match more than 67108864 "
			       "times");
	if (classes->rules.count > WGWARD_MAX_LISTED)
		return wgward_build_refuse(
			build, "Rules take part in classes more than 16777216 "
			       "times");
	return 0;
}

static int classify(struct wgward_build *build, const struct terms *terms,
		    struct collector *collector, struct wgward_classes *classes)
{
	struct wgward_table table = { 0 };
	int error = 0;
	u32 i;

	for (i = 0; !error && i < build->signature_set.count; i++) {
		match_signature(build, terms, collector, i);
		error = empty_out(build, collector, &classes->rules);
		if (!error)
			error = check_limits(build, collector, classes);
		if (!error)
			error = find_class(build, classes, &table,
					   &classes->of_signature[i]);
		if (!error)
			error = wgward_build_pause(build);
	}
	wgward_table_free(&table);
	return error;
}

/**
 * wgward_build_classes() - makes the classes of one side
 * @build: identities are made
 * @side: which
 *
 * Return: 0, -ENOMEM, -E2BIG or -EINTR.
 */
int wgward_build_classes(struct wgward_build *build, enum wgward_side side)
{
	struct wgward_classes *classes = &build->classes[side];
	u32 signatures = build->signature_set.count;
	struct collector collector = { 0 };
	struct terms terms;
	int error;

	classes->of_signature = kvmalloc_array(
		signatures, sizeof(*classes->of_signature), GFP_KERNEL_ACCOUNT);
	if (!classes->of_signature || wgward_vector_push(&classes->start, 0) ||
	    wgward_vector_push(&classes->start, 0))
		return -ENOMEM;
	error = terms_create(build, side, &terms);
	if (error)
		return error;
	error = wgward_marks_create(&collector.rules,
				    build->policy->rule_count);
	if (!error)
		error = classify(build, &terms, &collector, classes);
	wgward_marks_free(&collector.rules);
	terms_free(&terms);
	return error;
}
