/* SPDX-License-Identifier: MIT
 * The cipher suites the relay speaks: three AEADs, the same in TLS 1.3 and (with
 * ECDHE) in TLS 1.2. */
#ifndef HD_TLS_SUITE_H
#define HD_TLS_SUITE_H

#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

#define SUITE_KEY_MAX 32
#define SUITE_HASH_MAX 48
#define SUITE_IV_SIZE 12
#define SUITE_TAG_SIZE 16

enum suite { SUITE_AES_128_GCM, SUITE_AES_256_GCM, SUITE_CHACHA20_POLY1305, SUITE_COUNT };

struct evp_cipher_st;

/* One row per suite; any thread. */
const char *suite_name(enum suite suite);     /* "AES-128-GCM" */
size_t suite_key_size(enum suite suite);      /* bytes */
size_t suite_hash_size(enum suite suite);     /* bytes of the suite's hash, and so of its secrets */
const char *suite_hash_name(enum suite suite); /* OpenSSL's: "SHA256" */
size_t suite_block_size(enum suite suite);    /* bytes that the hash takes at a time */
/* Records one key may seal (RFC 8446, 5.5), with a margin. */
uint64_t suite_record_limit(enum suite suite);
/* The number on the wire, TLS 1.3's. */
uint16_t suite_wire_id(enum suite suite);
/* By the number on the wire, TLS 1.3's or TLS 1.2's. ERROR_NOT_FOUND. */
HD_MUST_CHECK int suite_find(enum suite *suite, uint16_t wire_id);

/* One with the hash of that name, by OpenSSL's names. ERROR_NOT_FOUND. */
HD_MUST_CHECK int suite_of_hash(enum suite *suite, const char *name);

/* OpenSSL's cipher, fetched once and kept; NULL if it has it not. */
const struct evp_cipher_st *suite_cipher(enum suite suite);

#endif
