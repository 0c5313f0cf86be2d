/* SPDX-License-Identifier: MIT
 * What carries the bytes of a connection. The socket is non-blocking; the
 * caller waits for its events (edge-triggered) and calls again. */
#ifndef HD_TOOLS_HD_BENCH_TRANSPORT_H
#define HD_TOOLS_HD_BENCH_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/assert.h"

struct transport;

/* Results: bytes or 0 done; ERROR_MORE: after the next event; ERROR_CLOSED: end
 * of the stream; ERROR_IO (errno tells), ERROR_CRYPTO, ERROR_MALFORMED. */
struct transport_ops {
	int (*secure)(struct transport *t); /* the handshake, until it returns 0 */
	ssize_t (*read)(struct transport *t, void *data, size_t cap);
	ssize_t (*write)(struct transport *t, const void *data, size_t len);
	void (*release)(struct transport *t); /* not the socket */
};

struct transport {
	const struct transport_ops *ops;
	int fd;
	void *state; /* of the ops */
};

/* Plain TCP. */
extern const struct transport_ops transport_plain;

#endif
