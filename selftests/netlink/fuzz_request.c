// SPDX-License-Identifier: GPL-2.0
/* Requests whose attributes can be found again, to be damaged. */

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wgward.h>
#include <string.h>

#include "fuzz_request.h"

/* What has to be left when an attribute begins. */
#define ROOM 512

void request_start(struct request *request, uint16_t family, uint8_t command,
		   uint16_t flags, uint32_t sequence)
{
	struct nlmsghdr *header = (struct nlmsghdr *)request->bytes;
	struct genlmsghdr *genl = (struct genlmsghdr *)(header + 1);

	memset(header, 0, sizeof(*header) + sizeof(*genl));
	header->nlmsg_type = family;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = sequence;
	genl->cmd = command;
	genl->version = WGWARD_GENL_VERSION;
	request->length = sizeof(*header) + sizeof(*genl);
	request->count = 0;
	request->header = false;
}

int request_open(struct request *request, const struct grammar_attr *attr,
		 int parent)
{
	struct nlattr *header = (void *)(request->bytes + request->length);

	if (request->count == REQUEST_PIECES ||
	    request->length + ROOM > REQUEST_SIZE)
		return -1;
	request->pieces[request->count] =
		(struct piece){ request->length, parent, attr };
	header->nla_type = attr->type;
	if (attr->kind == GRAMMAR_NEST)
		header->nla_type |= NLA_F_NESTED;
	request->length += NLA_HDRLEN;
	return request->count++;
}

void request_put(struct request *request, const void *data, size_t length)
{
	memcpy(request->bytes + request->length, data, length);
	request->length += length;
}

void request_close(struct request *request, int piece)
{
	uint32_t at = request->pieces[piece].at;
	struct nlattr *header = (void *)(request->bytes + at);

	header->nla_len = request->length - at;
	while (request->length % NLA_ALIGNTO)
		request->bytes[request->length++] = 0;
}

void request_end(struct request *request)
{
	((struct nlmsghdr *)request->bytes)->nlmsg_len = request->length;
}

uint16_t request_said(const struct request *request, int piece)
{
	const struct nlattr *header;

	header = (const void *)(request->bytes + request->pieces[piece].at);
	return header->nla_len;
}

bool request_splice(struct request *request, int parent, uint32_t at,
		    uint32_t removed, const void *data, uint32_t added)
{
	uint8_t *bytes = request->bytes;
	struct nlattr *header;
	unsigned int i;

	if (at + removed > request->length ||
	    request->length - removed + added > REQUEST_SIZE)
		return false;
	for (; parent != REQUEST_TOP; parent = request->pieces[parent].parent) {
		header = (void *)(bytes + request->pieces[parent].at);
		header->nla_len += added - removed;
	}
	memmove(bytes + at + added, bytes + at + removed,
		request->length - at - removed);
	memcpy(bytes + at, data, added);
	request->length += added - removed;
	for (i = 0; i < request->count; i++) {
		if (request->pieces[i].at >= at + removed)
			request->pieces[i].at += added - removed;
	}
	request_end(request);
	return true;
}
