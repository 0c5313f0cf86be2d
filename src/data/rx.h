/* SPDX-License-Identifier: MIT
 * Receiving from a peer: bytes to frames. Frames that lie whole in a buffer
 * are used in place; the beginning of one that does not is copied into a block
 * that grows with what has really arrived. */
#ifndef HD_DATA_RX_H
#define HD_DATA_RX_H

#include "data/core.h"

/* Starts receiving unless it is on, paused, or the peer is closing. */
void rx_arm(struct shard *sh, struct peer *p);
/* A completion of the peer's receive. May close the peer. */
void rx_event(struct shard *sh, struct peer *p, const struct ring_event *e);
/* Takes in n plain bytes that lie in b; the reference stays the caller's. May
 * close the peer. */
void rx_bytes(struct shard *sh, struct peer *p, struct buf *b, uint8_t *data, uint32_t n);

/* Pauses a peer that feeds a full ring; it waits in `list`. */
void rx_pause_for_xfer(struct shard *sh, struct peer *p, struct list *list);
void rx_resume_from_xfer(struct shard *sh, struct peer *p);
/* The peer's rate timer. */
void rx_rate_due(struct shard *sh, struct peer *p);
void rx_count_resumed(struct shard *sh);
/* Arms receives that ended for lack of buffers, if some are free again: first of peers
 * who got nothing by their last. True: it could go on in the next pass. */
bool rx_feed_starved(struct shard *sh);

#endif
