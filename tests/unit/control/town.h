/* SPDX-License-Identifier: MIT
 * One presence table, its watchers, and for each of them a client at the other
 * end that keeps its own list of who is here: for tests of watch.c. Slots of
 * one shard stand for connections. */
#ifndef HD_TESTS_UNIT_CONTROL_TOWN_H
#define HD_TESTS_UNIT_CONTROL_TOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/watch.h"

#define TOWN_KEYS 64
#define TOWN_SLOTS 128
#define TOWN_WATCHER_KEY 1000 /* and up: outside the keys that clients keep a list of */

/* What a watcher knows: believes every frame, and insists that each key is
 * present before it is gone, and present again only if it connected again. */
struct town_client {
	struct peer_id id;
	bool watching;
	bool knows[TOWN_KEYS];
	size_t again[TOWN_KEYS];
	bool closing; /* named by watch_take_lagging */
	struct watch_block in_flight;
	size_t frames;
};

extern struct presence *town_presence;
extern struct watch *town_watch;
extern struct town_client town_clients[TOWN_SLOTS]; /* by slot; only those with `watching` count */

void town_setup(void);
void town_teardown(void);
/* Makes town_watch; once per test. */
void town_open(size_t block_bytes, size_t blocks, size_t lag);

/* NULL: nobody in that slot. */
struct presence_conn *town_conn(uint32_t slot);
/* What the control plane does with the events of a connection. */
void town_join(uint32_t key, uint32_t slot);
void town_join_with(uint32_t key, uint32_t slot, uint8_t flags);
void town_leave(uint32_t slot);
void town_watch_from(uint32_t slot);

/* The next block goes on its way; false if there is none. */
bool town_send_one(void);
/* The block in flight to a slot arrives, and its client believes it. */
void town_arrive(uint32_t slot);
/* Sends and delivers until nothing moves. */
void town_settle(void);
/* Notes who is to be closed; how many. */
size_t town_close_lagging(void);
/* A client's list is the truth. */
void town_assert_knows_all(uint32_t slot);

#endif
