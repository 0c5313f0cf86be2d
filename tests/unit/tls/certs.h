/* SPDX-License-Identifier: MIT
 * Certificates and keys for tests, as PEM files in the folder of
 * tests/unit/crypto/folder.h. */
#ifndef HD_TESTS_UNIT_TLS_CERTS_H
#define HD_TESTS_UNIT_TLS_CERTS_H

#include "tls/context.h"
#include "tls/ticket.h"

enum certs_kind { CERTS_ECDSA, CERTS_RSA, CERTS_ED25519, CERTS_P384, CERTS_P521 };

/* Unchecked fixture: what is costly to make is made once. */
void certs_start(void);
void certs_end(void);

/* NAME.crt, valid from so many days from now until so many, and NAME.key. */
void certs_write(const char *name, enum certs_kind kind, int from_days, int to_days);
/* NAME.key encrypted with a password. */
void certs_write_encrypted_key(const char *name);
/* FROM.key and FROM.crt take the place of TO's, each at once. */
void certs_move(const char *from, const char *to);
/* Appends NAME.crt of another issuer and subject: a chain. */
void certs_append(const char *name, const char *other);

/* Seconds since 1970 between which the meta certificate of a context is valid. */
void certs_meta_times(const struct tls_context *ctx, int64_t *begins, int64_t *ends);

/* A context with one pair; the other settings as given, or none. Paths NAME.crt
 * and NAME.key. */
struct tls_context *certs_context(const char *name);
struct tls_context *certs_context_with(const char *name, const char *second, struct ticket_keys *tickets,
				       uint32_t ticket_count, const uint8_t *relay_key);

#endif
