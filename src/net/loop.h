/* SPDX-License-Identifier: MIT
 * Event loop of one thread: epoll for descriptors, a timing wheel for
 * deadlines. Not for the data plane, which has io_uring. */
#ifndef HD_NET_LOOP_H
#define HD_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "util/assert.h"
#include "util/wheel.h"

struct loop;
struct loop_io;
struct loop_timer;

/* events: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR as epoll reports them. The
 * handler may remove and free its own or any other loop_io: events already
 * fetched for a removed one are not delivered. */
typedef void loop_io_fn(struct loop *l, struct loop_io *io, uint32_t events);
typedef void loop_timer_fn(struct loop *l, struct loop_timer *t);

struct loop_io { /* embedded by its owner, who zeroes it; fields are the loop's */
	int fd;
	uint32_t events;
	loop_io_fn *fn;
	uint32_t index; /* place in the loop's table, 0: not registered */
};

struct loop_timer { /* embedded by its owner */
	struct timer timer;
	loop_timer_fn *fn;
};

HD_MUST_CHECK int loop_new(struct loop **l); /* ERROR_NO_MEMORY, ERROR_IO */
void loop_free(struct loop *l);              /* closes no descriptor it was given */

/* Level-triggered; add EPOLLEXCLUSIVE for a listener shared by threads.
 * The descriptor stays the caller's. ERROR_NO_MEMORY, ERROR_IO. */
HD_MUST_CHECK int loop_add(struct loop *l, struct loop_io *io, int fd, uint32_t events, loop_io_fn *fn);
void loop_modify(struct loop *l, struct loop_io *io, uint32_t events);
void loop_remove(struct loop *l, struct loop_io *io); /* before close(2); harmless twice */

void loop_timer_init(struct loop_timer *t, loop_timer_fn *fn);
void loop_timer_set(struct loop *l, struct loop_timer *t, uint64_t after_ms); /* re-arms */
void loop_timer_cancel(struct loop *l, struct loop_timer *t);

uint64_t loop_now_ms(const struct loop *l); /* monotonic, as of this pass */

/* Called before each block; a true return makes the pass not block (the
 * caller has work of its own, e.g. inboxes). May be NULL. */
typedef bool loop_idle_fn(void *ctx);
/* Runs until loop_quit; may be called again after that. */
void loop_run(struct loop *l, loop_idle_fn *idle, void *ctx);
/* From a handler on the loop's thread. Events not delivered yet come again with
 * the next loop_run. */
void loop_quit(struct loop *l);

/* Any thread, for as long as the loop is not freed: makes it pass once more,
 * even when it has nothing to do. Returns the passes it has made so far: a
 * thread whose number stays the same after this is stuck in a handler. */
uint64_t loop_beat(struct loop *l);

#endif
