/* SPDX-License-Identifier: GPL-2.0 */
/* Services as text, "tcp/22", and as ranges of service numbers. */
#ifndef _SERVICE_H
#define _SERVICE_H

#include <stdbool.h>

#include "../module/policy.h"

#define SERVICE_SHIFT 16 /* the protocol is above */

/* "ping" stands for two ranges, everything else for one. */
#define SERVICE_RANGES 2

/* A dynamic list; zero it to begin with. */
struct service_list {
	struct wgward_service *items;
	u32 count;
};

/*
 * Reads one service. Returns how many @ranges it stands for, or 0 with *@why
 * set to a sentence about what is wrong and what would be right, which is
 * valid until the next call.
 */
unsigned int service_parse(const char *text,
			   struct wgward_service ranges[SERVICE_RANGES],
			   const char **why);

void service_list_add(struct service_list *list,
		      const struct wgward_service *ranges, u32 count);
/* Sorts, and joins what overlaps or touches. */
void service_list_merge(struct service_list *list);
/* Leaves of @list what @range does not hold. */
void service_list_take(struct service_list *list,
		       const struct wgward_service *range);
void service_list_free(struct service_list *list);

/*
 * The one service of a packet in @text, for @family: "tcp/22", "ping", "47".
 * Returns it, or WGWARD_NONE with *@why set.
 */
u32 service_parse_single(const char *text, u8 family, const char **why);

/* The family that a service needs: AF_INET for icmp, or AF_UNSPEC for both. */
u8 service_family(u32 service);

/*
 * As in the mesh file, "tcp/22, udp/1000-2000, ping", in memory to be freed.
 * service_each() gives the parts one at a time, for JSON.
 */
char *service_format(const struct wgward_service *services, u32 count);
void service_each(const struct wgward_service *services, u32 count,
		  void (*part)(const char *text, void *data), void *data);
/* "tcp/22" for one service number. Returns @text of SERVICE_TEXT_LEN. */
#define SERVICE_TEXT_LEN 64
char *service_format_single(char *text, u32 service);

#endif /* _SERVICE_H */
