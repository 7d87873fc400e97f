/* SPDX-License-Identifier: GPL-2.0 */
/* Sound requests, each of which fits what was asked for before. */
#ifndef _FUZZ_STORY_H
#define _FUZZ_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz_request.h"

/**
 * struct story - what the requests about a ward have said so far
 * @ward: its name
 * @generation: of its policy
 * @nodes: named by the change under way
 * @groups: likewise
 * @rules: likewise
 * @prefixes: likewise
 * @addresses: likewise
 * @self: one of the nodes is self
 */
struct story {
	char ward[16];
	uint64_t generation;
	unsigned int nodes;
	unsigned int groups;
	unsigned int rules;
	unsigned int prefixes;
	unsigned int addresses;
	bool self;
};

/* A change begins. */
void story_begin(struct story *story);
/* A sound request of @command, or for a dump by it. */
void story_request(struct story *story, struct request *request,
		   uint16_t family, const struct grammar_command *command,
		   bool dump, uint32_t sequence);

#endif /* _FUZZ_STORY_H */
