/* SPDX-License-Identifier: MIT
 * A client of OpenSSL's and our side, over a pair of connected sockets, in one
 * thread. */
#ifndef HD_TESTS_UNIT_TLS_PEER_H
#define HD_TESTS_UNIT_TLS_PEER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/context.h"
#include "tls/handshake.h"
#include "tls/record.h"

/* What the client may do; zero is OpenSSL's default. */
struct peer_options {
	int version;          /* TLS1_2_VERSION: no other */
	const char *suites;   /* of TLS 1.3 */
	const char *ciphers;  /* of TLS 1.2 */
	const char *groups;
	const char *sigalgs;
	const char *alpn;     /* on the wire: length byte, name, ... */
	bool no_middlebox;    /* TLS 1.3: without records that only look like TLS 1.2 */
	size_t padding;       /* TLS 1.3: records are padded to a multiple */
	SSL_SESSION *session; /* to be resumed */
};

#define PEER_BUFFER (3 * RECORD_MAX)

struct peer {
	int client_fd;
	int server_fd;
	SSL_CTX *client_ctx;
	SSL *client;
	struct handshake *handshake;
	struct handshake_result result;
	struct tls_record_keys *keys; /* once connected */
	SSL_SESSION *session;         /* of the latest ticket, or NULL */
	uint32_t tickets;             /* received */
	size_t tickets_len;           /* of what brought them */
	uint8_t in[PEER_BUFFER];      /* received by our side, not opened yet */
	size_t in_len;
};

void peer_open(struct peer *p, struct tls_context *ctx, const struct peer_options *o);
/* Lets both go on until our side is done or has failed and the client can do
 * no more. */
enum handshake_progress peer_run(struct peer *p);
/* peer_open and peer_run, which must succeed; makes the keys, sends the tickets. */
void peer_connect(struct peer *p, struct tls_context *ctx, const struct peer_options *o);
void peer_take_keys(struct peer *p);
void peer_close(struct peer *p);

/* Our side opens the next record, which must be here. Data stays in p->in until
 * the next call. Returns record_open's result. */
int peer_receive(struct peer *p, struct record_opened *out);
/* Our side seals and sends. */
void peer_send(struct peer *p, const void *data, size_t len);
/* The client receives so many bytes, which must be these. */
void peer_client_expects(struct peer *p, const void *data, size_t len);
/* The client sends; our side must receive just that. */
void peer_client_sends(struct peer *p, const void *data, size_t len);
/* Sends what is waiting to be sent, without data. */
void peer_send_owed(struct peer *p);

#endif
