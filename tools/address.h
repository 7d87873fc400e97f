/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and prefixes: IPv4 stands in s6_addr32[0], as in policy.h. */
#ifndef _ADDRESS_H
#define _ADDRESS_H

#include <stdbool.h>

#include "../module/policy.h"

#define ADDRESS_TEXT_LEN 46
#define PREFIX_TEXT_LEN 50

/* 32 or 128 */
u8 address_bits(u8 family);

/* No length; strict. */
bool address_parse(const char *text, u8 *family, struct in6_addr *address);
/* Returns @text, which has room for ADDRESS_TEXT_LEN bytes. */
char *address_format(char *text, u8 family, const struct in6_addr *address);

/*
 * With a length, or without one for a single address. NULL, or a fixed
 * sentence about what is wrong. Host bits are an error; @prefix then has them
 * cleared, as a suggestion, and prefix_host_bits was the sentence.
 */
const char *prefix_parse(const char *text, struct wgward_prefix *prefix);
extern const char *const prefix_host_bits;
/* Returns @text, which has room for PREFIX_TEXT_LEN bytes. */
char *prefix_format(char *text, const struct wgward_prefix *prefix);

bool prefix_contains(const struct wgward_prefix *prefix, u8 family,
		     const struct in6_addr *address);
/* Whether @inner lies wholly in @outer. */
bool prefix_covers(const struct wgward_prefix *outer,
		   const struct wgward_prefix *inner);
bool prefix_equal(const struct wgward_prefix *a, const struct wgward_prefix *b);
/* For qsort: family, address, length. */
int prefix_compare(const struct wgward_prefix *a,
		   const struct wgward_prefix *b);
/* The last address of @prefix. */
struct in6_addr prefix_last(const struct wgward_prefix *prefix);

#endif /* _ADDRESS_H */
