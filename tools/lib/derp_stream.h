/* SPDX-License-Identifier: MIT
 * A TCP connection, with TLS if wanted, that carries DERP frames, with a
 * deadline on every call.
 * The socket is non-blocking underneath; calls wait with poll(2).
 *
 * What is given to a send call is taken whole or not at all: when the socket
 * does not take it in time, the call returns ERROR_TIMEOUT and the rest is kept
 * and written before anything else by the next call. So the stream stays in
 * step whatever the caller does after a time-out. The same holds for reading:
 * a frame of which a part has come is continued by the next call.
 *
 * Errors of all calls on the socket: ERROR_TIMEOUT, ERROR_CLOSED (end of the
 * stream, or not connected), ERROR_IO (errno tells), ERROR_NO_MEMORY; with TLS
 * also ERROR_CRYPTO (tls_stream_why(s->tls) tells). */
#ifndef HD_TOOLS_LIB_DERP_STREAM_H
#define HD_TOOLS_LIB_DERP_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "util/assert.h"
#include "util/bytes.h"

#define DERP_STREAM_FRAME_MAX (1024u * 1024)      /* body; larger frames are malformed */
#define DERP_STREAM_OUTBOX_MAX (4u * 1024 * 1024) /* bytes kept after time-outs */

struct tls_client;
struct tls_stream;

struct derp_stream { /* embedded by its owner; fields are the stream's */
	int fd;
	struct tls_stream *tls; /* owned; NULL: none */
	struct bytes out; /* taken but not written yet */
	struct bytes in;  /* read but not handed out yet, from in_at on */
	size_t in_at;
	size_t read_size; /* adapts to what comes, so that an idle client stays small */
};

struct derp_frame {
	uint8_t type;
	const uint8_t *body; /* valid until the next call on this stream */
	uint32_t len;
};

void derp_stream_init(struct derp_stream *s);
/* Closes the socket and frees what is kept; the stream may connect again. */
void derp_stream_close(struct derp_stream *s);

/* recv_buffer: bytes for SO_RCVBUF, 0: leave. */
HD_MUST_CHECK int derp_stream_connect(struct derp_stream *s, const struct sockaddr_storage *address,
				      socklen_t address_len, uint32_t recv_buffer, uint32_t timeout_ms);
/* Once, right after connecting: TLS from here on, with the server of this name. */
HD_MUST_CHECK int derp_stream_secure(struct derp_stream *s, struct tls_client *client, const char *name,
				     uint32_t timeout_ms);

/* The parts, one behind the other. timeout_ms 0 tries once. ERROR_FULL: nothing
 * was taken, too much is kept from before; ERROR_TOO_BIG: longer than a frame. */
HD_MUST_CHECK int derp_stream_send(struct derp_stream *s, const struct iovec *parts, size_t count,
				   uint32_t timeout_ms);
/* Writes what is kept. 0: nothing is left. */
HD_MUST_CHECK int derp_stream_flush(struct derp_stream *s, uint32_t timeout_ms);

/* The next whole frame. ERROR_MALFORMED: larger than DERP_STREAM_FRAME_MAX. */
HD_MUST_CHECK int derp_stream_recv(struct derp_stream *s, struct derp_frame *f, uint32_t timeout_ms);
/* Bytes as they come, at most cap, those read ahead first. Their number. */
HD_MUST_CHECK int derp_stream_recv_raw(struct derp_stream *s, void *data, size_t cap, uint32_t timeout_ms);

/* For parsing what is not a frame (an HTTP head): reads until there is more
 * than before; looks at what there is; drops the first n bytes of it. */
HD_MUST_CHECK int derp_stream_fill(struct derp_stream *s, uint32_t timeout_ms);
const uint8_t *derp_stream_pending(const struct derp_stream *s, size_t *len);
void derp_stream_skip(struct derp_stream *s, size_t n);

#endif
