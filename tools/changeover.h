/* SPDX-License-Identifier: GPL-2.0 */
/* From one policy and set of peers to the next, or back. */
#ifndef _CHANGEOVER_H
#define _CHANGEOVER_H

#include "goal.h"
#include "live.h"

#define CHANGEOVER_GUARDED (-2)

/*
 * The transaction: guard, WireGuard's side, read back, commit. When something
 * fails all is put back as @live says that it was. @generation is that of the
 * policy which @plan was made from. With @confirm other than 0, what is
 * committed is rolled back unless it is confirmed in so many seconds. Returns 0
 * with the new one in *@generation, or -1 after an error was printed; @rival as
 * of ward_begin().
 */
int changeover_run(struct live *live, const struct goal *goal,
		   const struct plan *plan, u32 confirm, u64 *generation,
		   bool *rival);

/*
 * What @plan says of WireGuard, read back. Returns 0, or -1 after an error was
 * printed.
 */
int changeover_wireguard(struct live *live, const struct goal *goal,
			 const struct plan *plan);

/*
 * WireGuard gets @peers, the private key @secret, unless that is NULL, and
 * @port, unless that is negative. Returns 0, or -1 after an error was printed.
 */
int changeover_put_back(struct live *live, const struct peers *peers,
			const u8 *secret, int port);

/*
 * Ends a change whose owner died: puts WireGuard back to the peers of the
 * policy in force and aborts. @live is to be read again then. Returns 0, or
 * -1 after an error was printed, when the guard still holds.
 */
int changeover_recover(struct live *live);

/*
 * Addresses, MTU, state and routes. Does as much as it can: -1 means that
 * something was left out, and an error was printed about each.
 */
int changeover_settle(struct live *live, const struct target *target);

#endif /* _CHANGEOVER_H */
