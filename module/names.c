// SPDX-License-Identifier: GPL-2.0
/* What is in use in a policy: from a name, key or prefix to an index. */
#include "names.h"

#include <linux/random.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "policy.h"

/**
 * wgward_names_create() - begins with nothing in use
 *
 * Return: what wgward_names_free() frees; NULL for want of memory.
 */
struct wgward_names *wgward_names_create(void)
{
	struct wgward_names *names;

	names = kvzalloc(sizeof(*names), GFP_KERNEL_ACCOUNT);
	if (names)
		get_random_bytes(&names->seed, sizeof(names->seed));
	return names;
}

/**
 * wgward_names_free() - frees names
 * @names: or NULL
 */
void wgward_names_free(struct wgward_names *names)
{
	if (!names)
		return;
	wgward_table_free(&names->groups);
	wgward_table_free(&names->nodes);
	wgward_table_free(&names->keys);
	wgward_table_free(&names->rules);
	wgward_table_free(&names->prefixes);
	kvfree(names);
}

/**
 * wgward_names_hash() - hash of a name
 * @names: whose seed
 * @name: of a node, group or rule
 *
 * Return: the hash.
 */
u32 wgward_names_hash(const struct wgward_names *names, const char *name)
{
	return hsiphash(name, strlen(name), &names->seed);
}

/**
 * wgward_names_hash_key() - hash of a public key
 * @names: whose seed
 * @key: WGWARD_KEY_LEN bytes
 *
 * Return: the hash.
 */
u32 wgward_names_hash_key(const struct wgward_names *names, const u8 *key)
{
	return hsiphash(key, WGWARD_KEY_LEN, &names->seed);
}

/**
 * wgward_names_hash_prefix() - hash of an address or route
 * @names: whose seed
 * @prefix: host bits zero
 *
 * Return: the hash.
 */
u32 wgward_names_hash_prefix(const struct wgward_names *names,
			     const struct wgward_prefix *prefix)
{
	/* Address, family and length stand behind one another. */
	return hsiphash(prefix, offsetofend(struct wgward_prefix, length),
			&names->seed);
}

/**
 * wgward_names_find_group() - finds a group whose name was hashed
 * @policy: any
 * @name: as it was added
 * @hash: of @name
 *
 * Return: its index or WGWARD_NONE.
 */
u32 wgward_names_find_group(const struct wgward_policy *policy,
			    const char *name, u32 hash)
{
	u32 cursor, i;

	wgward_table_for_each(&policy->names->groups, hash, cursor, i) {
		if (!strcmp(policy->groups[i].name, name))
			return i;
	}
	return WGWARD_NONE;
}

/**
 * wgward_names_find_node() - finds a node whose name was hashed
 * @policy: any
 * @name: as it was added
 * @hash: of @name
 *
 * Return: its index or WGWARD_NONE.
 */
u32 wgward_names_find_node(const struct wgward_policy *policy, const char *name,
			   u32 hash)
{
	u32 cursor, i;

	wgward_table_for_each(&policy->names->nodes, hash, cursor, i) {
		if (!strcmp(policy->nodes[i].name, name))
			return i;
	}
	return WGWARD_NONE;
}

/**
 * wgward_names_find_key() - finds a node whose public key was hashed
 * @policy: any
 * @key: WGWARD_KEY_LEN bytes
 * @hash: of @key
 *
 * Return: its index or WGWARD_NONE.
 */
u32 wgward_names_find_key(const struct wgward_policy *policy, const u8 *key,
			  u32 hash)
{
	u32 cursor, i;

	wgward_table_for_each(&policy->names->keys, hash, cursor, i) {
		if (!memcmp(policy->nodes[i].key, key, WGWARD_KEY_LEN))
			return i;
	}
	return WGWARD_NONE;
}

/**
 * wgward_names_find_rule() - finds a rule whose name was hashed
 * @policy: any
 * @name: as it was added
 * @hash: of @name
 *
 * Return: its index or WGWARD_NONE.
 */
u32 wgward_names_find_rule(const struct wgward_policy *policy, const char *name,
			   u32 hash)
{
	u32 cursor, i;

	wgward_table_for_each(&policy->names->rules, hash, cursor, i) {
		if (!strcmp(policy->rules[i].name, name))
			return i;
	}
	return WGWARD_NONE;
}

/**
 * wgward_policy_find_group() - finds a group
 * @policy: any
 * @name: as it was added
 *
 * Return: its index or WGWARD_NONE.
 */
u32 wgward_policy_find_group(const struct wgward_policy *policy,
			     const char *name)
{
	return wgward_names_find_group(policy, name,
				       wgward_names_hash(policy->names, name));
}

/**
 * wgward_policy_find_node() - finds a node by its name
 * @policy: any
 * @name: as it was added
 *
 * Return: its index or WGWARD_NONE.
 */
u32 wgward_policy_find_node(const struct wgward_policy *policy,
			    const char *name)
{
	return wgward_names_find_node(policy, name,
				      wgward_names_hash(policy->names, name));
}

/**
 * wgward_policy_find_node_by_key() - finds a node by its public key
 * @policy: any
 * @key: WGWARD_KEY_LEN bytes
 *
 * Return: its index or WGWARD_NONE.
 */
u32 wgward_policy_find_node_by_key(const struct wgward_policy *policy,
				   const u8 *key)
{
	return wgward_names_find_key(policy, key,
				     wgward_names_hash_key(policy->names, key));
}

/**
 * wgward_policy_find_rule() - finds a rule
 * @policy: any
 * @name: as it was added
 *
 * Return: its index, which compiling changes, or WGWARD_NONE.
 */
u32 wgward_policy_find_rule(const struct wgward_policy *policy,
			    const char *name)
{
	return wgward_names_find_rule(policy, name,
				      wgward_names_hash(policy->names, name));
}

static bool text_valid(const char *text, size_t limit, const char *extra)
{
	size_t i;

	for (i = 0; text[i]; i++) {
		if (i == limit)
			return false;
		if ((text[i] < 'a' || text[i] > 'z') &&
		    (text[i] < '0' || text[i] > '9') && !strchr(extra, text[i]))
			return false;
	}
	return i && strcmp(text, "any");
}

/**
 * wgward_name_valid() - whether a node or a rule can be called that
 * @name: ends with a NUL
 *
 * Return: false for a reserved word, too.
 */
bool wgward_name_valid(const char *name)
{
	return text_valid(name, WGWARD_NAME_LEN, "-");
}

/**
 * wgward_group_name_valid() - whether a group can be called that
 * @name: ends with a NUL
 *
 * Return: false for a reserved word, too.
 */
bool wgward_group_name_valid(const char *name)
{
	return text_valid(name, WGWARD_GROUP_NAME_LEN, "-+");
}
