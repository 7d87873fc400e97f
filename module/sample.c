// SPDX-License-Identifier: GPL-2.0
/* What is told of verdicts: the verdicts multicast group, and a tracepoint. */

#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "judge.h"
#include "netlink.h"
#include "sample.h"
#include "ward.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/*
 * A second, of each bucket. Multicasting takes some microseconds, in the midst
 * of receiving and sending: so many of them are below one percent of a CPU.
 */
#define SAMPLES 100

void wgward_sample_address(u8 *to, u8 family, const struct in6_addr *address)
{
	struct in6_addr mapped = *address;

	if (family == AF_INET)
		ipv6_addr_set_v4mapped(address->s6_addr32[0], &mapped);
	memcpy(to, &mapped, sizeof(mapped));
}

static int put_address(struct sk_buff *skb, int type, u8 family,
		       const struct in6_addr *address)
{
	return nla_put(skb, type, family == AF_INET ? 4 : 16, address);
}

/* What was read of the packet. */
static int put_packet(struct sk_buff *skb,
		      const struct wgward_judgement *judgement)
{
	const struct wgward_packet *packet = &judgement->packet;

	if (nla_put_u32(skb, WGWARD_A_LENGTH, judgement->skb->len))
		return -EMSGSIZE;
	if (judgement->decision.unread)
		return 0;
	if (put_address(skb, WGWARD_A_SOURCE, packet->family,
			&packet->source) ||
	    put_address(skb, WGWARD_A_DESTINATION, packet->family,
			&packet->destination) ||
	    nla_put_u8(skb, WGWARD_A_PROTOCOL, packet->protocol))
		return -EMSGSIZE;
	if (packet->service == WGWARD_NONE)
		return 0;
	if (nla_put_u32(skb, WGWARD_A_SERVICE, packet->service) ||
	    nla_put_u16(skb, WGWARD_A_SOURCE_PORT,
			ntohs(packet->source_port)) ||
	    nla_put_u16(skb, WGWARD_A_DESTINATION_PORT,
			ntohs(packet->destination_port)))
		return -EMSGSIZE;
	return 0;
}

static int put_node(struct sk_buff *skb, int type,
		    const struct wgward_policy *policy,
		    const struct wgward_packet *packet,
		    const struct in6_addr *address)
{
	u32 node = wgward_policy_owner(policy, packet->family, address);

	if (node == WGWARD_NONE)
		return 0;
	return nla_put_string(skb, type, policy->nodes[node].name);
}

/* Whose the addresses are: today, also for what was not asked about rules. */
static int put_nodes(struct sk_buff *skb,
		     const struct wgward_judgement *judgement)
{
	const struct wgward_packet *packet = &judgement->packet;
	const struct wgward_policy *policy;

	policy = judgement->view->policy ?: judgement->view->pending;
	if (!policy || judgement->decision.unread)
		return 0;
	if (put_node(skb, WGWARD_A_SOURCE_NODE, policy, packet,
		     &packet->source) ||
	    put_node(skb, WGWARD_A_DESTINATION_NODE, policy, packet,
		     &packet->destination))
		return -EMSGSIZE;
	return 0;
}

static int put_verdict(struct sk_buff *skb, struct wgward_ward *ward,
		       const struct wgward_sample *sample)
{
	const char *rule = NULL;

	if (sample->rule != WGWARD_NONE)
		rule = wgward_counters_rule_name(ward, sample->rule);
	if (nla_put_u32(skb, WGWARD_A_VERDICT, sample->code) ||
	    nla_put_u32(skb, WGWARD_A_REASON, sample->reason) ||
	    (sample->audit && nla_put_flag(skb, WGWARD_A_AUDIT)) ||
	    (rule && nla_put_string(skb, WGWARD_A_RULE_NAME, rule)))
		return -EMSGSIZE;
	return 0;
}

