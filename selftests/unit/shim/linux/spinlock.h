/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_SPINLOCK_H
#define _SHIM_LINUX_SPINLOCK_H

#include <linux/compiler.h>

typedef struct {
	bool held;
} spinlock_t;

/* Aborts when taken twice, or given back when not held. */
static inline void spin_lock_bh(spinlock_t *lock)
{
	if (lock->held)
		__builtin_trap();
	lock->held = true;
}

static inline void spin_unlock_bh(spinlock_t *lock)
{
	if (!lock->held)
		__builtin_trap();
	lock->held = false;
}

#define DEFINE_SPINLOCK(name) spinlock_t name

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->held = false;
}

#define lockdep_assert_held(lock)         \
	do {                              \
		if (!(lock)->held)        \
			__builtin_trap(); \
	} while (0)

#endif /* _SHIM_LINUX_SPINLOCK_H */
