// SPDX-License-Identifier: GPL-2.0
/* What packets are counted to that hit no flow by themselves. */

#include "account.h"
#include "counters.h"
#include "flow.h"
#include "judge.h"
#include "ward.h"

/**
 * wgward_account_note() - what the rest of a datagram is to be counted to
 * @judgement: of its first fragment, which may pass
 * @account: to be filled
 */
void wgward_account_note(const struct wgward_judgement *judgement,
			 struct wgward_account *account)
{
	const struct wgward_decision *decision = &judgement->decision;
	const struct wgward_flow *flow = judgement->flow;

	if (!flow) {
		*account = (struct wgward_account){
			/* What only an audit passes, no rule does. */
			.rule = decision->refused ? WGWARD_NONE :
						    decision->rule,
			.node = { judgement->node[0], judgement->node[1] },
		};
		return;
	}
	*account = (struct wgward_account){
		.tuple = flow->tuple,
		.rule = READ_ONCE(flow->rule),
		.node = { flow->node[flow->starter],
			  flow->node[!flow->starter] },
		.sender = judgement->sender,
		.reply = judgement->sender != flow->starter,
	};
}

/**
 * wgward_account_add() - counts a packet
 * @account: what to
 * @ward: whose it is
 * @length: bytes
 *
 * Its flow counts it if there is one: that takes no shared line, and shows
 * where flows are shown. It is no sign of life, as it is not by itself a part of
 * the conversation.
 */
void wgward_account_add(const struct wgward_account *account,
			struct wgward_ward *ward, u32 length)
{
	struct wgward_traffic traffic[2] = {};
	struct wgward_flow *flow = NULL;

	if (account->tuple.family)
		flow = wgward_flow_find(ward, &account->tuple);
	if (flow) {
		wgward_flow_add(flow, account->sender, length);
		return;
	}
	traffic[account->reply].packets = 1;
	traffic[account->reply].bytes = length;
	wgward_counters_traffic(&ward->counters, account->rule, account->node,
				traffic);
}
