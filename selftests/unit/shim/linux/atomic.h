/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header, for the data path on one CPU. */
#ifndef _SHIM_LINUX_ATOMIC_H
#define _SHIM_LINUX_ATOMIC_H

#include <linux/types.h>

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long long counter;
} atomic64_t;

#define ATOMIC_INIT(i) \
	{              \
		(i)    \
	}

static inline int atomic_read(const atomic_t *atomic)
{
	return atomic->counter;
}

static inline void atomic_set(atomic_t *atomic, int value)
{
	atomic->counter = value;
}

static inline void atomic_inc(atomic_t *atomic)
{
	atomic->counter++;
}

static inline void atomic_dec(atomic_t *atomic)
{
	atomic->counter--;
}

static inline bool atomic_try_cmpxchg(atomic_t *atomic, int *old, int value)
{
	if (atomic->counter != *old) {
		*old = atomic->counter;
		return false;
	}
	atomic->counter = value;
	return true;
}

static inline bool atomic_add_unless(atomic_t *atomic, int add, int unless)
{
	if (atomic->counter == unless)
		return false;
	atomic->counter += add;
	return true;
}

#endif /* _SHIM_LINUX_ATOMIC_H */
