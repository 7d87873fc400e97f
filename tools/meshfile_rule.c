// SPDX-License-Identifier: GPL-2.0
/* The keys of [Rule] and [Test]. */
#include "meshfile_value.h"

static struct mesh_rule *last_rule(struct meshfile_parser *parser)
{
	return &parser->mesh->rules[parser->mesh->rule_count - 1];
}

static struct mesh_test *last_test(struct meshfile_parser *parser)
{
	return &parser->mesh->tests[parser->mesh->test_count - 1];
}

static void rule_from(struct meshfile_parser *parser, struct mesh_text *value)
{
	value_list(parser, value, &last_rule(parser)->from);
}

static void rule_to(struct meshfile_parser *parser, struct mesh_text *value)
{
	value_list(parser, value, &last_rule(parser)->to);
}

static void rule_allow(struct meshfile_parser *parser, struct mesh_text *value)
{
	last_rule(parser)->action = WGWARD_ACTION_ALLOW;
	value_list(parser, value, &last_rule(parser)->services);
}

static void rule_deny(struct meshfile_parser *parser, struct mesh_text *value)
{
	last_rule(parser)->action = WGWARD_ACTION_DENY;
	value_list(parser, value, &last_rule(parser)->services);
}

static void rule_reject(struct meshfile_parser *parser, struct mesh_text *value)
{
	last_rule(parser)->action = WGWARD_ACTION_REJECT;
	value_list(parser, value, &last_rule(parser)->services);
}

static void rule_audit(struct meshfile_parser *parser, struct mesh_text *value)
{
	if (value_yes(parser, value, "Audit"))
		last_rule(parser)->flags |= WGWARD_RULE_F_AUDIT;
}

static void rule_log(struct meshfile_parser *parser, struct mesh_text *value)
{
	if (value_yes(parser, value, "Log"))
		last_rule(parser)->flags |= WGWARD_RULE_F_LOG;
}

static void rule_until(struct meshfile_parser *parser, struct mesh_text *value)
{
	struct mesh_rule *rule = last_rule(parser);

	rule->until_text = *value;
	value_until(parser, value, &rule->until);
}

const struct meshfile_key meshfile_rule_keys[] = {
	{ "From", true, true, rule_from },
	{ "To", true, true, rule_to },
	{ "Allow", false, true, rule_allow },
	{ "Deny", false, true, rule_deny },
	{ "Reject", false, true, rule_reject },
	{ "Audit", false, false, rule_audit },
	{ "Log", false, false, rule_log },
	{ "Until", false, false, rule_until },
	{ NULL, false, false, NULL },
};

static void test_from(struct meshfile_parser *parser, struct mesh_text *value)
{
	value_list(parser, value, &last_test(parser)->from);
}

static void test_to(struct meshfile_parser *parser, struct mesh_text *value)
{
	value_list(parser, value, &last_test(parser)->to);
}

static void test_pass(struct meshfile_parser *parser, struct mesh_text *value)
{
	value_list(parser, value, &last_test(parser)->pass);
}

static void test_drop(struct meshfile_parser *parser, struct mesh_text *value)
{
	value_list(parser, value, &last_test(parser)->drop);
}

static void test_reject(struct meshfile_parser *parser, struct mesh_text *value)
{
	value_list(parser, value, &last_test(parser)->reject);
}

const struct meshfile_key meshfile_test_keys[] = {
	{ "From", true, true, test_from },
	{ "To", true, true, test_to },
	{ "Pass", false, true, test_pass },
	{ "Drop", false, true, test_drop },
	{ "Reject", false, true, test_reject },
	{ NULL, false, false, NULL },
};
