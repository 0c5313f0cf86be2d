/* SPDX-License-Identifier: MIT
 * What the log says of counters that grow while nobody looks: one line per
 * kind and interval, and only if there is something to say. */
#ifndef HD_CONTROL_SUMMARY_H
#define HD_CONTROL_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/stats.h"

enum summary_line {
	SUMMARY_SEND_DROP,
	SUMMARY_SLAB_EXHAUST,
	SUMMARY_RECV_PAUSED,
	SUMMARY_LINES
};

struct summary {
	const struct stats_registry *registry;
	uint64_t drops[DROP_REASON_COUNT]; /* as of the line before */
	uint64_t slab_exhausts;
	uint64_t recv_paused;
};

/* Counting begins with what the registry shows now. */
void summary_init(struct summary *s, const struct stats_registry *registry);
/* The line about what was added since the one before; false if nothing was
 * (out is untouched). `seconds`: what the text calls the interval. */
bool summary_take(struct summary *s, enum summary_line line, unsigned seconds, char *out, size_t cap);

#endif
