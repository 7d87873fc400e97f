/* SPDX-License-Identifier: GPL-2.0 */
/* What selectors cover, as far as warnings have to know. */
#ifndef _LINT_MATCH_H
#define _LINT_MATCH_H

#include "mesh.h"
#include "selector.h"

/* IP versions as a set. */
#define LINT_IPV4 1u
#define LINT_IPV6 2u

struct lint_matcher;

struct lint_matcher *lint_matcher_create(const struct mesh *mesh);
void lint_matcher_free(struct lint_matcher *matcher);

/* The set of one family, AF_INET or AF_INET6. */
unsigned int lint_family(u8 family);

/* Whether a prefix covers nothing, since nobody lives there. */
typedef bool lint_vacant(const void *data, const struct wgward_prefix *prefix);

/* The IP versions of the addresses that @list covers. */
unsigned int lint_match(struct lint_matcher *matcher,
			const struct mesh_list *list, lint_vacant *is_vacant,
			const void *data);

/* Whether no node is in all that @term joins. */
bool lint_match_none(struct lint_matcher *matcher, const struct term *term);

#endif /* _LINT_MATCH_H */
