// SPDX-License-Identifier: GPL-2.0
/* What can be wrong with a request. */

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wgward.h>
#include <string.h>

#include "fuzz_dice.h"
#include "fuzz_request.h"

static uint8_t copy[REQUEST_SIZE];

static struct nlattr *header_of(struct request *request, int piece)
{
	return (void *)(request->bytes + request->pieces[piece].at);
}

/* Bytes of an attribute with what it is filled up with, none beyond the end. */
static uint32_t span(const struct request *request, int piece)
{
	uint32_t length = NLA_ALIGN(request_said(request, piece)),
		 rest = request->length - request->pieces[piece].at;

	if (length < NLA_HDRLEN)
		length = NLA_HDRLEN;
	return length < rest ? length : rest;
}

static void damage_length(struct request *request, int piece)
{
	static const uint16_t lengths[] = { 0, 1,      3,      4,
					    5, 0x7fff, 0x8000, UINT16_MAX };
	struct nlattr *header = header_of(request, piece);

	if (rarely(2))
		header->nla_len = lengths[roll(8)];
	else
		header->nla_len += roll(17) - 8;
}

static void damage_type(struct request *request, int piece)
{
	struct nlattr *header = header_of(request, piece);

	switch (roll(5)) {
	case 0:
		header->nla_type ^= NLA_F_NESTED;
		break;
	case 1:
		header->nla_type ^= NLA_F_NET_BYTEORDER;
		break;
	case 2:
		header->nla_type = dice();
		break;
	default:
		header->nla_type &= ~NLA_TYPE_MASK;
		header->nla_type |= roll(70);
	}
}

/* A number at the edge of what it may be, or of what it can be. */
static void damage_number(uint8_t *at, uint32_t length,
			  const struct grammar_attr *attr)
{
	const uint64_t edges[] = { 0,	       1,	   attr->low - 1,
				   attr->low,  attr->high, attr->high + 1,
				   INT32_MAX,  UINT32_MAX, INT64_MAX,
				   UINT64_MAX, 1ULL << 63, 1ULL << roll(64) };
	uint64_t number = edges[roll(12)];

	memcpy(at, &number, length < 8 ? length : 8);
}

static void damage_value(struct request *request, int piece)
{
	const struct grammar_attr *attr = request->pieces[piece].attr;
	uint32_t length = span(request, piece) - NLA_HDRLEN, i;
	uint8_t *at = (uint8_t *)(header_of(request, piece) + 1);

	if (!length)
		return;
	if (attr->kind >= GRAMMAR_NUMBER8 && attr->kind <= GRAMMAR_NUMBER64 &&
	    !rarely(4)) {
		damage_number(at, length, attr);
		return;
	}
	switch (roll(5)) {
	case 0:
		at[roll(length)] ^= 1 << roll(8);
		break;
	case 1:
		at[roll(length)] = 0;
		break;
	case 2:
		memset(at, dice(), length);
		break;
	case 3:
		for (i = 0; i < length; i++)
			at[i] = dice();
		break;
	default:
		memcpy(at, "any+-_ \xff", length < 8 ? length : 8);
	}
}

/* Another length, that what it is in knows of. */
static void damage_size(struct request *request, int piece)
{
	const struct grammar_attr *attr = request->pieces[piece].attr;
	uint32_t at = request->pieces[piece].at, said;
	uint32_t old = span(request, piece) - NLA_HDRLEN;

	said = rarely(2) ? attr->high + roll(3) : roll(300);
	if (rarely(32))
		said = roll(60000);
	if (said > REQUEST_SIZE / 2)
		said = 300;
	memset(copy, 'a' + roll(26), NLA_ALIGN(said));
	memcpy(copy, request->bytes + at + NLA_HDRLEN, old < said ? old : said);
	if (said && attr->kind == GRAMMAR_TEXT && !rarely(4))
		copy[said - 1] = 0;
	if (request_splice(request, request->pieces[piece].parent,
			   at + NLA_HDRLEN, old, copy, NLA_ALIGN(said)))
		header_of(request, piece)->nla_len = NLA_HDRLEN + said;
}

