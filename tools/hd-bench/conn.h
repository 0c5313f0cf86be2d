/* SPDX-License-Identifier: MIT
 * One connection to the relay: connects, logs in, then carries frames. Never
 * blocks. What was put into its outbox goes out whole and in order or the
 * connection ends; what came of a frame is kept until the rest does.
 * Once logged in it may part with its socket (conn_carry): the caller then moves
 * the bytes, between the socket and this.
 * Errors: those of transport.h; ERROR_DENIED: the HTTP status is not 101;
 * ERROR_UNSUPPORTED: no WebSocket for DERP there;
 * ERROR_NO_MEMORY. After any but ERROR_MORE the caller closes. One thread. */
#ifndef HD_TOOLS_HD_BENCH_CONN_H
#define HD_TOOLS_HD_BENCH_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "crypto/box.h"
#include "proto/key.h"
#include "tools/hd-bench/transport.h"
#include "util/assert.h"

#define CONN_FRAME_MAX (128 * 1024) /* bytes of a frame that a relay may send */

enum conn_state {
	CONN_CLOSED,
	CONN_CONNECTING,
	CONN_SECURING,
	CONN_UPGRADING,
	CONN_AWAITS_KEY,
	CONN_AWAITS_INFO,
	CONN_READY,
	CONN_LEAVING /* carried, and over; the kernel still has something of it */
};

struct conn_target {
	struct sockaddr_storage address;
	socklen_t address_len;
	struct transport_rules rules;
};

struct conn_identity {
	uint8_t private_key[BOX_KEY_SIZE];
	struct key public_key;
	struct key server_key; /* whose secret `shared` is */
	struct box_shared shared;
	bool shared_ready;
};

void conn_identity_make(struct conn_identity *id);
/* Ahead of the login, so that the login does not do it. ERROR_CRYPTO. */
HD_MUST_CHECK int conn_identity_share(struct conn_identity *id, const struct key *server);

struct conn {
	struct transport transport;
	enum conn_state state;
	struct conn_identity *identity; /* the caller's */
	const struct conn_target *target;
	struct key server_key; /* from CONN_AWAITS_INFO on */
	uint8_t *rest; /* start of a frame that is not whole yet */
	size_t rest_len, rest_cap;
	uint8_t *out; /* whole frames from its start on */
	size_t out_at, out_len, out_cap;
	size_t out_want; /* the caller's: an outbox is made at least that large */
	size_t out_laid; /* the caller's: bytes at its start that it wrote and could use again; 0 when closed */
	bool carried;
	uint32_t fed_round; /* the caller's: when it last received */
	bool receiving; /* the caller's: the kernel has a receive of this socket, */
	bool sending; /* and what conn_hand_out gave */
	bool blocked; /* which waits for room in the socket */
	const uint8_t *wire; /* what goes to the socket: of the transport's, or the outbox itself */
	size_t wire_at, wire_len;
	size_t wire_plain; /* bytes of the outbox that it stands for */
	uint64_t opened_ns;
};

void conn_init(struct conn *c, const struct conn_target *target, struct conn_identity *identity);
/* Starts to connect. recv_buffer: bytes for SO_RCVBUF, 0: leave. ERROR_IO. */
HD_MUST_CHECK int conn_open(struct conn *c, uint32_t recv_buffer);
/* Why a call failed with this error, for people; before conn_close. */
const char *conn_why(const struct conn *c, int err);
/* Closes and frees; the connection may be opened again. */
void conn_close(struct conn *c);

/* After any event: goes on with connecting and with writing. 0: nothing is left
 * to write; carried: the caller is not waiting for room in the socket. */
HD_MUST_CHECK int conn_push(struct conn *c);
/* Reads once, into `data` behind what was kept; *len: bytes there are in all.
 * *more: there may be more to read at once. */
HD_MUST_CHECK int conn_pull(struct conn *c, uint8_t *data, size_t cap, size_t *len, bool *more);
/* Keeps the last bytes of what conn_pull gave. */
HD_MUST_CHECK int conn_keep(struct conn *c, const uint8_t *data, size_t len);
/* While the state is not CONN_READY: takes what it can of what conn_pull gave.
 * Bytes taken, ERROR_MORE if none. */
HD_MUST_CHECK ssize_t conn_login(struct conn *c, const uint8_t *data, size_t len);

/* From here on the caller moves the bytes, and the socket blocks. State
 * CONN_READY. ERROR_UNSUPPORTED, ERROR_MORE (not now): all is as it was. */
HD_MUST_CHECK int conn_carry(struct conn *c);
/* Carried: what is to go to the socket, if anything is and nothing is on its way.
 * It stays untouched until conn_handed says how much of it the socket took. Bytes, or 0. */
HD_MUST_CHECK ssize_t conn_hand_out(struct conn *c, const uint8_t **data);
void conn_handed(struct conn *c, size_t n);
/* At the end: what is in the outbox is unsent from out_at on, to the frame. */
void conn_settle(struct conn *c);
/* Adds to the start of a frame that was kept (rest_len > 0): bytes taken, at most
 * to the frame's end. *whole: `rest` is one whole frame; the caller sets rest_len to 0. */
HD_MUST_CHECK ssize_t conn_join(struct conn *c, const uint8_t *data, size_t len, bool *whole);

/* Room for n bytes behind what the outbox holds, or NULL: push first. An empty
 * outbox is made as large as it must be. The caller adds to out_len. */
uint8_t *conn_reserve(struct conn *c, size_t n);
static inline bool conn_out_empty(const struct conn *c)
{
	return c->out_at == c->out_len;
}
/* Calls `each` with each whole frame that was put into the outbox but has not gone out to its end. */
typedef void conn_frame_fn(void *ctx, const uint8_t *frame, size_t len);
void conn_each_unsent(const struct conn *c, conn_frame_fn *each, void *ctx);

#endif
