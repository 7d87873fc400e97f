// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "mark.h"

#define NODE_MARKS (WGWARD_NODE_F_ADDED | WGWARD_NODE_F_CHANGED)
#define RULE_MARKS (WGWARD_RULE_F_ADDED | WGWARD_RULE_F_CHANGED)

bool mark_node_live(const struct wgward_node *node)
{
	return node->flags & NODE_MARKS;
}

bool mark_rule_live(const struct wgward_rule *rule)
{
	return rule->flags & RULE_MARKS;
}

u32 mark_count(const struct wgward_policy *policy)
{
	u32 i, count;

	if (!policy)
		return 0;
	count = policy->removed_count;
	for (i = 0; i < policy->node_count; i++)
		count += mark_node_live(&policy->nodes[i]);
	for (i = 0; i < policy->rule_count; i++)
		count += mark_rule_live(&policy->rules[i]);
	return count;
}

static bool is_removed(const struct wgward_policy *policy, bool is_rule,
		       const char *name)
{
	u32 i;

	for (i = 0; i < policy->removed_count; i++) {
		if (policy->removed[i].is_rule == is_rule &&
		    !strcmp(policy->removed[i].name, name))
			return true;
	}
	return false;
}

/* The next group of @node from number *@next on that a file names, or NULL. */
static const char *next_group(const struct wgward_policy *policy,
			      const struct wgward_node *node, u32 *next)
{
	const char *name;

	while (*next < node->group_count) {
		name = policy->groups[node->groups[(*next)++]].name;
		if (describe_group_told(policy, name))
			return name;
	}
	return NULL;
}

/* Groups are numbered in the order of their names. */
static bool groups_equal(const struct wgward_policy *before,
			 const struct wgward_node *was,
			 const struct wgward_policy *after,
			 const struct wgward_node *is)
{
	const char *a, *b;
	u32 i = 0, j = 0;

	do {
		a = next_group(before, was, &i);
		b = next_group(after, is, &j);
		if (!a != !b || (a && strcmp(a, b)))
			return false;
	} while (a);
	return true;
}

static bool texts_equal(char *a, char *b)
{
	bool equal = !strcmp(a, b);

	free(a);
	free(b);
	return equal;
}

static u32 mark_node(const struct wgward_policy *before,
		     const struct wgward_policy *after,
		     const struct wgward_node *is)
{
	u32 index = wgward_policy_find_node(before, is->name);
	const struct wgward_node *was;

	if (index == WGWARD_NONE)
		return is_removed(before, false, is->name) ?
			       WGWARD_NODE_F_CHANGED :
			       WGWARD_NODE_F_ADDED;
	was = &before->nodes[index];
	if (was->flags & NODE_MARKS)
		return was->flags & NODE_MARKS;
	return texts_equal(describe_node(was), describe_node(is)) &&
			       groups_equal(before, was, after, is) ?
		       0 :
		       WGWARD_NODE_F_CHANGED;
}

static u32 mark_rule(const struct wgward_policy *before,
		     const struct wgward_policy *after,
		     const struct wgward_rule *is)
{
	u32 index = wgward_policy_find_rule(before, is->name);
	const struct wgward_rule *was;

	if (index == WGWARD_NONE)
		return is_removed(before, true, is->name) ?
			       WGWARD_RULE_F_CHANGED :
			       WGWARD_RULE_F_ADDED;
	was = &before->rules[index];
	if (was->flags & RULE_MARKS)
		return was->flags & RULE_MARKS;
	return texts_equal(describe_rule(before, was),
			   describe_rule(after, is)) ?
		       0 :
		       WGWARD_RULE_F_CHANGED;
}

/* Beyond the limit there is no mark, which is no reason to do nothing. */
static void note_removed(struct wgward_policy *after, bool is_rule,
			 const char *name)
{
	u32 index = is_rule ? wgward_policy_find_rule(after, name) :
			      wgward_policy_find_node(after, name);
	const char *why;

	if (index == WGWARD_NONE)
		wgward_policy_add_removed(after, is_rule, name, &why);
}

void mark_script(const struct wgward_policy *before,
		 struct wgward_policy *after)
{
	u32 i;

