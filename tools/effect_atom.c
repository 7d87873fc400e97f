// SPDX-License-Identifier: GPL-2.0
/* From addresses to atoms: what neither policy tells apart. */
#include <string.h>
#include <sys/socket.h>

#include "effect_internal.h"
#include "memory.h"

static struct effect_view view_of(const struct effect *effect,
				  const struct span *span, unsigned int side)
{
	const struct wgward_identity *identity = span->identity[side];
	struct effect_view view = { .mode = EFFECT_NOBODY };

	if (!identity)
		return view;
	if (identity->flags & WGWARD_IDENTITY_UNOWNED)
		view.mode = EFFECT_UNOWNED;
	if (identity->owner == WGWARD_NONE)
		return view;
	view.mode = EFFECT_EXPIRED;
	if (wgward_policy_node_ended(effect->policies[side], identity->owner,
				     effect->now))
		return view;
	view.mode = EFFECT_LIVE;
	view.any = !!(identity->flags & WGWARD_IDENTITY_ANY);
	view.source_class = identity->source_class;
	view.destination_class = identity->destination_class;
	return view;
}

static bool is_nobodys(const struct effect_view *view)
{
	return view->mode == EFFECT_NOBODY || view->mode == EFFECT_UNOWNED;
}

static u32 find_atom(struct effect *effect, struct intern *known,
		     const struct span *span)
{
	struct effect_view view[SPAN_SIDES];
	unsigned int side;
	u32 atom;

	for (side = 0; side < SPAN_SIDES; side++)
		view[side] = view_of(effect, span, side);
	if (is_nobodys(&view[0]) && is_nobodys(&view[1]))
		return WGWARD_NONE;
	atom = intern_number(known, (const u32 *)view,
			     sizeof(view) / (sizeof(u32)));
	if (atom == effect->atom_count) {
		effect->atoms = memory_grow(effect->atoms, atom,
					    sizeof(*effect->atoms));
		memset(&effect->atoms[atom], 0, sizeof(*effect->atoms));
		memcpy(effect->atoms[atom].view, view, sizeof(view));
		effect->atom_count++;
	}
	effect->atoms[atom].families |= span->family == AF_INET ? 1 : 2;
	return atom;
}

static void list_members(struct effect *effect)
{
	size_t i;

	if (wgward_relation_create(&effect->members, effect->atom_count))
		memory_fail();
	for (i = 0; i < effect->spans.count; i++)
		if (effect->atom_of[i] != WGWARD_NONE)
			wgward_relation_count(&effect->members,
					      effect->atom_of[i]);
	if (wgward_relation_seal(&effect->members))
		memory_fail();
	for (i = 0; i < effect->spans.count; i++)
		if (effect->atom_of[i] != WGWARD_NONE)
			wgward_relation_add(&effect->members,
					    effect->atom_of[i], i);
}

/* Numbered as they come in the order of addresses, and so always alike. */
void effect_make_atoms(struct effect *effect)
{
	struct intern known = { 0 };
	size_t i;

	spans_make(&effect->spans, effect->policies);
	effect->atom_of = memory_zero(effect->spans.count, sizeof(u32));
	for (i = 0; i < effect->spans.count; i++)
		effect->atom_of[i] =
			find_atom(effect, &known, &effect->spans.items[i]);
	intern_free(&known);
	list_members(effect);
}
