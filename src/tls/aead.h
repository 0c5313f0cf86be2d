/* SPDX-License-Identifier: MIT
 * The ciphers of the record layer: a key of one direction that seals or opens in
 * place. Two libraries do the work: OpenSSL everything, intel-ipsec-mb AES-GCM
 * where it is built in and has code for this processor. They give the same bytes;
 * the second takes a half to a quarter of the time (doc/PERFORMANCE.md).
 * One thread at a time; it may be another one later. */
#ifndef HD_TLS_AEAD_H
#define HD_TLS_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/suite.h"
#include "util/assert.h"

enum aead_use { AEAD_OPEN, AEAD_SEAL };
enum aead_library { AEAD_OPENSSL, AEAD_IPSEC_MB, AEAD_LIBRARIES };

struct aead_ops;

struct aead { /* zeroed: none */
	const struct aead_ops *ops;
	void *key; /* 1 to 1.3 KB, in the form in which the library uses it */
};

/* Copies the key, suite_key_size() bytes. ERROR_NO_MEMORY: *a is none. */
HD_MUST_CHECK int aead_init(struct aead *a, enum suite suite, enum aead_use use, const uint8_t *key);
/* Another key for the same suite and use. ERROR_CRYPTO (no memory): the old key
 * may be gone; only aead_release is left. */
HD_MUST_CHECK int aead_rekey(struct aead *a, const uint8_t *key);
void aead_release(struct aead *a); /* wipes; none is fine */

/* What belongs to one message besides its text. */
struct aead_label {
	uint8_t nonce[SUITE_IV_SIZE]; /* never twice under one key */
	const uint8_t *aad;           /* authenticated as well */
	size_t aad_len;
};

/* Encrypts `len` bytes at `data` and writes SUITE_TAG_SIZE bytes behind them.
 * False: no memory. */
HD_MUST_CHECK bool aead_seal(struct aead *a, const struct aead_label *label, uint8_t *data, size_t len);
/* Decrypts `len` bytes at `data`, with the tag behind them. False: something
 * was changed; the bytes are zero then, whatever it was. */
HD_MUST_CHECK bool aead_open(struct aead *a, const struct aead_label *label, uint8_t *data, size_t len);

/* Who seals and opens in this suite, for the log: "OpenSSL 3.0.22". Any thread. */
const char *aead_text(enum suite suite);
/* For tests: keys made from now on are of this library, where it has the suite.
 * False: it is not there. Before other threads begin. */
bool aead_choose(enum aead_library library);

#endif
