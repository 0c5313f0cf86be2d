/* SPDX-License-Identifier: MIT
 * What a client has begun and not ended: the first part of a frame, or of a TLS
 * record, in a block that grows with what has arrived. These blocks have memory
 * of their own. When it is used up, who has been in the middle of something for
 * longest loses the connection, not who comes next. */
#ifndef HD_DATA_BEGUN_H
#define HD_DATA_BEGUN_H

#include "data/core.h"

/* A block of memory for what has arrived, made free if need be. NULL: there is
 * none, even with no other client amid anything. */
struct buf *begun_get(struct shard *sh, const struct peer *p, uint32_t size);
/* Room for `len` bytes in *block, the peer's `partial` or `sealed`; a new block
 * has room for `want` and takes over what the old one holds. False: the peer
 * was closed for lack of memory. */
HD_MUST_CHECK bool begun_room(struct shard *sh, struct peer *p, struct buf **block, uint32_t len, uint32_t want);
/* What was begun in *block is whole: hands over the block and its reference. */
struct buf *begun_whole(struct shard *sh, struct peer *p, struct buf **block);
/* Frees what the peer has begun. */
void begun_release(struct shard *sh, struct peer *p);

#endif
