/* SPDX-License-Identifier: GPL-2.0 */
/* What packets are counted to that hit no flow by themselves. */
#ifndef _WGWARD_ACCOUNT_H
#define _WGWARD_ACCOUNT_H

#include <linux/types.h>

#include "tuple.h"

struct wgward_judgement;
struct wgward_ward;

/**
 * struct wgward_account - what a packet is counted to
 * @tuple: of the flow that it belongs to; of family 0 if there is none
 * @rule: stable id of the rule that passed it, or WGWARD_NONE
 * @node: stable ids of the nodes, that of who started first, or WGWARD_NONE
 * @sender: the end of @tuple that sends
 * @reply: it goes to who started
 *
 * @rule and @node serve where no flow is there, or none any more. It may outlive
 * them: then the ids find nothing, and are not given to others before four
 * billion more, see struct wgward_registry.
 */
struct wgward_account {
	struct wgward_tuple tuple;
	u32 rule;
	u32 node[2];
	u8 sender;
	bool reply;
};

/* What @judgement's packet, which may pass, has been counted to. Under RCU. */
void wgward_account_note(const struct wgward_judgement *judgement,
			 struct wgward_account *account);

/* Counts a packet of @length bytes. Under RCU; any context. */
void wgward_account_add(const struct wgward_account *account,
			struct wgward_ward *ward, u32 length);

#endif /* _WGWARD_ACCOUNT_H */
