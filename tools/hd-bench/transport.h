/* SPDX-License-Identifier: MIT
 * What carries the bytes of a connection. The socket is non-blocking; the
 * caller waits for its events (edge-triggered) and calls again. */
#ifndef HD_TOOLS_HD_BENCH_TRANSPORT_H
#define HD_TOOLS_HD_BENCH_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/assert.h"

struct tls_client;
struct transport;

/* Results: bytes or 0 done; ERROR_MORE: after the next event; ERROR_CLOSED: end
 * of the stream; ERROR_IO (errno tells), ERROR_CRYPTO, ERROR_MALFORMED,
 * ERROR_NO_MEMORY. */
struct transport_ops {
	int (*secure)(struct transport *t); /* the handshake, until it returns 0 */
	/* Less than `cap` says that there was no more: there is one event for all. */
	ssize_t (*read)(struct transport *t, void *data, size_t cap);
	/* After ERROR_MORE the same bytes must come again, more may follow them. */
	ssize_t (*write)(struct transport *t, const void *data, size_t len);
	void (*release)(struct transport *t); /* not the socket */
	/* For people, of the last error; NULL or empty: the code says it all. */
	const char *(*why)(const struct transport *t);
	bool upgrades; /* the handshake has the HTTP upgrade in it */

	/* Leaves the socket to the caller for good; read and write are over.
	 * ERROR_MORE: not now. NULL: this kind cannot. Then: */
	int (*part)(struct transport *t);
	/* What came from the socket, *len bytes at *data, which it may overwrite: the
	 * next piece of what they carry, its bytes; *data and *len move on. ERROR_MORE:
	 * all is used up. */
	ssize_t (*open)(struct transport *t, uint8_t **data, size_t *len, uint8_t **plain);
	/* What is to go to the socket for those bytes (and for what the transport has to
	 * say itself): its bytes, valid until the next call. NULL: they go as they are. */
	ssize_t (*seal)(struct transport *t, const uint8_t *plain, size_t len, const uint8_t **wire);
	/* How many of the plain bytes are whole in the first n that seal gave. */
	size_t (*sealed)(const struct transport *t, size_t n);
};

/* What connections of one kind have in common; the caller's. */
struct transport_rules {
	const struct transport_ops *ops;
	const struct transport_ops *carrier; /* of transport_ws: below it */
	struct tls_client *tls; /* of transport_tls */
	const char *host; /* for the Host field and as the certificate's name */
};

struct transport {
	const struct transport_rules *rules;
	int fd;
	void *state; /* of the ops */
};

/* Plain TCP. */
extern const struct transport_ops transport_plain;

#endif