static int put_sample(struct sk_buff *skb,
		      const struct wgward_judgement *judgement,
		      const struct wgward_sample *sample, u64 suppressed)
{
	struct wgward_ward *ward = judgement->ward;
	char name[IFNAMSIZ];
	void *header;

	header = genlmsg_put(skb, 0, 0, &wgward_genl_family, 0,
			     WGWARD_CMD_VERDICT);
	if (!header)
		return -EMSGSIZE;
	wgward_ward_name(ward, name);
	if (nla_put_string(skb, WGWARD_A_WARD, name) ||
	    nla_put_u32(skb, WGWARD_A_DIRECTION,
			judgement->hook == WGWARD_HOOK_INGRESS ?
				WGWARD_DIRECTION_RECEIVED :
				WGWARD_DIRECTION_SENT) ||
	    put_verdict(skb, ward, sample) || put_nodes(skb, judgement) ||
	    put_packet(skb, judgement))
		return -EMSGSIZE;
	if (suppressed && nla_put_u64_64bit(skb, WGWARD_A_SUPPRESSED,
					    suppressed, WGWARD_A_PAD))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

/* Room for all of the above. */
static size_t sample_size(void)
{
	return nla_total_size(IFNAMSIZ) +
	       3 * nla_total_size(WGWARD_NAME_LEN + 1) +
	       2 * nla_total_size(sizeof(struct in6_addr)) +
	       5 * nla_total_size(sizeof(u32)) +
	       4 * nla_total_size(sizeof(u16)) +
	       nla_total_size_64bit(sizeof(u64));
}

static bool send_sample(const struct wgward_judgement *judgement,
			const struct wgward_sample *sample)
{
	struct wgward_samples *samples = &judgement->ward->samples;
	struct sk_buff *skb;
	u64 suppressed;

	skb = genlmsg_new(sample_size(), GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return false;
	suppressed = atomic64_xchg(&samples->suppressed, 0);
	if (WARN_ON_ONCE(put_sample(skb, judgement, sample, suppressed))) {
		nlmsg_free(skb);
		goto err_suppressed;
	}
	if (genlmsg_multicast_netns(&wgward_genl_family, judgement->ward->net,
				    skb, 0, WGWARD_MCGRP_ID_VERDICTS,
				    GFP_ATOMIC))
		goto err_suppressed;
	return true;

err_suppressed:
	atomic64_add(suppressed, &samples->suppressed);
	return false;
}

static void multicast(const struct wgward_judgement *judgement,
		      const struct wgward_sample *sample)
{
	struct wgward_ward *ward = judgement->ward;
	struct wgward_samples *samples = &ward->samples;
	struct wgward_bucket *bucket;

	bucket = sample->log ? &samples->asked : &samples->other;
	if (wgward_bucket_take(bucket, SAMPLES) &&
	    send_sample(judgement, sample))
		return;
	atomic64_inc(&samples->suppressed);
	wgward_counters_limit_met(&ward->counters, WGWARD_LIMIT_SAMPLES);
}

static void tell(const struct wgward_judgement *judgement,
		 const struct wgward_sample *sample)
{
	trace_verdict(judgement, sample);
	/* The start of a flow is told if its rule asks for it. */
	if (sample->code == WGWARD_VERDICT_PASS && !sample->audit &&
	    !sample->log)
		return;
	if (genl_has_listeners(&wgward_genl_family, judgement->ward->net,
			       WGWARD_MCGRP_ID_VERDICTS))
		multicast(judgement, sample);
}

static void tell_verdict(const struct wgward_judgement *judgement, int result,
			 bool audit)
{
	const struct wgward_decision *decision = &judgement->decision;
	struct wgward_sample sample = {
		.code = wgward_result_code(result),
		.reason = wgward_result_reason(result),
		.audit = audit,
		.log = decision->log,
		.rule = decision->rule,
	};

	tell(judgement, &sample);
}

static void tell_audited_rule(const struct wgward_judgement *judgement)
{
	const struct wgward_decision *decision = &judgement->decision;
	struct wgward_sample sample = {
		.code = decision->audited_code,
		.reason = WGWARD_REASON_RULE,
		.audit = true,
		.log = decision->audited_log,
		.rule = decision->audited,
	};

	tell(judgement, &sample);
}

/**
 * wgward_sample_tell() - tells of a verdict
 * @judgement: of the packet
 * @result: its result, not 0
 */
void wgward_sample_tell(const struct wgward_judgement *judgement, int result)
{
	const struct wgward_decision *decision = &judgement->decision;

	if (decision->refused)
		tell_verdict(judgement, decision->refused, true);
	else if (result < 0 || result == WGWARD_PASS(WGWARD_REASON_RULE) ||
		 result == WGWARD_PASS(WGWARD_REASON_DEFAULT))
		tell_verdict(judgement, result, false);
	if (decision->audited != WGWARD_NONE)
		tell_audited_rule(judgement);
}
