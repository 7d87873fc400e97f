/* SPDX-License-Identifier: GPL-2.0 */
/* Values of keys, read with errors told. */
#ifndef _MESHFILE_VALUE_H
#define _MESHFILE_VALUE_H

#include "meshfile.h"

/* Appends the items of a list. */
void value_list(struct meshfile_parser *parser, struct mesh_text *value,
		struct mesh_list *list);

bool value_number(struct meshfile_parser *parser, const struct mesh_text *value,
		  const char *key, u64 min, u64 max, u64 *number);
void value_port(struct meshfile_parser *parser, const struct mesh_text *value,
		u16 *port);
bool value_yes(struct meshfile_parser *parser, const struct mesh_text *value,
	       const char *key);
bool value_path(struct meshfile_parser *parser, const struct mesh_text *value);
void value_until(struct meshfile_parser *parser, const struct mesh_text *value,
		 u64 *until);

/* One item of a list. */
typedef bool value_read(struct meshfile_parser *parser,
			const struct mesh_text *item,
			struct wgward_prefix *prefix);
value_read value_prefix, value_address;

/* Appends those of a list, with their texts. */
void value_prefixes(struct meshfile_parser *parser, struct mesh_text *value,
		    value_read *read, struct wgward_prefix **prefixes,
		    size_t *count, struct mesh_list *texts);

#endif /* _MESHFILE_VALUE_H */
