/* SPDX-License-Identifier: MIT
 * Mesh peers that watch who is connected. Control thread only; no system call:
 * this builds blocks of frames, its caller sends them.
 *
 * What a watcher is told comes from two places: the presence table's list of
 * keys, which is ordered by when they became present, and one shared log of
 * keys that went, or got a connection more. A watcher has a place in each. It
 * first reads the log to its end, leaving out keys it was never told of, and
 * only then goes on in the list. So its snapshot is the walk from the list's
 * start, later arrivals are the rest of the same walk, a key that comes and goes
 * in between costs it nothing, and each key is present first, then gone. It is
 * present once more, with the new address, when it connects while an older
 * connection of it is still here: after a change of network, say. */
#ifndef HD_CONTROL_WATCH_H
#define HD_CONTROL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/presence.h"
#include "util/assert.h"

#define WATCH_BLOCK_MAX (32 * 1024)

struct watch_limits {
	size_t block_bytes; /* of one block; room for a frame, up to WATCH_BLOCK_MAX */
	size_t blocks;      /* out at once, for all watchers */
	size_t lag;         /* entries of the log that a watcher may be behind */
};

struct watch;

/* NULL: no memory. The table must outlive it. */
struct watch *watch_new(const struct presence *p, const struct watch_limits *limits);
void watch_free(struct watch *w); /* all connections must have left or be about to be freed */

/* The connection wants to watch; doing so twice changes nothing. ERROR_NO_MEMORY. */
HD_MUST_CHECK int watch_add(struct watch *w, struct presence_conn *c);
/* Before a connection leaves the table; harmless if it does not watch. */
void watch_remove(struct watch *w, struct presence_conn *c);
/* A key became present: after presence_join. */
void watch_key_present(struct watch *w, const struct presence_key *k);
/* One more connection of a key that was present: after presence_join. */
void watch_key_again(struct watch *w, const struct presence_key *k);
/* A key goes: before presence_leave takes it out. */
void watch_key_gone(struct watch *w, const struct presence_key *k);
/* The block in flight to this watcher has left. Harmless if it does not watch. */
void watch_block_done(struct watch *w, struct presence_conn *c);

struct watch_block {
	struct peer_id peer;
	uint8_t *data; /* malloc'd whole frames, the taker's */
	uint32_t len;
};
/* The next block to send. At most one per watcher is out until its
 * watch_block_done. False: nothing to send now. */
bool watch_take_block(struct watch *w, struct watch_block *block);
/* The next watcher that must be closed: too far behind, or no memory to keep
 * what it has to be told. It gets no more blocks. False: none. */
bool watch_take_lagging(struct watch *w, struct peer_id *peer);
/* Has a watcher closed because its block could not be sent, or its closing
 * could not be asked for: watch_take_lagging names it (again). */
void watch_give_up(struct watch *w, struct presence_conn *c);
/* Forgets what every watcher has read; now and then. */
void watch_trim(struct watch *w);

size_t watch_count(const struct watch *w);      /* watchers, those to be closed too */
size_t watch_log_count(const struct watch *w);  /* entries held */

#endif
