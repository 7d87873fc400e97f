/* SPDX-License-Identifier: GPL-2.0 */
/* As much of nftables as it takes to drop what an interface carries. */
#ifndef _NFTABLES_H
#define _NFTABLES_H

#include <stdbool.h>
#include <linux/types.h>

/**
 * struct nftables_chain - a chain that drops
 * @name: of the chain
 * @family: NFPROTO_INET or NFPROTO_NETDEV
 * @hook: of @family
 * @in: drops what comes in by the interface; else what goes out there
 */
struct nftables_chain {
	const char *name;
	u8 family;
	u32 hook;
	bool in;
};

/*
 * Makes the @table of a family with its chains of @chains, which drop and count
 * what they see of @interface; all of it or nothing. Those of NFPROTO_NETDEV
 * are on the interface, which has to be there, all others go by its name.
 * Returns 0, or -errno.
 */
int nftables_make(u8 family, const char *table, const char *interface,
		  const struct nftables_chain *chains, size_t count);

/* Returns 0, or -errno; -ENOENT if there is none. */
int nftables_delete(u8 family, const char *table);

/* Adds the packets that @table has dropped. Returns like nftables_delete(). */
int nftables_count(u8 family, const char *table, u64 *packets);

#endif /* _NFTABLES_H */
