/* SPDX-License-Identifier: MIT
 * The socket of a handshake, as OpenSSL sees it. It spares calls of the kernel and
 * yet reads nothing behind the handshake. For handshake.c. One thread. */
#ifndef HD_TLS_HANDSHAKE_SOCKET_H
#define HD_TLS_HANDSHAKE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/suite.h"

#define HANDSHAKE_SOCKET_HEAD 9 /* headers of the first record and of the message in it */
#define HANDSHAKE_SOCKET_LAST (5 + 4 + SUITE_HASH_MAX + 1 + SUITE_TAG_SIZE)

struct bio_st;

/* All zero but fd at the beginning. */
struct handshake_socket {
	int fd;
	int error;             /* errno of a call that failed for good, or 0 */
	bool eof;
	bool answered;         /* something was sent */
	bool waits;            /* in this step: the client cannot have answered yet; reset before the next */
	bool last_read;
	uint8_t last_size;     /* bytes that surely are still to come; 0: not known yet */
	uint8_t last_len;      /* of `last`, read */
	uint8_t last_used;
	uint8_t head_len;
	uint8_t head[HANDSHAKE_SOCKET_HEAD]; /* the first bytes that came */
	uint8_t last[HANDSHAKE_SOCKET_LAST];
	const uint8_t *first;  /* read already, and not taken by OpenSSL yet */
	size_t first_len;
};

/* To be given to an SSL; the socket must outlive it. NULL: no memory. */
struct bio_st *handshake_socket_bio(struct handshake_socket *s);

#endif
