/* SPDX-License-Identifier: MIT
 * Wakes the shards to which one accept thread has handed connections: once for
 * all that it hands over before it waits for events again, and about
 * WAKE_DELAY_MS after the first, if that takes longer. One by one, each login would cost the wake-up
 * of a shard, which wakes control in turn. */
#ifndef HD_ACCEPT_WAKE_H
#define HD_ACCEPT_WAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "stats/stats.h"
#include "util/assert.h"

#define WAKE_DELAY_MS 1

struct wake {
	struct bus *bus;
	struct stats *stats;
	bool *due;         /* [bus->shards]: handed something and not woken since */
	uint64_t since_ns; /* when the first of them was, or 0 */
};

HD_MUST_CHECK int wake_init(struct wake *w, struct bus *bus, struct stats *stats); /* ERROR_NO_MEMORY */
void wake_release(struct wake *w);

/* Something was published for the shard. */
void wake_soon(struct wake *w, uint16_t shard);
/* Between logins: wakes those that have waited WAKE_DELAY_MS. */
void wake_late(struct wake *w);
/* Before the thread waits. */
void wake_all(struct wake *w);

#endif
