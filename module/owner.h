/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that own transactions. */
#ifndef _WGWARD_OWNER_H
#define _WGWARD_OWNER_H

#include <linux/types.h>

struct wgward_transaction;

/*
 * From enter to leave, the end of the transaction's owner is noticed. All three
 * under the ward's lock.
 */
void wgward_owner_enter(struct wgward_transaction *transaction);
void wgward_owner_leave(struct wgward_transaction *transaction);
void wgward_owner_set(struct wgward_transaction *transaction, u32 portid);

int wgward_owner_init(void);
void wgward_owner_exit(void);

#endif /* _WGWARD_OWNER_H */
