/* SPDX-License-Identifier: MIT
 * Certificates, keys and rules of the handshake, ready for use. Immutable: a
 * reload makes a new one, swaps a pointer, and drops the old one; connections
 * in their handshake keep theirs. Any thread. */
#ifndef HD_TLS_CONTEXT_H
#define HD_TLS_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "tls/fault.h"
#include "util/assert.h"

struct tls_context;
struct ticket_keys;
struct ssl_ctx_st;

#define CONTEXT_TICKETS_MAX 4 /* one is enough: each login brings a new one */
#define CONTEXT_PAIRS_MAX 2 /* one RSA, one ECDSA; the client's algorithms choose */

struct context_pair {
	const char *cert_path; /* PEM: the certificate, then its chain upwards */
	const char *key_path;  /* PEM, not encrypted */
};

struct context_settings {
	struct context_pair pairs[CONTEXT_PAIRS_MAX];
	uint32_t pair_count;             /* 1 or 2 */
	struct ticket_keys *ticket_keys; /* NULL: sessions are not resumed */
	uint32_t ticket_count;           /* TLS 1.3, for a client that can use them: 0..CONTEXT_TICKETS_MAX */
	const uint8_t *relay_public_key; /* 32 bytes: adds the meta certificate of fast start; or NULL */
};

/* Reads the files; keeps no path. One reference, the caller's. On failure the
 * fault names the file and the reason: ERROR_NOT_FOUND, ERROR_DENIED, ERROR_IO
 * (a file cannot be read), ERROR_MALFORMED (no PEM of the kind), ERROR_RANGE
 * (expired, or not valid yet), ERROR_CRYPTO (certificate and key do not belong
 * together, key too weak), ERROR_UNSUPPORTED (encrypted key, or neither RSA nor
 * ECDSA), ERROR_EXISTS (both pairs of one kind), ERROR_NO_MEMORY. */
HD_MUST_CHECK int context_new(struct tls_context **ctx, const struct context_settings *settings,
			      struct tls_fault *fault);
struct tls_context *context_ref(struct tls_context *ctx);
void context_unref(struct tls_context *ctx); /* NULL is fine */

/* Seconds since 1970: when the first of the pairs expires. */
int64_t context_not_after(const struct tls_context *ctx);
/* When a new context must be made because the meta certificate ends soon after;
 * INT64_MAX without one. */
int64_t context_renew_at(const struct tls_context *ctx);

/* The processor has instructions for AES, so AES-GCM is preferred. */
bool context_aes_is_fast(void);

/* For handshake.c. */
struct ssl_ctx_st *context_ssl(const struct tls_context *ctx);
struct ticket_keys *context_ticket_keys(const struct tls_context *ctx); /* NULL: sessions are not resumed */
uint32_t context_ticket_count(const struct tls_context *ctx);

#endif
