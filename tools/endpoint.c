// SPDX-License-Identifier: GPL-2.0
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include <linux/wgward.h>

#include "endpoint.h"

/* Cuts "host:port" or "[host]:port" in two, in place. */
static bool split(char *text, char **host, char **port)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		return false;
	*colon = '\0';
	*port = colon + 1;
	*host = text;
	if (*text == '[' && colon > text + 1 && colon[-1] == ']') {
		colon[-1] = '\0';
		*host = text + 1;
	}
	return **host && **port;
}

bool endpoint_resolve(const char *text, union wireguard_endpoint *endpoint,
		      const char **why)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
		.ai_protocol = IPPROTO_UDP,
		.ai_flags = AI_NUMERICSERV,
	};
	char copy[WGWARD_ENDPOINT_LEN + 1];
	struct addrinfo *found;
	char *host, *port;
	int code;

	memset(endpoint, 0, sizeof(*endpoint));
	snprintf(copy, sizeof(copy), "%s", text);
	*why = "it is not HOST:PORT";
	if (!split(copy, &host, &port))
		return false;
	code = getaddrinfo(host, port, &hints, &found);
	if (code) {
		*why = gai_strerror(code);
		return false;
	}
	if (found->ai_addrlen <= sizeof(*endpoint))
		memcpy(endpoint, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return endpoint->any.sa_family != AF_UNSPEC;
}

bool endpoint_has_name(const char *text)
{
	char copy[WGWARD_ENDPOINT_LEN + 1];
	struct in6_addr address;
	char *host, *port, *zone;

	snprintf(copy, sizeof(copy), "%s", text);
	if (!split(copy, &host, &port))
		return false;
	zone = strchr(host, '%');
	if (zone)
		*zone = '\0';
	return inet_pton(AF_INET, host, &address) != 1 &&
	       inet_pton(AF_INET6, host, &address) != 1;
}

char *endpoint_format(char *text, const union wireguard_endpoint *endpoint)
{
	socklen_t size = endpoint->any.sa_family == AF_INET6 ?
				 sizeof(endpoint->ipv6) :
				 sizeof(endpoint->ipv4);
	bool brackets = endpoint->any.sa_family == AF_INET6;
	char host[ENDPOINT_TEXT_LEN - 10], port[8];

	text[0] = '\0';
	if (endpoint->any.sa_family == AF_UNSPEC ||
	    getnameinfo(&endpoint->any, size, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return text;
	snprintf(text, ENDPOINT_TEXT_LEN, "%s%s%s:%s", brackets ? "[" : "",
		 host, brackets ? "]" : "", port);
	return text;
}
