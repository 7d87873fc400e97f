/* SPDX-License-Identifier: GPL-2.0 */
/* Conversations that are older than the first policy. */
#ifndef _WGWARD_ADOPTION_H
#define _WGWARD_ADOPTION_H

#include <linux/types.h>

struct wgward_judgement;
struct wgward_opinion;
struct wgward_tuple;
struct wgward_ward;

/**
 * struct wgward_adoption - for how long they are taken up
 * @seconds: from when the first policy takes effect, 0 once that is there to
 *	stay; under &wgward_ward.lock
 * @end: in seconds since boot, or 0 when that is over or not yet; read without
 *	a lock
 */
struct wgward_adoption {
	u32 seconds;
	u32 end;
};

/*
 * All three under @ward->lock. Begin: packets are going to be judged, so
 * conversations are taken up, unless the first policy is settled. Under a
 * guard, which is no policy yet, it begins once more after it. Settle: the
 * first policy is there to stay. Stop: there is no policy any more.
 */
void wgward_adoption_begin(struct wgward_ward *ward);
void wgward_adoption_settle(struct wgward_ward *ward);
void wgward_adoption_stop(struct wgward_ward *ward);
/*
 * What the view says of the conversation that a refused packet by @sender may
 * be part of: the other end has started it, before the first policy. Returns
 * false when it is not passed, or no such thing. Under RCU.
 */
bool wgward_adoption_ask(const struct wgward_judgement *judgement,
			 const struct wgward_tuple *tuple, unsigned int sender,
			 struct wgward_opinion *opinion);
/* Seconds that are left; all of them before it begins. Under @ward->lock. */
u32 wgward_adoption_left(const struct wgward_ward *ward);

#endif /* _WGWARD_ADOPTION_H */
