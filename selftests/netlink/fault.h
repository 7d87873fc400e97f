/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations that fail when they are told to. */
#ifndef _FAULT_H
#define _FAULT_H

#include <stdbool.h>

/* False: the kernel cannot do that. */
bool fault_set_up(void);
/* Lets the @number-th allocation from now on fail; 0: none. */
void fault_set(unsigned int number);
/* Whether it failed. */
bool fault_happened(void);

#endif /* _FAULT_H */
