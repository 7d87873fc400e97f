// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "diagnostic.h"
#include "key.h"
#include "key_file.h"
#include "memory.h"
#include "peers.h"
#include "preshared.h"

static const struct key_kind kind = { "preshared key", "wg genpsk" };

static bool has_any(const struct mesh *mesh)
{
	size_t i;

	for (i = 0; i < mesh->node_count; i++)
		if (mesh->nodes[i].preshared_text.text)
			return true;
	return false;
}

static void add(struct preshared_list *list, const struct mesh_node *node,
		const u8 *key)
{
	struct preshared *item = &list->items[list->count++];

	memcpy(item->node, node->key, WGWARD_KEY_LEN);
	item->file = node->preshared_file;
	if (key)
		memcpy(item->key, key, WGWARD_KEY_LEN);
}

/* Returns as key_file_read(). */
static int read_file(const char *file, u8 *key, char **why)
{
	int result = key_file_read(file, &kind, key, why);

	if (result <= 0 || !key_is_zero(key))
		return result;
	*why = memory_copy("this key is all zero, which is none: make one "
			   "with \"wg genpsk\"");
	return -1;
}

static void read_one(struct preshared_list *list, const struct mesh_node *node,
		     struct diagnostics *diagnostics)
{
	const struct mesh_text *at = &node->preshared_text;
	u8 key[WGWARD_KEY_LEN];
	char *why = NULL;
	int result;

	if (!node->preshared_file) {
		add(list, node, NULL);
		return;
	}
	result = read_file(node->preshared_file, key, &why);
	if (result > 0)
		add(list, node, key);
	else if (result < 0)
		diagnostic_error(diagnostics, at, "%s", why);
	else
		diagnostic_warning(diagnostics, at,
				   "is not there, so the preshared key of node "
				   "%s stays as it is",
				   node->name);
	explicit_bzero(key, sizeof(key));
	free(why);
}

int preshared_read(struct preshared_list *list, const struct mesh *mesh,
		   const struct wgward_policy *policy)
{
	struct diagnostics diagnostics = { .file = mesh->file };
	struct peers *peers;
	int result;
	size_t i;

	memset(list, 0, sizeof(*list));
	if (!has_any(mesh))
		return 0;
	/* All at once: an array that grows would leave keys behind. */
	list->items = memory_zero(mesh->node_count, sizeof(*list->items));
	peers = peers_from_policy(policy, -1);
	for (i = 0; i < mesh->node_count; i++)
		if (mesh->nodes[i].preshared_text.text &&
		    peers_find(peers, mesh->nodes[i].key))
			read_one(list, &mesh->nodes[i], &diagnostics);
	peers_free(peers);
	result = diagnostics.errors ? -1 : 0;
	diagnostic_print(&diagnostics);
	diagnostic_free(&diagnostics);
	return result;
}

void preshared_forget(struct preshared_list *list)
{
	if (list->items)
		explicit_bzero(list->items, list->count * sizeof(*list->items));
	free(list->items);
	memset(list, 0, sizeof(*list));
}
