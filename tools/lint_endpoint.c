// SPDX-License-Identifier: GPL-2.0
/* Endpoints as a file gives them: "host", "host:port", "[fd00::1]:port". */
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "memory.h"
#include "meshfile.h"
#include "text.h"

#define HOST_MAX 253 /* bytes of a DNS name */
#define LABEL_MAX 63 /* of it between two dots */

/**
 * struct endpoint - an endpoint, in parts
 * @host: a name or an address, without brackets
 * @family: AF_UNSPEC when @host is a name
 * @address: when it is none
 * @port: 0 when there was none
 */
struct endpoint {
	char host[HOST_MAX + 1];
	u8 family;
	struct in6_addr address;
	u16 port;
};

/* What looks like an IPv4 address must be one: no name ends in a number. */
static bool looks_numeric(const char *host)
{
	const char *label = strrchr(host, '.');

	label = label ? label + 1 : host;
	return *label && strspn(label, "0123456789") == strlen(label);
}

static bool is_name(const char *host)
{
	size_t length;

	for (;;) {
		length = strcspn(host, ".");
		if (!length || length > LABEL_MAX || host[0] == '-' ||
		    host[length - 1] == '-')
			return false;
		while (length--) {
			if (!isalnum((unsigned char)*host) && *host != '-' &&
			    *host != '_')
				return false;
			host++;
		}
		if (!*host++)
			return true;
	}
}

static const char *check_address(const struct endpoint *endpoint)
{
	const struct in6_addr *address = &endpoint->address;
	bool bad;

	if (endpoint->family == AF_INET)
		bad = !address->s6_addr32[0] ||
		      IN_MULTICAST(ntohl(address->s6_addr32[0])) ||
		      address->s6_addr32[0] == htonl(INADDR_BROADCAST);
	else
		bad = IN6_IS_ADDR_UNSPECIFIED(address) ||
		      IN6_IS_ADDR_MULTICAST(address) ||
		      IN6_IS_ADDR_V4MAPPED(address);
	return bad ? "is no address that a node can be reached at; write it "
		     "as 192.0.2.1:51820 or [2001:db8::1]:51820" :
		     NULL;
}

static const char *parse_host(struct endpoint *endpoint)
{
	if (looks_numeric(endpoint->host)) {
		if (!address_parse(endpoint->host, &endpoint->family,
				   &endpoint->address))
			return "is no IPv4 address; write it as "
			       "192.0.2.1:51820";
		return check_address(endpoint);
	}
	if (!is_name(endpoint->host))
		return "is no host; write it as alice.example:51820, "
		       "192.0.2.1:51820 or [2001:db8::1]:51820";
	endpoint->family = AF_UNSPEC;
	return NULL;
}

static const char *parse_bracketed(struct endpoint *endpoint)
{
	if (!address_parse(endpoint->host, &endpoint->family,
			   &endpoint->address) ||
	    endpoint->family != AF_INET6)
		return "has no IPv6 address in its brackets; write it as "
		       "[2001:db8::1]:51820";
	return check_address(endpoint);
}

static const char *parse_port(const char *text, struct endpoint *endpoint)
{
	u64 port;

	if (!text_number(text, 65535, &port) || !port)
		return "has no port from 1 to 65535 after its colon; write it "
		       "as HOST:51820";
	endpoint->port = port;
	return NULL;
}

/* An IPv6 address whose brackets were forgotten. */
static const char *check_bare(const char *text)
{
	static char explanation[128];
	struct in6_addr address;
	u8 family;

	if (!address_parse(text, &family, &address))
		return "has more than one colon; write an IPv6 address in "
		       "brackets, [2001:db8::1]:51820";
	snprintf(explanation, sizeof(explanation),
		 "is an IPv6 address without brackets; write [%s]:51820", text);
	return explanation;
}

/* Returns NULL, or what is wrong and what would be right. */
static const char *parse(const char *text, struct endpoint *endpoint)
{
	bool bracketed = text[0] == '[';
	const char *host = text + bracketed;
	const char *end, *why = NULL;

	memset(endpoint, 0, sizeof(*endpoint));
	end = bracketed ? strchrnul(host, ']') : strchrnul(host, ':');
	if (bracketed && !*end)
		return "has no \"]\"; write it as [2001:db8::1]:51820";
	if (!bracketed && *end && strchr(end + 1, ':'))
		return check_bare(text);
	if (end - host > HOST_MAX)
		return "is too long for a host; it has at most 253 bytes";
	memcpy(endpoint->host, host, end - host);
	end += bracketed;
	if (*end && *end != ':')
		return "has something after \"]\"; write it as "
		       "[2001:db8::1]:51820";
	if (*end == ':')
		why = parse_port(end + 1, endpoint);
	if (!why)
		why = bracketed ? parse_bracketed(endpoint) :
				  parse_host(endpoint);
	return why;
}

static bool in_network(const struct mesh *mesh, const struct endpoint *endpoint)
{
	size_t i;

	for (i = 0; i < mesh->network_count; i++) {
		if (prefix_contains(&mesh->networks[i], endpoint->family,
				    &endpoint->address))
			return true;
	}
	return false;
}

/* Once the ports are known that it takes when it has none itself. */
void lint_endpoint(const struct mesh *mesh, struct mesh_node *node,
		   struct diagnostics *diagnostics)
{
	const struct mesh_text *at = &node->endpoint_text;
	struct endpoint endpoint;
	const char *why;

	why = parse(at->text, &endpoint);
	if (!why && !endpoint.port)
		endpoint.port = node->listen_port;
	if (!why && !endpoint.port)
		why = "has no port; write HOST:51820, or give the node or "
		      "[Mesh] a ListenPort";
	if (!why && in_network(mesh, &endpoint))
		why = "is in [Mesh] Network, which is reached through the "
		      "tunnel only; write the address outside of it";
	if (why) {
		diagnostic_error(diagnostics, at, "%s", why);
		return;
	}
	node->endpoint =
		memory_print(endpoint.family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			     endpoint.host, endpoint.port);
}
