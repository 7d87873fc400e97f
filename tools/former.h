/* SPDX-License-Identifier: GPL-2.0 */
/* What was before a change that is to be confirmed, for rolling that back. */
#ifndef _FORMER_H
#define _FORMER_H

#include <net/if.h>

#include "live.h"
#include "peers.h"

/**
 * struct former - an interface as it was
 * @interface: its name, which may be another by now
 * @ifindex: its number, which stays
 * @generation: of the policy that is to be confirmed
 * @family: what ward_family() said
 * @seconds: for how long it is to be confirmed
 * @created: there was no interface
 * @attached: there was no ward
 * @set_key: it had the private key @secret
 * @set_port: it listened on @port
 * @secret: zero if it had none, or has it still
 * @port: 0 for any
 * @peers: that it had
 * @link: with its addresses and routes
 * @helper: what lock_take_helper() returned
 */
struct former {
	char interface[IFNAMSIZ];
	u32 ifindex;
	u64 generation;
	int family;
	u32 seconds;
	bool created;
	bool attached;
	bool set_key;
	bool set_port;
	u8 secret[WGWARD_KEY_LEN];
	u16 port;
	struct peers *peers;
	struct link *link;
	int helper;
};

/*
 * Reads it, of @live, which @plan is going to change. Returns 0, or -1 after an
 * error was printed; former_free() is due in either case.
 */
int former_read(struct former *former, const struct live *live,
		const struct plan *plan);
void former_free(struct former *former);

/*
 * Does what the kernel leaves to do of a rollback, and may be repeated. Returns
 * 0 when all is as it was, or -1 after an error was printed.
 */
int former_restore(const struct former *former, struct live *live);

#endif /* _FORMER_H */
