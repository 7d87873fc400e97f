/* SPDX-License-Identifier: GPL-2.0 */
/* Which datagrams in fragments were let through. */
#ifndef _WGWARD_FRAGMENT_H
#define _WGWARD_FRAGMENT_H

#include <linux/list.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct wgward_account;
struct wgward_packet;

#define WGWARD_FRAGMENT_BUCKETS 256
#define WGWARD_FRAGMENT_SHARES 256

/* What senders whose addresses hash alike have under way, oldest first. */
struct wgward_fragment_share {
	struct list_head queue;
	unsigned int count;
};

/**
 * struct wgward_fragments - datagrams whose first fragment was passed
 * @lock: protects the other members and all entries; taken with bottom halves
 *	off, innermost
 * @buckets: entries by what identifies a datagram
 * @queue: entries, oldest first
 * @count: number of entries
 * @shares: entries by sender, so that one cannot push out what others have
 * @seed: of both hashes
 */
struct wgward_fragments {
	spinlock_t lock;
	struct hlist_head buckets[WGWARD_FRAGMENT_BUCKETS];
	struct list_head queue;
	unsigned int count;
	struct wgward_fragment_share shares[WGWARD_FRAGMENT_SHARES];
	hsiphash_key_t seed;
};

void wgward_fragments_create(struct wgward_fragments *fragments);
void wgward_fragments_destroy(struct wgward_fragments *fragments);

/*
 * Remembers the datagram whose first fragment @packet is, as judged at @hook in
 * @epoch, and what the others count to; or forgets it if @account is NULL, as
 * it was refused. Returns 0; 1 if it took the room of another; or -(enum
 * wgward_reason + 1): NO_MEMORY. Any context but hard interrupts.
 */
int wgward_fragment_first(struct wgward_fragments *fragments,
			  const struct wgward_packet *packet, u8 hook,
			  u32 epoch, const struct wgward_account *account);

/*
 * Whether the later fragment @packet may follow its first. Returns 0, and what
 * it counts to in @account; or -(enum wgward_reason + 1): FRAGMENT_ORPHAN,
 * FRAGMENT_OVERLAP, FRAGMENT_LIMIT. Any context but hard interrupts.
 */
int wgward_fragment_later(struct wgward_fragments *fragments,
			  const struct wgward_packet *packet, u8 hook,
			  u32 epoch, struct wgward_account *account);

#endif /* _WGWARD_FRAGMENT_H */
