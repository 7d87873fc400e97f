/* SPDX-License-Identifier: GPL-2.0 */
/* Userspace version of the kernel's header: sets of bits in words. */
#ifndef _SHIM_LINUX_BITOPS_H
#define _SHIM_LINUX_BITOPS_H

#include <limits.h>

#define BITS_PER_LONG ((unsigned int)(sizeof(long) * CHAR_BIT))
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

static inline void __set_bit(unsigned long bit, unsigned long *words)
{
	words[bit / BITS_PER_LONG] |= 1UL << bit % BITS_PER_LONG;
}

static inline void __clear_bit(unsigned long bit, unsigned long *words)
{
	words[bit / BITS_PER_LONG] &= ~(1UL << bit % BITS_PER_LONG);
}

static inline unsigned long __ffs(unsigned long word)
{
	return __builtin_ctzl(word);
}

static inline unsigned int rol32(unsigned int word, unsigned int shift)
{
	return word << (shift & 31) | word >> (-shift & 31);
}

static inline int fls64(unsigned long long number)
{
	return number ? 64 - __builtin_clzll(number) : 0;
}

#endif /* _SHIM_LINUX_BITOPS_H */
