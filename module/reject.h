/* SPDX-License-Identifier: GPL-2.0 */
/* What tells a sender that its packet was rejected. */
#ifndef _WGWARD_REJECT_H
#define _WGWARD_REJECT_H

#include <linux/types.h>

struct sk_buff;
struct wgward_judgement;

/*
 * Answers the sender of @judgement's packet, which was rejected: a TCP reset,
 * or an ICMP error. Not more often than a ward may, nor to what must not be
 * answered. The packet stays as it is. Under RCU, with bottom halves off.
 */
void wgward_reject_answer(const struct wgward_judgement *judgement);

/* Whether @skb is such an answer, on its way out of the ward's device. */
bool wgward_reject_is_answer(const struct sk_buff *skb);

#endif /* _WGWARD_REJECT_H */
