/* SPDX-License-Identifier: MIT
 * What is left of a handshake: the secrets of both directions and where their
 * record numbers stand. Enough to go on in the kernel (ktls.h) or in our own
 * record layer (record.h) without any object of OpenSSL's. Pure computation,
 * any thread. */
#ifndef HD_TLS_SECRETS_H
#define HD_TLS_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "tls/suite.h"
#include "util/assert.h"

enum tls_version { TLS_VERSION_1_2 = 0x0303, TLS_VERSION_1_3 = 0x0304 };

struct tls_secrets_half {
	uint8_t secret[SUITE_HASH_MAX]; /* application traffic secret; TLS 1.3 only */
	uint8_t key[SUITE_KEY_MAX];
	uint8_t iv[SUITE_IV_SIZE];      /* TLS 1.2 with AES-GCM: the first 4 bytes only */
	uint64_t seq;                   /* number of the next record */
};

struct tls_secrets {
	uint16_t version; /* enum tls_version */
	uint8_t suite;    /* enum suite */
	struct tls_secrets_half rx;
	struct tls_secrets_half tx;
};

/* TLS 1.3: half->secret is set; computes key and iv, leaves seq. ERROR_CRYPTO
 * if OpenSSL fails (no memory); `half` may then hold half of them. */
HD_MUST_CHECK int secrets_derive(struct tls_secrets_half *half, enum suite suite);
/* TLS 1.3, KeyUpdate: the next secret, its key and iv, seq 0. ERROR_CRYPTO:
 * nothing has changed. */
HD_MUST_CHECK int secrets_next(struct tls_secrets_half *half, enum suite suite);

#define SECRETS_MASTER_SIZE 48
#define SECRETS_RANDOM_SIZE 32
/* TLS 1.2, server's side: keys and IVs from the master secret. s->version and
 * s->suite are set; leaves the seqs. ERROR_CRYPTO. */
HD_MUST_CHECK int secrets_from_master(struct tls_secrets *s, const uint8_t master[SECRETS_MASTER_SIZE],
				      const uint8_t client_random[SECRETS_RANDOM_SIZE],
				      const uint8_t server_random[SECRETS_RANDOM_SIZE]);

/* Whether a record carries 8 bytes of its nonce (AES-GCM in TLS 1.2); all others
 * count in silence. */
bool secrets_nonce_is_explicit(const struct tls_secrets *s);

void secrets_wipe(struct tls_secrets *s);

#endif