static void damage_remove(struct request *request, int piece)
{
	uint32_t length = span(request, piece);
	struct piece gone = request->pieces[piece];

	if (!request_splice(request, gone.parent, gone.at, length, NULL, 0))
		return;
	/* What was in it is nowhere now: never mind the rest of the pieces. */
	request->count = piece;
}

/* An attribute once more, there or anywhere. */
static void damage_repeat(struct request *request, int piece)
{
	uint32_t length = span(request, piece);
	int other = rarely(2) ? piece : (int)roll(request->count);
	struct piece where = request->pieces[other];

	memcpy(copy, header_of(request, piece), length);
	request_splice(request, where.parent, where.at, 0, copy, length);
}

/* A nest within a nest within a nest. */
static void damage_wrap(struct request *request, int piece)
{
	struct piece inner = request->pieces[piece];
	uint32_t length = span(request, piece);
	unsigned int depth = rarely(4) ? 1 + roll(300) : 1;
	struct nlattr header;

	while (depth--) {
		if (length + NLA_HDRLEN > UINT16_MAX)
			return;
		header.nla_len = length + NLA_HDRLEN;
		header.nla_type = inner.attr->type | NLA_F_NESTED;
		if (!request_splice(request, inner.parent, inner.at, 0, &header,
				    sizeof(header)))
			return;
		length += NLA_HDRLEN;
	}
}

/* An attribute that the specification has elsewhere. */
static void damage_foreign(struct request *request, int piece)
{
	const struct grammar_attr *attr;
	struct nlattr *header = (void *)copy;
	uint32_t length;

	attr = &grammar_top->attrs[roll(grammar_top->count)];
	length = attr->kind == GRAMMAR_FLAG ? 0 : roll(20);
	memset(copy, 0, 32);
	header->nla_type = attr->type;
	header->nla_len = NLA_HDRLEN + length;
	request_splice(request, request->pieces[piece].parent,
		       request->pieces[piece].at, 0, copy,
		       NLA_ALIGN(header->nla_len));
}

static void damage_end(struct request *request)
{
	struct nlmsghdr *header = (void *)request->bytes;
	uint32_t length = request->length;

	switch (roll(4)) {
	case 0:
		request->length = roll(length);
		break;
	case 1:
		request->length = NLMSG_HDRLEN + roll(length - NLMSG_HDRLEN);
		header->nlmsg_len = request->length;
		break;
	case 2:
		header->nlmsg_len = roll(length + 64);
		break;
	default:
		length = 1 + roll(16);
		if (request->length + length > REQUEST_SIZE)
			return;
		memset(request->bytes + request->length, dice(), length);
		request->length += length;
		header->nlmsg_len = request->length;
	}
	request->header = true;
}

static void damage_header(struct request *request)
{
	struct nlmsghdr *header = (void *)request->bytes;
	struct genlmsghdr *genl = (void *)(header + 1);

	switch (roll(5)) {
	case 0:
		header->nlmsg_flags ^= 1 << roll(16);
		break;
	case 1:
		header->nlmsg_flags ^= NLM_F_DUMP;
		break;
	case 2:
		genl->cmd = roll(grammar_count + 3);
		break;
	case 3:
		genl->reserved = dice();
		break;
	default:
		genl->version = dice();
	}
	request->header = true;
}

static void damage_piece(struct request *request, int piece)
{
	static void (*const damages[])(struct request * request, int piece) = {
		damage_length, damage_type,   damage_value, damage_value,
		damage_value,  damage_size,   damage_size,  damage_remove,
		damage_remove, damage_repeat, damage_wrap,  damage_foreign,
	};

	damages[roll(12)](request, piece);
}

void request_damage(struct request *request)
{
	int piece = roll(request->count + 1);

	if (request->length < NLMSG_HDRLEN + GENL_HDRLEN)
		return;
	if (rarely(16))
		damage_end(request);
	else if (rarely(16))
		damage_header(request);
	else if (piece < (int)request->count &&
		 request->pieces[piece].at + NLA_HDRLEN <= request->length)
		damage_piece(request, piece);
}
