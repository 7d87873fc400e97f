// SPDX-License-Identifier: GPL-2.0
/*
 * Mesh files with random changes, through everything that reads them.
 *
 * usage: mutate SEED SECONDS FILE...
 *
 * Fails when a sanitizer does, or when the changes left no file good or no
 * file bad, which would say little.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "mesh.h"
#include "service.h"

#define TEXT_MAX 65536
#define CHANGES_MAX 3

/* What a random byte would hardly hit. */
static const char *const words[] = {
	"\n[Mesh]\n",
	"\n[Node x]\n",
	"\n[Rule x]\n",
	"\n[Test x]\n",
	"\nFrom = ",
	"\nTo = ",
	"\nAllow = ",
	"\nDeny = ",
	"\nPass = any\n",
	"\nReject = any\n",
	"\nAudit = yes\n",
	"\nUntil = 2020-01-01T00:00:00Z\n",
	"\nUntil = ",
	"\nTimeouts = udp-new 30\n",
	"\nMaxFlows = ",
	"2099-12-31T23:59:60+23:59",
	"-02-29T",
	"tcp-established 2h",
	"\nAddress = ",
	"\nRoutes = 10.0.0.0/8\n",
	"\nNetwork = ::/1\n",
	"\nRouteGroups = yes\n",
	"\nRelay = alice\n",
	"\nPresharedKeyFile = /",
	"any",
	"!",
	"+",
	",",
	", ",
	"/",
	"-",
	"=",
	"#",
	"]",
	"[",
	"alice",
	"admins+laptops",
	"0.0.0.0/0",
	"::/0",
	"10.10.0.128/25",
	"fd00:10::/65",
	"tcp",
	"udp/1-",
	"65535",
	"icmp/3/1",
	"icmp6",
	"ping",
	"255",
	"\r\n",
	"\t",
	"\xc3\xa4",
	"\x1b[1m",
	"99999999999999999999",
};

#define WORDS (sizeof(words) / sizeof(words[0]))

struct sample {
	char text[TEXT_MAX];
	size_t length;
};

static size_t below(size_t limit)
{
	return limit ? (size_t)random() % limit : 0;
}

static void insert(struct sample *sample, size_t at, const char *text,
		   size_t length)
{
	if (sample->length + length > TEXT_MAX)
		return;
	memmove(sample->text + at + length, sample->text + at,
		sample->length - at);
	memmove(sample->text + at, text, length);
	sample->length += length;
}

static void cut(struct sample *sample, size_t at, size_t length)
{
	if (length > sample->length - at)
		length = sample->length - at;
	memmove(sample->text + at, sample->text + at + length,
		sample->length - at - length);
	sample->length -= length;
}

static void change(struct sample *sample, const struct sample *other)
{
	size_t at = below(sample->length), length = 1 + below(40), from;
	char piece[40];
	const char *word;

	switch (random() % 6) {
	case 0:
		if (sample->length)
			sample->text[at] = random();
		break;
	case 1:
		cut(sample, at, length);
		break;
	case 2:
		word = words[below(WORDS)];
		insert(sample, at, word, strlen(word));
		break;
	case 3:
		from = below(other->length - length);
		insert(sample, at, other->text + from, length);
		break;
	case 4:
		from = below(sample->length);
		if (length > sample->length - from)
			length = sample->length - from;
		memcpy(piece, sample->text + from, length);
		insert(sample, at, piece, length);
		break;
	default:
		/* Over what was there, as a typing error is. */
		word = words[below(WORDS)];
		cut(sample, at, strlen(word));
		insert(sample, at, word, strlen(word));
	}
}

static void read_sample(const char *file, struct sample *sample)
{
	FILE *stream = fopen(file, "r");

	if (!stream) {
		perror(file);
		exit(1);
	}
	sample->length = fread(sample->text, 1, TEXT_MAX / 2, stream);
	fclose(stream);
}

static void use_policy(const struct mesh *mesh)
{
	struct wgward_policy *policy;
	const char *why;
	u32 i;

	policy = mesh_policy(mesh, NULL);
	if (!policy)
		return;
	for (i = 0; i < policy->rule_count; i++)
		free(service_format(policy->rules[i].services,
				    policy->rules[i].service_count));
	if (!wgward_policy_compile(policy, &why))
		mesh_test(mesh, policy);
	wgward_policy_free(policy);
}

/* Returns whether it is a good mesh file. */
static bool try_sample(const struct sample *sample)
{
	int memory = memfd_create("mesh", MFD_CLOEXEC);
	struct mesh *mesh;
	char *path;

	if (memory < 0 || write(memory, sample->text, sample->length) !=
				  (ssize_t)sample->length) {
		perror("memfd");
		exit(1);
	}
	path = memory_print("/proc/self/fd/%d", memory);
	mesh = mesh_read(path);
	if (mesh)
		use_policy(mesh);
	mesh_free(mesh);
	free(path);
	close(memory);
	return mesh;
}

int main(int argc, char **argv)
{
	struct sample *seeds, *sample;
	unsigned long good = 0, bad = 0;
	size_t i, count = argc - 3;
	time_t end;

	if (argc < 4)
		return 2;
	srandom(strtoul(argv[1], NULL, 10));
	seeds = memory_zero(count, sizeof(*seeds));
	sample = memory_zero(1, sizeof(*sample));
	for (i = 0; i < count; i++)
		read_sample(argv[3 + i], &seeds[i]);
	/* Not by its descriptor, which the sanitizers write to. */
	stderr = fopen("/dev/null", "w");
	end = time(NULL) + strtol(argv[2], NULL, 10);
	while (time(NULL) < end) {
		*sample = seeds[below(count)];
		for (i = 1 + below(CHANGES_MAX); i; i--)
			change(sample, &seeds[below(count)]);
		if (try_sample(sample))
			good++;
		else
			bad++;
	}
	printf("%lu good, %lu bad\n", good, bad);
	fclose(stderr);
	free(seeds);
	free(sample);
	return !good || !bad;
}
