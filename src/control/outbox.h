/* SPDX-License-Identifier: MIT
 * Commands from control to one shard, in order: through the ring while it has
 * room, else held here until it has. Control thread only. */
#ifndef HD_CONTROL_OUTBOX_H
#define HD_CONTROL_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/messages.h"
#include "bus/waker.h"
#include "util/assert.h"
#include "util/spsc.h"

/* A shard that takes no commands for long must not make control grow without
 * bound: beyond this many held, further KEY_GONE are refused. Losing one costs
 * some clients a hint; all other commands are few for each connection. */
#define OUTBOX_KEY_GONE_MAX 65536

struct outbox {
	struct spsc *ring;
	struct waker *waker;
	struct command *held; /* ring buffer */
	size_t head;
	size_t count;
	size_t cap;           /* 0 or a power of two */
};

void outbox_init(struct outbox *o, struct spsc *ring, struct waker *waker);
/* Frees what is held, and the blocks of commands in it. */
void outbox_release(struct outbox *o);

/* Takes the command and the block in it. On failure (ERROR_NO_MEMORY, ERROR_FULL)
 * the block stays the caller's. The shard sees it at the next outbox_flush. */
HD_MUST_CHECK int outbox_push(struct outbox *o, const struct command *c);
/* Moves what is held into the ring as far as it goes, publishes, and wakes the
 * shard if there was something. *woken: a sleeping shard was. True if nothing
 * is held any more. */
bool outbox_flush(struct outbox *o, bool *woken);

#endif
