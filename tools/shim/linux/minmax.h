/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header: each argument evaluated once. */
#ifndef _SHIM_LINUX_MINMAX_H
#define _SHIM_LINUX_MINMAX_H

#define min(a, b)                                  \
	({                                         \
		__typeof__(a) _min_a = (a);        \
		__typeof__(b) _min_b = (b);        \
		_min_a < _min_b ? _min_a : _min_b; \
	})

#define max(a, b)                                  \
	({                                         \
		__typeof__(a) _max_a = (a);        \
		__typeof__(b) _max_b = (b);        \
		_max_a > _max_b ? _max_a : _max_b; \
	})

#define min_t(type, a, b) min((type)(a), (type)(b))

#define swap(a, b)                           \
	do {                                 \
		__typeof__(a) _swap_a = (a); \
		(a) = (b);                   \
		(b) = _swap_a;               \
	} while (0)

#endif /* _SHIM_LINUX_MINMAX_H */
