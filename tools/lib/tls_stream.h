/* SPDX-License-Identifier: MIT
 * The client's end of one TLS connection, on a non-blocking socket that stays
 * the caller's. One thread.
 *
 * Results: bytes, or 0 for done; ERROR_MORE: call again after the event that
 * tls_stream_wants() names; ERROR_CLOSED: the server said close_notify;
 * ERROR_CRYPTO: a certificate that is not trusted, an alert, a record that does
 * not verify (tls_stream_why() tells); ERROR_IO: errno tells, 0 for an end of
 * the stream without close_notify; ERROR_NO_MEMORY. */
#ifndef HD_TOOLS_LIB_TLS_STREAM_H
#define HD_TOOLS_LIB_TLS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/key.h"
#include "util/assert.h"

struct tls_client;
struct tls_stream;
struct ssl_st;

#define TLS_STREAM_SECRET_MAX 48

/* What a record layer of the caller's goes on with. */
struct tls_stream_secrets {
	uint16_t suite; /* its number on the wire */
	uint8_t size; /* bytes of a secret */
	uint8_t ours[TLS_STREAM_SECRET_MAX]; /* of the application's traffic, RFC 8446, 7.1 */
	uint8_t theirs[TLS_STREAM_SECRET_MAX];
	uint64_t written; /* records under them so far */
	uint64_t read;
};

/* The name is the server's, DNS or numeric. ERROR_NO_MEMORY. */
HD_MUST_CHECK int tls_stream_new(struct tls_stream **s, struct tls_client *client, int fd, const char *name);
void tls_stream_free(struct tls_stream *s); /* says nothing; NULL is fine */

/* Goes on as far as it can, to be called until it returns 0. */
HD_MUST_CHECK int tls_stream_handshake(struct tls_stream *s);
HD_MUST_CHECK ssize_t tls_stream_read(struct tls_stream *s, void *data, size_t cap);
/* After ERROR_MORE the same bytes must come again, more may follow them. */
HD_MUST_CHECK ssize_t tls_stream_write(struct tls_stream *s, const void *data, size_t len);
/* One write makes one record of at most this many bytes (1..16384, the default). */
void tls_stream_set_record_max(struct tls_stream *s, size_t bytes);
/* Says close_notify; the server may still send. */
HD_MUST_CHECK int tls_stream_close(struct tls_stream *s);
/* A KeyUpdate in front of the next record; ask: the server must send one, too. */
HD_MUST_CHECK int tls_stream_update_key(struct tls_stream *s, bool ask);

/* Of a client with `parts`: hands out the secrets, to be wiped after use; the
 * stream is over but for its end. ERROR_UNSUPPORTED: not TLS 1.3, or a key is not
 * the first any more; ERROR_MORE: it has read a part of what is to come. */
HD_MUST_CHECK int tls_stream_part(struct tls_stream *s, struct tls_stream_secrets *secrets);

/* What poll(2) should wait for after ERROR_MORE: POLLIN or POLLOUT. */
short tls_stream_wants(const struct tls_stream *s);
/* Why ERROR_CRYPTO, for people; never NULL. */
const char *tls_stream_why(const struct tls_stream *s);

/* After the handshake. */
uint16_t tls_stream_version(const struct tls_stream *s); /* TLS_CLIENT_TLS_1_3 ... */
const char *tls_stream_suite(const struct tls_stream *s); /* OpenSSL's name */
bool tls_stream_resumed(const struct tls_stream *s);
/* The relay's key, from the meta certificate behind its chain; false: there is none. */
bool tls_stream_relay_key(const struct tls_stream *s, struct key *key);

/* For tls_client.c: a line of OpenSSL's key log. */
void tls_stream_on_secret(const struct ssl_st *ssl, const char *line);

/* For what only a test wants to do with it. */
struct ssl_st *tls_stream_object(struct tls_stream *s);

#endif
