/* SPDX-License-Identifier: GPL-2.0 */
/* What netlink's attributes lack before 6.7. */
#ifndef _WGWARD_COMPAT_NET_NETLINK_H
#define _WGWARD_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>

#ifndef WGWARD_HAVE_CONST_RANGE
/* A policy's range is only read, but was not said to be. */
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range)                             \
	{                                                             \
		.type = NLA_ENSURE_UINT_OR_BINARY_TYPE(tp),           \
		.validation_type = NLA_VALIDATE_RANGE_PTR,            \
		.range = (struct netlink_range_validation *)(_range), \
	}
#endif

#endif /* _WGWARD_COMPAT_NET_NETLINK_H */
