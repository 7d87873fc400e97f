// SPDX-License-Identifier: GPL-2.0
/*
 * Loads judge.bpf with a table as policy.awk makes them, and attaches it to a
 * device, both ways.
 *
 * usage: bpf_load OBJECT IFACE TABLE
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf_rule.h"

static int groups, pairs, prefixes;

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Names are group-N; number 0 is that of addresses in none. */
static __u32 group_number(const char *name)
{
	return strtoul(name + strlen("group-"), NULL, 10) + 1;
}

static void add_node(const char *address, const char *group)
{
	struct bpf_address key = { .length = 32 };
	__u32 number = group_number(group);

	if (inet_pton(AF_INET, address, &key.address) != 1 ||
	    bpf_map_update_elem(groups, &key, &number, BPF_ANY))
		fail(address);
}

static void add_service(int map, const void *key,
			const struct bpf_service *service)
{
	struct bpf_services services = { 0 };

	if (bpf_map_lookup_elem(map, key, &services))
		memset(&services, 0, sizeof(services));
	if (services.count == BPF_RULE_SERVICES) {
		fprintf(stderr, "bpf_load: too many services of a pair\n");
		exit(1);
	}
	services.service[services.count++] = *service;
	if (bpf_map_update_elem(map, key, &services, BPF_ANY))
		fail("update");
}

static void add_rule(const char *from, char *to,
		     const struct bpf_service *service)
{
	struct bpf_pair pair = {
		.from = group_number(from),
		.protocol = service->protocol,
	};
	struct bpf_prefix prefix = { .from = htonl(group_number(from)) };
	char *slash = strchr(to, '/');

	if (!slash) {
		pair.to = group_number(to);
		add_service(pairs, &pair, service);
		return;
	}
	*slash = '\0';
	prefix.length = 32 + strtoul(slash + 1, NULL, 10);
	if (inet_pton(AF_INET, to, &prefix.address) != 1)
		fail(to);
	add_service(prefixes, &prefix, service);
}

static void add_all(const char *path)
{
	char line[256], from[64], to[64], action[16], protocol[16];
	FILE *file = fopen(path, "r");
	struct bpf_service service;

	if (!file)
		fail(path);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "node %*s %63s %63s", from, to) == 2) {
			add_node(from, to);
			continue;
		}
		memset(&service, 0, sizeof(service));
		if (sscanf(line, "rule %*s %15s %63s %63s %15s %hu %hu", action,
			   from, to, protocol, &service.first,
			   &service.last) != 6)
			fail(line);
		service.protocol = strcmp(protocol, "tcp") ? 17 : 6;
		service.deny = !strcmp(action, "deny");
		add_rule(from, to, &service);
	}
	fclose(file);
}

static void attach(const char *interface, int program,
		   enum bpf_tc_attach_point point)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(interface),
		    .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = program);
	int error;

	error = bpf_tc_hook_create(&hook);
	if (error && error != -EEXIST)
		fail("clsact");
	if (bpf_tc_attach(&hook, &opts))
		fail("attach");
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	int program;

	if (argc != 4) {
		fprintf(stderr, "usage: bpf_load OBJECT IFACE TABLE\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		fail(argv[1]);
	groups = bpf_object__find_map_fd_by_name(object, "groups");
	pairs = bpf_object__find_map_fd_by_name(object, "pairs");
	prefixes = bpf_object__find_map_fd_by_name(object, "prefixes");
	program = bpf_program__fd(
		bpf_object__find_program_by_name(object, "judge"));
	if (groups < 0 || pairs < 0 || prefixes < 0 || program < 0)
		fail("program or maps");
	add_all(argv[3]);
	attach(argv[2], program, BPF_TC_INGRESS);
	attach(argv[2], program, BPF_TC_EGRESS);
	bpf_object__close(object);
	return 0;
}
