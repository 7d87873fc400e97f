/* SPDX-License-Identifier: GPL-2.0 */
/* Headers between that of IP and the transport's. */
#ifndef _WGWARD_EXTENSION_H
#define _WGWARD_EXTENSION_H

#include <linux/types.h>

struct wgward_packet;
struct wgward_reader;

/* RFC 8504 lets a host refuse more; legitimate packets have one or two. */
#define WGWARD_MAX_EXTENSIONS 8

/* What most extension headers, and options, begin with. */
struct wgward_extension {
	u8 next; /* protocol; of an option, its type */
	u8 length;
};

int wgward_extension_skip_ah(struct wgward_reader *reader,
			     struct wgward_packet *packet);
int wgward_extension_skip_options(struct wgward_reader *reader,
				  struct wgward_packet *packet, u32 *jumbo);
int wgward_extension_note_fragment(const struct wgward_reader *reader,
				   struct wgward_packet *packet, u32 front,
				   u32 start, bool more);
int wgward_extension_parse(struct wgward_reader *reader,
			   struct wgward_packet *packet);

#endif /* _WGWARD_EXTENSION_H */
