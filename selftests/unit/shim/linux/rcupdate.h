/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_RCUPDATE_H
#define _SHIM_LINUX_RCUPDATE_H

#include <linux/compiler.h>

struct rcu_head {
	struct rcu_head *next;
	void (*function)(struct rcu_head *rcu);
};

#define __rcu
#define rcu_dereference(pointer) (pointer)

/* Kept for the test's shim_grace_period(), so that ASan sees a late use. */
void call_rcu(struct rcu_head *rcu, void (*function)(struct rcu_head *rcu));
void shim_grace_period(void);

#define rcu_barrier() shim_grace_period()

#endif /* _SHIM_LINUX_RCUPDATE_H */
