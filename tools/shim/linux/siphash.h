/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Userspace version of the kernel's header: hsiphash, which is SipHash-1-3
 * where words have 64 bits. The values need not be the kernel's.
 */
#ifndef _SHIM_LINUX_SIPHASH_H
#define _SHIM_LINUX_SIPHASH_H

#include <string.h>

#include <linux/types.h>

typedef struct {
	u64 key[2];
} hsiphash_key_t;

struct shim_siphash {
	u64 v0, v1, v2, v3;
};

static inline u64 shim_rotate(u64 value, unsigned int bits)
{
	return value << bits | value >> (64 - bits);
}

static inline void shim_siphash_round(struct shim_siphash *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = shim_rotate(s->v1, 13) ^ s->v0;
	s->v3 = shim_rotate(s->v3, 16) ^ s->v2;
	s->v0 = shim_rotate(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = shim_rotate(s->v1, 17) ^ s->v2;
	s->v3 = shim_rotate(s->v3, 21) ^ s->v0;
	s->v2 = shim_rotate(s->v2, 32);
}

static inline void shim_siphash_word(struct shim_siphash *s, u64 word)
{
	s->v3 ^= word;
	shim_siphash_round(s);
	s->v0 ^= word;
}

static inline u32 hsiphash(const void *data, size_t length,
			   const hsiphash_key_t *key)
{
	struct shim_siphash s = {
		.v0 = key->key[0] ^ 0x736f6d6570736575ULL,
		.v1 = key->key[1] ^ 0x646f72616e646f6dULL,
		.v2 = key->key[0] ^ 0x6c7967656e657261ULL,
		.v3 = key->key[1] ^ 0x7465646279746573ULL,
	};
	const u8 *bytes = data;
	size_t left = length;
	u64 word;

	for (; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		shim_siphash_word(&s, word);
		bytes += sizeof(word);
	}
	word = 0;
	if (left)
		memcpy(&word, bytes, left);
	shim_siphash_word(&s, word | (u64)length << 56);
	s.v2 ^= 0xff;
	shim_siphash_round(&s);
	shim_siphash_round(&s);
	shim_siphash_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static inline u32 hsiphash_2u32(u32 a, u32 b, const hsiphash_key_t *key)
{
	u32 words[] = { a, b };

	return hsiphash(words, sizeof(words), key);
}

static inline u32 hsiphash_3u32(u32 a, u32 b, u32 c, const hsiphash_key_t *key)
{
	u32 words[] = { a, b, c };

	return hsiphash(words, sizeof(words), key);
}

#endif /* _SHIM_LINUX_SIPHASH_H */
