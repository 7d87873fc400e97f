/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version: libc's protocol numbers and struct in_addr. */
#ifndef _SHIM_LINUX_IN_H
#define _SHIM_LINUX_IN_H

#include <netinet/in.h>

#endif /* _SHIM_LINUX_IN_H */
