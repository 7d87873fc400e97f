/* SPDX-License-Identifier: GPL-2.0 */
/* What the wards of a namespace enforce. */
#ifndef _FUZZ_WATCH_H
#define _FUZZ_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct port;

#define WATCH_WARDS 8

/**
 * struct watched - a ward
 * @name: of it
 * @state: a number of enum wgward_state
 * @generation: of its policy
 */
struct watched {
	char name[16];
	uint32_t state;
	uint64_t generation;
};

/* All of the namespace that @port is of; returns how many there are. */
unsigned int watch_all(struct port *port, uint16_t family,
		       struct watched wards[WATCH_WARDS]);
/*
 * A number that another policy would not have: of the one in force, or of that
 * to come. What was counted does not matter.
 */
uint64_t watch_policy(struct port *port, uint16_t family, const char *ward,
		      bool pending);

#endif /* _FUZZ_WATCH_H */
