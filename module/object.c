// SPDX-License-Identifier: GPL-2.0
/* What checking and copying a policy's objects have in common. */
#include "object.h"

#include <asm/byteorder.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "policy.h"

/**
 * wgward_object_refuse() - says why something is refused
 * @why: where to put it
 * @text: a sentence
 * @error: negative
 *
 * Return: @error.
 */
int wgward_object_refuse(const char **why, const char *text, int error)
{
	*why = text;
	return error;
}

/**
 * wgward_object_no_memory() - says that there is no memory
 * @why: where to put it
 *
 * Return: -ENOMEM.
 */
int wgward_object_no_memory(const char **why)
{
	return wgward_object_refuse(why, "Out of memory", -ENOMEM);
}

/**
 * wgward_object_check_open() - refuses to change what was compiled
 * @policy: to be changed
 * @why: see policy.h
 *
 * Return: 0 or -EINVAL.
 */
int wgward_object_check_open(const struct wgward_policy *policy,
			     const char **why)
{
	if (!policy->compiled)
		return 0;
	return wgward_object_refuse(why, "The policy is compiled already",
				    -EINVAL);
}

/**
 * wgward_object_check_until() - refuses an end that no clock shows
 * @until: seconds since 1970, or 0 for no end
 * @why: see policy.h
 *
 * Return: 0 or -EINVAL.
 */
int wgward_object_check_until(u64 until, const char **why)
{
	/* The kernel's clock is signed. */
	if (until <= S64_MAX)
		return 0;
	return wgward_object_refuse(why, "An end is too far in the future",
				    -EINVAL);
}

/**
 * wgward_object_family_bits() - length of an address
 * @family: AF_INET or AF_INET6
 *
 * Return: bits.
 */
u8 wgward_object_family_bits(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

static bool host_bits_zero(const struct wgward_prefix *prefix)
{
	u32 left = prefix->length;
	u32 i, bits, word;

	for (i = 0; i < 4; i++) {
		word = be32_to_cpu(prefix->address.s6_addr32[i]);
		bits = min(left, 32U);
		if (bits < 32 && (word & (U32_MAX >> bits)))
			return false;
		left -= bits;
	}
	return true;
}

static int check_prefix(const struct wgward_prefix *prefix, const char **why)
{
	if (prefix->family != AF_INET && prefix->family != AF_INET6)
		return wgward_object_refuse(
			why, "A prefix must be IPv4 or IPv6", -EINVAL);
	if (prefix->length > wgward_object_family_bits(prefix->family))
		return wgward_object_refuse(
			why, "A prefix is longer than an address", -EINVAL);
	if (!host_bits_zero(prefix))
		return wgward_object_refuse(
			why, "A prefix has bits set beyond its length",
			-EINVAL);
	return 0;
}

/**
 * wgward_object_check_prefixes() - refuses prefixes that are none
 * @prefixes: any
 * @count: number of @prefixes
 * @why: see policy.h
 *
 * Return: 0 or -EINVAL.
 */
int wgward_object_check_prefixes(const struct wgward_prefix *prefixes,
				 u32 count, const char **why)
{
	int error;
	u32 i;

	for (i = 0; i < count; i++) {
		error = check_prefix(&prefixes[i], why);
		if (error)
			return error;
	}
	return 0;
}

/**
 * wgward_object_prefix_equal() - compares prefixes
 * @a: one
 * @b: another
 *
 * Return: whether they are the same.
 */
bool wgward_object_prefix_equal(const struct wgward_prefix *a,
				const struct wgward_prefix *b)
{
	return a->family == b->family && a->length == b->length &&
	       !memcmp(&a->address, &b->address, sizeof(a->address));
}

/**
 * wgward_object_check_sums() - refuses more than a policy may hold in all
 * @policy: to be added to
 * @prefixes: how many more prefixes
 * @terms: how many more terms
 * @why: see policy.h
 *
 * Return: 0 or -E2BIG.
 */
int wgward_object_check_sums(const struct wgward_policy *policy, u64 prefixes,
			     u64 terms, const char **why)
{
	if (policy->prefix_count + prefixes > WGWARD_MAX_PREFIXES)
		return wgward_object_refuse(why, "More than 1048576 prefixes",
					    -E2BIG);
	if (policy->term_count + terms > WGWARD_MAX_TERMS)
		return wgward_object_refuse(
			why,
			"More than 4194304 groups and services "
			"named by nodes and rules",
			-E2BIG);
	return 0;
}

/**
 * wgward_object_take() - fills the next piece of a block of memory
 * @block: the rest of it; large enough
 * @source: what to copy there
 * @size: of @source
 *
 * What an object points to is in one block, so that it costs one allocation,
 * which fails or does not.
 *
 * Return: the piece; NULL if @size is 0.
 */
void *wgward_object_take(u8 **block, const void *source, size_t size)
{
	void *piece = *block;

	if (!size)
		return NULL;
	memcpy(piece, source, size);
	*block += size;
	return piece;
}
