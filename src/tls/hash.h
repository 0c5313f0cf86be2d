/* SPDX-License-Identifier: MIT
 * The hashes of the suites, by OpenSSL's own functions, called without what EVP
 * puts around them: objects, references and locks cost more than the hashing of
 * the few bytes of a key derivation. HMAC on top. One thread each. */
#ifndef HD_TLS_HASH_H
#define HD_TLS_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/suite.h"
#include "util/assert.h"

struct hash_functions;

struct hash {
	const struct hash_functions *functions;
	void *state;
};

/* The suite's hash, nothing hashed yet; to be released. False: no memory. The
 * others fail only if OpenSSL does, and may be called on after that. */
HD_MUST_CHECK bool hash_begin(struct hash *h, enum suite suite);
HD_MUST_CHECK bool hash_again(struct hash *h); /* as after hash_begin */
HD_MUST_CHECK bool hash_add(struct hash *h, const void *data, size_t len);
HD_MUST_CHECK bool hash_end(struct hash *h, uint8_t *out); /* suite_hash_size() bytes */
void hash_release(struct hash *h); /* wipes; never begun (all zero) is fine */

#define HASH_BLOCK_MAX 128 /* that of SHA-384 */

struct hash_mac {
	struct hash hash;
	size_t hash_size;
	size_t block_size;
	uint8_t pad[HASH_BLOCK_MAX]; /* the key, for the outer hash */
};

/* RFC 2104. ERROR_RANGE: the key is longer than a block; ERROR_CRYPTO. To be
 * released after success. */
HD_MUST_CHECK int hash_mac_begin(struct hash_mac *m, enum suite suite, const void *key, size_t len);
HD_MUST_CHECK bool hash_mac_add(struct hash_mac *m, const void *data, size_t len);
HD_MUST_CHECK bool hash_mac_end(struct hash_mac *m, uint8_t *out); /* untouched on failure */
void hash_mac_release(struct hash_mac *m); /* wipes; never begun is fine */

#endif
