/* SPDX-License-Identifier: MIT
 * A server's handshake, without blocking, on the caller's socket. Nothing is
 * read behind the handshake: what follows it is still in the socket when it is
 * done. Once a step has sent something it reads no more: the caller must be told
 * again of what has come meanwhile. The object of OpenSSL's lives from the
 * client's first byte to the end of the handshake, no longer. One thread. */
#ifndef HD_TLS_HANDSHAKE_H
#define HD_TLS_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/secrets.h"
#include "util/assert.h"

struct handshake;
struct tls_context;

enum handshake_progress { HANDSHAKE_DONE, HANDSHAKE_WANT_READ, HANDSHAKE_WANT_WRITE, HANDSHAKE_FAILED };

/* One row: enumerator, label for metrics, text. */
#define HANDSHAKE_FAILURE_TABLE(X)                                                      \
	X(HANDSHAKE_FAILURE_NONE, "none", "no failure")                                 \
	X(HANDSHAKE_FAILURE_NOT_TLS, "not_tls", "the client does not speak TLS")        \
	X(HANDSHAKE_FAILURE_EOF, "eof", "the client left")                              \
	X(HANDSHAKE_FAILURE_IO, "io", "the connection broke")                           \
	X(HANDSHAKE_FAILURE_VERSION, "version", "the client's TLS is older than 1.2")   \
	X(HANDSHAKE_FAILURE_NO_SHARED, "no_shared", "no cipher, group or signature in common") \
	X(HANDSHAKE_FAILURE_MALFORMED, "malformed", "not as TLS prescribes")            \
	X(HANDSHAKE_FAILURE_BAD_RECORD, "bad_record", "a record does not verify")       \
	X(HANDSHAKE_FAILURE_REFUSED, "refused", "the client refuses, mostly our certificate") \
	X(HANDSHAKE_FAILURE_INTERNAL, "internal", "out of memory, or OpenSSL failed")

enum handshake_failure {
#define HANDSHAKE_FAILURE_ROW(name, label, text) name,
	HANDSHAKE_FAILURE_TABLE(HANDSHAKE_FAILURE_ROW)
#undef HANDSHAKE_FAILURE_ROW
	HANDSHAKE_FAILURE_COUNT
};

struct handshake_result {
	struct tls_secrets secrets; /* wipe after use */
	bool resumed;               /* by a ticket */
	bool alpn;                  /* http/1.1 was agreed on */
};

/* Takes a reference to ctx; fd stays the caller's and must outlive it.
 * ERROR_NO_MEMORY. */
HD_MUST_CHECK int handshake_new(struct handshake **h, struct tls_context *ctx, int fd);
/* Goes on as far as it can. WANT_READ, WANT_WRITE: call again when the socket
 * is readable, writable. After DONE or FAILED call it no more. */
HD_MUST_CHECK enum handshake_progress handshake_step(struct handshake *h);
/* Once, after DONE: moves the secrets out. */
void handshake_take_result(struct handshake *h, struct handshake_result *result);
/* Then, in TLS 1.3: what brings the client its tickets, messages of type handshake for
 * one record of their own, before any other. Returns the bytes; 0: the client wants
 * none, or there are none. */
#define HANDSHAKE_TICKETS_MAX 1024
HD_MUST_CHECK size_t handshake_put_tickets(struct handshake *h, uint8_t out[HANDSHAKE_TICKETS_MAX]);
/* At any time, in the middle too; wipes. NULL is fine. */
void handshake_free(struct handshake *h);

/* Bytes it takes besides itself, about: none before the client's first. */
size_t handshake_memory(const struct handshake *h);

/* After FAILED. */
enum handshake_failure handshake_failure(const struct handshake *h);
const char *handshake_detail(const struct handshake *h); /* OpenSSL's words, or the client's alert; never NULL */
const char *handshake_failure_label(enum handshake_failure failure);
const char *handshake_failure_text(enum handshake_failure failure);

/* For context.c: the client of this handshake can come again by a ticket of TLS 1.3. */
struct ssl_st;
void handshake_wants_ticket(struct ssl_st *ssl);

#endif
