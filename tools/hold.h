/* SPDX-License-Identifier: GPL-2.0 */
/* Being left alone for the time of a change. */
#ifndef _HOLD_H
#define _HOLD_H

#include <stdbool.h>

/* Holds back what would end or stop us; what came meanwhile acts afterwards. */
void hold_signals(bool hold);

#endif /* _HOLD_H */
