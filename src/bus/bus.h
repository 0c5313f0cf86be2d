/* SPDX-License-Identifier: MIT
 * All rings between planes: each from exactly one thread to exactly one
 * thread. Built by the daemon before any thread starts, freed after all have
 * ended. A full ring is the sender's to handle: nothing is lost silently. */
#ifndef HD_BUS_BUS_H
#define HD_BUS_BUS_H

#include <stdint.h>

#include "bus/conn_count.h"
#include "bus/messages.h"
#include "bus/waker.h"
#include "util/spsc.h"

/* Entries of one ring. */
#define BUS_HANDOVERS 256
#define BUS_EVENTS 4096
#define BUS_COMMANDS 1024

struct bus {
	uint16_t shards;
	uint16_t accepts;
	struct conn_count *count;   /* whoever made it frees it; NULL: nobody counts */
	struct waker *shard_waker;  /* [shards] */
	struct waker control_waker;
	struct spsc *handover;      /* [accepts * shards] of struct handover */
	struct spsc *event;         /* [shards] of struct event, to control */
	struct spsc *command;       /* [shards] of struct command, from control */
};

HD_MUST_CHECK int bus_init(struct bus *b, uint16_t shards, uint16_t accepts); /* ERROR_NO_MEMORY, ERROR_IO */
/* Frees the rings and what undelivered messages own (descriptors, blocks). */
void bus_release(struct bus *b);

struct spsc *bus_handover(struct bus *b, uint16_t accept, uint16_t shard);
struct spsc *bus_event(struct bus *b, uint16_t shard);
struct spsc *bus_command(struct bus *b, uint16_t shard);

#endif
