/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_PERCPU_H
#define _SHIM_LINUX_PERCPU_H

#define __percpu

#define this_cpu_inc(counter) ((counter)++)

#endif /* _SHIM_LINUX_PERCPU_H */
