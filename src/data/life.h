/* SPDX-License-Identifier: MIT
 * A peer's beginning and its end in three steps: life_close takes it off every
 * table and asks the kernel to let go; life_reap, called after each completed
 * operation, closes the descriptor once the kernel holds nothing; the slot is
 * free when control has been told (tell.c). */
#ifndef HD_DATA_LIFE_H
#define HD_DATA_LIFE_H

#include "data/core.h"

/* Takes over the connection: makes it known, sends ServerInfo, arms receiving,
 * and lets in what came behind ClientInfo. Frees what the message owns. */
void life_join(struct shard *sh, const struct handover *h);
/* A connection that is not taken: closed, no longer counted, and what the
 * message owns freed. Control never hears of it. */
void life_turn_away(struct shard *sh, const struct handover *h);
/* Closing. Does nothing when it is closing already. */
void life_close(struct shard *sh, struct peer *p, enum close_reason reason);
/* Goes on with a closing peer if the kernel has let go. */
void life_reap(struct shard *sh, struct peer *p);
/* Every peer, for the end of the shard. */
void life_close_all(struct shard *sh, enum close_reason reason);
/* The key left the region: PeerGone to everyone who got packets from it. Only
 * the key's own shard acts: it tells the others in order with its packets, so
 * that none arrives behind the notice and is remembered for ever. */
void life_key_gone(struct shard *sh, const struct key *key);
/* The same, for those on this shard. */
void life_key_gone_here(struct shard *sh, uint64_t hash, const struct key *key);
/* Every connection of a key (ClosePeer). */
void life_close_key(struct shard *sh, uint64_t hash, const struct key *key);
enum close_reason life_reason_of_errno(int error);
/* Spreads things in time; nothing depends on its quality. */
uint64_t life_random(struct shard *sh);
/* KeepAlive falls due. */
void life_keep_alive(struct shard *sh, struct peer *p);

#endif
