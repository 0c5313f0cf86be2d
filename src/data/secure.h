/* SPDX-License-Identifier: MIT
 * TLS in user space, for peers whose kernel has no kTLS: received records are
 * opened in place and their data goes the way of plain bytes; what is to be
 * sent is gathered as ever and then sealed into blocks. A sealed record cannot
 * be dropped or overtaken, so sealing comes last, right before the send. */
#ifndef HD_DATA_SECURE_H
#define HD_DATA_SECURE_H

#include "data/core.h"

/* Takes in n sealed bytes at `data` in b; the reference stays the caller's. May
 * close the peer. */
void secure_bytes(struct shard *sh, struct peer *p, struct buf *b, uint8_t *data, uint32_t n);
/* Does the record layer have something to say of its own? */
bool secure_owes(const struct peer *p);
/* Sends what was sealed before, or else seals what is queued and sends that. A
 * peer for which there is no memory to seal waits like one whose socket is full:
 * what is queued is held, bounded and dropped in the same way, and it is asked
 * again when memory may have come back. */
void secure_flush(struct shard *sh, struct peer *p);
/* Once per pass: those who wait for memory, in turn, until there is none again. */
void secure_feed_dry(struct shard *sh);
/* Last words before the socket is shut: an alert, if the stream is at the end
 * of a record. */
void secure_goodbye(struct shard *sh, struct peer *p, enum close_reason reason);
void secure_release(struct peer *p);

#endif
