/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version: libc's struct in6_addr, which <arpa/inet.h> shares. */
#ifndef _SHIM_LINUX_IN6_H
#define _SHIM_LINUX_IN6_H

#include <netinet/in.h>

#endif /* _SHIM_LINUX_IN6_H */
