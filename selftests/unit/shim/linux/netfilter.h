/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_NETFILTER_H
#define _SHIM_LINUX_NETFILTER_H

struct nf_hook_ops {
	int unused;
};

#endif /* _SHIM_LINUX_NETFILTER_H */
