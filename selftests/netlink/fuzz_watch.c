// SPDX-License-Identifier: GPL-2.0
/* What the wards of a namespace enforce. */

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/wgward.h>
#include <string.h>

#include "fuzz_port.h"
#include "fuzz_request.h"
#include "fuzz_watch.h"
#include "tap.h"

static struct request request;

struct list {
	struct watched *wards;
	unsigned int count;
};

static void read_ward(const struct nlmsghdr *header, void *data)
{
	struct list *list = data;
	const struct nlattr *attr;
	struct watched *ward;

	if (list->count == WATCH_WARDS)
		return;
	ward = &list->wards[list->count++];
	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case WGWARD_A_WARD:
			strncpy(ward->name, mnl_attr_get_str(attr),
				sizeof(ward->name) - 1);
			break;
		case WGWARD_A_STATE:
			ward->state = mnl_attr_get_u32(attr);
			break;
		case WGWARD_A_GENERATION:
			ward->generation = mnl_attr_get_u64(attr);
			break;
		}
	}
}

unsigned int watch_all(struct port *port, uint16_t family,
		       struct watched wards[WATCH_WARDS])
{
	struct list list = { wards, 0 };
	struct answer answer;

	memset(wards, 0, sizeof(*wards) * WATCH_WARDS);
	request_start(&request, family, WGWARD_CMD_WARD_GET, NLM_F_DUMP,
		      ++port->sequence);
	request_end(&request);
	port_send(port, &request, &answer, read_ward, &list);
	if (answer.error)
		tap_fatal("wards cannot be dumped");
	return list.count;
}

/* FNV-1a */
static void mix(uint64_t *print, const void *data, size_t length)
{
	const uint8_t *at = data;

	while (length--)
		*print = (*print ^ *at++) * 0x100000001b3;
}

static const struct grammar_attr *find(const struct grammar_set *set,
				       uint16_t type)
{
	return type && type <= set->count ? &set->attrs[type - 1] : NULL;
}

static void mix_nest(uint64_t *print, const struct nlattr *nest,
		     const struct grammar_set *set);

static void mix_attr(uint64_t *print, const struct nlattr *attr,
		     const struct grammar_set *set)
{
	const struct grammar_attr *known = find(set, mnl_attr_get_type(attr));

	if (!known || known->reply)
		return;
	mix(print, &known->type, sizeof(known->type));
	if (known->nested)
		mix_nest(print, attr, known->nested);
	else
		mix(print, mnl_attr_get_payload(attr),
		    mnl_attr_get_payload_len(attr));
}

static void mix_nest(uint64_t *print, const struct nlattr *nest,
		     const struct grammar_set *set)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		mix_attr(print, attr, set);
}

/* What begin, or add, would give. */
static bool is_policy(const struct grammar_attr *known)
{
	static const uint8_t givers[] = { WGWARD_CMD_BEGIN, WGWARD_CMD_ADD };
	const struct grammar_attr *const *attr;
	unsigned int i;

	if (known->type == WGWARD_A_WARD ||
	    known->type == WGWARD_A_GENERATION ||
	    known->type == WGWARD_A_PEERS_CHANGE)
		return false;
	for (i = 0; i < 2; i++) {
		for (attr = grammar_commands[givers[i] - 1].takes; *attr;
		     attr++) {
			if (*attr == known)
				return true;
		}
	}
	return false;
}

static void mix_message(const struct nlmsghdr *header, void *data)
{
	const struct grammar_attr *known;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct genlmsghdr)) {
		known = find(grammar_top, mnl_attr_get_type(attr));
		if (known && is_policy(known))
			mix_attr(data, attr, grammar_top);
	}
}

uint64_t watch_policy(struct port *port, uint16_t family, const char *ward,
		      bool pending)
{
	static const uint8_t commands[] = { WGWARD_CMD_WARD_GET,
					    WGWARD_CMD_NODE_GET,
					    WGWARD_CMD_GROUP_GET,
					    WGWARD_CMD_RULE_GET };
	uint64_t print = 0xcbf29ce484222325;
	struct answer answer;
	unsigned int i;

	for (i = 0; i < sizeof(commands); i++) {
		request_start(&request, family, commands[i],
			      i ? NLM_F_DUMP : NLM_F_ACK, ++port->sequence);
		request_end(&request);
		mnl_attr_put_strz((void *)request.bytes, WGWARD_A_WARD, ward);
		if (pending)
			mnl_attr_put((void *)request.bytes, WGWARD_A_PENDING, 0,
				     NULL);
		request.length = ((struct nlmsghdr *)request.bytes)->nlmsg_len;
		port_send(port, &request, &answer, mix_message, &print);
		mix(&print, &answer.error, sizeof(answer.error));
	}
	return print;
}
