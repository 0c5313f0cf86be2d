/* SPDX-License-Identifier: MIT */
#include "util/hash.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include "util/assert.h"

struct hash_key hash_key_random(void)
{
	struct hash_key key;
	ssize_t n;

	do
		n = getrandom(&key, sizeof(key), 0);
	while (n < 0 && errno == EINTR);
	/* up to 256 bytes come whole (getrandom(2)) */
	hd_assert(n == (ssize_t)sizeof(key));
	return key;
}

static inline uint64_t rotate(uint64_t v, unsigned bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* The last word: what is left of the input (under 8 bytes), length on top. */
static inline uint64_t last_word(const uint8_t *p, size_t left, size_t len)
{
	uint64_t word = (uint64_t)len << 56;

	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t left = len;
	uint64_t v[4] = {
		key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d),
		key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573),
	};

	for (; left >= 8; left -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		sip_word(v, le64toh(word));
	}
	sip_word(v, last_word(p, left, len));
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
