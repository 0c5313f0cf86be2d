/* SPDX-License-Identifier: MIT
 * Memory goes back to the system when demand has gone. What slow clients once
 * made a shard hold stays in its pools, for the next need; what nobody needed
 * for a whole period is given back, half of it at a time, so that a load which
 * comes and goes does not take and give the same memory over and over. A pass
 * gives back a few slabs at most. A shard with nothing to give is not woken. */
#ifndef HD_DATA_SHRINK_H
#define HD_DATA_SHRINK_H

#include <stdint.h>

#include "data/buf.h"

#define SHRINK_POOLS (BUF_CLASS_COUNT + 3)
#define SHRINK_SLABS 16 /* given back in one pass, at most */

struct shrink_state {
	struct pool_sum sum;       /* of all the shard's pools */
	size_t said;               /* sum.bytes, as the metrics have it */
	size_t due[SHRINK_POOLS];  /* slabs to give back */
	uint64_t next_ms;
};

struct shard;

/* Once the pools are made, before they are used. */
void shrink_init(struct shard *sh);
/* Once per pass. */
void shrink_run(struct shard *sh);
/* Milliseconds until shrink_run has work, -1: none. */
int64_t shrink_wait_ms(const struct shard *sh);

#endif
