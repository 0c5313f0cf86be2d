/* SPDX-License-Identifier: MIT
 * What waits for a slow destination: copied into blocks, bounded in bytes, unless
 * it is few packets, and in age; the oldest dropped first, never a frame in part. */
#ifndef HD_DATA_HOLD_H
#define HD_DATA_HOLD_H

#include "data/core.h"

/* Copies a slice of whole frames behind what its lane holds, gives the slice
 * up, and drops what is too much or too old. */
void hold_append(struct shard *sh, struct peer *p, struct slice *s);
/* A block for what cannot be dropped, of memory that packets cannot use up (see
 * BUF_LEAVING). When that is used up, too, the readers who have taken nothing
 * for longest lose their connections. NULL: there is none even so. */
struct buf *hold_vital(struct shard *sh, const struct peer *p, uint32_t size);
/* A copy of the slice's first len bytes, the rest of a frame already begun.
 * NULL without memory: then the stream cannot go on. */
struct slice *hold_torn(struct shard *sh, const struct peer *p, const struct slice *s, uint32_t len);
/* Turns everything in the lanes that points outside of blocks into copies. */
void hold_all(struct shard *sh, struct peer *p);
/* Drops what is over the lane's bytes and packets, or too old. */
void hold_trim(struct shard *sh, struct peer *p, enum slice_lane lane);
/* Counts n packets of a lane as dropped. */
void hold_count_drop(struct shard *sh, enum slice_lane lane, enum drop_reason reason, uint64_t n);

#endif
