/* SPDX-License-Identifier: MIT
 * The sockets of an engine's traffic, moved by io_uring: receives that go on by
 * themselves, sends of a whole outbox, one system call per round. For
 * engine_loop.c; its thread. Without it, and for all other sockets, the engine
 * makes system calls of its own at events of epoll. */
#ifndef HD_TOOLS_HD_BENCH_ENGINE_RING_H
#define HD_TOOLS_HD_BENCH_ENGINE_RING_H

#include <stdint.h>

#include "tools/hd-bench/engine_loop.h"
#include "util/assert.h"

/* Makes the ring and carries those who take part in the load and are logged in.
 * ERROR_UNSUPPORTED, ERROR_NO_MEMORY, ERROR_IO (errno): all is as it was. */
HD_MUST_CHECK int engine_ring_start(struct engine *e);
/* Waits until the kernel has nothing of ours, and ends the ring. Nothing more is
 * taken from the sockets. No ring: nothing. */
void engine_ring_stop(struct engine *e);

/* What the outbox holds goes out with the next wait, unless something is on its
 * way: then behind that. Errors of conn_hand_out. */
HD_MUST_CHECK int engine_ring_send(struct engine *e, struct client *c);
/* Instead of conn_close. */
void engine_ring_drop(struct engine *e, struct client *c);

/* Waits ns at most, 0: not at all. What came until then is to be had by
 * engine_ring_next. patient: until the time is over, whatever comes. */
void engine_ring_wait(struct engine *e, uint64_t ns, bool patient);

enum engine_ring_kind {
	ENGINE_RING_NOTHING,
	ENGINE_RING_DATA, /* of `len` bytes, to be given back by engine_ring_return */
	ENGINE_RING_ROOM, /* the outbox is empty, after it had to wait for room */
	ENGINE_RING_LOST /* with the error `err`; drop it */
};

struct engine_ring_event {
	enum engine_ring_kind kind;
	struct client *client;
	uint8_t *data;
	size_t len;
	uint16_t buf;
	int err;
};

void engine_ring_next(struct engine *e, struct engine_ring_event *event);
void engine_ring_return(struct engine *e, const struct engine_ring_event *event);

#endif
