/* SPDX-License-Identifier: GPL-2.0 */
/* How timers were set up before 6.13. */
#ifndef _WGWARD_COMPAT_LINUX_HRTIMER_H
#define _WGWARD_COMPAT_LINUX_HRTIMER_H

#include_next <linux/hrtimer.h>

#ifndef WGWARD_HAVE_HRTIMER_SETUP
static inline void
hrtimer_setup(struct hrtimer *timer,
	      enum hrtimer_restart (*function)(struct hrtimer *timer),
	      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* _WGWARD_COMPAT_LINUX_HRTIMER_H */
