/* SPDX-License-Identifier: GPL-2.0 */
/* The helper's watch over a change that is to be confirmed. */
#ifndef _WATCH_H
#define _WATCH_H

#include "former.h"

/*
 * Returns once the change is confirmed, or another one has come since; or when
 * it was rolled back, and all is as it was, or cannot be made so.
 */
void watch(struct former *former);

#endif /* _WATCH_H */
