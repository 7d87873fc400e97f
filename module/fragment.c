// SPDX-License-Identifier: GPL-2.0
/* Which datagrams in fragments were let through. */

#include <linux/build_bug.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "account.h"
#include "fragment.h"
#include "packet.h"
#include "policy.h"

/**
 * DOC: Fragments
 *
 * Only the first fragment of a datagram has ports, so it is judged and the
 * others follow it. Nothing is held back or put together again: a fragment
 * that overtakes its first is dropped as an orphan, and the datagram is lost.
 * WireGuard keeps the order of what it carries, so this is rare.
 *
 * What has been seen of a datagram is kept as a few spans, which is one as
 * long as nothing is lost or reordered. A fragment that touches what has been
 * seen is an attempt at putting other ports below the judged ones, or a
 * duplicate: the datagram is given up (RFC 5722). One that was seen whole is
 * forgotten at once, so that the limit is one on datagrams under way:
 *
 *	first      0-1376     spans: 0-1376
 *	later   1376-2752             0-2752
 *	later   4128-5504             0-2752 4128-5504
 *	later   2752-4128             0-5504
 *	last    5504-5600             0-5600, all there is: forgotten
 *
 * Where there is no room, the oldest of the same sender makes it, else the
 * oldest of all: most likely the rest of it was lost, while the new one is
 * under way. No sender can push out what others have with less than eight
 * addresses.
 */

#define MAX_FRAGMENTED 4096
/* Of one sender, or of several whose addresses hash alike. */
#define MAX_FRAGMENTED_SHARE (MAX_FRAGMENTED / 8)
#define MAX_SPANS 4
#define LIFETIME (30 * HZ)

/* What identifies a datagram. Hashed and compared as bytes: no padding. */
struct key {
	struct in6_addr source;
	struct in6_addr destination;
	__be32 id;
	u8 family;
	u8 protocol;
	u8 hook;
	u8 zero;
};

/* A datagram ends before 65,536. */
struct span {
	u16 start, end;
};

/**
 * struct entry - a datagram under way
 * @chain: in &wgward_fragments.buckets
 * @queue: in &wgward_fragments.queue
 * @share_queue: in &wgward_fragment_share.queue
 * @key: what identifies it
 * @account: what its fragments count to
 * @epoch: of the view that passed the first fragment
 * @born: jiffies
 * @length: of the whole payload, 0 while the last fragment has not come
 * @count: number of @spans
 * @spans: seen of the payload, ascending, neither touching nor overlapping
 */
struct entry {
	struct hlist_node chain;
	struct list_head queue;
	struct list_head share_queue;
	struct key key;
	struct wgward_account account;
	u32 epoch;
	unsigned long born;
	u16 length;
	u16 count;
	struct span spans[MAX_SPANS];
};

/* The next size that the kernel has is a third more. */
static_assert(sizeof(struct entry) <= 192);

static void key_fill(struct key *key, const struct wgward_packet *packet,
		     u8 hook)
{
	key->source = packet->source;
	key->destination = packet->destination;
	key->id = packet->fragment_id;
	key->family = packet->family;
	key->protocol = packet->fragment_protocol;
	key->hook = hook;
	key->zero = 0;
}

static struct hlist_head *bucket_of(struct wgward_fragments *fragments,
				    const struct key *key)
{
	u32 hash = hsiphash(key, sizeof(*key), &fragments->seed);

	return &fragments->buckets[hash % WGWARD_FRAGMENT_BUCKETS];
}

static struct wgward_fragment_share *
share_of(struct wgward_fragments *fragments, const struct key *key)
{
	u32 hash =
		hsiphash(&key->source, sizeof(key->source), &fragments->seed);

	return &fragments->shares[hash % WGWARD_FRAGMENT_SHARES];
}

static struct entry *find(struct wgward_fragments *fragments,
			  const struct key *key)
{
	struct entry *entry;

	lockdep_assert_held(&fragments->lock);

	hlist_for_each_entry(entry, bucket_of(fragments, key), chain)
		if (!memcmp(&entry->key, key, sizeof(*key)))
			return entry;
	return NULL;
}

static void forget(struct wgward_fragments *fragments, struct entry *entry)
{
	lockdep_assert_held(&fragments->lock);

	hlist_del(&entry->chain);
	list_del(&entry->queue);
	list_del(&entry->share_queue);
	share_of(fragments, &entry->key)->count--;
	fragments->count--;
	kfree(entry);
}

static bool is_old(const struct entry *entry)
{
	return time_after_eq(jiffies, entry->born + LIFETIME);
}

/* At most two are added for each that is born: none stays for long. */
static void forget_old(struct wgward_fragments *fragments)
{
	struct entry *oldest;
	int i;

	for (i = 0; i < 2; i++) {
		oldest = list_first_entry_or_null(&fragments->queue,
						  struct entry, queue);
		if (!oldest || !is_old(oldest))
			return;
		forget(fragments, oldest);
	}
}

/* Whether one had to go. */
static bool make_room(struct wgward_fragments *fragments,
		      struct wgward_fragment_share *share)
{
	if (share->count >= MAX_FRAGMENTED_SHARE)
		forget(fragments, list_first_entry(&share->queue, struct entry,
						   share_queue));
	else if (fragments->count >= MAX_FRAGMENTED)
		forget(fragments, list_first_entry(&fragments->queue,
						   struct entry, queue));
	else
		return false;
	return true;
}

