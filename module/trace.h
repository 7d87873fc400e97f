/* SPDX-License-Identifier: GPL-2.0 */
/* The tracepoint wgward:verdict. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM wgward

#if !defined(_WGWARD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _WGWARD_TRACE_H

#include <linux/netdevice.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "judge.h"
#include "sample.h"
#include "ward.h"

/* clang-format off */
/*
 * Each drop, each reject, each verdict that an audit changed and each flow that
 * starts. What is shown as a number is of the enumerations in wgward.h.
 */
TRACE_EVENT(verdict,
	TP_PROTO(const struct wgward_judgement *judgement,
		 const struct wgward_sample *sample),

	TP_ARGS(judgement, sample),

	TP_STRUCT__entry(
		__array(char, device, IFNAMSIZ)
		__array(char, rule, WGWARD_NAME_LEN + 1)
		__array(u8, source, 16)
		__array(u8, destination, 16)
		__field(u32, length)
		__field(u16, source_port)
		__field(u16, destination_port)
		__field(u8, protocol)
		__field(u8, direction)
		__field(u8, code)
		__field(u8, reason)
		__field(bool, audit)
	),

	TP_fast_assign(
		const struct wgward_packet *packet = &judgement->packet;
		bool unread = judgement->decision.unread;
		const char *rule = NULL;

		if (sample->rule != WGWARD_NONE)
			rule = wgward_counters_rule_name(judgement->ward,
							 sample->rule);
		memcpy(__entry->device, judgement->skb->dev->name, IFNAMSIZ);
		strscpy(__entry->rule, rule ?: "-", sizeof(__entry->rule));
		__entry->direction = judgement->hook;
		__entry->code = sample->code;
		__entry->reason = sample->reason;
		__entry->audit = sample->audit;
		__entry->length = judgement->skb->len;
		__entry->protocol = unread ? 0 : packet->protocol;
		__entry->source_port = unread ? 0 : ntohs(packet->source_port);
		__entry->destination_port =
			unread ? 0 : ntohs(packet->destination_port);
		memset(__entry->source, 0, sizeof(__entry->source));
		memset(__entry->destination, 0, sizeof(__entry->destination));
		if (!unread) {
			wgward_sample_address(__entry->source, packet->family,
					      &packet->source);
			wgward_sample_address(__entry->destination,
					      packet->family,
					      &packet->destination);
		}
	),

	TP_printk("%s %s %s%s reason=%u rule=%s source=%pI6c destination=%pI6c protocol=%u ports=%u,%u length=%u",
		  __entry->device,
		  __entry->direction ? "sent" : "received",
		  __print_symbolic(__entry->code, { 0, "pass" }, { 1, "drop" },
				   { 2, "reject" }),
		  __entry->audit ? "(audit)" : "",
		  __entry->reason, __entry->rule,
		  __entry->source, __entry->destination, __entry->protocol,
		  __entry->source_port, __entry->destination_port,
		  __entry->length)
);
/* clang-format on */

#endif /* _WGWARD_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