	for (i = 0; i < after->node_count; i++)
		after->nodes[i].flags |=
			mark_node(before, after, &after->nodes[i]);
	for (i = 0; i < after->rule_count; i++)
		after->rules[i].flags |=
			mark_rule(before, after, &after->rules[i]);
	for (i = 0; i < before->removed_count; i++)
		note_removed(after, before->removed[i].is_rule,
			     before->removed[i].name);
	for (i = 0; i < before->node_count; i++) {
		if (!(before->nodes[i].flags & WGWARD_NODE_F_ADDED))
			note_removed(after, false, before->nodes[i].name);
	}
	for (i = 0; i < before->rule_count; i++) {
		if (!(before->rules[i].flags & WGWARD_RULE_F_ADDED))
			note_removed(after, true, before->rules[i].name);
	}
}

static u32 node_marks(const struct wgward_policy *policy, const char *name)
{
	u32 index = wgward_policy_find_node(policy, name);

	return index == WGWARD_NONE ? 0 :
				      policy->nodes[index].flags & NODE_MARKS;
}

static u32 rule_marks(const struct wgward_policy *policy, const char *name)
{
	u32 index = wgward_policy_find_rule(policy, name);

	return index == WGWARD_NONE ? 0 :
				      policy->rules[index].flags & RULE_MARKS;
}

/* Whether @b has the marks of @a, for all that @a has. */
static bool has_marks(const struct wgward_policy *a,
		      const struct wgward_policy *b)
{
	u32 i;

	for (i = 0; i < a->node_count; i++) {
		if ((a->nodes[i].flags & NODE_MARKS) !=
		    node_marks(b, a->nodes[i].name))
			return false;
	}
	for (i = 0; i < a->rule_count; i++) {
		if ((a->rules[i].flags & RULE_MARKS) !=
		    rule_marks(b, a->rules[i].name))
			return false;
	}
	for (i = 0; i < a->removed_count; i++) {
		if (!is_removed(b, a->removed[i].is_rule, a->removed[i].name))
			return false;
	}
	return true;
}

bool mark_equal(const struct wgward_policy *before,
		const struct wgward_policy *after)
{
	if (!before)
		return true;
	return has_marks(before, after) && has_marks(after, before);
}

static bool node_touched(const struct wgward_policy *before, const char *name)
{
	return name &&
	       (node_marks(before, name) || is_removed(before, false, name));
}

static bool is_in(const struct wgward_policy *policy, const char *node,
		  const char *group)
{
	u32 index = wgward_policy_find_node(policy, node);
	u32 number = wgward_policy_find_group(policy, group);
	u32 i;

	if (index == WGWARD_NONE)
		return false;
	for (i = 0; i < policy->nodes[index].group_count; i++) {
		if (policy->nodes[index].groups[i] == number)
			return true;
	}
	return false;
}

/* Whether a node that a script touched joins or leaves @group. */
static bool group_touched(const struct wgward_policy *before,
			  const struct wgward_policy *after, const char *group)
{
	const char *name;
	u32 i;

	for (i = 0; i < before->node_count; i++) {
		name = before->nodes[i].name;
		if (mark_node_live(&before->nodes[i]) &&
		    is_in(before, name, group) != is_in(after, name, group))
			return true;
	}
	for (i = 0; i < before->removed_count; i++) {
		if (!before->removed[i].is_rule &&
		    is_in(after, before->removed[i].name, group))
			return true;
	}
	return false;
}

static bool is_live(const struct change *change,
		    const struct wgward_policy *before,
		    const struct wgward_policy *after)
{
	switch (change->kind) {
	case CHANGE_RULE:
		return rule_marks(before, change->name) ||
		       is_removed(before, true, change->name);
	case CHANGE_GROUP:
		return group_touched(before, after, change->name);
	case CHANGE_NODE:
	case CHANGE_PEER:
	case CHANGE_ENDPOINT:
	case CHANGE_KEEPALIVE:
		return node_touched(before, change->name);
	case CHANGE_PREFIX:
		return node_touched(before, change->before) ||
		       node_touched(before, change->after);
	default:
		return false;
	}
}

void mark_changes(const struct wgward_policy *before,
		  const struct wgward_policy *after, struct change_list *list)
{
	size_t i;

	for (i = 0; before && i < list->count; i++)
		list->items[i].live = is_live(&list->items[i], before, after);
}
