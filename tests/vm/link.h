/* SPDX-License-Identifier: MIT
 * A client of the relay over TLS, by OpenSSL between memory and memory: what
 * goes onto the wire, and when, is decided here. Blocking, one thread; whatever
 * fails or takes too long ends the program with a line on stderr. */
#ifndef HD_TESTS_VM_LINK_H
#define HD_TESTS_VM_LINK_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/key.h"
#include "tools/lib/derp_client.h"
#include "util/bytes.h"

struct link_options {
	uint16_t port;
	int version;                  /* TLS1_2_VERSION or TLS1_3_VERSION */
	const char *suite;            /* OpenSSL's name, of that version */
	SSL_SESSION *session;         /* to be resumed, or NULL */
	const struct key *server_key; /* known: the login goes out in one segment with Finished; or NULL */
	const struct key *early_to;   /* with server_key: and a packet to this one (LINK_EARLY_SIZE bytes) */
};
#define LINK_EARLY_SIZE 3000

struct link {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *in;  /* from the wire */
	BIO *out; /* to the wire */
	SSL_SESSION *session; /* of the latest ticket, or NULL */
	unsigned tickets;
	uint8_t private_key[32];
	struct derp_client *derp; /* keys and texts of the login; its socket is not used */
	struct bytes plain;       /* received, not yet taken */
	size_t taken;
};

_Noreturn void link_die(const char *what);

/* Connects, shakes hands, logs in. */
void link_open(struct link *l, const struct link_options *o);
void link_close(struct link *l);
const struct key *link_key(const struct link *l);
const struct key *link_server_key(const struct link *l);

/* Seals; link_flush sends what is sealed. */
void link_seal(struct link *l, const void *data, size_t len);
void link_flush(struct link *l);

/* Packets with contents that follow from their length and seed. */
void link_seal_packet(struct link *l, const struct key *to, size_t len, uint8_t seed);
void link_expect_packet(struct link *l, const struct key *from, size_t len, uint8_t seed);
/* A ping sealed; its pong awaited: false if the connection ended instead. */
void link_seal_ping(struct link *l, uint8_t value);
bool link_pong(struct link *l, uint8_t value);

/* Reads to the end. True: the relay said close_notify. *alert: another alert it
 * sent, 0 for none. */
bool link_end(struct link *l, int *alert);

#endif
