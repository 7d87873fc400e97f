/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, what the data path needs more. */
#ifndef _SHIM_UNIT_COMPILER_H
#define _SHIM_UNIT_COMPILER_H

#include_next <linux/compiler.h>

#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, value) ((x) = (value))
#define data_race(x) (x)

/* In the kernel these come along with everything. */
#define BIT(n) (1U << (n))
#define __init
#define pr_debug(...) ((void)0)

#endif /* _SHIM_UNIT_COMPILER_H */
