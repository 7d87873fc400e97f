/* SPDX-License-Identifier: GPL-2.0 */
/* Requests whose attributes can be found again, to be damaged. */
#ifndef _FUZZ_REQUEST_H
#define _FUZZ_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grammar.h"

#define REQUEST_SIZE 65536
#define REQUEST_PIECES 4096
/* In place of a parent. */
#define REQUEST_TOP (-1)

/**
 * struct piece - an attribute of a request
 * @at: where it begins
 * @parent: number of the nest that it is in, or REQUEST_TOP
 * @attr: what it is
 */
struct piece {
	uint32_t at;
	int parent;
	const struct grammar_attr *attr;
};

/**
 * struct request - a request on its way
 * @bytes: of it, from its header on
 * @length: of them
 * @count: of @pieces
 * @pieces: its attributes
 * @header: what is wrong with the headers may be refused without a word
 */
struct request {
	uint8_t bytes[REQUEST_SIZE];
	uint32_t length;
	unsigned int count;
	struct piece pieces[REQUEST_PIECES];
	bool header;
};

/* Without attributes. */
void request_start(struct request *request, uint16_t family, uint8_t command,
		   uint16_t flags, uint32_t sequence);
/* Begins an attribute, and returns its number, or -1 when it is full. */
int request_open(struct request *request, const struct grammar_attr *attr,
		 int parent);
/* Adds to the attribute that was begun last. */
void request_put(struct request *request, const void *data, size_t length);
void request_close(struct request *request, int piece);
/* When nothing else is added. */
void request_end(struct request *request);

/* Length of an attribute, as it says. */
uint16_t request_said(const struct request *request, int piece);

/*
 * Replaces bytes at @at in the nest @parent, all lengths being adjusted. Whole
 * attributes have to go or come, or @at has to be within one. False: no room.
 */
bool request_splice(struct request *request, int parent, uint32_t at,
		    uint32_t removed, const void *data, uint32_t added);

/* Does something to it that leaves it no sound request, most of the time. */
void request_damage(struct request *request);

#endif /* _FUZZ_REQUEST_H */
