/* SPDX-License-Identifier: MIT
 * What this relay knows of its clients, and what it tells its shards: takes
 * the shards' events, keeps presence and watchers, sends commands. Control
 * thread only; touches the bus and nothing else, so it neither blocks nor
 * sleeps. */
#ifndef HD_CONTROL_REGION_H
#define HD_CONTROL_REGION_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "bus/conn_count.h"
#include "control/presence.h"
#include "control/watch.h"
#include "proto/key.h"
#include "stats/stats.h"
#include "util/assert.h"

struct region;

struct region_setup {
	struct bus *bus; /* these three must outlive the region */
	struct conn_count *count;
	struct stats *stats;
	struct key public_key; /* the relay's own */
	struct watch_limits watch;
};
extern const struct watch_limits region_watch_limits; /* what the relay uses */

HD_MUST_CHECK int region_new(struct region **region, const struct region_setup *setup); /* ERROR_NO_MEMORY */
void region_free(struct region *r);

/* One pass: takes a bounded number of events from every shard, acts on them,
 * and sends the commands. now_ns: of mono_now_ns(). True: more can be done at once. */
bool region_pass(struct region *r, uint64_t now_ns);
/* Nothing is waiting in any shard's ring. */
bool region_quiet(struct region *r);
/* Commands wait for room in a shard's ring: try a pass again soon. */
bool region_held(const struct region *r);

/* From the next pass on: Restarting and Drain to every shard, and no other news. */
void region_stop(struct region *r, uint32_t reconnect_ms, uint32_t try_ms, uint32_t drain_ms);
/* A shard that was told to stop has said that it has. */
bool region_drained(const struct region *r, uint16_t shard);
bool region_all_drained(const struct region *r);

const struct presence *region_presence(const struct region *r);

#endif
