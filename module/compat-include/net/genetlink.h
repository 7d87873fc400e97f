/* SPDX-License-Identifier: GPL-2.0 */
/* What generic netlink lacks before 6.2 and 6.7. */
#ifndef _WGWARD_COMPAT_NET_GENETLINK_H
#define _WGWARD_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

#ifndef WGWARD_HAVE_GENL_SPLIT_OPS
/* Hooks before and after a command were given the whole operation. */
#define genl_split_ops genl_ops
#endif

#ifndef WGWARD_HAVE_GENL_INFO_DUMP
/* Another type, whose @attrs are the same. */
#define genl_info_dump(cb) genl_dumpit_info(cb)
#endif

#endif /* _WGWARD_COMPAT_NET_GENETLINK_H */
