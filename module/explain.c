// SPDX-License-Identifier: GPL-2.0
/* A verdict without a packet. */

#include <linux/ktime.h>
#include <linux/string.h>
#include <net/genetlink.h>

#include "attribute.h"
#include "explain.h"
#include "netlink.h"
#include "policy.h"
#include "ward.h"

/* A conversation that the source starts. */
struct question {
	struct wgward_prefix source;
	struct wgward_prefix destination;
	u32 service;
};

static int read_question(struct question *question, struct genl_info *info)
{
	static const int needs[] = {
		WGWARD_A_SOURCE,
		WGWARD_A_DESTINATION,
		WGWARD_A_SERVICE,
	};
	struct nlattr **attrs = info->attrs;
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE(needs) && !error; i++)
		error = wgward_attribute_require(attrs, needs[i], info->extack);
	if (!error)
		error = wgward_attribute_address(&question->source,
						 attrs[WGWARD_A_SOURCE],
						 info->extack);
	if (!error)
		error = wgward_attribute_address(&question->destination,
						 attrs[WGWARD_A_DESTINATION],
						 info->extack);
	if (error)
		return error;
	if (question->source.family != question->destination.family) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[WGWARD_A_DESTINATION],
				    "Not of the source's address family");
		return -EINVAL;
	}
	question->service = nla_get_u32(attrs[WGWARD_A_SERVICE]);
	return 0;
}

static void ask(const struct wgward_policy *policy, u64 now,
		const struct question *question, struct wgward_verdict *verdict)
{
	wgward_policy_judge(policy, question->source.family,
			    &question->source.address,
			    &question->destination.address,
			    question->service >> 16, question->service, now,
			    verdict);
}

static void set_verdict(struct wgward_verdict *verdict, u8 code, u8 reason)
{
	*verdict = (struct wgward_verdict){
		.code = code,
		.reason = reason,
		.audited_code = code,
		.rule = WGWARD_NONE,
		.audited = WGWARD_NONE,
		.source = WGWARD_NONE,
		.destination = WGWARD_NONE,
	};
}

/* What a view without any policy says. */
static void ask_empty(const struct wgward_view *view,
		      const struct question *question,
		      struct wgward_verdict *verdict)
{
	if (!memcmp(&question->source, &question->destination,
		    sizeof(question->source)))
		set_verdict(verdict, WGWARD_VERDICT_DROP,
			    WGWARD_REASON_SAME_ADDRESS);
	else if (view->passive)
		set_verdict(verdict, WGWARD_VERDICT_PASS,
			    WGWARD_REASON_PASSIVE);
	else
		set_verdict(verdict, WGWARD_VERDICT_DROP,
			    WGWARD_REASON_NO_POLICY);
}

/*
 * The verdict of @view, as the data path has it. Returns the policy that its
 * rule and nodes are of, or NULL when it has none.
 */
static const struct wgward_policy *ask_view(const struct wgward_view *view,
					    const struct question *question,
					    struct wgward_verdict *verdict)
{
	struct wgward_verdict pending;

	if (!view->policy && !(view->passive && view->pending)) {
		ask_empty(view, question, verdict);
		return NULL;
	}
	if (view->policy) {
		ask(view->policy, wgward_view_now(view), question, verdict);
		if (!view->pending || verdict->code != WGWARD_VERDICT_PASS)
			return view->policy;
	}
	ask(view->pending, wgward_view_now(view), question, &pending);
	if (view->policy && pending.code == WGWARD_VERDICT_PASS)
		return view->policy;
	*verdict = pending;
	if (pending.code != WGWARD_VERDICT_PASS) {
		/* Nobody is told what may not come into force. */
		verdict->code = WGWARD_VERDICT_DROP;
		verdict->reason = WGWARD_REASON_GUARD;
	}
	return view->pending;
}

static int put_node(struct sk_buff *skb, int type,
		    const struct wgward_policy *policy, u32 index)
{
	if (index == WGWARD_NONE)
		return 0;
	return nla_put_string(skb, type, policy->nodes[index].name);
}

static int put_rule(struct sk_buff *skb, int type,
		    const struct wgward_policy *policy, u32 index)
{
	if (index == WGWARD_NONE)
		return 0;
	return nla_put_string(skb, type, policy->rules[index].name);
}

static int put_verdict(struct sk_buff *skb, const struct wgward_policy *policy,
		       const struct wgward_verdict *verdict)
{
	if (nla_put_u32(skb, WGWARD_A_VERDICT, verdict->code) ||
	    nla_put_u32(skb, WGWARD_A_REASON, verdict->reason) ||
	    put_node(skb, WGWARD_A_SOURCE_NODE, policy, verdict->source) ||
	    put_node(skb, WGWARD_A_DESTINATION_NODE, policy,
		     verdict->destination))
		return -EMSGSIZE;
	if (put_rule(skb, WGWARD_A_RULE_NAME, policy, verdict->rule) ||
	    put_rule(skb, WGWARD_A_AUDITED_RULE, policy, verdict->audited))
		return -EMSGSIZE;
	if (verdict->audited == WGWARD_NONE)
		return 0;
	return nla_put_u32(skb, WGWARD_A_AUDITED_VERDICT,
			   verdict->audited_code);
}

/* Under the lock, which keeps the policies. */
static int answer_question(struct sk_buff *skb, const struct wgward_ward *ward,
			   const struct question *question,
			   struct netlink_ext_ack *extack)
{
	const struct wgward_policy *policy;
	struct wgward_verdict verdict;
	const struct wgward_view *view;
	int error;

	error = wgward_netlink_check(ward, extack);
	if (error)
		return error;
	view = rcu_dereference_protected(ward->view,
					 lockdep_is_held(&ward->lock));
	policy = ask_view(view, question, &verdict);
	error = put_verdict(skb, policy, &verdict);
	if (error)
		NL_SET_ERR_MSG(extack, "The verdict fits no message");
	return error;
}

/**
 * wgward_explain_doit() - judges a conversation without a packet
 * @skb: the request
 * @info: of a ward, with source, destination and service
 *
 * Return: 0 or a negative error, with a message.
 */
int wgward_explain_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct wgward_ward *ward = wgward_netlink_ward(info);
	struct question question;
	struct sk_buff *answer;
	void *header;
	int error;

	error = read_question(&question, info);
	if (error)
		return error;
	answer = wgward_netlink_answer(info, GENLMSG_DEFAULT_SIZE, &header);
	if (!answer)
		return -ENOMEM;
	mutex_lock(&ward->lock);
	error = answer_question(answer, ward, &question, info->extack);
	mutex_unlock(&ward->lock);
	if (error) {
		nlmsg_free(answer);
		return error;
	}
	genlmsg_end(answer, header);
	return genlmsg_reply(answer, info);
}
