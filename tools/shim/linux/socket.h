/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version: libc's address families. */
#ifndef _SHIM_LINUX_SOCKET_H
#define _SHIM_LINUX_SOCKET_H

#include_next <linux/socket.h>
#include <sys/socket.h>

#endif /* _SHIM_LINUX_SOCKET_H */
