/* SPDX-License-Identifier: MIT
 * Who takes part in a run and who sends to whom: options made into clients.
 * Clients are numbered; sources and destinations of one are a range of numbers
 * (its own left out). */
#ifndef HD_TOOLS_HD_BENCH_PLAN_H
#define HD_TOOLS_HD_BENCH_PLAN_H

#include <stdint.h>

#include "tools/hd-bench/options.h"
#include "util/assert.h"

enum plan_role { PLAN_TRAFFIC, PLAN_PROBE, PLAN_SLOW, PLAN_IDLE, PLAN_CHURN };
#define PLAN_FLOW_ROLES 3 /* the first three send and receive */

struct plan_client {
	enum plan_role role;
	uint32_t engine;
	uint32_t source_first, source_count;
	uint32_t dest_first, dest_count; /* count 0: does not send */
	uint32_t sender_index; /* among the senders of its role */
};

struct plan {
	struct plan_client *clients; /* owned */
	uint32_t count;
	uint32_t engines; /* those of the load, then one for the probes if there are any */
	uint32_t senders[PLAN_FLOW_ROLES];
};

/* ERROR_NO_MEMORY. */
HD_MUST_CHECK int plan_make(struct plan *p, const struct options *o);
void plan_release(struct plan *p);

#endif
