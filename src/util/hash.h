/* SPDX-License-Identifier: MIT
 * Keyed hash of short inputs: SipHash-1-3 (Aumasson and Bernstein 2012, with
 * 1 compression and 3 finalisation rounds). Peers choose their own public
 * keys, so tables indexed by them want a hash whose secret they do not know. */
#ifndef HD_UTIL_HASH_H
#define HD_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k0;
	uint64_t k1;
};

/* A fresh secret from getrandom(2); aborts if the kernel has none to give. */
struct hash_key hash_key_random(void);
uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len);

#endif
