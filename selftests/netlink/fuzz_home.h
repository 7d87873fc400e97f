/* SPDX-License-Identifier: GPL-2.0 */
/* Namespaces with interfaces, and what their wards should be. */
#ifndef _FUZZ_HOME_H
#define _FUZZ_HOME_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz_port.h"
#include "fuzz_story.h"

#define PORTS 3
#define WARDS 2

/* How far a change is, as far as its requests tell. */
enum stage {
	NO_CHANGE,
	OPEN,
	SPOILED, /* something was refused, or it is another's: it has to end */
	PREPARED,
	TRIAL,
};

/**
 * struct ward - a ward, and what it should be
 * @story: what its requests said
 * @there: it exists
 * @state: a number of enum wgward_state
 * @generation: of its policy
 * @print: of the policy in force
 * @pending: of the one to come
 * @former: of the one to go back to
 * @stage: of the change under way
 * @owner: number of the port that owns it
 */
struct ward {
	struct story story;
	bool there;
	uint32_t state;
	uint64_t generation;
	uint64_t print;
	uint64_t pending;
	uint64_t former;
	enum stage stage;
	unsigned int owner;
};

/**
 * struct home - a namespace
 * @fd: of it
 * @ports: that send requests from there
 * @eye: that looks at what they do
 * @ear: in both multicast groups, and not read
 * @out: for packets
 * @wards: of it
 */
struct home {
	int fd;
	struct port ports[PORTS];
	struct port eye;
	struct port ear;
	int out;
	struct ward wards[WARDS];
};

/* The program goes into the namespace. */
void home_enter(const struct home *home);
/* Opens that of @path, with its sockets and interfaces. */
void home_open(struct home *home, const char *path);
/* An interface anew, as a session finds it; ends the program if it cannot. */
void home_interface(const struct home *home, unsigned int number);
/* Packets, so that something is judged, and there are flows. */
void home_send(const struct home *home);

#endif /* _FUZZ_HOME_H */
