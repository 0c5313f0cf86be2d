/* SPDX-License-Identifier: MIT
 * Names one logged-in connection from outside its shard: shard, slot and the
 * slot's generation, so that a stale name can never reach a later connection. */
#ifndef HD_BUS_PEER_ID_H
#define HD_BUS_PEER_ID_H

#include <stdbool.h>
#include <stdint.h>

struct peer_id {
	uint16_t shard;
	uint32_t slot;
	uint32_t generation; /* never 0 for a real peer */
};

static inline bool peer_id_equal(struct peer_id a, struct peer_id b)
{
	return a.shard == b.shard && a.slot == b.slot && a.generation == b.generation;
}

#endif
