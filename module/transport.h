/* SPDX-License-Identifier: GPL-2.0 */
/* What is read of transport headers. */
#ifndef _WGWARD_TRANSPORT_H
#define _WGWARD_TRANSPORT_H

struct wgward_packet;
struct wgward_reader;

int wgward_transport_parse(const struct wgward_reader *reader,
			   struct wgward_packet *packet);

#endif /* _WGWARD_TRANSPORT_H */
