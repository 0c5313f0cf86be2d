/* SPDX-License-Identifier: MIT
 * Sending to a peer. One send is in flight at a time, so bytes cannot change
 * order; what arrives meanwhile is gathered into the next.
 *
 * A peer is direct or blocked. Direct: slices point into receive buffers, and
 * a send that does not wait takes them. If the socket does not take all, the
 * peer is blocked: what is left is copied into blocks (so that receive buffers
 * go home at once) and sends wait for room. It is direct again when the queue
 * has run empty. */
#ifndef HD_DATA_TX_H
#define HD_DATA_TX_H

#include <stdbool.h>
#include <stdint.h>

#include "data/core.h"

/* A new slice with one reference to buf; NULL (nothing taken) without memory. */
struct slice *tx_slice(struct shard *sh, struct buf *buf, uint8_t *data, uint32_t len, uint16_t frames,
		       enum slice_lane lane);
/* Gives up a slice and what it holds. */
void tx_slice_free(struct shard *sh, struct slice *s);

/* Gives up a slice of any kind, an OWNED one too, that belonged to this peer. */
void tx_release(struct shard *sh, struct peer *p, struct slice *s);
/* The peer has something to send: it is flushed in this pass. */
void tx_mark_dirty(struct shard *sh, struct peer *p);

/* Queues a slice of packets; takes it over, whatever becomes of it. */
void tx_push(struct shard *sh, struct peer *p, struct slice *s);
/* Queues a small control frame, copied. False: dropped, the client does not read. */
bool tx_push_control(struct shard *sh, struct peer *p, const uint8_t *frame, uint32_t len);
/* The same of what other clients cause: only one that does not read loses any. */
bool tx_push_notice(struct shard *sh, struct peer *p, const uint8_t *frame, uint32_t len);
/* Queues whole frames in malloc'd memory, which is taken over; PEER_TELL_BLOCK_DONE
 * when it has left or was given up. */
void tx_push_block(struct shard *sh, struct peer *p, uint8_t *block, uint32_t len);

/* For secure.c. Moves slices from the lanes, most urgent first, behind what is
 * left of a torn frame, up to what one send takes; returns how many are then in
 * flight. */
uint32_t tx_gather(struct peer *p, uint32_t max);
/* Moves what is in flight, all of it whole slices, back to the front of the lanes. */
void tx_ungather(struct peer *p);
/* Sends the n slices in flight. */
void tx_submit(struct shard *sh, struct peer *p, uint32_t n);
/* The socket cannot take all: what is queued is copied into blocks. */
void tx_block(struct shard *sh, struct peer *p);
/* From now on it has the time in which a client must take something. */
void tx_progress(struct shard *sh, struct peer *p);
/* The queue has run empty: slices may point into receive buffers again. */
void tx_unblock(struct peer *p);

/* Starts the next send if there is something to send and none in flight. */
void tx_flush(struct shard *sh, struct peer *p);
/* A send has ended: res bytes or -errno. May close the peer. */
void tx_done(struct shard *sh, struct peer *p, int32_t res);
/* Drops all that is queued and not in the kernel's hands. */
void tx_drop_queued(struct shard *sh, struct peer *p);
/* The peer is closing and its last send has ended. */
void tx_drop_inflight(struct shard *sh, struct peer *p);
bool tx_idle(const struct peer *p);
/* Closes peers that took nothing for too long, as far as the shard has looked: when it
 * stood still itself, what a peer took meanwhile is not known before the next pass. */
void tx_check_timeouts(struct shard *sh);
/* Milliseconds until tx_check_timeouts has work, -1: nothing waits. */
int64_t tx_wait_ms(const struct shard *sh);

#endif
