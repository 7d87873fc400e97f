// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "text.h"

const char *const prefix_host_bits = "has bits set beyond its length";

u8 address_bits(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

bool address_parse(const char *text, u8 *family, struct in6_addr *address)
{
	memset(address, 0, sizeof(*address));
	*family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(*family, text, address) == 1;
}

char *address_format(char *text, u8 family, const struct in6_addr *address)
{
	inet_ntop(family, address, text, ADDRESS_TEXT_LEN);
	return text;
}

/* The mask of byte @index of an address with a prefix of @length bits. */
static u8 byte_mask(unsigned int length, unsigned int index)
{
	unsigned int bits;

	if (length >= 8 * (index + 1))
		return 0xff;
	bits = length > 8 * index ? length - 8 * index : 0;
	return 0xff00 >> bits;
}

/* Returns whether there was something to clear. */
static bool clear_host_bits(struct wgward_prefix *prefix)
{
	bool cleared = false;
	unsigned int i;

	for (i = 0; i < address_bits(prefix->family) / 8; i++) {
		u8 mask = byte_mask(prefix->length, i);

		cleared |= prefix->address.s6_addr[i] & ~mask;
		prefix->address.s6_addr[i] &= mask;
	}
	return cleared;
}

const char *prefix_parse(const char *text, struct wgward_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	char address[ADDRESS_TEXT_LEN];
	size_t length;
	u64 bits;

	memset(prefix, 0, sizeof(*prefix));
	length = slash ? (size_t)(slash - text) : strlen(text);
	if (length >= sizeof(address))
		return "is no address";
	memcpy(address, text, length);
	address[length] = '\0';
	if (!address_parse(address, &prefix->family, &prefix->address))
		return "is no address";
	bits = address_bits(prefix->family);
	if (slash && !text_number(slash + 1, bits, &bits))
		return prefix->family == AF_INET ?
			       "has no length from 0 to 32" :
			       "has no length from 0 to 128";
	prefix->length = bits;
	/* Packets have the IPv4 address itself, so this would match nothing. */
	if (prefix->family == AF_INET6 && bits >= 96 &&
	    IN6_IS_ADDR_V4MAPPED(&prefix->address))
		return "is IPv4 within IPv6";
	return clear_host_bits(prefix) ? prefix_host_bits : NULL;
}

char *prefix_format(char *text, const struct wgward_prefix *prefix)
{
	address_format(text, prefix->family, &prefix->address);
	sprintf(text + strlen(text), "/%u", prefix->length);
	return text;
}

bool prefix_contains(const struct wgward_prefix *prefix, u8 family,
		     const struct in6_addr *address)
{
	unsigned int i;

	if (prefix->family != family)
		return false;
	for (i = 0; 8 * i < prefix->length; i++) {
		if ((prefix->address.s6_addr[i] ^ address->s6_addr[i]) &
		    byte_mask(prefix->length, i))
			return false;
	}
	return true;
}

bool prefix_covers(const struct wgward_prefix *outer,
		   const struct wgward_prefix *inner)
{
	return outer->length <= inner->length &&
	       prefix_contains(outer, inner->family, &inner->address);
}

bool prefix_equal(const struct wgward_prefix *a, const struct wgward_prefix *b)
{
	return !prefix_compare(a, b);
}

int prefix_compare(const struct wgward_prefix *a, const struct wgward_prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(&a->address, &b->address, sizeof(a->address));
	if (order)
		return order;
	return (int)a->length - (int)b->length;
}

struct in6_addr prefix_last(const struct wgward_prefix *prefix)
{
	struct in6_addr last = prefix->address;
	unsigned int i;

	for (i = 0; i < address_bits(prefix->family) / 8; i++)
		last.s6_addr[i] |= (u8)~byte_mask(prefix->length, i);
	return last;
}
