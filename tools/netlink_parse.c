// SPDX-License-Identifier: GPL-2.0
/* Attributes of messages that came, which are never trusted to be right. */
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "netlink.h"

struct table {
	const struct nlattr **attributes;
	u16 max;
};

static int keep_attribute(const struct nlattr *attribute, void *data)
{
	const struct table *table = data;
	u16 type = mnl_attr_get_type(attribute);

	if (type <= table->max)
		table->attributes[type] = attribute;
	return MNL_CB_OK;
}

void netlink_parse(const struct nlmsghdr *header, size_t extra,
		   const struct nlattr **table, u16 max)
{
	struct table t = { table, max };

	memset(table, 0, sizeof(*table) * (max + 1));
	if (mnl_nlmsg_get_payload_len(header) >= extra)
		mnl_attr_parse(header, extra, keep_attribute, &t);
}

void netlink_parse_generic(const struct nlmsghdr *header,
			   const struct nlattr **table, u16 max)
{
	netlink_parse(header, sizeof(struct genlmsghdr), table, max);
}

void netlink_parse_nest(const struct nlattr *nest, const struct nlattr **table,
			u16 max)
{
	struct table t = { table, max };

	memset(table, 0, sizeof(*table) * (max + 1));
	if (nest)
		mnl_attr_parse_nested(nest, keep_attribute, &t);
}

static const void *value(const struct nlattr *attribute, size_t size)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != size)
		return NULL;
	return mnl_attr_get_payload(attribute);
}

u8 netlink_u8(const struct nlattr *attribute)
{
	const u8 *v = value(attribute, sizeof(*v));

	return v ? *v : 0;
}

u16 netlink_u16(const struct nlattr *attribute)
{
	const u16 *v = value(attribute, sizeof(*v));

	return v ? *v : 0;
}

u32 netlink_u32(const struct nlattr *attribute)
{
	const u32 *v = value(attribute, sizeof(*v));

	return v ? *v : 0;
}

u64 netlink_u64(const struct nlattr *attribute)
{
	const void *v = value(attribute, sizeof(u64));
	u64 number = 0;

	/* The kernel aligns to four bytes only. */
	if (v)
		memcpy(&number, v, sizeof(number));
	return number;
}

void netlink_text(const struct nlattr *attribute, char *text, size_t size)
{
	size_t length = 0;

	if (attribute) {
		length = strnlen(mnl_attr_get_payload(attribute),
				 mnl_attr_get_payload_len(attribute));
		if (length >= size)
			length = size - 1;
		memcpy(text, mnl_attr_get_payload(attribute), length);
	}
	text[length] = '\0';
}