static int remember(struct wgward_fragments *fragments, const struct key *key,
		    const struct wgward_packet *packet, u32 epoch,
		    const struct wgward_account *account)
{
	struct wgward_fragment_share *share = share_of(fragments, key);
	struct entry *entry;
	bool made_room;

	lockdep_assert_held(&fragments->lock);

	forget_old(fragments);
	made_room = make_room(fragments, share);
	entry = kmalloc(sizeof(*entry), GFP_ATOMIC | __GFP_NOWARN);
	if (!entry)
		return -(WGWARD_REASON_NO_MEMORY + 1);

	entry->key = *key;
	entry->account = *account;
	entry->epoch = epoch;
	entry->born = jiffies;
	entry->length = 0;
	entry->count = 1;
	entry->spans[0].start = 0;
	entry->spans[0].end = packet->fragment_end;
	hlist_add_head(&entry->chain, bucket_of(fragments, key));
	list_add_tail(&entry->queue, &fragments->queue);
	list_add_tail(&entry->share_queue, &share->queue);
	share->count++;
	fragments->count++;
	return made_room;
}

int wgward_fragment_first(struct wgward_fragments *fragments,
			  const struct wgward_packet *packet, u8 hook,
			  u32 epoch, const struct wgward_account *account)
{
	struct entry *former;
	struct key key;
	int err = 0;

	key_fill(&key, packet, hook);
	spin_lock_bh(&fragments->lock);
	former = find(fragments, &key);
	if (former)
		forget(fragments, former);
	if (account)
		err = remember(fragments, &key, packet, epoch, account);
	spin_unlock_bh(&fragments->lock);
	return err;
}

/* Index of the first range that ends at or after @start. */
static unsigned int position_of(const struct entry *entry, u32 start)
{
	unsigned int i;

	for (i = 0; i < entry->count; i++)
		if (entry->spans[i].end >= start)
			break;
	return i;
}

static void span_remove(struct entry *entry, unsigned int i)
{
	entry->count--;
	memmove(&entry->spans[i], &entry->spans[i + 1],
		(entry->count - i) * sizeof(entry->spans[0]));
}

static int span_insert(struct entry *entry, unsigned int i, u32 start, u32 end)
{
	if (entry->count == MAX_SPANS)
		return -(WGWARD_REASON_FRAGMENT_LIMIT + 1);
	memmove(&entry->spans[i + 1], &entry->spans[i],
		(entry->count - i) * sizeof(entry->spans[0]));
	entry->count++;
	entry->spans[i].start = start;
	entry->spans[i].end = end;
	return 0;
}

static int span_add(struct entry *entry, u32 start, u32 end)
{
	unsigned int i = position_of(entry, start);
	struct span *at = &entry->spans[i];

	/* Ends where this one starts: that one grows. */
	if (i < entry->count && at->end == start) {
		if (i + 1 == entry->count || at[1].start > end) {
			at->end = end;
			return 0;
		}
		if (at[1].start < end)
			return -(WGWARD_REASON_FRAGMENT_OVERLAP + 1);
		at->end = at[1].end;
		span_remove(entry, i + 1);
		return 0;
	}
	if (i < entry->count && at->start < end)
		return -(WGWARD_REASON_FRAGMENT_OVERLAP + 1);
	if (i < entry->count && at->start == end) {
		at->start = start;
		return 0;
	}
	return span_insert(entry, i, start, end);
}

static int follow(struct entry *entry, const struct wgward_packet *packet)
{
	const struct span *last = &entry->spans[entry->count - 1];
	bool is_last = packet->flags & WGWARD_PACKET_LAST;

	/* Nothing may come behind the last one, nor a second last one. */
	if (entry->length && (is_last || packet->fragment_end > entry->length))
		return -(WGWARD_REASON_FRAGMENT_OVERLAP + 1);
	if (is_last && packet->fragment_end < last->end)
		return -(WGWARD_REASON_FRAGMENT_OVERLAP + 1);
	if (is_last)
		entry->length = packet->fragment_end;
	return span_add(entry, packet->fragment_start, packet->fragment_end);
}

static bool is_whole(const struct entry *entry)
{
	return entry->length && entry->count == 1 &&
	       entry->spans[0].end == entry->length;
}

int wgward_fragment_later(struct wgward_fragments *fragments,
			  const struct wgward_packet *packet, u8 hook,
			  u32 epoch, struct wgward_account *account)
{
	struct entry *entry;
	struct key key;
	int err;

	key_fill(&key, packet, hook);
	spin_lock_bh(&fragments->lock);
	entry = find(fragments, &key);
	if (!entry || entry->epoch != epoch || is_old(entry)) {
		err = -(WGWARD_REASON_FRAGMENT_ORPHAN + 1);
	} else {
		err = follow(entry, packet);
		*account = entry->account;
		if (err || is_whole(entry))
			forget(fragments, entry);
	}
	spin_unlock_bh(&fragments->lock);
	return err;
}

void wgward_fragments_create(struct wgward_fragments *fragments)
{
	int i;

	spin_lock_init(&fragments->lock);
	for (i = 0; i < WGWARD_FRAGMENT_BUCKETS; i++)
		INIT_HLIST_HEAD(&fragments->buckets[i]);
	for (i = 0; i < WGWARD_FRAGMENT_SHARES; i++) {
		INIT_LIST_HEAD(&fragments->shares[i].queue);
		fragments->shares[i].count = 0;
	}
	INIT_LIST_HEAD(&fragments->queue);
	fragments->count = 0;
	get_random_bytes(&fragments->seed, sizeof(fragments->seed));
}

void wgward_fragments_destroy(struct wgward_fragments *fragments)
{
	struct entry *entry, *next;

	list_for_each_entry_safe(entry, next, &fragments->queue, queue)
		kfree(entry);
}
