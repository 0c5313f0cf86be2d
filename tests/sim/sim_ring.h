/* SPDX-License-Identifier: MIT
 * The simulation's side of its rings (data/ring.h is the shards'). */
#ifndef HD_TESTS_SIM_SIM_RING_H
#define HD_TESTS_SIM_SIM_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "data/ring.h"

/* The kernel goes on with one operation, if any can. */
bool sim_ring_work(struct ring *ring);
/* Is anything left that the kernel could do? */
bool sim_ring_idle(const struct ring *ring);
/* Would a shard that waits in ring_enter go on? */
bool sim_ring_ready(struct ring *ring);
/* Does it wait there? */
bool sim_ring_asleep(const struct ring *ring);
/* When its wait ends at the latest, SIM_NEVER: by an event alone. */
uint64_t sim_ring_deadline_ns(const struct ring *ring);

#endif
