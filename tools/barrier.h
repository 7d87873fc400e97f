/* SPDX-License-Identifier: GPL-2.0 */
/* What stands in for a ward where there can be none: nftables, which drops. */
#ifndef _BARRIER_H
#define _BARRIER_H

#include <stdbool.h>
#include <linux/types.h>

/**
 * enum barrier - what is dropped of what an interface carries
 * @BARRIER_CLOSED: all, while the module is exchanged
 * @BARRIER_RESCUE: what is forwarded, while there is no module
 */
enum barrier {
	BARRIER_CLOSED,
	BARRIER_RESCUE,
};

/*
 * The first three return 0, or -1 after an error was printed. The interface need
 * not be there for the first; without @device it is closed by its name only,
 * which a program with a packet socket gets around. For the second there need
 * not be a barrier; *@packets is what it has dropped.
 */
int barrier_put(const char *interface, enum barrier barrier, bool device);
int barrier_remove(const char *interface, enum barrier barrier, u64 *packets);

/* There is a policy in force, so there is no need of any. */
int barrier_remove_all(const char *interface);

/* Whether there is one, as far as we know. */
bool barrier_is_put(const char *interface, enum barrier barrier);
/* Whether it does what it is for: somebody may have taken its table away. */
bool barrier_holds(const char *interface, enum barrier barrier);

/* Calls @each for each interface of this namespace that has one. */
void barrier_walk(enum barrier barrier,
		  void (*each)(const char *interface, void *data), void *data);

#endif /* _BARRIER_H */
